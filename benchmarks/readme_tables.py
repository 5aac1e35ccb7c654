"""Write the README's tables of accuracies.

Run as ``python -m benchmarks.readme_tables [defaults] [ragged] [grid] [--published CSV]``; half an
hour on two cores for all of them. The sets are those that sktime ships, but for
PickupGestureWiimoteZ of the UCR archive, which is read from the folder that ``$SKTCN_DATA_HOME``
names. Published accuracies, to stand below those of ragged sets, are read from a table with a row a
set and a column a method.
"""

from __future__ import annotations

import argparse
import re
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
PUBLISHED = ["InceptionTime", "ROCKET"]
KINDS = {kind.__name__: kind for kind in (TCNClassifier, LSTMClassifier)}
ACTIVATIONS = ["relu", "gelu", "tanh", "sigmoid"]
KERNEL_SIZES = [3, 5, 9]
SEEDS = range(3)


def run(spec, name, seed):
    """Fit on the training part, score on the test part; also the seconds that the fit took."""
    kind, parameters = spec
    estimator = KINDS[kind](random_state=seed, **parameters)
    X, y = load_ucr(name, "train")
    start = time.perf_counter()
    estimator.fit(X, y)
    seconds = time.perf_counter() - start
    return estimator.score(*load_ucr(name, "test")), seconds


def accuracies(specs, names):
    """Test accuracies and seconds, a row a run, on one core each."""
    runs = [(spec, name, seed) for spec in specs for name in names for seed in SEEDS]
    results = Parallel(n_jobs=-1, verbose=5)(delayed(run)(*each) for each in runs)
    frame = pd.DataFrame(runs, columns=["estimator", "set", "seed"])
    frame[["accuracy", "seconds"]] = results
    frame["estimator"] = [shown(spec) for spec in frame["estimator"]]
    print(frame.to_string())
    return frame.groupby(["estimator", "set"], sort=False)[["accuracy", "seconds"]].mean()


def shown(spec):
    """Write an estimator as Python does."""
    kind, parameters = spec
    return f"`{kind}({', '.join(f'{k}={v!r}' for k, v in parameters.items())})`"


def defaults_table(published):
    """Sets of series of one length."""
    means = accuracies([(kind, {}) for kind in KINDS], EQUAL)["accuracy"]
    return means.unstack("set")[EQUAL].map("{:.3f}".format)


def ragged_table(published):
    """Sets of series of different lengths, with the seconds of a fit, and what was published."""
    scalings = [{}, {"scaling": "series"}]
    means = accuracies([(kind, each) for each in scalings for kind in KINDS], RAGGED)
    cells = [f"{row.accuracy:.3f} ({row.seconds:.0f} s)" for row in means.itertuples()]
    table = pd.Series(cells, means.index).unstack("set")[RAGGED]
    if published is not None:
        known = pd.read_csv(published, index_col=0)[PUBLISHED].reindex(RAGGED).T
        known.index += ", published"
        table = pd.concat([table, known.map("{:.3f}".format, na_action="ignore").fillna("")])
    return table.rename_axis(index="estimator", columns="set")


def grid_table(published):
    """Cross-validated accuracy by activation and kernel size, on GunPoint's training part."""
    grid = {"activation": ACTIVATIONS, "kernel_size": KERNEL_SIZES}
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(TCNClassifier(), grid, cv=folds, n_jobs=2, refit=False)
    results = search.fit(*load_ucr("GunPoint", "train")).cv_results_
    frame = pd.DataFrame(results["params"]).assign(accuracy=results["mean_test_score"])
    table = frame.pivot_table("accuracy", "activation", "kernel_size", sort=False)
    return table.map("{:.3f}".format)


TABLES = {"defaults": defaults_table, "ragged": ragged_table, "grid": grid_table}


def to_markdown(frame):
    """Write a table of strings as Markdown."""
    names = [" / ".join(filter(None, [frame.index.name, frame.columns.name]))]
    rows = [[*names, *map(str, frame.columns)], ["---"] * (1 + frame.shape[1])]
    rows += [[str(name), *row] for name, row in frame.iterrows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write(name, frame):
    """Put a table between the README's marks for it."""
    text = README.read_text(encoding="utf-8")
    marks = f"<!-- {name} -->"
    table = f"{marks}\n{to_markdown(frame)}\n{marks}"
    README.write_text(re.sub(f"{marks}.*?{marks}", lambda _: table, text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[*TABLES], metavar="TABLE")
    parser.add_argument("--published", type=Path)
    asked = parser.parse_args()
    for each in asked.tables:
        write(each, TABLES[each](asked.published))
