"""Exports, explanations and diagnostics of estimators that answer at each time step."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sktcn import LSTMStepClassifier, LSTMStepRegressor, TCNStepClassifier, TCNStepRegressor
from sktcn.diagnostics import activation_health, gradient_flow, receptive_field, summary
from sktcn.early import prefix_proba
from sktcn.explain import attribute, class_activation
from sktcn.export import (
    streaming_to_onnx,
    streaming_to_torch_export,
    to_onnx,
    to_torch_export,
    verify,
)
from sktcn.preflight import preflight
from tests.estimators.test_steps import make, recordings, targets

KINDS = {
    "one label": ("TCNStepClassifier", {"delay": 2}),
    "double precision": ("TCNStepClassifier", {"dtype": "float64"}),
    "centred": ("TCNStepClassifier", {"causal": False, "missing": "mask"}),
    "several labels": ("LSTMStepClassifier", {"delay": 3}),
    "a number": ("LSTMStepRegressor", {}),
    "several numbers": ("TCNStepRegressor", {"delay": 20}),
}


SLOW = {"double precision", "centred"}  # what they add is tested for estimators of series


def but_for(*slow):
    """List the kinds, of which some are slow."""
    return [pytest.param(k, marks=[pytest.mark.slow] * (k in SLOW | {*slow})) for k in KINDS]


def exporting(*slow):
    return pytest.mark.parametrize("fitted", but_for(*slow), indirect=True)


# Each task is exported in some format, the step of LSTMs in that which takes less time.


@pytest.fixture(scope="module", params=but_for())
def fitted(request):
    kind, parameters = KINDS[request.param]
    X, y = recordings(lengths=(25, 40))
    y = targets(kind, X, y)
    if request.param == "several labels":
        y = [(x > 1).astype(int) for x in X]
    if request.param == "several numbers":
        y = X
    return make(kind, **parameters, max_epochs=1).fit(X, y)


@exporting("several labels", "a number", "several numbers")
def test_whole_series_are_answered_step_by_step(fitted, tmp_path):
    to_onnx(fitted, tmp_path / "network")
    assert verify(tmp_path / "network") < 1e-5


@exporting("one label", "a number", "several labels")
def test_an_exported_network_answers_in_the_shapes_of_the_estimator(fitted, tmp_path):
    to_torch_export(fitted, tmp_path / "network.pt2")
    assert verify(tmp_path / "network.pt2") < 1e-5
    network = torch.export.load(tmp_path / "network.pt2").module()
    X = np.random.default_rng(0).normal(size=(4, 2, 30)).astype(fitted.dtype)
    (answers,) = network(torch.tensor(X), torch.full((4,), 30)).values()
    expected = getattr(fitted, "predict_proba", fitted.predict)(X)
    assert_allclose(answers, expected, atol=1e-5)


def assert_step_is_exported(export, estimator, path):
    if not getattr(estimator, "causal", True):
        pytest.skip("looks ahead")
    export(estimator, path)
    assert verify(path) < 1e-5


@exporting("several labels", "a number", "several numbers")
def test_one_step_is_answered_in_onnx(fitted, tmp_path):
    assert_step_is_exported(streaming_to_onnx, fitted, tmp_path / "network")


@exporting("one label", "several numbers")
def test_one_step_is_answered_by_torch(fitted, tmp_path):
    assert_step_is_exported(streaming_to_torch_export, fitted, tmp_path / "network")


@pytest.mark.parametrize("step", [7, -1, [3, 5]])
def test_an_output_of_a_step_is_attributed_to_what_it_saw(fitted, step):
    X = np.random.default_rng(0).normal(size=(2, 2, 12))
    attributions = attribute(fitted, X, "saliency", target=fitted_target(fitted), step=step)
    assert attributions.shape == X.shape
    if getattr(fitted, "causal", True):
        last = np.broadcast_to(np.asarray(step) % 12 + fitted.delay, 2)
        for row, end in zip(attributions, last, strict=True):
            assert not row[:, end + 1 :].any()
    if "TCN" in type(fitted).__name__ and fitted.delay < 5:  # what a short series has seen
        assert attributions.any()


def fitted_target(estimator):
    return estimator.classes_[0] if hasattr(estimator, "classes_") else 0


@pytest.mark.parametrize("step", [None, 12, -13, 0.5, [1, 2, 3]])
def test_a_step_must_be_one_of_the_series(fitted, step):
    with pytest.raises(ValueError, match="step must be"):
        attribute(fitted, np.zeros((2, 2, 12)), step=step)


def test_explanations_of_whole_series_are_refused(fitted):
    with pytest.raises(TypeError, match="use attribute"):
        class_activation(fitted, np.zeros((1, 2, 12)))
    with pytest.raises(TypeError, match="classifier of whole series"):
        prefix_proba(fitted, np.zeros((1, 2, 12)))


def test_the_network_is_diagnosed(fitted):
    X, y = recordings(lengths=(25, 40))
    y = fitted.predict(X)
    assert "linear, each step" in summary(fitted)
    if "TCN" in type(fitted).__name__:
        assert activation_health(fitted, X).places
        assert np.isfinite(gradient_flow(fitted, X, y).weights).all()
    assert receptive_field(fitted, X).formula == fitted.receptive_field_


@pytest.mark.parametrize("crop", [None, 10])
@pytest.mark.parametrize(
    "kind", [TCNStepClassifier, LSTMStepClassifier, TCNStepRegressor, LSTMStepRegressor]
)
def test_preflight_reports_the_cost(kind, crop):
    X, y = recordings(lengths=(25, 40))
    y = targets(kind.__name__, X, y)
    report = preflight(kind(max_epochs=30, crop=crop), X, y)
    assert report.cost.n_parameters > 0
    assert report.cost.n_steps == 30 * (1 if crop is None else 2)
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_preflight_names_rare_classes():
    X, y = recordings(lengths=(25, 40))
    y = [
        np.where(np.arange(len(each)) == 3, "fall", each) if i == 0 else each
        for i, each in enumerate(y)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        findings = "\n".join(map(str, preflight(TCNStepClassifier(max_epochs=1), X, y).findings))
    assert "'fall': 1" in findings
    assert "time steps and the smallest 1" in findings
