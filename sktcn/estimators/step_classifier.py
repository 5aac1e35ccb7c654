"""Base of the classifiers of time steps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import log_expit, log_softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sktcn._data.panel import Floats
from sktcn._data.step_targets import read_targets
from sktcn._model.fitted import FittedModel
from sktcn._model.step_task import StepClassification
from sktcn.estimators.classifier import check_classes
from sktcn.estimators.constructor import ParameterChanges
from sktcn.estimators.steps import PLACE, POOLED, StepEstimator


class StepClassifier(ClassifierMixin, StepEstimator):
    """Base of the classifiers of time steps."""

    task_type = StepClassification
    parameter_changes = ParameterChanges(
        omitted=POOLED,
        added={
            "delay": ("int", 0),
            "crop": ("int | None", None),
            "ignore_label": ("str | float | None", None),
            "smoothness": ("float", 0.0),
        },
        after=PLACE,
    )

    __metadata_request__predict_proba: ClassVar[dict[str, str]] = {"out": UNUSED}

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on some series, with a constant learning rate.

        Of the parameters of the training, those of its length, schedule and end are not used.
        Scales and ``n_blocks="auto"`` are taken from the series of the first call.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like or list of arrays
            Labels of the time steps, as in `fit`.
        classes : array-like of shape (n_classes,), default=None
            Labels of all calls, without ``ignore_label``; required at the first call, unless there
            are several labels a step, which are numbered.
        sample_weight : array-like, default=None
            Weights, as in `fit`.

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
        known = getattr(self, "classes_", None)
        rows = read_targets(y).rows
        if rows.ndim > 1:
            if classes is not None and not np.array_equal(classes, np.arange(rows.shape[1])):
                raise ValueError(
                    "classes must be None with several labels a step, which are numbered, got "
                    f"classes={classes!r}"
                )
            return self._partial_fit(X, y, sample_weight)
        labels = check_classes(classes, known)
        task = partial(replace, classes=labels)
        return self._partial_fit(X, y, sample_weight, task)

    def predict_proba(self, X: Any, out: Any = None) -> Any:
        """Compute the probabilities of the classes at each time step.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series, n_timepoints, n_classes), or list of ndarray of shape \
                (n_timepoints_i, n_classes), default=None
            Arrays of floats, such as memmaps, which the probabilities are written to.

        Returns
        -------
        ndarray of shape (n_series, n_timepoints, n_classes), or list of ndarray of shape \
                (n_timepoints_i, n_classes)
            Probabilities in the order of ``classes_``, or of each of several labels; a list where
            the series are one, or differ in length after ``missing="trim"``. ``out`` if it is not
            None.
        """
        check_is_fitted(self)
        return self._answer_steps(X, self.model_.task.decode, out)

    def predict_log_proba(self, X: Any) -> Any:
        """Compute the logarithms of the probabilities, exact for probabilities near zero.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_series, n_timepoints, n_classes), or list of ndarray of shape \
                (n_timepoints_i, n_classes)
            Log-probabilities, as `predict_proba`.
        """
        check_is_fitted(self)
        task: Any = self.model_.task
        several = task.multilabel
        return self._answer_steps(X, log_expit if several else partial(log_softmax, axis=1))

    def decision_function(self, X: Any) -> Any:
        """Compute the logits of the classes at each time step.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_series, n_timepoints, n_classes), or list of ndarray of shape \
                (n_timepoints_i, n_classes)
            Logits; for two classes without the last axis, the logit of the second minus that of the
            first.
        """
        check_is_fitted(self)
        task: Any = self.model_.task
        difference = task.n_outputs == 2 and not task.multilabel
        return self._answer_steps(X, _subtract_first if difference else np.asarray)

    def predict(self, X: Any, out: Any = None) -> Any:
        """Predict the most probable class at each time step.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray or list of ndarray, default=None
            Arrays of the shape of the result, which it is written to.

        Returns
        -------
        ndarray of shape (n_series, n_timepoints), or list of ndarray of shape (n_timepoints_i,)
            Labels as passed to `fit`; of several labels zeros and ones, ``(n_series, n_outputs,
            n_timepoints)`` or ``(n_outputs, n_timepoints_i)``. ``out`` if it is not None.
        """
        check_is_fitted(self)
        predict = self.model_.task.predict
        return self._answer_steps(X, lambda outputs: predict(outputs).T, out, casting="safe")

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy over the time steps that have a target.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like or list of arrays
            Labels, as in `fit`; of several labels a step, all must be right.
        sample_weight : array-like, default=None
            Weights of series or of steps, as in `fit`.

        Returns
        -------
        float
            Share of the steps whose label is predicted.
        """
        target, answers, weight = self._scored(X, y, sample_weight)
        return float(accuracy_score(target, answers, sample_weight=weight))

    def _set_model(self, model: FittedModel) -> None:
        super()._set_model(model)
        self.classes_ = model.task.classes


def _subtract_first(logits: Floats) -> Floats:
    return logits[:, 1] - logits[:, 0]
