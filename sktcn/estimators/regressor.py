"""Base of the regressors."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.metaestimators import available_if

from sktcn._data.panel import Floats
from sktcn._model.regression import Regression
from sktcn.estimators.base import BaseSequenceEstimator, trains_in_epochs


class SequenceRegressor(RegressorMixin, BaseSequenceEstimator):
    """Base of the regressors of all architectures."""

    task_type = Regression

    __metadata_request__predict: ClassVar[dict[str, str]] = {"out": UNUSED}

    @available_if(trains_in_epochs)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on some series, with a constant learning rate.

        Of the parameters of the training, those of its length, schedule and end are not used:
        ``max_epochs``, ``lr_schedule``, ``early_stopping`` and what belongs to it, ``checkpoint``,
        ``on_divergence``, ``on_interrupt``, ``warm_start`` and ``verbose``; nor is
        ``n_fixed_kernels``: the ridge of a `fit` before stays as it was. Callbacks are called.

        Scales and ``n_blocks="auto"`` are taken from the series and targets of the first call.
        Parameters may be changed between two calls, such as ``lr`` or ``dropout``, but not those
        of the network.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,) or (n_series, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series.

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

    def predict(self, X: Any, out: Any = None) -> Floats:
        """Predict the targets of each series.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series,) or (n_series, n_outputs), default=None
            Array of floats, such as a memmap, which the targets are written to part by part.

        Returns
        -------
        ndarray of shape (n_series,) or (n_series, n_outputs)
            Targets, on the scale of those of `fit`; ``out`` if it is not None.
        """
        return self._answer(X, lambda task: task.decode, out)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
