"""Tables of the search for the documentation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.search.page import mean_scores, read_search
from sktcn import TCNClassifier

RESULTS = Path(__file__).parent / "results"


def grid_table():
    """Tabulate mean cross-validated accuracy by activation and kernel size."""
    paths = sorted(RESULTS.glob("*.json"))
    return mean_scores(paths, "activation", "kernel_size").map("{:.3f}".format)


def searched_table():
    """Tabulate the gain of a search on each set over the default, by its own folds."""
    paths = sorted(RESULTS.glob("*.json"))
    scores = pd.DataFrame({path.stem: _searched(read_search(path)) for path in paths}).T
    gains = scores.drop(columns="default").sub(scores["default"], axis=0)
    table = gains.map("{:+.3f}".format)
    table.insert(0, "default", scores["default"].map("{:.3f}".format))
    table.loc["mean"] = gains.mean().map("{:+.3f}".format)
    table.loc["± over sets"] = gains.sem().map("{:.3f}".format)
    return table.fillna("").rename_axis("set")


def _searched(results):
    """Score the default, the candidates chosen by two folds on the third, and those by all."""
    folds = results.filter(regex=r"^split\d+_test_score$")
    default = TCNClassifier()
    is_default = results["param_activation"].eq(default.activation)
    is_default &= results["param_kernel_size"].eq(default.kernel_size)
    others = pd.DataFrame({fold: folds.drop(columns=fold).mean(axis=1) for fold in folds}).round(9)
    chosen = folds.where(
        others.eq(others.max())
    )  # all candidates with the best score on the other folds
    return {
        "default": folds[is_default].mean().mean(),
        "chosen by the other folds": chosen.mean().mean(),
        "chosen by all folds": folds.mean(axis=1).max(),
    }
