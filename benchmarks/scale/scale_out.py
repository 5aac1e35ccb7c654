"""What a search costs on joblib, Dask and Ray: speed, each fit's share, bytes, memory.

With the extras of the three installed, about ten minutes on two cores, with nothing else running::

    python -m benchmarks.scale_out

measures all parts, or those that are named:

========  ========================================================================================
speed     a grid search with two workers beside one process, in turns
overhead  what a fit costs that does nothing: searches of three sizes over a dummy
sent      how often the series are pickled in searches of three sizes
memory    a search's peak beyond the series, and their preparation, at three sizes
========  ========================================================================================

Workers compute with one thread each, as the engines set it. Results go to ``scale_out.json`` and
``scale_out.md`` in ``benchmarks/results``; parts not measured keep what they were.
"""

from __future__ import annotations

import pickle
import runpy
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from benchmarks.speed_parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.speed_run import (
    Task,
    figure,
    memory_growth,
    ratio,
    run_alone,
    seconds_of,
    take_turns,
    versions,
)
from sktcn import TCNClassifier
from sktcn._preprocessing.preprocessor import Preprocessor, read_series

EXAMPLES = Path(__file__).parents[1] / "examples"
PACKAGES = ("sktcn", "torch", "scikit-learn", "joblib", "dask", "distributed", "ray")
N_WORKERS = 2
FOLDS = 3
GRID = {"kernel_size": [3, 5, 9], "n_filters": [16, 32], "lr": [0.001, 0.002]}
N_CANDIDATES = (30, 100, 300)
N_SERIES = (10_000, 30_000, 100_000)
LENGTH = 100
Engine = Callable[..., Any]  # from the data to the context in which to search


@contextmanager
def one_process() -> Iterator[Engine]:
    """One fit after the other, where the search is."""
    yield lambda *data: nullcontext()


@contextmanager
def loky() -> Iterator[Engine]:
    """Use joblib's own processes."""
    yield lambda *data: joblib.parallel_config("loky", n_jobs=N_WORKERS)
    get_reusable_executor().shutdown(wait=True)


@contextmanager
def dask() -> Iterator[Engine]:
    """As in ``examples/search_dask.py``."""
    from dask import config
    from distributed import Client, LocalCluster

    options = {"n_workers": N_WORKERS, "threads_per_worker": 1, "dashboard_address": None}
    like_others = runpy.run_path(str(EXAMPLES / "search_dask.py"))["LIKE_OTHERS"]
    with (
        config.set(like_others),
        LocalCluster(**options, silence_logs="ERROR") as cluster,
        Client(cluster) as client,
    ):
        client.amm.stop()
        yield lambda *data: joblib.parallel_config("dask", scatter=data)


@contextmanager
def ray() -> Iterator[Engine]:
    """As in ``examples/search_ray.py``."""
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    ray.init(num_cpus=N_WORKERS, include_dashboard=False, log_to_driver=False)
    yield lambda *data: joblib.parallel_config("ray", n_jobs=N_WORKERS)
    ray.shutdown()


ENGINES = {"one process": one_process, "loky": loky, "Dask": dask, "Ray": ray}


def search_within(engine: Engine, estimator: Any, grid: Any, X: Any, y: Any) -> GridSearchCV:
    """Search on an engine, with the folds made beforehand."""
    folds = list(StratifiedKFold(FOLDS).split(y, y))
    with engine(X, y, *chain(*folds)):
        return GridSearchCV(estimator, grid, cv=folds, refit=False).fit(X, y)


def speed(rounds: int) -> list[dict[str, Any]]:
    """Compare each engine, started alone, with one process; the first of each isn't counted."""
    X, y = Task("GunPoint", 50, 150).data()
    rows = []
    for name in list(ENGINES)[1:]:
        with one_process() as alone, ENGINES[name]() as engine:
            alone, beside = (
                partial(search_within, each, TCNClassifier(max_epochs=20), GRID, X, y)
                for each in (alone, engine)
            )
            scores = [run().cv_results_["mean_test_score"] for run in (alone, beside)]
            turns = {"alone": partial(seconds_of, alone), name: partial(seconds_of, beside)}
            seconds = take_turns(rounds, turns)
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
    """Milliseconds a fit of a dummy, and bytes a candidate in the results."""
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
    """A series that counts how often it is pickled; what is unpickled is a plain list."""

    __slots__ = ()
    times = 0

    def __reduce__(self) -> Any:
        type(self).times += 1
        return list, (list(self),)


def sent(rounds: int) -> list[dict[str, Any]]:
    """Count how often series are pickled; a list, which no engine shares of its own accord."""
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
    # So slow that joblib sends each fit by itself.
    slow = TCNClassifier(n_blocks=1, max_epochs=200, batch_size=60)
    grid = {"random_state": range(n_candidates)}
    search_within(engine, slow, grid, wrap(X), np.arange(60) % 2)
    return Counted.times


def memory(rounds: int) -> list[dict[str, Any]]:
    """Peak of a search of one candidate, and seconds of a preparation, each in a fresh process."""
    rows = []
    for n in N_SERIES:
        peaks = [run_alone(1, _peak_of_search, n) for _ in range(rounds)]
        title = (
            f"{n:,} series of {LENGTH} steps, {n * LENGTH * 4 / 1e6:.0f} MB: a search's peak beyond"
        )
        rows.append(figure(title, peaks, "MB"))
    for n in N_SERIES:
        seconds = [run_alone(1, _seconds_to_prepare, n) for _ in range(rounds)]
        rows.append(figure(f"{n:,} series: to check, scale and difference them", seconds, "s"))
    return rows


def _peak_of_search(n_series: int) -> float:
    network = TCNClassifier(n_filters=2, n_blocks=1, max_epochs=1, batch_size=256)
    X, y = Task("many", n_series, LENGTH).data()
    network.fit(X[:10], y[:10])  # all is loaded now
    run = partial(search_within, lambda *data: nullcontext(), network, {"lr": [0.01]}, X, y)
    return memory_growth(run)


def _seconds_to_prepare(n_series: int) -> float:
    X, _ = Task("many", n_series, LENGTH).data()
    start = time.perf_counter()
    panel = read_series(X, "float32", "error")
    options: Any = {"scaling": "channel", "missing": "error", "differences": True}
    Preprocessor.fit(panel, np.ones(n_series), **options).transform(panel)
    return time.perf_counter() - start


PARTS = {"speed": speed, "overhead": overhead, "sent": sent, "memory": memory}


def main() -> None:
    """Measure what is asked for, each part in a process of its own; write after each."""
    asked = read_arguments(make_parser(__doc__, PARTS), PARTS)
    warnings.simplefilter("ignore")
    file = asked.out / "scale_out.json"
    results = read(file)
    for name in asked.parts:
        print(name, flush=True)
        part = partial(run_alone, 1, PARTS[name], asked.rounds)
        results[name] = measure(part, asked.rounds, 1, versions(PACKAGES))
        show(results[name])
        write(results, PARTS, file, "Scale out")


if __name__ == "__main__":
    main()
