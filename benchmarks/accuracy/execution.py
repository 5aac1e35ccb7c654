"""Execution of runs, each measured in a process of its own with a time limit.

A fork server preloads the libraries, so that a process starts fast. The process of a run leads its
own process group: it is killed with all its children, and ends by itself when the runner has ended.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing import connection
from typing import Any

from benchmarks.accuracy.scores import score_labels, score_numbers, score_probabilities
from benchmarks.accuracy.specs import as_library_input, build, is_regressor, seeded
from benchmarks.accuracy.splits import load_split
from benchmarks.common.memory import max_resident
from benchmarks.common.runs import Run

Result = dict[str, Any]
CONTEXT = multiprocessing.get_context("forkserver")
GRACE = 10  # seconds for a process to clear up after its run

SCORES = ("accuracy", "balanced_accuracy", "auroc", "log_loss", "calibration_error")
SCORES_OF_NUMBERS = ("rmse", "mae", "r2")
MEASURED = (
    *("fit_seconds", "fit_cpu_seconds", "predict_seconds", "predict_cpu_seconds"),
    *("memory_before_mb", "peak_memory_mb", "error"),
)


def unmeasured(run: Run) -> Result:
    """Return the result of a run before anything is known of it."""
    scores = SCORES_OF_NUMBERS if is_regressor(build(run.estimator)) else SCORES
    return dict.fromkeys(("n_train", "n_test", *scores, *MEASURED))


def measure(run: Run, data_home: str | None) -> Iterator[Result]:
    """Fit and score; yield results as they come, so that a failure keeps the earlier ones."""
    (X, y), (X_test, y_test) = load_split(run.dataset, run.resample, data_home)
    yield {"n_train": len(y), "n_test": len(y_test)}
    estimator = seeded(run.estimator, run.seed)
    X, X_test = as_library_input(estimator, X), as_library_input(estimator, X_test)
    yield {"memory_before_mb": round(max_resident(), 1)}
    _, seconds = timed(lambda: estimator.fit(X, y))
    yield {f"fit_{name}": value for name, value in seconds.items()}
    predicted, seconds = timed(lambda: estimator.predict(X_test))
    yield {f"predict_{name}": value for name, value in seconds.items()}
    if is_regressor(estimator):
        yield score_numbers(y_test, predicted)
        return
    yield score_labels(y_test, predicted)
    if hasattr(estimator, "predict_proba"):
        yield score_probabilities(y_test, estimator.predict_proba(X_test), estimator.classes_)


def timed(function: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Call, and measure wall time and CPU time, children included."""
    clock, processors = time.perf_counter(), sum(os.times()[:4])
    answer = function()
    seconds = time.perf_counter() - clock, sum(os.times()[:4]) - processors
    return answer, {"seconds": round(seconds[0], 4), "cpu_seconds": round(seconds[1], 2)}


def run_alone(run: Run, data_home: str | None) -> Result:
    """Measure a run; an exception becomes part of the result."""
    result = unmeasured(run)
    try:
        for known in measure(run, data_home):
            result |= known
    except Exception as error:  # whatever an estimator raises is its run's result
        result["error"] = f"{type(error).__name__}: {error}"[:1000]
    return result | {"peak_memory_mb": round(max_resident(), 1)}


def _work(pipe: connection.Connection, run: Run, data_home: str | None) -> None:
    """Measure a run as the main function of its process."""
    os.setsid()
    threading.Thread(target=_follow_parent, daemon=True).start()
    pipe.send(run_alone(run, data_home))


def _follow_parent() -> None:
    """Kill the process group of a run when the runner ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.killpg(0, signal.SIGKILL)


class Child:
    """Process of a run."""

    def __init__(self, run: Run, data_home: str | None, time_limit: float | None) -> None:
        self.run, self.time_limit = run, time_limit
        self.deadline = time.monotonic() + (time_limit or float("inf"))
        self.pipe, theirs = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=_work, args=(theirs, run, data_home))
        self.process.start()
        theirs.close()

    def is_over(self) -> bool:
        """Return True if there is a result, or the time limit has passed."""
        return self.pipe.poll() or time.monotonic() >= self.deadline

    def result(self) -> Result:
        """Return the measured result, or one with the error."""
        failed = unmeasured(self.run)
        try:
            if not self.pipe.poll():
                return failed | {"error": f"TimeLimit: stopped after {self.time_limit:g} seconds"}
            result = self.pipe.recv()
            self.process.join(GRACE)
            return result
        except EOFError:
            self.process.join()
            code = self.process.exitcode
            return failed | {"error": f"Died: the process ended with exit code {code}"}
        finally:
            self.stop()

    def stop(self) -> None:
        """Kill the process and its children."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # the process does not lead a group yet
            self.process.kill()
        self.process.join()
        self.pipe.close()


def start_server(n_threads: int | None) -> None:
    """Start the server, and limit the threads of each process; None sets no limit.

    The server preloads sktcn alone. The process of a run imports other libraries before the fit:
    some, such as numba, start threads at import, and a process with threads can't be forked.
    """
    if n_threads is not None:
        for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM"):
            os.environ[f"{library}_NUM_THREADS"] = str(n_threads)
    # torch loads its compiler at the first update: a second that is not training.
    CONTEXT.set_forkserver_preload(["benchmarks.accuracy.execution", "sktcn", "torch._dynamo"])
    loaded = CONTEXT.Process(target=int)
    loaded.start()
    loaded.join()


def execute(
    runs: list[Run], n_jobs: int, data_home: str | None, time_limit: float | None
) -> Iterator[tuple[Run, Result]]:
    """Execute runs, `n_jobs` at a time; yield each when it ends."""
    waiting, running = deque(runs), []
    try:
        while waiting or running:
            while waiting and len(running) < n_jobs:
                running.append(Child(waiting.popleft(), data_home, time_limit))
            wait = min(child.deadline for child in running) - time.monotonic()
            connection.wait([c.pipe for c in running], None if wait == float("inf") else wait)
            for child in [child for child in running if child.is_over()]:
                running.remove(child)
                yield child.run, child.result()
    finally:
        for child in running:
            child.stop()
