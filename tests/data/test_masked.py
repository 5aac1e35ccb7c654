"""Values that are masked, or NA beside the numbers, are missing, as NaN is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktcn.streaming import to_streaming

HIDDEN = -9999.0


@pytest.fixture
def gaps(labelled):
    """Series with NaN, the same masked over a hidden value, and labels."""
    X, y = labelled
    nan = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    hidden = np.where(np.isnan(nan), HIDDEN, nan)
    return nan, np.ma.masked_array(hidden, np.isnan(nan)), y


CONTAINERS = {
    "2D": lambda X: X,
    "3D": lambda X: X[:, None],
    "list": list,
    "list of channels": lambda X: [x[None] for x in X],
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_masked_arrays_are_as_nan(container, missing, tcn_classifier, gaps):
    nan, masked, y = gaps
    of_nan = tcn_classifier(missing=missing).fit(container(nan), y)
    of_mask = tcn_classifier(missing=missing).fit(container(masked), y)
    for X in (nan, masked):
        expected = of_nan.predict_proba(container(nan))
        np.testing.assert_array_equal(of_mask.predict_proba(container(X)), expected)


def test_masked_integers_and_single_precision(tcn_classifier, gaps):
    nan, masked, y = gaps
    classifier = tcn_classifier(missing="mask").fit(nan, y)
    whole = (masked * 10).round().astype(np.int64)
    expected = classifier.predict_proba(np.where(np.isnan(nan), np.nan, (nan * 10).round()))
    np.testing.assert_array_equal(classifier.predict_proba(whole), expected)
    single = classifier.predict_proba(nan.astype(np.float32))
    np.testing.assert_array_equal(classifier.predict_proba(masked.astype(np.float32)), single)


def test_an_input_that_is_masked_is_not_changed(tcn_classifier, gaps):
    _, masked, y = gaps
    before = masked.copy()
    tcn_classifier(missing="mask").fit(masked, y).predict(masked)
    np.testing.assert_array_equal(masked.data, before.data)
    np.testing.assert_array_equal(masked.mask, before.mask)


def test_masked_values_are_refused_where_none_may_be_missing(tcn_classifier, labelled, gaps):
    classifier = tcn_classifier().fit(*labelled)
    with pytest.raises(ValueError, match="NaN"):
        classifier.predict(gaps[1])
    with pytest.raises(ValueError, match="NaN"):
        tcn_classifier().fit(gaps[1], labelled[1])


def test_streams_take_masked_steps(tcn_classifier, gaps):
    nan, masked, y = gaps
    classifier = tcn_classifier(missing="mask").fit(nan, y)
    of_nan, of_mask = (to_streaming(classifier, len(nan)) for _ in range(2))
    for t in range(nan.shape[1]):
        expected = of_nan.push(nan[:, t, None])
        np.testing.assert_array_equal(of_mask.push(masked[:, t, None]), expected)


def test_nullable_columns_and_series_of_pandas(tcn_classifier, gaps):
    nan, _, y = gaps
    frame = pd.DataFrame(nan).astype("Float64")
    assert frame.isna().to_numpy().any()
    classifier = tcn_classifier(missing="mask").fit(nan, y)
    expected = classifier.predict_proba(nan)
    np.testing.assert_array_equal(
        classifier.predict_proba(frame.to_numpy(float, na_value=np.nan)), expected
    )
    rows = [pd.Series(row).astype("Float64") for row in nan]
    np.testing.assert_array_equal(classifier.predict_proba(rows), expected)


def test_masked_targets_and_weights_are_refused(tcn_classifier, tcn_regressor, labelled, measured):
    X, y = labelled
    with pytest.raises(ValueError, match="masked"):
        tcn_classifier().fit(X, np.ma.masked_array(y, [True] + [False] * 23))
    target = np.ma.masked_array(measured[1], [True] + [False] * 23)
    with pytest.raises(ValueError, match="NaN"):
        tcn_regressor().fit(measured[0], target)
    weight = np.ma.masked_array(np.ones(24), [True] + [False] * 23)
    with pytest.raises(ValueError, match="NaN"):
        tcn_classifier().fit(X, y, weight)
