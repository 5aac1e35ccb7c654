"""Threads of torch: as many as a size is worth, and the process's number afterwards."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback

from sktcn._training.config import TrainingConfig
from sktcn.networks import LSTM, TCN, SequenceModel
from sktcn.persistence import load, save
from tests.conftest import make_tiny
from tests.helpers.fuzz_watch import answers


@pytest.fixture(autouse=True)
def four_threads():
    """Set the process to four threads; the next test has one again."""
    torch.set_num_threads(4)
    yield
    assert torch.get_num_threads() == 4


class Recorder(Callback):
    """Record the number of threads, and that of a thread of Python which starts meanwhile."""

    def on_batch_begin(self, net, **kwargs):
        net.history.record("threads", torch.get_num_threads())
        found = []
        other = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        other.start()
        other.join()
        net.history.record("others", found[0])


def wide():
    return SequenceModel(TCN(2, n_filters=[64] * 5))


@pytest.mark.parametrize(
    ("network", "batch_size", "n_steps", "expected"),
    [
        (SequenceModel(TCN(2, n_filters=[32] * 5)), 16, 150, 1),
        (SequenceModel(TCN(2, n_filters=[32] * 5)), 16, 1000, 2),
        (wide(), 64, 512, 4),
        (wide(), 64, 50, 1),
        (wide(), 1, 50, 1),
        (SequenceModel(LSTM(2, hidden_size=64)), 64, 5000, 1),  # reads one step after the other
        (SequenceModel(LSTM(2, hidden_size=512)), 128, 50, 4),
    ],
)
def test_the_size_decides(network, batch_size, n_steps, expected):
    config = TrainingConfig(batch_size=batch_size)
    assert config.choose_threads(network, np.full(4 * batch_size, n_steps)) == expected


def test_a_batch_has_no_more_than_all_series():
    assert TrainingConfig(batch_size=10**6).choose_threads(wide(), np.full(8, 128)) == 1


def test_never_more_than_the_process_has(labelled):
    torch.set_num_threads(2)
    assert TrainingConfig(batch_size=64).choose_threads(wide(), np.full(64, 512)) == 2
    options = {"n_threads": 3, "max_epochs": 1}
    assert make_tiny("TCNClassifier", **options).fit(*labelled).n_threads_ == 2
    torch.set_num_threads(1)
    assert make_tiny("TCNClassifier", **options).fit(*labelled).n_threads_ == 1
    torch.set_num_threads(4)


@pytest.mark.parametrize(("n_threads", "expected"), [(None, 1), (3, 3)])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_threads_of_a_training_are_its_own(tiny, data, n_threads, expected, method):
    options = {"n_threads": n_threads, "early_stopping": True, "max_epochs": 1}
    estimator = tiny(**options, callbacks=[Recorder()]).fit(*data)
    waiting = threading.Event()
    threading.Thread(target=waiting.wait).start()
    try:
        getattr(estimator, method)(*data)
    finally:
        waiting.set()
    assert estimator.n_threads_ == expected
    assert estimator.history_["threads"][-1] == expected
    assert estimator.history_["others"][-1] == 4


def test_the_bits_of_a_small_fit_do_not_depend_on_the_process(tiny, data):
    X, y = data
    found = answers(tiny().fit(X, y), X)
    torch.set_num_threads(1)
    assert_array_equal(found, answers(tiny().fit(X, y), X))
    torch.set_num_threads(4)


@pytest.mark.parametrize(("n_threads", "one", "many"), [(None, 1, 4), (2, 2, 2)])
def test_the_threads_of_an_answer(n_threads, one, many, monkeypatch):
    monkeypatch.setattr("sktcn._model.threads.THREAD_PRODUCTS", 4_000)
    X, y = np.random.default_rng(0).normal(size=(60, 16)), np.arange(60) % 2
    classifier = make_tiny("TCNClassifier", n_threads=n_threads, max_epochs=1).fit(X, y)
    seen = []
    classifier.net_.module_.register_forward_pre_hook(
        lambda *_: seen.append(torch.get_num_threads())
    )
    alone, together = classifier.predict_proba(X[:1]), classifier.predict_proba(X)
    assert seen == [one, many]
    np.testing.assert_allclose(alone, together[:1], rtol=1e-5)
    with pytest.raises(ValueError, match="NaN"):
        classifier.predict(np.where(X > 1, np.nan, X))


def test_a_fit_that_fails_leaves_the_threads(tiny, data):
    with pytest.raises(ValueError, match="diverged"):
        tiny(lr=1e30, optimizer="sgd", norm=None, gradient_clip=None).fit(*data)


def test_they_are_saved(tiny, data, tmp_path):
    save(tiny(n_threads=2, max_epochs=1).fit(*data), tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert (loaded.n_threads, loaded.n_threads_) == (2, 2)
