"""Classification: one logit a class, softmax, cross entropy."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import entr, logsumexp, softmax
from sklearn.utils.class_weight import compute_class_weight
from torch import nn

from sktcn._data.advice import adding_to_errors
from sktcn._data.panel import Floats, Indices
from sktcn._model.labels import check_labels, encode_labels
from sktcn._model.metric import Accuracy, Metric
from sktcn._model.task import Task

FACTOR = 4.0  # of a ridge's answers, where no series shows a better one
MIN_FACTOR, MAX_FACTOR = 0.01, 100.0
PRIOR = 0.25  # least log loss and calibration error, by cross-validation over 42 sets


@dataclass(frozen=True, eq=False)
class Classification(Task):
    """Task of a classifier, with its parameters, and the sorted labels that `fit` learns."""

    class_weight: dict[Any, float] | str | None = None
    label_smoothing: float = 0.0
    validation_fraction: float = 0.1
    classes: Any = None
    output_name: ClassVar[str] = "probabilities"
    learned_names: ClassVar[tuple[str, ...]] = ("classes",)

    def check(self, y: Any) -> NDArray[Any]:
        """Raise unless each series has a label, and class weights are finite and not negative."""
        weights = self.class_weight if isinstance(self.class_weight, dict) else {}
        for label, weight in weights.items():
            if not (isinstance(weight, Real) and 0 <= weight < math.inf):
                raise ValueError(
                    "class_weight must have finite numbers that are not negative, "
                    f"got {weight!r} for the class {label!r}"
                )
        return check_labels(y)

    def fit(self, y: NDArray[Any], weight: Floats) -> Self:
        """Learn the classes; there must be two among the series of positive weight."""
        classes, present = np.unique(y), np.unique(y[weight > 0])
        if len(present) < 2:
            raise ValueError(
                f"y must have at least two classes, got one class, {present.tolist()[0]!r}"
                + (", among the series of positive weight" if len(classes) > 1 else "")
            )
        return replace(self, classes=classes)

    def encode(self, y: NDArray[Any]) -> Indices:
        """Encode labels as their places in ``classes``."""
        return encode_labels(y, self.classes)

    def weigh(self, target: Indices, weight: Floats) -> Floats:
        """Multiply the weights of series by those of their classes."""
        if self.class_weight is None:
            return weight
        if self.class_weight == "balanced":
            mass = np.bincount(target, weight, minlength=self.n_outputs)
            mass[mass == 0] = np.inf
            return weight * (weight.sum() / (self.n_outputs * mass))[target]
        labels = self.classes[target]
        with adding_to_errors(f"; got {self._unknown()} in it, which are no classes of y"):
            by_class = compute_class_weight(self.class_weight, classes=self.classes, y=labels)
        return weight * by_class[target]

    def _unknown(self) -> list[Any]:
        """List the classes that are weighed and that no series has."""
        return [label for label in self.class_weight or () if label not in self.classes.tolist()]

    def split(self, target: Indices, seed: int) -> tuple[Indices, Indices]:
        """Hold out a part of each class that has two series or more."""
        rng = np.random.default_rng(seed)
        held_out = np.zeros(len(target), dtype=bool)
        for code in np.unique(target):
            members = rng.permutation(np.flatnonzero(target == code))
            wanted = max(1, round(self.validation_fraction * len(members)))
            held_out[members[: min(wanted, len(members) - 1)]] = True
        alone = self.classes[np.bincount(target, minlength=self.n_outputs) == 1]
        if len(alone):
            warnings.warn(
                f"the classes {alone.tolist()} have one series each, which stays in the training "
                "part: early stopping does not see them",
                stacklevel=2,
            )
        if not held_out.any():
            raise ValueError("early_stopping needs a class of at least two series")
        return np.flatnonzero(~held_out), np.flatnonzero(held_out)

    def criterion(self) -> nn.Module:
        """Build the cross entropy with label smoothing."""
        return nn.CrossEntropyLoss(reduction="none", label_smoothing=self.label_smoothing)

    def bounding_losses(self, target: Indices, weight: Floats) -> tuple[float, float]:
        """Compute the entropies of the classes' shares and of one series' target, both smoothed."""
        shares = np.bincount(target, weight, minlength=self.n_outputs) / weight.sum()
        exact = np.eye(self.n_outputs)[0]
        smoothing = self.label_smoothing
        guessing, least = (
            float(entr((1 - smoothing) * row + smoothing / self.n_outputs).sum())
            for row in (shares, exact)
        )
        return guessing, least

    def numeric(self, target: NDArray[Any]) -> Floats:
        """Encode the class of each series by 1, and all others by -1."""
        return np.where(target[:, None] == np.arange(self.n_outputs), 1.0, -1.0)

    def calibrate(
        self, answers: Floats, target: NDArray[Any], weight: Floats, own_weight: Floats
    ) -> tuple[float, float]:
        """Compute the least log loss, and the factor of the answers that makes it so.

        Where all answers are right, the loss alone would have no least value. So a share of each
        series, together `PRIOR` of a series, belongs to all classes alike, as in the scaling of
        Platt (1999). A series whose class has no other one can't be answered without it. Where
        there are only such, the factor is `FACTOR`.
        """
        mass = np.bincount(target, weight, minlength=self.n_outputs)[target]
        known = own_weight < (1 - 1e-9) * mass
        if not known.any():
            return 0.0, FACTOR
        answers, target, weight = answers[known], target[known], weight[known]
        n_distinct = (weight / own_weight[known]).sum()
        smoothing = PRIOR / (n_distinct + PRIOR)
        wanted = np.take_along_axis(answers, target[:, None], axis=1)[:, 0]
        wanted = (1 - smoothing) * wanted + smoothing * answers.mean(axis=1)
        weight = weight / weight.sum()
        factor = _least_loss_factor(answers, wanted, weight)
        return float(weight @ (logsumexp(factor * answers, axis=1) - factor * wanted)), factor

    def decode(self, outputs: Floats) -> Floats:
        """Turn logits into probabilities."""
        probabilities: Floats = softmax(outputs, axis=1)
        return probabilities

    def predict(self, outputs: Floats) -> NDArray[Any]:
        """Name the class of the largest logit."""
        return self.restore(outputs.argmax(axis=1))

    def restore(self, target: NDArray[Any]) -> NDArray[Any]:
        """Turn places in ``classes`` into labels."""
        labels: NDArray[Any] = self.classes[target]
        return labels

    def decoder(self, device: torch.device | None = None) -> nn.Module:
        """Build the softmax."""
        return nn.Softmax(1)

    @property
    def metric(self) -> Metric:
        """Accuracy."""
        return Accuracy()

    @property
    def n_outputs(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def output_labels(self) -> NDArray[Any]:
        """Labels of the classes."""
        labels: NDArray[Any] = self.classes
        return labels

    @property
    def units(self) -> tuple[Floats, Floats]:
        """One and zero: outputs are logits."""
        return np.ones(self.n_outputs), np.zeros(self.n_outputs)


def _least_loss_factor(answers: Floats, wanted: Floats, weight: Floats) -> float:
    """Find the factor of answers at which the slope of their weighted log loss is zero."""

    def slope(factor: float) -> float:
        expected = (softmax(factor * answers, axis=1) * answers).sum(axis=1)
        return float(weight @ (expected - wanted))

    if slope(MIN_FACTOR) >= 0:
        return MIN_FACTOR
    return MAX_FACTOR if slope(MAX_FACTOR) <= 0 else float(brentq(slope, MIN_FACTOR, MAX_FACTOR))
