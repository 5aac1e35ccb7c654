"""Fixed kernels beside trained networks: half of each answer, in all that reads a fit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone

from sktcn import (
    LSTMClassifier,
    LSTMRegressor,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNRegressor,
)
from sktcn._training import config
from sktcn.explain import attribute, class_activation
from sktcn.persistence import load, save
from sktcn.streaming import to_streaming

N_KERNELS = 500
SMALL = {"max_epochs": 3, "dtype": "float64", "n_fixed_kernels": N_KERNELS}
ESTIMATORS = {
    "tcn": (TCNClassifier(n_filters=4, **SMALL), RocketClassifier),
    "lstm": (LSTMClassifier(hidden_size=4, **SMALL), RocketClassifier),
    "tcn regressor": (TCNRegressor(n_filters=4, **SMALL), RocketRegressor),
    "lstm regressor": (LSTMRegressor(hidden_size=4, **SMALL), RocketRegressor),
}
both = pytest.mark.parametrize("name", ESTIMATORS)


def make_series(n_series=12, n_steps=20):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_series, 2, n_steps)), np.arange(n_series) % 3
    X[:, 0] += y[:, None]
    return X, y


def fitted(name, **parameters):
    estimator = clone(ESTIMATORS[name][0]).set_params(**parameters)
    return estimator.fit(*make_series())


@both
@pytest.mark.parametrize("n_estimators", [1, 2])
def test_outputs_are_halves_of_networks_and_fixed_kernels(name, n_estimators):
    X, y = make_series()
    kind = ESTIMATORS[name][1]
    alone = fitted(name, n_estimators=n_estimators, n_fixed_kernels=0)
    fixed = kind(n_kernels=N_KERNELS, dtype="float64").fit(X, y)
    together = fitted(name, n_estimators=n_estimators)
    expected = (alone._outputs(X) + fixed._outputs(X)) / 2
    assert_allclose(together._outputs(X), expected, rtol=1e-9, atol=1e-9)


@both
def test_streams_explanations_and_copies_have_them(name, tmp_path):
    X, _ = make_series()
    estimator = fitted(name, n_estimators=2)
    answer = getattr(estimator, "predict_proba", estimator.predict)
    save(estimator, tmp_path / "file")
    for copied in (load(tmp_path / "file"), pickle.loads(pickle.dumps(estimator))):
        assert np.array_equal(copied._outputs(X), estimator._outputs(X))
    streaming = to_streaming(estimator, len(X))
    for t in range(X.shape[2]):
        latest = streaming.push(X[:, :, t])
    assert_allclose(latest, answer(X), atol=1e-9)
    outputs = np.asarray(class_activation(estimator, X).outputs)
    scale, offset = estimator.model_.task.units
    assert_allclose(outputs, estimator._outputs(X) * scale + offset, atol=1e-9)


@both
def test_partial_fit_trains_networks_alone(name):
    X, y = make_series()
    first = clone(ESTIMATORS[name][0])
    first.partial_fit(X, y, **({"classes": [0, 1, 2]} if hasattr(first, "predict_proba") else {}))
    assert first.model_.fixed is None
    estimator = fitted(name)
    fixed = estimator.model_.fixed
    before = {key: value.clone() for key, value in fixed.state_dict().items()}
    estimator.partial_fit(X[:6], y[:6])
    after = estimator.model_.fixed.state_dict()
    assert all(np.array_equal(before[key], after[key]) for key in before)


def test_a_warm_fit_fits_them_anew():
    X, y = make_series()
    estimator = fitted("tcn").set_params(warm_start=True, n_fixed_kernels=1000)
    estimator.fit(X[::-1], y)
    expected = RocketClassifier(n_kernels=1000, dtype="float64").fit(X[::-1], y)
    (network,) = estimator.model_.networks
    assert estimator.model_.members[1].head.linear.in_features > N_KERNELS
    assert network is estimator.net_.module_
    assert len(expected.classes_) == len(estimator.classes_)


def test_a_file_has_those_of_the_fit(tmp_path):
    X, _ = make_series()
    estimator = fitted("tcn")
    expected = estimator.predict_proba(X)
    save(estimator.set_params(n_fixed_kernels=0), tmp_path / "file")
    assert np.array_equal(load(tmp_path / "file").predict_proba(X), expected)


def test_attributions_are_by_occlusion():
    pytest.importorskip("captum")
    X, _ = make_series()
    estimator = fitted("tcn")
    assert np.array_equal(attribute(estimator, X[:2]), attribute(estimator, X[:2], "occlusion"))
    with pytest.raises(ValueError, match="n_fixed_kernels=0"):
        attribute(estimator, X[:2], "saliency")


@pytest.mark.parametrize("wrong", [-1, 1, 167, 2.5, "many"])
def test_the_number_is_zero_or_two_thresholds_a_kernel(wrong):
    with pytest.raises(ValueError, match="n_fixed_kernels"):
        TCNClassifier(n_fixed_kernels=wrong).fit(*make_series())


def test_small_departures_from_a_large_common_shape_are_learned():
    rng = np.random.default_rng(0)
    n_steps = 200
    shape = 100 * np.cumsum(rng.normal(size=n_steps)) / np.sqrt(n_steps)
    y = np.arange(120) % 2
    X = shape + 0.3 * rng.normal(size=(120, n_steps))
    X[y == 1, 80:110] += np.hanning(30)
    classifier = TCNClassifier(n_filters=8, max_epochs=5, n_fixed_kernels=5_000).fit(X[:60], y[:60])
    assert classifier.score(X[:60], y[:60]) >= 0.95
    assert classifier.score(X[60:], y[60:]) >= 0.95


def test_fixed_kernels_are_refused_on_a_device_without_float64(monkeypatch):
    monkeypatch.setattr(config, "resolve_device", lambda device: torch.device("mps"))
    with pytest.raises(ValueError, match="n_fixed_kernels must be 0 on Apple's MPS"):
        fitted("tcn")
