"""Cost of a search on joblib, Dask and Ray: time, overhead of a fit, bytes, memory.

With the extras of the three installed, about ten minutes on two cores, with nothing else running::

    python -m benchmarks.scale_out

measures all parts, or the named ones:

========  ========================================================================================
speed     a grid search with two workers beside one process, in turns
overhead  milliseconds of a fit without work: searches of three sizes over a dummy
sent      number of times the series are pickled, in searches of three sizes
memory    a search's peak beyond the series, and seconds before the first update, at three sizes
========  ========================================================================================

Workers compute with one thread each, as the engines set it. Results go to ``scale_out.json`` and
``scale_out.md`` in ``benchmarks/scale/results/local``, or ``--out``; other parts keep theirs.
"""

from __future__ import annotations

import pickle
import runpy
import time
import warnings
from contextlib import nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from skorch.callbacks import Callback

from benchmarks.common.figures import figure, ratio
from benchmarks.common.memory import memory_growth
from benchmarks.common.parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.common.task import Task
from benchmarks.common.timing import interleave, run_alone, seconds_of
from benchmarks.scale.engines import (
    ENGINES,
    EXAMPLES,
    N_WORKERS,
    Engine,
    dask,
    loky,
    one_process,
    ray,
)
from sktcn import TCNClassifier

RESULTS = Path(__file__).parent / "results" / "local"
PACKAGES = ("sktcn", "torch", "scikit-learn", "joblib", "dask", "distributed", "ray")
FOLDS = 3
GRID = {"kernel_size": [3, 5, 9], "n_filters": [16, 32], "lr": [0.001, 0.002]}
N_CANDIDATES = (30, 100, 300)
N_SERIES = (10_000, 30_000, 100_000)
LENGTH = 100


def search_within(engine: Engine, estimator: Any, grid: Any, X: Any, y: Any) -> GridSearchCV:
    """Search on an engine, with folds drawn beforehand."""
    folds = list(StratifiedKFold(FOLDS).split(y, y))
    with engine(X, y, *chain(*folds)):
        return GridSearchCV(estimator, grid, cv=folds, refit=False).fit(X, y)


def speed(rounds: int) -> list[dict[str, Any]]:
    """Compare each engine with one process; the first search of each is not counted."""
    X, y = Task("GunPoint", 50, 150).data()
    rows = []
    for name in list(ENGINES)[1:]:
        with one_process() as alone, ENGINES[name]() as engine:
            alone, beside = (
                partial(
                    search_within, each, TCNClassifier(max_epochs=20, n_fixed_kernels=0), GRID, X, y
                )
                for each in (alone, engine)
            )
            scores = [run().cv_results_["mean_test_score"] for run in (alone, beside)]
            turns = {"alone": partial(seconds_of, alone), name: partial(seconds_of, beside)}
            seconds = interleave(rounds, turns)
        same = "equal" if np.array_equal(*scores) else "DIFFER"
        n_fits = len(scores[0]) * FOLDS
        rows += [
            figure(f"{n_fits} fits in one process, beside {name}", seconds["alone"], "s"),
            ratio(
                f"{name}, {N_WORKERS} workers: speed-up, scores {same}",
                seconds["alone"],
                seconds[name],
            ),
        ]
    return rows


def overhead(rounds: int) -> list[dict[str, Any]]:
    """Measure milliseconds of a dummy's fit, and bytes of a candidate in the results."""
    X, y = Task("few", 60, 10).data()
    X, rows = X[:, 0], []
    for name, start in ENGINES.items():
        with start() as engine:
            search_within(engine, DummyClassifier(), {"constant": [0]}, X, y)
            for n in N_CANDIDATES:
                run = partial(
                    search_within, engine, DummyClassifier(), {"constant": range(n)}, X, y
                )
                each = [1000 * seconds_of(run) / (n * FOLDS) for _ in range(rounds)]
                rows.append(figure(f"{name}: a fit of {n * FOLDS}", each, "ms"))
    for n in N_CANDIDATES:
        found = GridSearchCV(DummyClassifier(), {"constant": range(n)}, cv=FOLDS).fit(X, y)
        size = len(pickle.dumps(found.cv_results_)) / n
        rows.append(figure(f"results of {n} candidates: a candidate", [size], "bytes"))
    return rows


