"""A backbone and a task from outside the package fit, stream, are saved, exported and diagnosed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sktcn.diagnostics import activation_health, gradient_flow, receptive_field, summary
from sktcn.estimators.classifier import SequenceClassifier
from sktcn.estimators.regressor import SequenceRegressor
from sktcn.explain import attribute, class_activation
from sktcn.export import streaming_to_onnx, to_onnx, verify
from sktcn.persistence import load, register_estimator, save
from sktcn.preflight import preflight
from sktcn.streaming import to_streaming
from tests.helpers.toy_architecture import IntegratorParameters
from tests.helpers.toy_task import Counts


class IntegratorClassifier(IntegratorParameters, SequenceClassifier):
    """The toy architecture with a task of the library."""


@register_estimator
class CountingIntegrator(IntegratorParameters, SequenceRegressor):
    """The toy architecture with the toy task."""

    task_type = Counts


@pytest.fixture(scope="module")
def counted():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 9, size=40)
    return y[:, None] / 4 + rng.normal(scale=0.2, size=(40, 12)), y


@pytest.fixture(scope="module")
def fitted(counted):
    return CountingIntegrator(max_epochs=60).fit(*counted)


def test_it_fits_and_is_searched(counted, fitted):
    X, y = counted
    assert np.corrcoef(fitted.predict(X), y)[0, 1] > 0.8
    search = GridSearchCV(CountingIntegrator(max_epochs=2), {"width": [2, 4]}, cv=2).fit(X, y)
    assert search.best_params_["width"] in (2, 4)


def test_it_classifies(counted):
    X, y = counted
    classifier = IntegratorClassifier(max_epochs=60).fit(X, y > 4)
    assert classifier.score(X, y > 4) > 0.8


def test_its_parameters_are_validated(counted):
    with pytest.raises(ValueError, match="width"):
        CountingIntegrator(width=0).fit(*counted)
    with pytest.raises(ValueError, match="counts"):
        CountingIntegrator().fit(counted[0], -counted[1])


def test_its_net_predicts_and_has_no_metric(counted, fitted):
    X, y = counted
    assert np.array_equal(fitted.net_.predict(X), fitted.predict(X))
    assert set(fitted.history_) == {"epoch", "train_loss", "lr", "seconds"}
    assert not hasattr(fitted.net_, "score")
    assert np.array_equal(fitted.model_.task.restore(y[:, None]), y)


def test_it_streams(counted, fitted):
    X, _ = counted
    streaming = to_streaming(fitted, n_streams=len(X))
    answers = streaming.push_many(X[:, None])
    for t in (1, 5, X.shape[1]):
        np.testing.assert_allclose(answers[:, t - 1], fitted.predict(X[:, None, :t]), rtol=1e-5)


def test_it_is_saved_and_loaded(counted, fitted, tmp_path):
    save(fitted, tmp_path / "model")
    np.testing.assert_array_equal(
        load(tmp_path / "model").predict(counted[0]), fitted.predict(counted[0])
    )


@pytest.mark.parametrize("export", [to_onnx, streaming_to_onnx])
def test_it_is_exported(export, fitted, tmp_path):
    export(fitted, tmp_path / "network.onnx")
    assert verify(tmp_path / "network.onnx") < 1e-5


def test_it_is_diagnosed(counted, fitted):
    X, y = counted
    assert "8 integrators" in summary(fitted)
    assert activation_health(fitted, X).places == ["units"]
    with pytest.raises(ValueError, match="residual stages"):
        gradient_flow(fitted, X, y)
    assert receptive_field(fitted, X).formula == fitted.receptive_field_ == 3
    assert preflight(CountingIntegrator(), X, y).cost.n_parameters == 8 * 2 + 8 + 1


def test_it_is_explained(counted, fitted):
    X, _ = counted
    activation = class_activation(fitted, X)
    np.testing.assert_allclose(np.exp(activation.outputs[:, 0]), fitted.predict(X), rtol=1e-5)
    assert attribute(fitted, X[:2]).shape == (2, 1, 12)
