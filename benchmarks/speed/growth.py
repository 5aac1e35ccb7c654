"""How cost grows, searches in parallel, and patches of an LSTM: the rest of ``speed.py``."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    cross_val_score,
)
from skorch.callbacks import Callback

from benchmarks.peers import seconds_an_epoch
from benchmarks.speed_run import (
    PLAIN_TCN,
    Task,
    figure,
    memory_growth,
    missing,
    ratio,
    run_alone,
    take_turns,
)
from sktcn import LSTMClassifier, TCNClassifier
from sktcn.datasets import load_ucr

BASE = Task("growth", 32, 128, n_channels=4)
AXES = {
    # what grows: sizes, the last 16 times the first
    "series": ("n_series", (32, 64, 128, 256, 512)),
    "length": ("length", (128, 256, 512, 1024, 2048)),
    "channels": ("n_channels", (4, 8, 16, 32, 64)),
    "filters": ("n_filters", (8, 16, 32, 64, 128)),  # work grows with their square
}
LIMIT = {"filters": ""}
GRID = {"kernel_size": [3, 5, 9], "n_filters": [16, 32], "lr": [0.001, 0.002]}
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
LONG = Task("long", 64, 1000)
REPEATED = RepeatedStratifiedKFold(n_splits=3, n_repeats=3, random_state=0)
# all whose series are long enough for patches, of the thirty that the defaults were chosen on
REAL_SETS = (
    *("OSULeaf", "Ham", "GesturePebbleZ1", "Fish", "Beef", "Herring", "Car", "WormsTwoClass"),
    "ACSF1",
)


def growth(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Find the exponents of an epoch's time and of a fit's peak memory."""
    rows = run_alone(threads, _time_exponents, rounds)
    return [*rows, *(_memory_exponent(name, threads) for name in AXES)]


def _sized(name: str, size: int) -> Task:
    return replace(BASE, **{AXES[name][0]: size})


def _time_exponents(rounds: int) -> list[dict[str, Any]]:
    seconds_an_epoch("sktcn", BASE)
    rows = []
    for name, (_, sizes) in AXES.items():
        turns = {str(n): partial(seconds_an_epoch, "sktcn", _sized(name, n)) for n in sizes}
        seconds = take_turns(rounds, turns)
        each = [exponent(sizes, values) for values in zip(*seconds.values(), strict=True)]
        title = f"exponent of an epoch's time in {name}, {sizes[0]} to {sizes[-1]}"
        rows.append(figure(title, each, "", LIMIT.get(name, "<= 1.05"), seconds=seconds))
    return rows


def exponent(sizes: Any, values: Any) -> float:
    """Slope of the line through the logarithms."""
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
    network.fit(*replace(task, n_series=4, length=8).data())  # all is loaded now
    X, y = task.data()
    return memory_growth(lambda: network.fit(X, y))


def search(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare searches with one job and with two, and count the threads of each."""
    return run_alone(threads, _search, rounds)


def _search(rounds: int) -> list[dict[str, Any]]:
    """Search with two jobs first, to have their processes' start apart."""
    cold = _search_seconds(2)
    turns: dict[str, Any] = {f"n_jobs={n}": partial(_search_seconds, n) for n in (1, 2)}
    turns["one thread"] = _search_seconds_of_one_thread
    one, two, single = take_turns(rounds, turns).values()
    counts = [_thread_count(n) for n in (1, 2)]
    get_reusable_executor().shutdown(wait=True)
    return [
        ratio("GridSearchCV, 12 x 3 fits: n_jobs=1 / n_jobs=2", one, two, ">= 1.7"),
        ratio("GridSearchCV, 12 x 3 fits: n_jobs=1 and one thread / n_jobs=2", single, two),
        figure("GridSearchCV, n_jobs=1", one, "s"),
        figure("GridSearchCV, n_jobs=2, workers started", two, "s"),
        figure("GridSearchCV, n_jobs=2, workers not started", [cold], "s"),
        *counts,
    ]


def _search_seconds(n_jobs: int) -> float:
    X, y = Task("GunPoint", 50, 150).data()
    start = time.perf_counter()
    GridSearchCV(TCNClassifier(max_epochs=6), GRID, cv=FOLDS, n_jobs=n_jobs, refit=False).fit(X, y)
    return time.perf_counter() - start


def _search_seconds_of_one_thread() -> float:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _search_seconds(1)
    finally:
        torch.set_num_threads(threads)


class ThreadCount(Callback):
    """Note with how many threads torch computes."""

    def on_batch_begin(self, net, **kwargs):
        """Note it."""
        net.history.record("threads", torch.get_num_threads())


def most_threads(estimator: TCNClassifier, X: Any, y: Any) -> int:
    """Score that tells the threads of a fit."""
    return max(estimator.history_["threads"])


def _thread_count(n_jobs: int) -> dict[str, Any]:
    network = TCNClassifier(max_epochs=1, callbacks=[ThreadCount()])
    grid = {"lr": [0.001, 0.002]}
    tried = GridSearchCV(network, grid, scoring=most_threads, cv=FOLDS, n_jobs=n_jobs, refit=False)
    threads = tried.fit(*Task("GunPoint", 50, 150).data()).cv_results_["mean_test_score"].max()
    target = f"<= {torch.get_num_threads()}"
    return figure(f"threads that compute at once, n_jobs={n_jobs}", [n_jobs * threads], "", target)


def lstm(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare seconds an epoch on long series with patches and without."""
    return run_alone(threads, _lstm, rounds)


def _lstm(rounds: int) -> list[dict[str, Any]]:
    tasks = {size: replace(LONG, patch_size=size) for size in (1, "auto")}
    for task in tasks.values():
        seconds_an_epoch("sktcn LSTM", replace(task, n_series=16))
    turns = {str(n): partial(seconds_an_epoch, "sktcn LSTM", t) for n, t in tasks.items()}
    one, auto = take_turns(rounds, turns).values()
    title = "LSTM on length 1,000: seconds an epoch, patch_size=1 / 'auto'"
    return [ratio(title, one, auto, ">= 4")]


def accuracy(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare accuracy with patches and without, on training parts: three folds, three times."""
    return with_mean([_accuracy(name) for name in REAL_SETS])


def with_mean(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the mean over the sets, of each repeat."""
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
        str(size): cross_val_score(LSTMClassifier(patch_size=size), X, y, cv=REPEATED, n_jobs=2)
        for size in ("auto", 1)
    }
    auto, one = (each.reshape(3, 3).mean(1) for each in scores.values())  # by repeat
    means = f"{auto.mean():.3f}, {one.mean():.3f}"
    row = figure(f"{title}: {means}", list(auto - one), "", ">= 0")
    return row | {"raw": {size: each.tolist() for size, each in scores.items()}}
