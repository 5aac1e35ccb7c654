"""Parts "lstm" and "accuracy": patches of an LSTM on long series, their speed and accuracy."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

from benchmarks.common.figures import figure, missing, ratio
from benchmarks.common.task import Task
from benchmarks.common.timing import interleave, run_alone
from benchmarks.speed.contenders import seconds_an_epoch
from sktcn import LSTMClassifier
from sktcn.datasets import load_ucr

LONG = Task("long", 64, 1000)
REPEATED = RepeatedStratifiedKFold(n_splits=3, n_repeats=3, random_state=0)
# the sets with series long enough for patches, of the thirty that the defaults were chosen on
REAL_SETS = (
    *("OSULeaf", "Ham", "GesturePebbleZ1", "Fish", "Beef", "Herring", "Car", "WormsTwoClass"),
    "ACSF1",
)


def lstm(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare seconds an epoch on long series with patches and without."""
    return run_alone(threads, _lstm, rounds)


def _lstm(rounds: int) -> list[dict[str, Any]]:
    tasks = {size: replace(LONG, patch_size=size) for size in (1, "auto")}
    for task in tasks.values():
        seconds_an_epoch("sktcn LSTM", replace(task, n_series=16))
    turns = {str(n): partial(seconds_an_epoch, "sktcn LSTM", t) for n, t in tasks.items()}
    one, auto = interleave(rounds, turns).values()
    title = "LSTM on length 1,000: seconds an epoch, patch_size=1 / 'auto'"
    return [ratio(title, one, auto, ">= 4")]


def accuracy(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare accuracy with patches and without, on training parts: three folds, three times."""
    return with_mean([_accuracy(name) for name in REAL_SETS])


def with_mean(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add a row with the mean over the sets for each repeat."""
    found = [row["values"] for row in rows if "values" in row]
    if not found:
        return rows
    title = f"LSTM, mean of {len(found)} sets: accuracy with patch_size='auto' less that with 1"
    return [*rows, figure(title, np.mean(found, axis=0).tolist(), "", ">= 0")]


def _accuracy(name: str) -> dict[str, Any]:
    title = f"LSTM, {name}: accuracy with patch_size='auto' less that with 1"
    try:
        X, y = load_ucr(name, "train")
    except (FileNotFoundError, ImportError):
        return missing(title, "set not found")
    scores = {
        str(size): cross_val_score(
            LSTMClassifier(patch_size=size, n_fixed_kernels=0), X, y, cv=REPEATED, n_jobs=2
        )
        for size in ("auto", 1)
    }
    auto, one = (each.reshape(3, 3).mean(1) for each in scores.values())  # by repeat
    means = f"{auto.mean():.3f}, {one.mean():.3f}"
    row = figure(f"{title}: {means}", list(auto - one), "", ">= 0")
    return row | {"raw": {size: each.tolist() for size, each in scores.items()}}
