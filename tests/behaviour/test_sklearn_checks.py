"""scikit-learn's own suite, in full, on all estimators."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktcn import (
    LSTMClassifier,
    LSTMRegressor,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNRegressor,
)

ESTIMATORS = (TCNClassifier, TCNRegressor, LSTMClassifier, LSTMRegressor)
EXACT: dict[str, Any] = {
    "dtype": "float64",
    "batch_size": 100_000,
    "dropout": 0.0,
    "max_epochs": 12,  # of one update each: enough for the scores that are asked for, at this rate
    "lr": 0.03,
}
MINI_BATCHES = {
    "check_sample_weight_equivalence_on_dense_data": "weights shift series between mini-batches"
}


@parametrize_with_checks(
    [kind(**EXACT, n_filters=8) for kind in (TCNClassifier, TCNRegressor)]
    + [kind(**EXACT, hidden_size=16) for kind in (LSTMClassifier, LSTMRegressor)]
)
def test_exact(estimator, check):
    check(estimator)


@parametrize_with_checks([RocketClassifier(), RocketRegressor()])
def test_closed_form(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([RocketClassifier(dtype="float64"), RocketRegressor(dtype="float64")])
def test_closed_form_in_double_precision(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(  # each network and task once; all four in `test_defaults`
    [kind(max_epochs=30) for kind in (TCNClassifier, LSTMRegressor)],
    expected_failed_checks=lambda estimator: MINI_BATCHES,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_defaults_but_for_the_epochs(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [kind() for kind in ESTIMATORS], expected_failed_checks=lambda estimator: MINI_BATCHES
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.slow
def test_defaults(estimator, check):
    check(estimator)
