"""Part "search": `GridSearchCV` with one job and with two."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from skorch.callbacks import Callback

from benchmarks.common.figures import figure, ratio
from benchmarks.common.task import Task
from benchmarks.common.timing import interleave, run_alone
from sktcn import TCNClassifier

GRID = {"kernel_size": [3, 5, 9], "n_filters": [16, 32], "lr": [0.001, 0.002]}
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def search(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare searches with one job and with two, and count the threads of each."""
    return run_alone(threads, _search, rounds)


def _search(rounds: int) -> list[dict[str, Any]]:
    """Compare searches; a first one with two jobs starts their processes."""
    cold = _search_seconds(2)
    turns: dict[str, Any] = {f"n_jobs={n}": partial(_search_seconds, n) for n in (1, 2)}
    turns["one thread"] = _search_seconds_of_one_thread
    one, two, single = interleave(rounds, turns).values()
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
    GridSearchCV(
        TCNClassifier(max_epochs=6, n_fixed_kernels=0), GRID, cv=FOLDS, n_jobs=n_jobs, refit=False
    ).fit(X, y)
    return time.perf_counter() - start


def _search_seconds_of_one_thread() -> float:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _search_seconds(1)
    finally:
        torch.set_num_threads(threads)


class ThreadCount(Callback):
    """Record the number of torch's threads."""

    def on_batch_begin(self, net, **kwargs):
        """Record it."""
        net.history.record("threads", torch.get_num_threads())


def max_threads(estimator: TCNClassifier, X: Any, y: Any) -> int:
    """Return the number of threads of a fit, as a score."""
    return max(estimator.history_["threads"])


def _thread_count(n_jobs: int) -> dict[str, Any]:
    network = TCNClassifier(n_fixed_kernels=0, max_epochs=1, callbacks=[ThreadCount()])
    grid = {"lr": [0.001, 0.002]}
    tried = GridSearchCV(network, grid, scoring=max_threads, cv=FOLDS, n_jobs=n_jobs, refit=False)
    threads = tried.fit(*Task("GunPoint", 50, 150).data()).cv_results_["mean_test_score"].max()
    target = f"<= {torch.get_num_threads()}"
    return figure(f"threads that compute at once, n_jobs={n_jobs}", [n_jobs * threads], "", target)
