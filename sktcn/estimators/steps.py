"""Bases of the estimators that answer at each time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, log_softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sktcn._data.panel import Floats
from sktcn._data.reading import is_series_list
from sktcn._data.step_targets import StepTargets, read_targets
from sktcn._model.fitted import FittedModel
from sktcn._model.step_task import StepClassification, StepRegression
from sktcn.estimators._validation import check_out
from sktcn.estimators.base import BaseSequenceEstimator
from sktcn.estimators.classifier import check_classes
from sktcn.estimators.constructor import ParameterChanges, changed_constructor
from sktcn.estimators.fitting import prepare_targets

PLACE = ("pooling", "patch_size")  # of an architecture's parameters, which the added ones take
POOLED = (*PLACE, "n_fixed_kernels")  # parameters of answers to whole series


class StepEstimator(BaseSequenceEstimator):
    """Base of the estimators of time steps, whose answers are in the container of the series."""

    parameter_changes: ClassVar[ParameterChanges]

    __metadata_request__predict: ClassVar[dict[str, str]] = {"out": UNUSED}

    @classmethod
    def _constructor(cls, constructor: Any) -> Callable[..., None]:
        return changed_constructor(cls.__name__, constructor, cls.parameter_changes)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train on series and the targets of their time steps.

        The loss is the mean over the steps of a batch that have a target, so that a long series
        counts by its steps.

        Parameters
        ----------
        X : array-like of shape (n_series, n_timepoints) or (n_series, n_channels, \
                n_timepoints), or list of arrays (n_timepoints_i,) or (n_channels, n_timepoints_i)
            Training series, as for the estimators with one answer a series.
        y : array-like of shape (n_series, n_timepoints) or (n_series, n_outputs, \
                n_timepoints), or list of arrays (n_timepoints_i,) or (n_outputs, n_timepoints_i)
            Label or target of each step. A classifier takes several labels a step, of 0 and 1,
            in the second form. Steps with NaN, and of ``ignore_label``, have no target: they weigh
            nothing in the loss, in statistics of the targets and in scores, but the series is read
            through them. A column of pandas has the index of the frame, series and time. Arrays on
            disk are read.
        sample_weight : array-like of shape (n_series,), or as ``y`` with one target a step, \
                default=None
            Weight of each series, as if it were there as often, or of each step, in the loss and in
            statistics of the targets.
        X_val : array-like or list of arrays, default=None
            Validation part for early stopping.
        y_val : array-like or list of arrays, default=None
            Targets of the validation part.
        sample_weight_val : array-like, default=None
            Weights in the validation loss.

        Returns
        -------
        self : object
            Fitted estimator. A fit that fails leaves the estimator as it was.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the series, the targets or the weights are invalid, or if a series has
            another number of targets than of steps.
        """
        parts = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
        return super().fit(X, y, sample_weight, **parts)

    def _read_targets(self, X: Any, y: Any, sample_weight: Any) -> StepTargets:
        """Read targets to score, and match them with the series."""
        check_is_fitted(self)
        model = self.model_
        missing = model.preprocessor.missing
        panel = model.schema.open(X, model.dtype, missing)
        if missing == "trim":
            panel = panel.trimmed()
        targets, _ = prepare_targets(model.task, X, y, sample_weight, panel, missing)
        return targets

    def _scored(self, X: Any, y: Any, sample_weight: Any) -> tuple[NDArray[Any], ...]:
        """Collect targets, answers and weights of the labelled steps."""
        targets = self._read_targets(X, y, sample_weight)
        answers = np.concatenate([each.T for each in self.predict(X)])
        used = targets.labelled
        return targets.rows[used], answers[used], targets.weight[used]

    def predict(self, X: Any, out: Any = None) -> Any:
        """Predict the target of each time step."""
        raise NotImplementedError

    def _answer_steps(
        self,
        X: Any,
        decode: Callable[[Floats], NDArray[Any]],
        out: Any = None,
        casting: Literal["safe", "same_kind"] = "same_kind",
    ) -> Any:
        """Compute decoded outputs, series by series, into new arrays or into ``out``."""
        check_is_fitted(self)
        model = self.model_
        panel = model.schema.open(X, model.dtype, model.preprocessor.missing)
        if out is not None:
            blanks = (decode(np.zeros((n, model.task.n_outputs))) for n in panel.lengths)
            _check_outs(out, blanks, casting, one_by_one=is_series_list(X))
        answers: Any = [None] * len(panel) if out is None else out
        for index, outputs in model.iter_steps(panel, getattr(self, "n_threads", None)):
            if out is None:
                answers[index] = decode(outputs)
            else:
                answers[index][...] = decode(outputs)
        if out is not None or is_series_list(X) or len({each.shape for each in answers}) > 1:
            return answers
        return np.stack(answers)


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
            are several labels a step.
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
        several = read_targets(y).rows.ndim > 1
        if several and classes is None:
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


def _subtract_first(logits: Floats) -> Floats:
    return logits[:, 1] - logits[:, 0]


def _check_outs(
    out: Any,
    blanks: Iterator[NDArray[Any]],
    casting: Literal["safe", "same_kind"],
    *,
    one_by_one: bool,
) -> None:
    """Raise unless answers like the blanks can be written into the user's array, or arrays."""
    shapes, dtypes = zip(*((blank.shape, blank.dtype) for blank in blanks), strict=True)
    if not one_by_one:
        check_out(out, (len(shapes), *shapes[0]), dtypes[0], casting)
        return
    if not isinstance(out, list) or len(out) != len(shapes):
        raise ValueError(f"out must be a list of an array for each of {len(shapes)} series")
    for each, shape in zip(out, shapes, strict=True):
        check_out(each, shape, dtypes[0], casting)
