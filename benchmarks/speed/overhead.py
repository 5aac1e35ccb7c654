"""Parts "predict" and "overhead": time of the estimator beyond that of its module."""

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np
import torch
from skorch.callbacks import Callback

from benchmarks.common.figures import figure, ratio
from benchmarks.common.memory import memory_growth
from benchmarks.common.task import PLAIN_TCN, Task
from benchmarks.common.timing import interleave, run_alone, seconds_of
from sktcn import TCNClassifier
from sktcn.networks import fused_passes

GUNPOINT = Task("GunPoint", 50, 150)
MANY, MORE = 10_000, 40_000
LARGE_BATCHES = (64, 512)


def predict(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare predictions with the bare module's outputs, and measure their memory."""
    rows = run_alone(threads, _one_series, rounds) + run_alone(threads, _many_series, rounds)
    return [*rows, _prediction_memory(rounds, threads)]


def _fitted() -> TCNClassifier:
    """Fit a network that predicts with all threads, as the bare module does."""
    network = TCNClassifier(max_epochs=2, n_threads=torch.get_num_threads(), **PLAIN_TCN)
    return network.fit(*GUNPOINT.data())


def _one_series(rounds: int) -> list[dict[str, Any]]:
    network = _fitted()
    X = GUNPOINT.data()[0][:1]
    module, x = network.net_.module_.eval(), torch.from_numpy(X)
    with torch.inference_mode():
        turns = {
            "ours": lambda: seconds_of(lambda: network.predict_proba(X), 300),
            "module": lambda: seconds_of(lambda: module(x), 300),
        }
        for turn in turns.values():
            turn()
        measured = interleave(rounds, turns)
    ours = [1000 * s for s in measured["ours"]]
    return [
        ratio("predict_proba of one series / module", *measured.values(), target="<= 2"),
        figure("predict_proba of one series", ours, "ms"),
    ]


def _many_series(rounds: int) -> list[dict[str, Any]]:
    """Compare throughput with the module's at its faster batch size."""
    network = _fitted()
    module = network.net_.module_.eval()
    X = np.random.default_rng(0).normal(size=(MANY, 1, 150)).astype("float32")
    x = torch.from_numpy(X)
    turns: dict[str, Any] = {"ours": lambda: seconds_of(lambda: network.predict_proba(X))}
    for size in LARGE_BATCHES:
        turns[f"batches of {size}"] = lambda size=size: seconds_of(
            lambda: [module(part) for part in x.split(size)]
        )
    with torch.inference_mode():
        for turn in turns.values():
            turn()
        measured = interleave(rounds, turns)
    ours = measured.pop("ours")
    best = min(measured, key=lambda name: np.median(measured[name]))
    name = f"throughput of predict_proba, {MANY} series / module in {best}"
    return [
        ratio(name, measured[best], ours, ">= 0.9", all_batches=measured),
        figure(f"predict_proba of {MANY} series", [MANY / s for s in ours], "series/s"),
    ]


def _prediction_memory(rounds: int, threads: int) -> dict[str, Any]:
    """Measure the growth of the peak with each MB of series, the series themselves aside."""
    few = [run_alone(threads, _peak_of_prediction, MANY) for _ in range(min(rounds, 2))]
    many = [run_alone(threads, _peak_of_prediction, MORE) for _ in range(min(rounds, 2))]
    more = (MORE - MANY) * 150 * 4 / 2**20
    parts = [(b - a) / more for a, b in zip(few, many, strict=True)]
    name = f"predict_proba: peak memory from {MANY} to {MORE} series, input aside"
    return figure(name, parts, "MB per MB of input", megabytes_few=few, megabytes_many=many)


def _peak_of_prediction(n_series: int) -> float:
    network = _fitted()
    X = np.random.default_rng(0).normal(size=(n_series, 1, 150)).astype("float32")
    network.predict_proba(X[:64])
    return memory_growth(lambda: network.predict_proba(X))


class UpdateClock(Callback):
    """Sum of the seconds between begin and end of each update."""

    def __init__(self):
        self.total = 0.0

    def on_batch_begin(self, net, training=False, **kwargs):
        """Start the clock."""
        self.start = time.perf_counter()

    def on_batch_end(self, net, training=False, **kwargs):
        """Add the seconds of the update."""
        self.total += (time.perf_counter() - self.start) * training


def overhead(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Measure the time of `fit` beyond that of its updates."""
    return run_alone(threads, _overhead, rounds) + run_alone(threads, _tiny, rounds)


def _overhead(rounds: int) -> list[dict[str, Any]]:
    """Compare the time of a fit with that of its updates, measured in two ways.

    A bare loop trains the same module in as many updates on batches cut beforehand. The rest of a
    fit is validation, scaling, building the net, cutting batches, histories, callbacks, and
    skorch's share of an update. The target is for this rest. A callback times the updates within
    a fit, from a batch to new weights, which includes skorch's share.
    """
    X, y = GUNPOINT.data()
    first = TCNClassifier(n_fixed_kernels=0).fit(X, y)
    n_epochs = first.n_iter_
    torch.set_num_threads(first.n_threads_)  # for the bare loop as well
    parts: list[float] = []

    def clocked() -> float:
        clock = UpdateClock()
        seconds = seconds_of(lambda: TCNClassifier(n_fixed_kernels=0, callbacks=[clock]).fit(X, y))
        parts.append(1 - clock.total / seconds)
        return seconds

    measured = interleave(
        rounds,
        {
            "clocked": clocked,
            "plain": lambda: seconds_of(lambda: TCNClassifier(n_fixed_kernels=0).fit(X, y)),
            "bare": lambda: _bare_epochs(X, y, n_epochs),
        },
    )
    beside = [1 - b / p for b, p in zip(measured["bare"], measured["plain"], strict=True)]
    name = "fit beside its steps, GunPoint, defaults"
    return [
        figure(f"{name}: steps of a bare loop", beside, "of fit", "< 0.15", **measured),
        figure(f"{name}: steps timed within", parts, "of fit"),
        figure("fit on GunPoint, defaults", measured["plain"], "s"),
    ]


def _bare_epochs(X: np.ndarray, y: np.ndarray, n_epochs: int) -> float:
    """Measure the updates of the same module, fused as without numba, in a minimal loop."""
    module = copy.deepcopy(
        TCNClassifier(n_fixed_kernels=0, max_epochs=1).fit(X, y).net_.module_
    ).train()
    X = np.repeat(X, 2, axis=1)  # the values and their differences
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01, fused=True)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    size = -(-len(X) // 4)
    batches = list(
        zip(torch.from_numpy(X).split(size), torch.from_numpy(y).split(size), strict=True)
    )

    def epoch() -> None:
        for x, labels in batches:
            optimizer.zero_grad()
            loss(module(x), labels).backward()
            optimizer.step()

    with fused_passes(module):
        return n_epochs * seconds_of(epoch, n_epochs)


def _tiny(rounds: int) -> list[dict[str, Any]]:
    X, y = Task("tiny", 10, 20).data()
    network = TCNClassifier(n_fixed_kernels=0, max_epochs=1).fit(X, y)
    turns = {"fit": lambda: 1000 * seconds_of(lambda: network.fit(X, y), 20)}
    milliseconds = interleave(rounds, turns)["fit"]
    return [figure("fit of 10 series x 20 steps, 1 epoch", milliseconds, "ms", "< 30")]
