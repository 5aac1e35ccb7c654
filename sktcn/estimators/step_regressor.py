"""Base of the regressors of time steps."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sktcn._model.step_task import StepRegression
from sktcn.estimators.constructor import ParameterChanges
from sktcn.estimators.steps import PLACE, POOLED, StepEstimator


class StepRegressor(RegressorMixin, StepEstimator):
    """Base of the regressors of time steps."""

    task_type = StepRegression
    parameter_changes = ParameterChanges(
        omitted=(*POOLED, "label_smoothing", "class_weight"),
        added={"delay": ("int", 0), "crop": ("int | None", None)},
        after=PLACE,
    )

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on some series, with a constant learning rate.

        Of the parameters of the training, those of its length, schedule and end are not used.
        Scales and ``n_blocks="auto"`` are taken from the series and targets of the first call.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like or list of arrays
            Targets of the time steps, as in `fit`.
        sample_weight : array-like, default=None
            Weights, as in `fit`.

        Returns
        -------
        self : object
            Estimator, trained for one epoch more.

        Raises
        ------
        ValueError
            If a parameter was changed that the network can't take.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any, out: Any = None) -> Any:
        """Predict the targets of each time step.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray or list of ndarray, default=None
            Arrays of floats of the shape of the result, which it is written to.

        Returns
        -------
        ndarray of shape (n_series, n_timepoints), or list of ndarray of shape (n_timepoints_i,)
            Targets, on the scale of those of `fit`; of several a step ``(n_series, n_outputs,
            n_timepoints)`` or ``(n_outputs, n_timepoints_i)``. ``out`` if it is not None.
        """
        check_is_fitted(self)
        decode = self.model_.task.decode
        return self._answer_steps(X, lambda outputs: decode(outputs).T, out)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the coefficient of determination over the time steps that have a target.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like or list of arrays
            Targets, as in `fit`.
        sample_weight : array-like, default=None
            Weights of series or of steps, as in `fit`.

        Returns
        -------
        float
            R2, the mean over the targets of a step.
        """
        target, answers, weight = self._scored(X, y, sample_weight)
        return float(r2_score(target, answers, sample_weight=weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
