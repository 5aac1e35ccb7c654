"""Part "growth": exponents of time and memory in series, length, channels and filters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.common.figures import figure
from benchmarks.common.memory import memory_growth
from benchmarks.common.task import PLAIN_TCN, Task
from benchmarks.common.timing import interleave, run_alone
from benchmarks.speed.contenders import seconds_an_epoch
from sktcn import TCNClassifier

BASE = Task("growth", 32, 128, n_channels=4)
AXES = {
    # axis: parameter and sizes, the last 16 times the first
    "series": ("n_series", (32, 64, 128, 256, 512)),
    "length": ("length", (128, 256, 512, 1024, 2048)),
    "channels": ("n_channels", (4, 8, 16, 32, 64)),
    "filters": ("n_filters", (8, 16, 32, 64, 128)),  # work grows with their square
}
LIMIT = {"filters": ""}


def growth(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Fit the exponents of an epoch's time and of a fit's peak memory."""
    rows = run_alone(threads, _time_exponents, rounds)
    return [*rows, *(_memory_exponent(name, threads) for name in AXES)]


def _sized(name: str, size: int) -> Task:
    return replace(BASE, **{AXES[name][0]: size})


def _time_exponents(rounds: int) -> list[dict[str, Any]]:
    seconds_an_epoch("sktcn", BASE)
    rows = []
    for name, (_, sizes) in AXES.items():
        turns = {str(n): partial(seconds_an_epoch, "sktcn", _sized(name, n)) for n in sizes}
        seconds = interleave(rounds, turns)
        each = [exponent(sizes, values) for values in zip(*seconds.values(), strict=True)]
        title = f"exponent of an epoch's time in {name}, {sizes[0]} to {sizes[-1]}"
        rows.append(figure(title, each, "", LIMIT.get(name, "<= 1.05"), seconds=seconds))
    return rows


def exponent(sizes: Any, values: Any) -> float:
    """Return the slope of the line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def _memory_exponent(name: str, threads: int) -> dict[str, Any]:
    """Measure the smallest, a middle and the largest size, each in a fresh process."""
    sizes = AXES[name][1][::2]
    megabytes = [run_alone(threads, _peak_of_fit, _sized(name, n)) for n in sizes]
    title = f"exponent of a fit's peak memory in {name}, {sizes[0]} to {sizes[-1]}"
    row = figure(title, [exponent(sizes, megabytes)], "", LIMIT.get(name, "<= 1.05"))
    return row | {"raw": {"megabytes": dict(zip(map(str, sizes), megabytes, strict=True))}}


def _peak_of_fit(task: Task) -> float:
    sizes = {"n_filters": task.n_filters, "n_blocks": task.n_blocks}
    network = TCNClassifier(**sizes, **PLAIN_TCN, max_epochs=1)
    network.fit(
        *replace(task, n_series=4, length=8).data()
    )  # loads what torch and skorch load late
    X, y = task.data()
    return memory_growth(lambda: network.fit(X, y))
