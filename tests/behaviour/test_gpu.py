"""On a CUDA device: the same answers as on the CPU, and estimators that travel."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from skorch.callbacks import BatchScoring, EpochScoring

from sktcn import RocketClassifier
from sktcn.persistence import load, save

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def test_a_fit_is_that_of_the_cpu(tiny, data):
    parameters = {"dtype": "float64", "dropout": 0.0}
    expected = answers(tiny(device="cpu", **parameters).fit(*data), data[0])
    ours = answers(tiny(device="cuda", **parameters).fit(*data), data[0])
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-8)


def test_ragged_series_alone_as_in_a_list(tiny, data):
    X, y = [x[: 5 + i % 12] for i, x in enumerate(data[0])], data[1]
    estimator = tiny(device="cuda").fit(X, y)
    alone = np.concatenate([answers(estimator, [x]) for x in X])
    np.testing.assert_allclose(answers(estimator, X), alone, rtol=0, atol=1e-5)


def test_fitted_there_it_answers_here(tiny, data, monkeypatch):
    estimator = tiny(device="cuda").fit(*data)
    expected, pickled = answers(estimator, data[0]), pickle.dumps(estimator)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    loaded = pickle.loads(pickled)
    assert loaded.device_.type == "cpu"
    np.testing.assert_allclose(answers(loaded, data[0]), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_saved_there_it_goes_on_elsewhere(tiny, data, device, tmp_path):
    estimator = tiny(device="cuda").fit(*data)
    save(estimator, tmp_path / "model")
    loaded = load(tmp_path / "model", device=device)
    assert loaded.device_.type == device
    expected = answers(estimator, data[0])
    np.testing.assert_allclose(answers(loaded, data[0]), expected, rtol=0, atol=1e-5)
    assert np.isfinite(answers(loaded.partial_fit(*data), data[0])).all()


@pytest.mark.parametrize("use_caching", [False, True])
def test_callbacks_score_as_the_estimator(tiny, data, use_caching):
    X, y = data
    score = EpochScoring(None, name="s", use_caching=use_caching)
    batches = BatchScoring(None, name="b", use_caching=use_caching)
    part = {"X_val": X[:12], "y_val": y[:12]}
    estimator = tiny(device="cuda", max_epochs=1, callbacks=[score, batches]).fit(X, y, **part)
    expected = estimator.score(X[:12], y[:12])
    assert estimator.history_["s"] == pytest.approx([expected], rel=1e-5)
    metric = estimator.model_.task.metric.name
    assert estimator.history_[f"valid_{metric}"] == pytest.approx([expected], rel=1e-5)
    assert np.isfinite(estimator.history_["b"]).all()


@pytest.mark.parametrize("parameters", [{"mixed_precision": True}, {"compile": True}])
def test_learns_in_other_ways(tiny_classifier, labelled, parameters):
    classifier = tiny_classifier(device="cuda", max_epochs=40, lr=0.02, **parameters)
    assert classifier.fit(*labelled).score(*labelled) == 1.0


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_fixed_kernels_are_those_of_the_cpu(missing, data, monkeypatch):
    X, y = data
    expected = RocketClassifier(device="cpu", missing=missing).fit(X, y).predict_proba(X)
    classifier = RocketClassifier(device="cuda", missing=missing).fit(X, y)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-5)
    pickled = pickle.dumps(classifier)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    np.testing.assert_allclose(pickle.loads(pickled).predict_proba(X), expected, rtol=0, atol=1e-5)
