"""scikit-learn's suite on the estimators of time steps, through a wrapper that makes them series.

The suite has one target a row. The wrapper gives it to each time step of the row, in regression to
the last one alone, and answers with the last step. One check stays out, which asks for an error
where steps may have weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktcn import LSTMStepClassifier, LSTMStepRegressor, TCNStepClassifier, TCNStepRegressor

LEFT_OUT = {
    "check_sample_weights_shape": "weights of two dimensions are those of time steps",
}


def repeated(X, y):
    """Repeat the target of each series at its time steps; what is no target is left as it is."""
    shape = getattr(X, "shape", None) or np.asarray(X).shape
    if y is None or len(shape) != 2:
        return y
    y = y if hasattr(y, "shape") else np.asarray(y)
    if y.ndim == 2 and y.shape[1] > 1:
        return np.repeat(np.asarray(y)[:, :, None], shape[1], axis=2)
    return np.repeat(column_or_1d(y, warn=True)[:, None], shape[1], axis=1)


def at_the_end(X, y):
    """Put the targets at the last steps; the others have none."""
    steps = repeated(X, y)
    if getattr(steps, "dtype", np.dtype("U")).kind not in "iuf" or steps.ndim < 2:
        return steps
    steps = steps.astype(np.float64)
    steps[..., :-1] = np.nan
    return steps


class LastStep:
    """Answers for the last time step of each series; precedes an estimator of time steps."""

    spread = staticmethod(repeated)

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, self.spread(X, y), sample_weight)

    def predict(self, X):
        return super().predict(X)[..., -1]


class ClassifiesRows(LastStep):
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        return super().partial_fit(X, self.spread(X, y), classes, sample_weight)

    def predict_proba(self, X):
        return super().predict_proba(X)[:, -1]

    def predict_log_proba(self, X):
        return super().predict_log_proba(X)[:, -1]

    def decision_function(self, X):
        return super().decision_function(X)[:, -1]

    def score(self, X, y, sample_weight=None):
        return ClassifierMixin.score(self, X, y, sample_weight)


class PredictsRows(LastStep):
    spread = staticmethod(at_the_end)

    def partial_fit(self, X, y, sample_weight=None):
        return super().partial_fit(X, self.spread(X, y), sample_weight)

    def score(self, X, y, sample_weight=None):
        return RegressorMixin.score(self, X, y, sample_weight)


class TCNRowClassifier(ClassifiesRows, TCNStepClassifier):
    pass


class TCNRowRegressor(PredictsRows, TCNStepRegressor):
    pass


class LSTMRowClassifier(ClassifiesRows, LSTMStepClassifier):
    pass


class LSTMRowRegressor(PredictsRows, LSTMStepRegressor):
    pass


EXACT: dict[str, Any] = {
    "dtype": "float64",
    "batch_size": 100_000,
    "dropout": 0.0,
    "max_epochs": 12,  # of one update each: enough for the scores that are asked for, at this rate
    "lr": 0.03,
}
TCN = {"n_filters": 8, "n_blocks": 2}
LSTM = {"hidden_size": 16}


@parametrize_with_checks(
    [TCNRowClassifier(**EXACT, **TCN), TCNRowRegressor(**EXACT, **TCN)],
    expected_failed_checks=lambda estimator: LEFT_OUT,
)
def test_a_row_is_a_series_of_one_target(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        LSTMRowClassifier(**EXACT | {"max_epochs": 50, "lr": 0.01}, **LSTM),
        LSTMRowRegressor(**EXACT | {"max_epochs": 100, "lr": 0.01}, **LSTM),
    ],
    expected_failed_checks=lambda estimator: LEFT_OUT,
)
@pytest.mark.slow
def test_it_is_for_a_recurrent_network(estimator, check):
    check(estimator)
