"""Write the README's two tables of accuracies, from series that sktime ships.

Run as ``python -m benchmarks.readme_tables``; a quarter of an hour on two cores.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sktime.datasets import load_basic_motions, load_gunpoint, load_italy_power_demand

from sktcn import LSTMClassifier, TCNClassifier

README = Path(__file__).parent.parent / "README.md"
LOADERS = {
    "GunPoint": load_gunpoint,
    "ItalyPowerDemand": load_italy_power_demand,
    "BasicMotions": load_basic_motions,
}
ACTIVATIONS = ["relu", "gelu", "tanh", "sigmoid"]
KERNEL_SIZES = [3, 5, 9]
SEEDS = range(3)


def load(name, split):
    """Load one part of a set as a 3D array and labels."""
    return LOADERS[name](split=split, return_type="numpy3d")


def accuracy(estimator, name):
    """Fit on the training part, score on the test part."""
    return estimator.fit(*load(name, "train")).score(*load(name, "test"))


def defaults_table():
    """Mean test accuracy of both classifiers without an argument."""
    kinds = [TCNClassifier, LSTMClassifier]
    runs = [(kind, name, seed) for kind in kinds for name in LOADERS for seed in SEEDS]
    scores = Parallel(n_jobs=2)(
        delayed(accuracy)(kind(random_state=seed), name) for kind, name, seed in runs
    )
    frame = pd.DataFrame(runs, columns=["estimator", "set", "seed"]).assign(accuracy=scores)
    frame["estimator"] = [f"`{kind.__name__}()`" for kind in frame["estimator"]]
    return frame.pivot_table("accuracy", "estimator", "set", sort=False)


def grid_table():
    """Cross-validated accuracy by activation and kernel size, on GunPoint's training part."""
    grid = {"activation": ACTIVATIONS, "kernel_size": KERNEL_SIZES}
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(TCNClassifier(), grid, cv=folds, n_jobs=2, refit=False)
    results = search.fit(*load("GunPoint", "train")).cv_results_
    frame = pd.DataFrame(results["params"]).assign(accuracy=results["mean_test_score"])
    return frame.pivot_table("accuracy", "activation", "kernel_size", sort=False)


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
    write("defaults", defaults_table())
    write("grid", grid_table())
