"""Part "rocket": fixed kernels beside sktime's MiniRocket: fit, predict, growth, and a push."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.common.figures import figure, ratio
from benchmarks.common.timing import interleave, run_alone, seconds_of
from sktcn import RocketClassifier
from sktcn.streaming import to_streaming

SIZES = [(100, 50), (100, 500), (100, 5_000), (1_000, 50), (1_000, 500), (3_000, 100)]
N_KERNELS = [1_000, 10_000]
N_STREAMS = [1, 256]
N_PUSHES = 200


def rocket(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare sizes and measure pushes, each in a process of its own."""
    rows = [row for size in SIZES for row in run_alone(threads, _compare, rounds, *size)]
    streams = [(n_kernels, n) for n_kernels in N_KERNELS for n in N_STREAMS]
    return rows + [row for each in streams for row in run_alone(threads, _push, rounds, *each)]


def _compare(rounds: int, n_series: int, n_steps: int) -> list[dict[str, Any]]:
    from benchmarks.accuracy.minirocket import MiniRocket

    X = np.random.default_rng(0).normal(size=(n_series, 1, n_steps)).cumsum(axis=2)
    y = np.arange(n_series) % 3
    ours, peer = RocketClassifier(), MiniRocket(random_state=0)
    fits = {each: partial(seconds_of, partial(each.fit, X, y)) for each in (ours, peer)}
    own, others = interleave(rounds, fits).values()
    answers = {each: partial(seconds_of, partial(each.predict, X)) for each in (ours, peer)}
    own_answers, others_answers = interleave(rounds, answers).values()
    size = f"{n_series} x {n_steps}"
    return [
        figure(f"{size}: seconds of a fit", own),
        ratio(f"{size}: fit, MiniRocket / sktcn", others, own),
        ratio(f"{size}: predict, MiniRocket / sktcn", others_answers, own_answers),
    ]


def _push(rounds: int, n_kernels: int, n_streams: int) -> list[dict[str, Any]]:
    X = np.random.default_rng(0).normal(size=(60, 1, 150))
    classifier = RocketClassifier(n_kernels=n_kernels).fit(X, np.arange(60) % 3)
    stream = to_streaming(classifier, n_streams=n_streams)
    step = np.zeros((n_streams, 1))
    push = partial(seconds_of, partial(stream.push, step), N_PUSHES)
    push()
    seconds = [1e6 * value for value in interleave(rounds, {"push": push})["push"]]
    return [figure(f"push of {n_streams} streams, {n_kernels:,} kernels", seconds, "us")]