class Counted(list):
    """Series that counts its picklings; it is unpickled as a plain list."""

    __slots__ = ()
    times = 0

    def __reduce__(self) -> Any:
        type(self).times += 1
        return list, (list(self),)


def sent(rounds: int) -> list[dict[str, Any]]:
    """Count the picklings of a list of series, which no engine shares by itself."""
    with loky() as engine:
        rows = [_sent("loky", engine, list)]
    with dask() as engine:
        rows += [
            _sent("Dask", engine, list),
            _sent("Dask, without scatter", lambda *data: engine(), list),
        ]
    with ray() as engine:
        in_store = runpy.run_path(str(EXAMPLES / "search_ray.py"))["InStore"]
        return [*rows, _sent("Ray", engine, list), _sent("Ray, InStore", engine, in_store)]


def _sent(name: str, engine: Engine, wrap: Any) -> dict[str, Any]:
    times = [_times_pickled(engine, wrap, n) for n in (4, 8, 16)]
    per_fit = (times[-1] - times[0]) / ((16 - 4) * FOLDS)
    counted = f"{times[0]}, {times[1]}, {times[2]} times for 12, 24, 48 fits"
    return figure(f"{name}: {counted}; a fit more", [per_fit], "times")


def _times_pickled(engine: Engine, wrap: Any, n_candidates: int) -> int:
    X = [Counted([0.0] * 10), *np.zeros((59, 10))]
    Counted.times = 0
    # Slow enough that joblib sends each fit by itself.
    slow = TCNClassifier(n_blocks=1, max_epochs=200, batch_size=60, n_fixed_kernels=0)
    grid = {"random_state": range(n_candidates)}
    search_within(engine, slow, grid, wrap(X), np.arange(60) % 2)
    return Counted.times


def memory(rounds: int) -> list[dict[str, Any]]:
    """Measure the peak of a search of one candidate, and the time before training."""
    rows = []
    for n in N_SERIES:
        peaks = [run_alone(1, _peak_of_search, n) for _ in range(rounds)]
        title = (
            f"{n:,} series of {LENGTH} steps, {n * LENGTH * 4 / 1e6:.0f} MB: a search's peak beyond"
        )
        rows.append(figure(title, peaks, "MB"))
    for n in N_SERIES:
        seconds = [run_alone(1, _seconds_before_training, n) for _ in range(rounds)]
        rows.append(figure(f"{n:,} series: a fit up to its first update", seconds, "s"))
    return rows


class TrainBegin(Callback):
    """Record the clock when training begins."""

    seconds: float

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Record it."""
        self.seconds = time.perf_counter()


def _peak_of_search(n_series: int) -> float:
    network = TCNClassifier(
        n_fixed_kernels=0, n_filters=2, n_blocks=1, max_epochs=1, batch_size=256
    )
    X, y = Task("many", n_series, LENGTH).data()
    network.fit(X[:10], y[:10])  # loads what torch and skorch load late
    run = partial(search_within, lambda *data: nullcontext(), network, {"lr": [0.01]}, X, y)
    return memory_growth(run)


def _seconds_before_training(n_series: int) -> float:
    """Measure a fit up to its first update: mostly validation and preprocessing of the series."""
    begin = TrainBegin()
    network = TCNClassifier(
        n_fixed_kernels=0, n_filters=2, n_blocks=1, max_epochs=1, batch_size=256, callbacks=[begin]
    )
    X, y = Task("many", n_series, LENGTH).data()
    network.fit(X[:10], y[:10])  # loads what torch and skorch load late
    start = time.perf_counter()
    network.fit(X, y)
    return begin.seconds - start


PARTS = {"speed": speed, "overhead": overhead, "sent": sent, "memory": memory}


def main() -> None:
    """Measure the named parts, each in a process of its own; write after each."""
    arguments = read_arguments(make_parser("scale_out", __doc__, PARTS, RESULTS), PARTS)
    warnings.simplefilter("ignore")
    file = arguments.out / "scale_out.json"
    results = read(file)
    for name in arguments.parts:
        print(name, flush=True)
        part = partial(run_alone, 1, PARTS[name], arguments.rounds)
        results[name] = measure(part, arguments.rounds, 1, PACKAGES)
        show(results[name])
        write(results, PARTS, file, "Scale out")


if __name__ == "__main__":
    main()
