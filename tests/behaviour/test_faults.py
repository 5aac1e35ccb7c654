"""Bad input: an error that names it, before any work, and nothing changed."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError


def spoilt(X, value):
    """A copy of the series with one other value."""
    X = X.astype(np.result_type(X, value)) if not isinstance(value, str) else X.astype(object)
    X[1, 2] = value
    return X


BAD_SERIES = {
    "infinity": (lambda X: spoilt(X, np.inf), ValueError, "infinity"),
    "minus infinity": (lambda X: spoilt(X, -np.inf), ValueError, "infinity"),
    "NaN": (lambda X: spoilt(X, np.nan), ValueError, "NaN.*missing"),
    "too large": (lambda X: spoilt(X, 1e39), ValueError, "too large.*float32"),
    "text": (lambda X: spoilt(X, "high"), ValueError, "high"),
    "complex": (lambda X: spoilt(X, 1j), ValueError, "[Cc]omplex"),
    "sparse": (csr_array, TypeError, "[Ss]parse.*toarray.*array.?$"),
    "0-D": (lambda X: np.float64(3), ValueError, "scalar|dimension|2D"),
    "1-D": (lambda X: X[0], ValueError, "1D|dimension|2D"),
    "4-D": (lambda X: X[:, None, None], ValueError, "4|dimension"),
    "no series": (lambda X: X[:0], ValueError, "0 sample|empty"),
    "no channels": (lambda X: X[:, None][:, :0], ValueError, "empty|channel"),
    "no time steps": (lambda X: X[:, None, :0], ValueError, "empty"),
    "no columns": (lambda X: X[:, :0], ValueError, "0 feature|empty"),
    "list with infinity": (lambda X: list(spoilt(X, np.inf)), ValueError, "infinity"),
    "list with NaN": (lambda X: list(spoilt(X, np.nan)), ValueError, "NaN.*missing"),
    "list of text": (lambda X: [np.array(["a", "b"])] * len(X), TypeError, "real numbers"),
    "list of complex": (lambda X: list(spoilt(X, 1j)), TypeError, "real numbers"),
    "list of 3-D": (lambda X: list(X[:, None, None]), ValueError, "series 0.*shape"),
    "empty list": (lambda X: [], ValueError, "at least one|0 sample|empty"),
    "list with an empty series": (lambda X: [*X[1:], X[0, :0]], ValueError, "series 23.*empty"),
    "channels that differ": (
        lambda X: [*X[1:], np.stack([X[0], X[0]])],
        ValueError,
        "same number of channels.*series 23",
    ),
}


def state(estimator):
    return {name: id(value) for name, value in vars(estimator).items()}


@pytest.mark.parametrize("case", BAD_SERIES)
def test_bad_series_in_fit(tiny, data, case):
    spoil, error, words = BAD_SERIES[case]
    X, y = data
    estimator = tiny()
    before = state(estimator)
    with pytest.raises(error, match=words):
        estimator.fit(spoil(X), y)
    assert state(estimator) == before


@pytest.mark.parametrize("case", BAD_SERIES)
def test_bad_series_in_predict(tiny, data, case):
    spoil, error, words = BAD_SERIES[case]
    X, y = data
    estimator = tiny(max_epochs=1).fit(X, y)
    before = state(estimator)
    with pytest.raises(error, match=words):
        estimator.predict(spoil(X))
    assert state(estimator) == before


def test_a_value_too_large_for_float32_fits_into_float64(tiny, data):
    X, y = data
    answers = tiny(dtype="float64").fit(spoilt(X, 1e39), y).predict(spoilt(X, 1e39))
    assert len(answers) == len(y)


BAD_LABELS = {
    "another length": (lambda y: y[1:], "inconsistent numbers of samples"),
    "None at all": (lambda y: None, "requires y to be passed"),
    "a None in it": (lambda y: np.array([None, *y[1:]], dtype=object), "None for series 0"),
    "NaN": (lambda y: np.r_[np.nan, np.tile([0.0, 1.0], 12)[1:]], "NaN"),
    "one class": (lambda y: np.full(len(y), "flat"), "one class"),
    "continuous": (lambda y: np.linspace(0.1, 0.9, len(y)), "continuous"),
    "two columns": (lambda y: np.stack([y, y], axis=1), r"\(24, 2\).*y\.argmax\(axis=1\)"),
    "labels of time steps": (
        lambda y: [np.repeat(label, 4 + i) for i, label in enumerate(y)],
        "one label for each series: TCNStepClassifier",
    ),
    "NaN in text": (lambda y: np.array([np.nan, *y[1:]], dtype=object), "NaN: y must have a label"),
    "NaN in a list of text": (lambda y: [np.nan, *y[1:].tolist()], "got nan for series 0"),
    "numbers and text": (
        lambda y: np.array([1, *y[1:]], dtype=object),
        "of one type, got (int|str) and (int|str)",
    ),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels(tiny_classifier, labelled, case):
    spoil, words = BAD_LABELS[case]
    X, y = labelled
    with pytest.raises(ValueError, match=words):
        tiny_classifier().fit(X, spoil(y))


BAD_TARGETS = {
    "another length": (lambda y: y[1:], "inconsistent numbers of samples"),
    "None": (lambda y: None, "requires y to be passed"),
    "NaN": (lambda y: np.r_[np.nan, y[1:]], "NaN"),
    "infinity": (lambda y: np.r_[np.inf, y[1:]], "infinity"),
    "text": (
        lambda y: np.array(["low"] * len(y)),
        r"'low'\)?; y must be numbers of shape \(n_series,\)",
    ),
    "times": (lambda y: y.astype("datetime64[s]"), "hold numbers, got dtype datetime64"),
    "complex": (lambda y: y * 1j, "[Cc]omplex"),
    "three dimensions": (lambda y: y[:, None, None], "dim|shape"),
    "of time steps": (
        lambda y: [np.full(3 + i % 2, each) for i, each in enumerate(y)],
        "inhomogeneous.*step regressors those of each time step",
    ),
    "no columns": (lambda y: y[:, None][:, :0], "shape|0 feature"),
    "a scalar": (lambda y: 3.0, "scalar"),
}


@pytest.mark.parametrize("case", BAD_TARGETS)
def test_bad_targets(tiny_regressor, measured, case):
    spoil, words = BAD_TARGETS[case]
    X, y = measured
    with pytest.raises((ValueError, TypeError), match=words):
        tiny_regressor().fit(X, spoil(y))


BAD_WEIGHTS = {
    "negative": (lambda y: np.r_[-1.0, np.ones(len(y) - 1)], "[Nn]egative"),
    "another length": (lambda y: np.ones(len(y) - 1), "sample_weight"),
    "all zero": (lambda y: np.zeros(len(y)), "(?i)sample.?weight.*zero"),
    "NaN": (lambda y: np.full(len(y), np.nan), "NaN"),
    "two-dimensional": (lambda y: np.ones((len(y), 2)), "[Ss]ample.?weight"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights(tiny, data, case):
    spoil, words = BAD_WEIGHTS[case]
    X, y = data
    with pytest.raises(ValueError, match=words):
        tiny().fit(X, y, sample_weight=spoil(y))


def test_weights_that_leave_one_class(tiny_classifier, labelled):
    X, y = labelled
    with pytest.raises(ValueError, match=r"one class.*positive weight"):
        tiny_classifier().fit(X, y, sample_weight=y == "flat")


def test_other_channels_in_predict(tiny, data):
    X, y = data
    estimator = tiny().fit(np.stack([X, X], axis=1), y)
    for other in (X, X[:, None], np.stack([X] * 3, axis=1), list(X)):
        with pytest.raises(ValueError, match="2 channels"):
            estimator.predict(other)


def test_other_columns_in_predict(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    with pytest.raises(ValueError, match=r"15 features.*16 features"):
        estimator.predict(X[:, :15])
    longer = np.tile(X, 2)
    for other in (X[:, None, :9], longer[:, None], list(longer), list(X[:, :3])):
        assert len(estimator.predict(other)) == len(y)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "score"])
def test_unfitted(tiny, data, method):
    estimator = tiny()
    if not hasattr(estimator, method):
        pytest.skip(f"a regressor has no {method}")
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(estimator, method)(*(data if method == "score" else data[:1]))


def test_unknown_labels(tiny_classifier, labelled):
    X, y = labelled
    other = np.where(y == "flat", "flat", "new")
    classifier = tiny_classifier(warm_start=True).fit(X, y)
    answers = classifier.predict_proba(X)
    for learn in (classifier.fit, classifier.partial_fit):
        with pytest.raises(ValueError, match=r"classes known.*got \['new'\]"):
            learn(X, other)
    np.testing.assert_array_equal(classifier.predict_proba(X), answers)


def test_partial_fit_asks_for_classes(tiny_classifier, labelled):
    X, y = labelled
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        tiny_classifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="classes must be at least two"):
        tiny_classifier().partial_fit(X, y, classes=["flat"])
    classifier = tiny_classifier().partial_fit(X, y, classes=["flat", "wave"])
    with pytest.raises(ValueError, match="classes must stay"):
        classifier.partial_fit(X, y, classes=["flat", "wave", "new"])


def test_other_number_of_targets(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor(warm_start=True).fit(X, y)
    for learn in (regressor.fit, regressor.partial_fit):
        with pytest.raises(ValueError, match=r"1 targets.*got 2"):
            learn(X, np.stack([y, y], axis=1))


def test_a_failing_fit_changes_nothing(tiny, data):
    X, y = data
    estimator = tiny(warm_start=True).fit(X, y)
    answers, before = estimator.predict(X), state(estimator)
    history = copy.deepcopy(estimator.history_)
    with pytest.raises(ValueError, match="infinity"):
        estimator.fit(spoilt(X, np.inf), y)
    with pytest.raises(ValueError, match="channels"):
        estimator.fit(np.stack([X, X], axis=1), y)
    assert state(estimator) == before
    assert estimator.history_ == history
    np.testing.assert_array_equal(estimator.predict(X), answers)


@pytest.mark.parametrize("warm_start", [False, True])
def test_a_fit_that_fails_while_it_trains_changes_nothing(tiny, data, warm_start):
    X, y = data
    estimator = tiny(warm_start=warm_start, norm=None).fit(X, y)
    answers = estimator.predict(X)
    before = state(estimator.set_params(lr=1e30, gradient_clip=None, optimizer="sgd"))
    with pytest.raises(ValueError, match="diverged"):
        estimator.fit(X, y)
    assert state(estimator) == before
    np.testing.assert_array_equal(estimator.predict(X), answers)


def test_a_partial_fit_that_diverges_changes_nothing(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor().partial_fit(X, y)
    answers, rows = regressor.predict(X), copy.deepcopy(regressor.history_)
    with pytest.raises(ValueError, match="diverged"):
        regressor.partial_fit(X, y * 1e30)
    assert regressor.history_ == rows
    np.testing.assert_array_equal(regressor.predict(X), answers)
    regressor.partial_fit(X, y)
    assert len(regressor.history_["epoch"]) == regressor.n_iter_ == 2


def test_inputs_are_never_changed(tiny, data):
    X, y = data
    for series in (X, X[:, None], X.astype(np.float32)):
        target, weight = y.copy(), np.linspace(0, 2, len(y))
        originals = [array.copy() for array in (series, target, weight)]
        for array in (series, target, weight):
            array.flags.writeable = False
        estimator = tiny(max_epochs=1, early_stopping=True).fit(series, target, weight)
        estimator.predict(series)
        for array, original in zip((series, target, weight), originals, strict=True):
            np.testing.assert_array_equal(array, original)


def test_lists_are_never_changed(tiny, data):
    X, y = data
    series = [x.copy() for x in X]
    for x in series:
        x.flags.writeable = False
    tiny(max_epochs=1, scaling="series").fit(series, list(y)).predict(series)
    np.testing.assert_array_equal(np.array(series), X)
