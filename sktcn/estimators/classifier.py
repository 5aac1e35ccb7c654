"""Base of the classifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.metaestimators import available_if

from sktcn._data.panel import Floats
from sktcn._model.classification import Classification
from sktcn._model.fitted import FittedModel
from sktcn.estimators.base import BaseSequenceEstimator, trains_in_epochs


class SequenceClassifier(ClassifierMixin, BaseSequenceEstimator):
    """Base of the classifiers of all architectures."""

    task_type = Classification

    __metadata_request__predict: ClassVar[dict[str, str]] = {"out": UNUSED}
    __metadata_request__predict_proba: ClassVar[dict[str, str]] = {"out": UNUSED}

    @available_if(trains_in_epochs)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on some series, with a constant learning rate.

        Of the parameters of the training, those of its length, schedule and end are not used:
        ``max_epochs``, ``lr_schedule``, ``early_stopping`` and what belongs to it, ``checkpoint``,
        ``on_divergence``, ``on_interrupt``, ``warm_start`` and ``verbose``; nor is
        ``n_fixed_kernels``: the ridge of a `fit` before stays as it was. Callbacks are called.

        Scales and ``n_blocks="auto"`` are taken from the series of the first call. Parameters may
        be changed between two calls, such as ``lr`` or ``dropout``, but not those of the network.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            Labels of all calls; required at the first call.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series.

        Returns
        -------
        self : object
            Estimator, trained for one epoch more.

        Raises
        ------
        ValueError
            If ``classes`` are missing at the first call, or differ from those known, or if a
            parameter was changed that the network can't take.
        """
        return self._partial_fit(X, y, sample_weight, self._known_classes(classes))

    def _known_classes(self, classes: Any) -> Callable[[Any], Any]:
        """Validate the classes of `partial_fit`; return the function that sets them in a task."""
        known = getattr(self, "classes_", None)
        labels = check_classes(classes, known)
        return partial(replace, classes=known if labels is None else labels)

    def decision_function(self, X: Any) -> Floats:
        """Compute the logits of the classes.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.

        Returns
        -------
        ndarray of shape (n_series, n_classes), or (n_series,) if there are two
            Logits; for two classes, the logit of the second minus that of the first.
        """
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X: Any, out: Any = None) -> Floats:
        """Compute the probabilities of the classes.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series, n_classes), default=None
            Array of floats, such as a memmap, which the probabilities are written to part by part.

        Returns
        -------
        ndarray of shape (n_series, n_classes)
            Probabilities in the order of ``classes_``; ``out`` if it is not None.
        """
        return self._answer(X, lambda task: task.decode, out)

    def predict_log_proba(self, X: Any) -> Floats:
        """Compute the logarithms of the probabilities, exact for probabilities near zero.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.

        Returns
        -------
        ndarray of shape (n_series, n_classes)
            Log-probabilities in the order of ``classes_``.
        """
        logarithms: Floats = log_softmax(self._outputs(X), axis=1)
        return logarithms

    def predict(self, X: Any, out: Any = None) -> NDArray[Any]:
        """Predict the most probable class of each series.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series,), default=None
            Array for all labels, such as a memmap, which they are written to part by part.

        Returns
        -------
        ndarray of shape (n_series,)
            Labels as passed to `fit`; ``out`` if it is not None.
        """
        return self._answer(X, lambda task: task.predict, out, casting="safe")

    def _set_model(self, model: FittedModel) -> None:
        super()._set_model(model)
        self.classes_ = model.task.classes


def check_classes(classes: Any, known: NDArray[Any] | None) -> NDArray[Any] | None:
    """Validate the classes passed to `partial_fit`, which knows some after the first call."""
    if classes is None:
        if known is None:
            raise ValueError("classes must be passed on the first call to partial_fit")
        return None
    labels: NDArray[Any] = np.unique(column_or_1d(classes))
    if known is not None and not np.array_equal(labels, known):
        raise ValueError(f"classes must stay as in the first call, {known}, got classes={labels}")
    if len(labels) < 2:
        raise ValueError(f"classes must be at least two, got classes={labels}")
    return labels
