"""Threads and processes get the answers that one after the other gets, and none waits for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from sktcn.persistence import load, save
from sktcn.streaming import to_streaming

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds; a machine may be busy
N_THREADS = 8
FORKS = hasattr(os, "fork")


@pytest.fixture(autouse=True)
def hasty_threads():
    """Python changes from thread to thread all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def at_once(*actions):
    """Do all at the same time, each in a thread of its own; what they return."""
    start = threading.Barrier(len(actions))

    def do(action):
        start.wait(PATIENCE)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(do, actions, timeout=PATIENCE))


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


# Threads


def predict_in_threads(estimator, series, times):
    """Ask from eight threads, each for other series, in an order of its own."""
    expected = [answers(estimator, X) for X in series]

    def ask(number):
        order = np.random.default_rng(number).permutation(np.repeat(np.arange(len(series)), times))
        for i in order:
            assert_array_equal(answers(estimator, series[i]), expected[i])
        return len(order)

    asked = at_once(*[lambda n=n: ask(n) for n in range(N_THREADS)])
    assert asked == [times * len(series)] * N_THREADS


def some_series(X):
    """Series of some numbers and lengths."""
    return [X, X[:1], X[:7], [x[: 3 + i % 13] for i, x in enumerate(X)]]


def test_one_estimator_is_asked_by_eight_threads(tiny, data):
    X, y = data
    predict_in_threads(tiny(n_estimators=2).fit(X, y), some_series(X), times=3)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_estimator_is_asked_very_often(tiny, data, dtype):
    X, y = data
    predict_in_threads(tiny(dtype=dtype).fit(X, y), some_series(X), times=100)


def test_it_is_asked_while_it_is_streamed_and_saved(tiny, data, tmp_path):
    X, y = data
    estimator = tiny().fit(X, y)
    expected = answers(estimator, X)

    def stream():
        streaming = to_streaming(estimator, len(X))
        return streaming.push_many(X[:, None])[:, -1]

    def store():
        path = tmp_path / f"{threading.get_ident()}"
        save(estimator, path)
        return answers(load(path), X)

    streamed = stream()
    found = at_once(*[stream, store, *[lambda: answers(estimator, X)] * 6] * 2)
    for index, each in enumerate(found):
        assert_array_equal(each, streamed if index % 8 == 0 else expected)


def test_fits_in_threads(tiny, data):
    """Of the same seed and of other ones."""
    X, y = data

    def fit(seed):
        assert torch.get_num_threads() == 1
        estimator = tiny(random_state=seed, dropout=0.5, early_stopping=True, n_iter_no_change=1)
        return answers(estimator.fit(X, y), X)

    seeds = [0, 0, 0, 1, 2, 3]
    expected = [fit(seed) for seed in seeds]
    for found, wanted in zip(at_once(*[lambda s=s: fit(s) for s in seeds]), expected, strict=True):
        assert_array_equal(found, wanted)


@pytest.mark.slow
def test_many_fits_in_threads(tiny, data):
    for _ in range(10):
        test_fits_in_threads(tiny, data)


# Processes


def run(method, n_threads, times):
    """Count the right answers of two processes that fit and predict."""
    command = [
        sys.executable,
        "-m",
        "tests.helpers.concurrent_work",
        method,
        str(n_threads),
        str(times),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_forked_processes_do_not_wait_for_the_threads_of_the_first():
    assert run("fork", n_threads=4, times=1) == "8 of 8"


@pytest.mark.slow
@pytest.mark.parametrize("n_threads", [1, 4])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"] if FORKS else ["spawn"])
def test_processes(method, n_threads):
    assert run(method, n_threads, times=5) == "40 of 40"


class Slow(torch.nn.ReLU):
    """An activation that takes as long to build as a test wants."""

    building, may_end = threading.Event(), threading.Event()

    def __init__(self):
        super().__init__()
        self.building.set()
        self.may_end.wait(PATIENCE)


class Quick(torch.nn.ReLU):
    """One of a user's, too."""


def fit_and_exit(estimator, X, y):
    """End a process, well only after a fit."""
    try:
        estimator.fit(X, y)
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_a_process_that_is_forked_while_a_thread_builds_a_network(tcn_classifier, labelled):
    """Locks held by another thread are not held in the new process, which has no such thread."""
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(tcn_classifier(activation=Slow).fit, *labelled)
        try:
            assert Slow.building.wait(PATIENCE)
            child = os.fork()
            if child == 0:
                threading.Timer(20, os._exit, [1]).start()
                fit_and_exit(tcn_classifier(activation=Quick, max_epochs=1), *labelled)
        finally:
            Slow.may_end.set()
        _, status = os.waitpid(child, 0)
        building.result(PATIENCE)
    assert os.waitstatus_to_exitcode(status) == 0
