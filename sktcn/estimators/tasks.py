"""The two tasks: how a target is coded, what is minimised, and what ``predict`` returns."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import Tags, check_array, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metadata_routing import UNUSED
from torch import nn

from sktcn._data.panel import Floats, Indices
from sktcn._model.labels import check_labels, encode_labels
from sktcn._preprocessing.scaling import Standardizer, overflow_as_error
from sktcn.estimators.base import SequenceEstimator

LARGEST = 1e300  # target; answers may be somewhat larger


class ClassifierTask(ClassifierMixin, SequenceEstimator):
    """Classification: one logit a class, softmax, cross entropy."""

    __metadata_request__predict: ClassVar[dict[str, str]] = {"out": UNUSED}
    __metadata_request__predict_proba: ClassVar[dict[str, str]] = {"out": UNUSED}

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Go once through some series, with a constant learning rate.

        Scales and ``n_blocks="auto"`` are taken from the first call's series.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come; needed at the first call.
        sample_weight : array-like of shape (n_series,), default=None
            What each series counts.

        Returns
        -------
        self : object
            The estimator, one epoch further.

        Raises
        ------
        ValueError
            If ``classes`` are missing at the first call, or differ from those known.
        """
        known = getattr(self, "classes_", None)
        if classes is None and known is None:
            raise ValueError("classes must be passed on the first call to partial_fit")
        if classes is not None:
            classes = np.unique(column_or_1d(classes))
            if known is not None and not np.array_equal(classes, known):
                raise ValueError(
                    f"classes must stay as in the first call, {known}, got classes={classes}"
                )
            if len(classes) < 2:
                raise ValueError(f"classes must be at least two, got classes={classes}")
        return self._partial_fit(X, y, sample_weight, classes_=classes if known is None else known)

    def decision_function(self, X: Any) -> Floats:
        """Logits of the classes.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.

        Returns
        -------
        ndarray of shape (n_series, n_classes), or (n_series,) if there are two
            Logits; of two classes, how much the second one's exceeds the first one's.
        """
        logits = self._forward(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X: Any, out: Any = None) -> Floats:
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series, n_classes), default=None
            Where to write them, part by part: an array of floats, such as a memmap.

        Returns
        -------
        ndarray of shape (n_series, n_classes)
            Probabilities in the order of ``classes_``; ``out`` if it was given.
        """
        return self._answer(X, self._decode, out)

    def predict_log_proba(self, X: Any) -> Floats:
        """Logarithms of the classes' probabilities, exact where these are near zero.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.

        Returns
        -------
        ndarray of shape (n_series, n_classes)
            Log-probabilities in the order of ``classes_``.
        """
        logarithms: Floats = log_softmax(self._forward(X), axis=1)
        return logarithms

    def predict(self, X: Any, out: Any = None) -> NDArray[Any]:
        """Most probable class of each series.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`; a 3D array or a list may have other lengths.
        out : ndarray of shape (n_series,), default=None
            Where to write them, part by part: an array that takes all labels, such as a memmap.

        Returns
        -------
        ndarray of shape (n_series,)
            Labels as they were given to `fit`; ``out`` if it was given.
        """
        return self._answer(X, self._name, out, casting="safe")

    def _name(self, outputs: Floats) -> NDArray[Any]:
        labels: NDArray[Any] = self.classes_[outputs.argmax(axis=1)]
        return labels

    def _decode(self, outputs: Floats) -> Floats:
        probabilities: Floats = softmax(outputs, axis=1)
        return probabilities

    def _check_target(self, y: Any) -> NDArray[Any]:
        return check_labels(y)

    def _learn_target(self, y: NDArray[Any], weight: Floats) -> None:
        self.classes_ = np.unique(y)
        present = np.unique(y[weight > 0])
        if len(present) < 2:
            raise ValueError(
                f"y must have at least two classes, got one class, {present.tolist()[0]!r}"
                + (", among the series of positive weight" if len(self.classes_) > 1 else "")
            )

    def _code_target(self, y: NDArray[Any]) -> Indices:
        return encode_labels(y, self.classes_)

    def _weigh_target(self, target: Indices, weight: Floats) -> Floats:
        if self.class_weight is None:
            return weight
        if self.class_weight == "balanced":
            mass = np.bincount(target, weight, minlength=len(self.classes_))
            mass[mass == 0] = np.inf
            return weight * (weight.sum() / (len(self.classes_) * mass))[target]
        labels = self.classes_[target]
        by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=labels)
        return weight * by_class[target]

    def _build_criterion(self) -> nn.Module:
        return nn.CrossEntropyLoss(reduction="none", label_smoothing=self.label_smoothing)

    def _split(self, target: Indices, seed: int) -> tuple[Indices, Indices]:
        rng = np.random.default_rng(seed)
        held_back = np.zeros(len(target), dtype=bool)
        for code in np.unique(target):
            members = rng.permutation(np.flatnonzero(target == code))
            wanted = max(1, round(self.validation_fraction * len(members)))
            held_back[members[: min(wanted, len(members) - 1)]] = True
        alone = self.classes_[np.bincount(target, minlength=len(self.classes_)) == 1]
        if len(alone):
            warnings.warn(
                f"the classes {list(alone)} have one series each, which stays in the training "
                "part: early stopping does not see them",
                stacklevel=2,
            )
        if not held_back.any():
            raise ValueError("early_stopping needs a class of at least two series")
        return np.flatnonzero(~held_back), np.flatnonzero(held_back)

    @property
    def _n_outputs(self) -> int:
        return len(self.classes_)


class RegressorTask(RegressorMixin, SequenceEstimator):
    """Regression: linear outputs for standardised targets, squared error."""

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
        return self._answer(X, self._decode, out)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _decode(self, outputs: Floats) -> Floats:
        with overflow_as_error("X"):
            targets = self._target_scaler.inverse_transform(outputs)
        return targets[:, 0] if self._one_target else targets

    def _check_target(self, y: Any) -> NDArray[Any]:
        if self.class_weight is not None:
            raise ValueError(
                f"class_weight is for classifiers, got class_weight={self.class_weight!r} in a "
                "regressor; use sample_weight"
            )
        with np.errstate(invalid="ignore"):  # scikit-learn sums up
            y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        if y.ndim > 2 or 0 in y.shape:
            raise ValueError(
                f"y must be of shape (n_series,) or (n_series, n_outputs), got {y.shape}"
            )
        if np.abs(y).max() > LARGEST:
            raise ValueError(f"y must be of numbers up to {LARGEST:.0e}, got {np.abs(y).max():.3g}")
        return y

    def _learn_target(self, y: NDArray[Any], weight: Floats) -> None:
        self._one_target = y.ndim == 1
        kept = weight > 0
        self._target_scaler = Standardizer.fit(y.reshape(len(y), -1)[kept], weight[kept])

    def _code_target(self, y: NDArray[Any]) -> Floats:
        rows = y.reshape(len(y), -1)
        if rows.shape[1] != self._n_outputs:
            raise ValueError(
                f"y must have {self._n_outputs} targets as in the first fit, got {rows.shape[1]}"
            )
        with overflow_as_error("y"):
            return self._target_scaler.transform(rows)

    def _weigh_target(self, target: NDArray[Any], weight: Floats) -> Floats:
        return weight

    def _build_criterion(self) -> nn.Module:
        return nn.MSELoss(reduction="none")

    def _split(self, target: NDArray[Any], seed: int) -> tuple[Indices, Indices]:
        if len(target) < 2:
            raise ValueError("early_stopping needs at least two series")
        train, valid = train_test_split(
            np.arange(len(target)), test_size=self.validation_fraction, random_state=seed
        )
        return np.sort(train), np.sort(valid)

    @property
    def _n_outputs(self) -> int:
        return len(self._target_scaler.mean)
