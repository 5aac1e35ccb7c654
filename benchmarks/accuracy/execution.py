"""One run, measured, in a process of its own that can be stopped.

A fork server has the libraries loaded, so that a process a run costs little. Each is the head of
its own group: it is stopped with all that it started, and stops by itself when the runner is gone,
however that went.
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

from benchmarks.provenance import peak_memory
from benchmarks.runs import Run
from benchmarks.scores import score_labels, score_probabilities
from benchmarks.specs import seeded, suited
from benchmarks.splits import load_split

Result = dict[str, Any]
CONTEXT = multiprocessing.get_context("forkserver")
GRACE = 10  # seconds for a process to clear up after its run

MEASURED = (
    *("n_train", "n_test", "accuracy", "balanced_accuracy", "auroc", "log_loss"),
    *("calibration_error", "fit_seconds", "fit_cpu_seconds", "predict_seconds"),
    *("predict_cpu_seconds", "memory_before_mb", "peak_memory_mb", "error"),
)


def measure(run: Run, data_home: str | None) -> Iterator[Result]:
    """Fit and score; yield what is known after each step, so that a failure leaves the rest."""
    (X, y), (X_test, y_test) = load_split(run.dataset, run.resample, data_home)
    yield {"n_train": len(y), "n_test": len(y_test)}
    estimator = seeded(run.estimator, run.seed)
    X, X_test = suited(estimator, X), suited(estimator, X_test)
    yield {"memory_before_mb": round(peak_memory(), 1)}
    _, seconds = timed(lambda: estimator.fit(X, y))
    yield {f"fit_{name}": value for name, value in seconds.items()}
    predicted, seconds = timed(lambda: estimator.predict(X_test))
    yield {f"predict_{name}": value for name, value in seconds.items()}
    yield score_labels(y_test, predicted)
    if hasattr(estimator, "predict_proba"):
        yield score_probabilities(y_test, estimator.predict_proba(X_test), estimator.classes_)


def timed(function: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Call, and tell the seconds on the clock and those of processors, children's included."""
    clock, processors = time.perf_counter(), sum(os.times()[:4])
    answer = function()
    seconds = time.perf_counter() - clock, sum(os.times()[:4]) - processors
    return answer, {"seconds": round(seconds[0], 4), "cpu_seconds": round(seconds[1], 2)}


def run_alone(run: Run, data_home: str | None) -> Result:
    """Measure a run, whatever happens in it."""
    result: Result = dict.fromkeys(MEASURED)
    try:
        for known in measure(run, data_home):
            result |= known
    except Exception as error:  # whatever an estimator raises is its run's result
        result["error"] = f"{type(error).__name__}: {error}"[:1000]
    return result | {"peak_memory_mb": round(peak_memory(), 1)}


def _work(pipe: connection.Connection, run: Run, data_home: str | None) -> None:
    """Be the process of a run."""
    os.setsid()
    threading.Thread(target=_follow_parent, daemon=True).start()
    pipe.send(run_alone(run, data_home))


def _follow_parent() -> None:
    """Wait for the runner's end, and end then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.killpg(0, signal.SIGKILL)


class Child:
    """A run on its way."""

    def __init__(self, run: Run, data_home: str | None, time_limit: float | None) -> None:
        self.run, self.time_limit = run, time_limit
        self.deadline = time.monotonic() + (time_limit or float("inf"))
        self.pipe, theirs = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=_work, args=(theirs, run, data_home))
        self.process.start()
        theirs.close()

    def is_over(self) -> bool:
        """Whether there is a result, or the time is up."""
        return self.pipe.poll() or time.monotonic() >= self.deadline

    def result(self) -> Result:
        """What has been measured, or why nothing has."""
        failed: Result = dict.fromkeys(MEASURED)
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
        """End the process, and what it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it isn't the head of a group (yet)
            self.process.kill()
        self.process.join()
        self.pipe.close()


def start_server(n_threads: int | None) -> None:
    """Start the server, and have each process use so many threads (None: as many as it likes).

    Of what may be asked for, it loads sktcn alone. Others are loaded in each run's process, before
    the fit: numba, for one, starts threads then, and a process with threads can't be forked.
    """
    if n_threads is not None:
        for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM"):
            os.environ[f"{library}_NUM_THREADS"] = str(n_threads)
    # torch loads its compiler in the first step of an optimiser: a second that is not training.
    CONTEXT.set_forkserver_preload(["benchmarks.execution", "sktcn", "torch._dynamo"])
    loaded = CONTEXT.Process(target=int)
    loaded.start()
    loaded.join()


def execute(
    runs: list[Run], n_jobs: int, data_home: str | None, time_limit: float | None
) -> Iterator[tuple[Run, Result]]:
    """Do runs, so many at a time; yield each when it is over."""
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
