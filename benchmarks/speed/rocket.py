"""Part "rocket": fixed kernels beside sktime's MiniRocket, their growth, and a push."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.common.figures import figure, ratio
from benchmarks.common.memory import memory_growth
from benchmarks.common.timing import interleave, run_alone, seconds_of
from benchmarks.speed.growth import exponent
from sktcn import RocketClassifier
from sktcn.streaming import to_streaming

SIZES = [(100, 50), (100, 500), (100, 5_000), (1_000, 50), (1_000, 500), (3_000, 100)]
GROWTH = {
    # axis: sizes as series x steps, and kernels, of which 100,000 series have fewer
    "series": ([(n, 50) for n in (100, 1_000, 10_000, 100_000)], 1_000),
    "length": ([(100, n) for n in (50, 500, 5_000)], 10_000),
}
N_KERNELS = [1_000, 10_000]
N_STREAMS = [1, 256]
TARGETS = {(1_000, 1): "<= 30", (10_000, 1): "<= 150"}
N_PUSHES = 200
LEAST_MB = 10.0  # of memory that says how it grows


def rocket(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare sizes, and measure growth and pushes, each in a process of its own."""
    rows = [row for size in SIZES for row in run_alone(threads, _compare, rounds, *size)]
    for name, (sizes, n_kernels) in GROWTH.items():
        costs = [run_alone(threads, _cost, *size, n_kernels) for size in sizes]
        rows += _exponents(name, sizes, n_kernels, costs)
    streams = [(n_kernels, n) for n_kernels in N_KERNELS for n in N_STREAMS]
    return rows + [row for each in streams for row in run_alone(threads, _push, rounds, *each)]


def _series(n_series: int, n_steps: int) -> Any:
    """Draw random walks of three classes, and load the compiled code."""
    X = np.random.default_rng(0).normal(size=(n_series, 1, n_steps)).cumsum(axis=2)
    y = np.arange(n_series) % 3
    RocketClassifier(n_kernels=168).fit(X[:6], y[:6]).predict(X[:6])
    return X, y


def _cost(n_series: int, n_steps: int, n_kernels: int) -> tuple[float, float, float]:
    """Measure the seconds of a fit and of a prediction, and the megabytes of the fit."""
    X, y = _series(n_series, n_steps)
    classifier, seconds = RocketClassifier(n_kernels=n_kernels), []
    megabytes = memory_growth(lambda: seconds.append(seconds_of(partial(classifier.fit, X, y))))
    return seconds[0], seconds_of(partial(classifier.predict, X)), megabytes


def _exponents(name: str, sizes: Any, n_kernels: int, costs: Any) -> list[dict[str, Any]]:
    """List the costs of each size, and the slopes of the lines through their logarithms."""
    rows = []
    kinds = ("a fit", "s"), ("a prediction", "s"), ("a fit's memory", "MB")
    for (what, unit), values in zip(kinds, zip(*costs, strict=True), strict=True):
        title = f"{n_kernels:,} kernels: {what}"
        for (n_series, n_steps), value in zip(sizes, values, strict=True):
            rows.append(figure(f"{title}, {n_series:,} x {n_steps:,}", [value], unit))
        axis = [n if name == "series" else t for n, t in sizes]
        least = LEAST_MB if unit == "MB" else 0.0
        grown = [(n, value) for n, value in zip(axis, values, strict=True) if value >= least]
        if len(grown) > 1:
            title = f"{title}, exponent in {name}"
            rows.append(figure(title, [exponent(*zip(*grown, strict=True))], "", "<= 1.05"))
    return rows


def _compare(rounds: int, n_series: int, n_steps: int) -> list[dict[str, Any]]:
    from benchmarks.accuracy.minirocket import MiniRocket

    X, y = _series(n_series, n_steps)
    ours, peer = RocketClassifier(), MiniRocket(random_state=0, n_jobs=torch.get_num_threads())
    fits = {each: partial(seconds_of, partial(each.fit, X, y)) for each in (ours, peer)}
    own, others = interleave(rounds, fits).values()
    answers = {each: partial(seconds_of, partial(each.predict, X)) for each in (ours, peer)}
    own_answers, others_answers = interleave(rounds, answers).values()
    size = f"{n_series} x {n_steps}"
    return [
        figure(f"{size}: seconds of a fit", own),
        ratio(f"{size}: fit, MiniRocket / sktcn", others, own, ">= 1"),
        ratio(f"{size}: predict, MiniRocket / sktcn", others_answers, own_answers, ">= 2"),
    ]


def _push(rounds: int, n_kernels: int, n_streams: int) -> list[dict[str, Any]]:
    X = np.random.default_rng(0).normal(size=(60, 1, 150))
    classifier = RocketClassifier(n_kernels=n_kernels).fit(X, np.arange(60) % 3)
    stream = to_streaming(classifier, n_streams=n_streams)
    step = np.zeros((n_streams, 1))
    push = partial(seconds_of, partial(stream.push, step), N_PUSHES)
    push()
    seconds = [1e6 * value for value in interleave(rounds, {"push": push})["push"]]
    target = TARGETS.get((n_kernels, n_streams), "")
    return [figure(f"push of {n_streams} streams, {n_kernels:,} kernels", seconds, "us", target)]
