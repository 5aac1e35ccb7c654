"""The same seed gives the same network, whatever else goes on; and nothing else is disturbed."""

from __future__ import annotations

import gc
import random
import resource
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from tests.helpers.surroundings import surroundings

STATM = Path("/proc/self/statm")


class Scaled(torch.nn.Module):
    """An activation that draws a weight from torch's global generator."""

    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.rand(1))

    def forward(self, x):
        return x.relu() + self.slope * x


ACTIVATIONS = ["relu", "prelu", Scaled]


@pytest.fixture
def float64_by_default():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def disturb(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", [0, np.int64(2**32 - 1)])
def test_the_same_seed_gives_the_same_network(tiny, data, activation, seed):
    X, y = data
    found = []
    for global_seed in (1, 2):
        disturb(global_seed)
        estimator = tiny(activation=activation, random_state=seed).fit(X, y)
        found.append(answers(estimator, X))
    assert_array_equal(*found)


def test_a_second_fit_gives_the_same_network(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    first = answers(estimator, X)
    estimator.fit(X[::-1][:10], y[::-1][:10])
    assert_array_equal(answers(estimator.fit(X, y), X), first)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_default_dtype_does_not_matter(tiny, data, request, dtype):
    X, y = data
    first = answers(tiny(dtype=dtype).fit(X, y), X)
    request.getfixturevalue("float64_by_default")
    assert_array_equal(answers(tiny(dtype=dtype).fit(X, y), X), first)


def test_other_seeds_give_other_networks(tiny, data):
    X, y = data
    seeds = [0, 1, 2, np.random.RandomState(0), np.random.RandomState(1), None, None]
    found = [answers(tiny(random_state=seed).fit(X, y), X) for seed in seeds]
    assert len(np.unique(found, axis=0)) == len(seeds)


def test_a_random_state_goes_on_from_fit_to_fit(tiny, data):
    X, y = data

    def two_fits():
        estimator = tiny(random_state=np.random.RandomState(3))
        return [answers(estimator.fit(X, y), X) for _ in range(2)]

    first, second = two_fits()
    assert not np.array_equal(first, second)
    assert_array_equal(two_fits(), [first, second])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("random_state", [0, None])
def test_nothing_global_is_moved(tiny, data, activation, random_state):
    X, y = data
    estimator = tiny(activation=activation, random_state=random_state, early_stopping=True)
    before = surroundings()
    estimator.fit(X, y).predict(X)
    with pytest.raises(ValueError, match="infinity"):
        estimator.fit(np.full_like(X, np.inf), y)
    assert surroundings() == before


def test_two_threads_do_not_disturb_each_other(labelled, tcn_classifier, tiny_classifier):
    X, y = labelled
    makers = [
        lambda: tcn_classifier(dropout=0.5, max_epochs=10),
        lambda: tiny_classifier(dropout=0.5, max_epochs=10, random_state=1, n_estimators=2),
    ]

    def fitted(make):
        return make().fit(X, y).predict_proba(X)

    alone = [fitted(make) for make in makers]
    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            for found, expected in zip(pool.map(fitted, makers), alone, strict=True):
                assert_array_equal(found, expected)


@pytest.fixture
def hasty_threads():
    """Python changes from thread to thread all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_two_threads_may_draw_activations(tcn_classifier, labelled):
    X, y = labelled

    def fitted(seed):
        classifier = tcn_classifier(
            activation=Scaled, random_state=seed, max_epochs=1, n_blocks=6, batch_size=24
        )
        return classifier.fit(X, y).predict_proba(X)

    alone = [fitted(seed) for seed in range(2)]
    before = surroundings()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            assert_array_equal(list(pool.map(fitted, range(2))), alone)
    assert surroundings() == before


def test_two_threads_may_predict_with_one_estimator(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    expected = answers(estimator, X)
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda _: answers(estimator, X), range(20)):
            assert_array_equal(found, expected)


def resident():
    """Bytes of memory that the process has."""
    return int(STATM.read_text().split()[1]) * resource.getpagesize()


def fit_often(make, X, y, times):
    for _ in range(times):
        make(max_epochs=1, batch_size=24).fit(X, y).predict(X)
    gc.collect()


LSTM_TOO = ["TCNClassifier", pytest.param("LSTMClassifier", marks=pytest.mark.slow)]


@pytest.mark.parametrize("tiny_classifier", LSTM_TOO, indirect=True)
def test_fits_keep_no_objects(tiny_classifier, labelled):
    fit_often(tiny_classifier, *labelled, 5)
    tracemalloc.start()
    fit_often(tiny_classifier, *labelled, 5)
    before, _ = tracemalloc.get_traced_memory()
    fit_often(tiny_classifier, *labelled, 30)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000  # 3 kB a fit; an estimator kept would be some 60 kB


@pytest.mark.skipif(not STATM.exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("tiny_classifier", LSTM_TOO, indirect=True)
def test_a_hundred_fits_keep_no_tensors(tiny_classifier, labelled):
    X, y = labelled
    long = np.tile(X, 50)  # 150 kB in float64: one copy kept a fit would be 15 MB
    fit_often(tiny_classifier, long, y, 20)
    before = resident()
    fit_often(tiny_classifier, long, y, 100)
    assert resident() - before < 6_000_000


@pytest.mark.slow
@pytest.mark.skipif(not STATM.exists(), reason="needs Linux's /proc")
def test_ten_thousand_predictions_keep_no_memory(tiny, data):
    """One copy of the series kept by each would be 30 MB."""
    X, y = data
    estimator = tiny(max_epochs=1).fit(X, y)
    inputs = [X, X[:, None], list(X), [x[: 3 + i % 13] for i, x in enumerate(X)]]

    def predict(times):
        for i in range(times):
            estimator.predict(inputs[i % len(inputs)])
        gc.collect()
        return resident()

    before = predict(1_000)
    assert predict(10_000) - before < 3_000_000
