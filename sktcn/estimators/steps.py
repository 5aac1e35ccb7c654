"""Base of the estimators that answer at each time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from sktcn._data.panel import Floats
from sktcn._data.reading import is_series_list
from sktcn._data.step_targets import StepTargets
from sktcn.estimators._validation import check_out
from sktcn.estimators.base import BaseSequenceEstimator
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
            in the second form. Steps of NaN, None and ``ignore_label``, in one of several targets
            too, have no target: they weigh nothing in the loss, in statistics of the targets and in
            scores, but the series is read through them. A column of pandas has the index of the
            frame, series and time; a list may have frames with a row a step. Arrays on disk are
            read.
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
        missing = model.preprocessor.missing
        panel = model.schema.open(X, model.dtype, missing)
        if out is not None:
            lengths = (panel.trimmed() if missing == "trim" else panel).lengths
            blanks = (decode(np.zeros((n, model.task.n_outputs))) for n in lengths)
            one_by_one = is_series_list(X) or len(set(lengths.tolist())) > 1
            _check_outs(out, blanks, casting, one_by_one=one_by_one)
        answers: Any = [None] * len(panel) if out is None else out
        for index, outputs in model.iter_steps(panel, getattr(self, "n_threads", None)):
            if out is None:
                answers[index] = decode(outputs)
            else:
                answers[index][...] = decode(outputs)
        if out is not None or is_series_list(X) or len({each.shape for each in answers}) > 1:
            return answers
        return np.stack(answers)


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
