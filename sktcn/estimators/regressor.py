"""The face of the regressors."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sktcn._data.panel import Floats
from sktcn._model.regression import Regression
from sktcn.estimators.base import BaseSequenceEstimator


class SequenceRegressor(RegressorMixin, BaseSequenceEstimator):
    """Face of the regressors, whatever the architecture."""

    task_type = Regression

    __metadata_request__predict: ClassVar[dict[str, str]] = {"out": UNUSED}

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go once through some series, with a constant learning rate.

        Scales and ``n_blocks="auto"`` are taken from the first call's series and targets.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,) or (n_series, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_series,), default=None
            What each series counts.

        Returns
        -------
        self : object
            The estimator, one epoch further.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any, out: Any = None) -> Floats:
        """Targets of each series.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series,) or (n_series, n_outputs), default=None
            Where to write them, part by part: an array of floats, such as a memmap.

        Returns
        -------
        ndarray of shape (n_series,) or (n_series, n_outputs)
            Targets, on the scale of `fit`'s; ``out`` if it was given.
        """
        check_is_fitted(self)
        return self._answer(X, self.model_.task.decode, out)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
