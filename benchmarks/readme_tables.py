"""Write the README's tables of accuracies.

Run as ``python -m benchmarks.readme_tables [defaults] [ragged] [grid]``; half an hour on two cores
for all of them. The sets are those that sktime ships, but for PickupGestureWiimoteZ of the UCR
archive, which is read from the folder that ``$SKTCN_DATA_HOME`` names.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.datasets import load_ucr

README = Path(__file__).parent.parent / "README.md"
EQUAL = ["GunPoint", "ItalyPowerDemand", "BasicMotions"]
RAGGED = ["JapaneseVowels", "PickupGestureWiimoteZ", "PLAID"]
ACTIVATIONS = ["relu", "gelu", "tanh", "sigmoid"]
KERNEL_SIZES = [3, 5, 9]
SEEDS = range(3)


def run(kind, name, seed):
    """Fit on the training part, score on the test part; also the seconds that the fit took."""
    estimator = kind(random_state=seed)
    X, y = load_ucr(name, "train")
    start = time.perf_counter()
    estimator.fit(X, y)
    seconds = time.perf_counter() - start
    return estimator.score(*load_ucr(name, "test")), seconds


def accuracy_table(names):
    """Mean test accuracy of both classifiers without an argument."""
    kinds = [TCNClassifier, LSTMClassifier]
    runs = [(kind, name, seed) for kind in kinds for name in names for seed in SEEDS]
    results = Parallel(n_jobs=2, verbose=5)(delayed(run)(*each) for each in runs)
    frame = pd.DataFrame(runs, columns=["estimator", "set", "seed"])
    frame[["accuracy", "seconds"]] = results
    frame["estimator"] = [f"`{kind.__name__}()`" for kind in frame["estimator"]]
    print(frame.to_string())
    return frame.pivot_table("accuracy", "estimator", "set", sort=False)


def defaults_table():
    """Sets of series of one length."""
    return accuracy_table(EQUAL)


def ragged_table():
    """Sets of series of different lengths."""
    return accuracy_table(RAGGED)


def grid_table():
    """Cross-validated accuracy by activation and kernel size, on GunPoint's training part."""
    grid = {"activation": ACTIVATIONS, "kernel_size": KERNEL_SIZES}
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(TCNClassifier(), grid, cv=folds, n_jobs=2, refit=False)
    results = search.fit(*load_ucr("GunPoint", "train")).cv_results_
    frame = pd.DataFrame(results["params"]).assign(accuracy=results["mean_test_score"])
    return frame.pivot_table("accuracy", "activation", "kernel_size", sort=False)


TABLES = {"defaults": defaults_table, "ragged": ragged_table, "grid": grid_table}


def to_markdown(frame):
    """Write a table of accuracies as Markdown."""
    names = [" / ".join(filter(None, [frame.index.name, frame.columns.name]))]
    rows = [[*names, *map(str, frame.columns)], ["---"] * (1 + frame.shape[1])]
    rows += [[str(name), *(f"{x:.3f}" for x in row)] for name, row in frame.iterrows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write(name, frame):
    """Put a table between the README's marks for it."""
    text = README.read_text(encoding="utf-8")
    marks = f"<!-- {name} -->"
    table = f"{marks}\n{to_markdown(frame)}\n{marks}"
    README.write_text(re.sub(f"{marks}.*?{marks}", lambda _: table, text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    for table in sys.argv[1:] or TABLES:
        write(table, TABLES[table]())
