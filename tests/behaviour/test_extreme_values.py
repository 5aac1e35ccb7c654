"""Numbers at the end of what a type can hold: a finite answer, or an error that says why not.

Each of these was found by `tests/behaviour/test_fuzz.py`.
"""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from sktcn.streaming import to_streaming
from tests.helpers.state import state

LARGEST = {kind: float(np.finfo(kind).max) for kind in ("float32", "float64")}


def extremes(value, n_series=24):
    """Series that go from one end to the other."""
    return np.tile([value, -value], (n_series, 8)) * np.linspace(0.9, 1, n_series)[:, None]


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("scaling", ["channel", "series", None])
def test_changes_from_one_end_to_the_other_are_refused(tiny, data, dtype, scaling):
    X, y = data
    with pytest.raises(ValueError, match="too large"):
        tiny(dtype=dtype, scaling=scaling).fit(extremes(LARGEST[dtype]), y)
    estimator = tiny(dtype=dtype, scaling=scaling).fit(X, y)
    with pytest.raises(ValueError, match="too large"):
        estimator.predict(extremes(LARGEST[dtype]))


def test_changes_that_float32_does_not_have(tiny, data):
    """The network computes in float64, and is given float32."""
    X, y = extremes(LARGEST["float32"]).astype(np.float32), data[1]
    estimators = [tiny(dtype="float64", scaling=None).fit(x, y) for x in (X, X.astype(float))]
    assert_array_equal(*(estimator.predict(X) for estimator in estimators))


@pytest.mark.parametrize("value", [1e30, 3e37])
def test_no_answer_that_is_not_finite(tiny, data, value):
    X, y = data
    estimator = tiny(scaling=None, missing="mask").fit(X, y)
    X = X.copy()
    X[5] = extremes(value)[0]
    X[6, 3] = np.nan
    found = None
    with contextlib.suppress(ValueError):
        found = estimator.model_.outputs(estimator.model_.read(X))
    if found is None:
        with pytest.raises(ValueError, match="series 5"):
            estimator.predict(X)
    else:
        assert np.isfinite(found).all()


def test_the_series_that_has_no_finite_answer_is_named(tcn_regressor, measured):
    X, y = measured
    regressor = tcn_regressor().fit(X * 1e-30, y)
    X = X * 1e-30
    X[5] = extremes(1e30)[0]
    with pytest.raises(
        ValueError, match=r"no finite answer to series 5, of values up to 9e\+29: .*near those"
    ):
        regressor.predict(X)


@pytest.mark.parametrize("differences", [False, True])
def test_series_that_were_next_to_nothing(tiny, data, differences):
    X, y = data
    estimator = tiny(differences=differences).fit(X * 1e-320, y)
    assert np.isfinite(estimator.model_.outputs(estimator.model_.read(X * 1e-320))).all()
    with pytest.raises(ValueError, match="X must be nearer to what was fitted"):
        estimator.predict(X)


def test_targets_that_were_next_to_nothing(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor().fit(X, y * 1e-320)
    before = state(regressor)
    with pytest.raises(ValueError, match="y must be nearer to what was fitted"):
        regressor.partial_fit(X, y)
    assert state(regressor) == before


@pytest.mark.parametrize("value", [1e301, LARGEST["float64"]])
def test_targets_at_the_end(tiny_regressor, measured, value):
    X, y = measured
    with pytest.raises(ValueError, match=r"y must be of numbers up to 1e\+300"):
        tiny_regressor().fit(X, np.sign(y) * value)
    assert np.isfinite(tiny_regressor().fit(X, y * 1e299).predict(X)).all()


def test_weights_whose_sum_is_infinite(tiny, data):
    X, y = data
    with pytest.raises(ValueError, match="sample_weight must have a finite sum"):
        tiny().fit(X, y, sample_weight=np.full(len(y), LARGEST["float64"]))


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_statistics_that_are_infinite_are_a_divergence(tcn_regressor, measured, method):
    """The loss is finite: a norm divides by infinity, and all answers are the same."""
    X, y = measured
    regressor = tcn_regressor(scaling=None)
    before = state(regressor)
    with pytest.raises(ValueError, match=r"diverged.*running_var is not finite.*lower lr"):
        getattr(regressor, method)(X * 1e25, y)
    assert state(regressor) == before


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("scaling", ["channel", None])
def test_a_stream_is_not_spoilt_for_ever(tiny, data, dtype, scaling):
    X, y = data
    estimator = tiny(dtype=dtype, scaling=scaling).fit(X, y)
    streaming = to_streaming(estimator, 2)
    streaming.push([[1.0], [2.0]])
    before = state(streaming.state_dict())
    for streams in (None, [0, 1]):
        with pytest.raises(ValueError, match=r"usable values.*in stream 1"):
            streaming.push([[1.0], [LARGEST[dtype] / 100]], streams)
    assert state(streaming.state_dict()) == before
    assert np.isfinite(streaming.push([[1.0], [2.0]])).all()


def test_a_network_whose_sums_are_infinite_all_the_same(tcn_classifier, labelled):
    classifier = tcn_classifier().fit(*labelled)
    streaming = to_streaming(classifier, 3)
    with torch.inference_mode():
        streaming._model.networks[0].head.bias.fill_(np.inf)  # no fit leaves such a one
    with pytest.raises(ValueError, match=r"no finite answer.*must be reset: \[0, 1, 2\]"):
        streaming.push([[1.0], [2.0], [3.0]])
    assert streaming.n_timepoints.tolist() == [1, 1, 1]
