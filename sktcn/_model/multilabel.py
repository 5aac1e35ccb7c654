"""Several labels at once: one logit each, sigmoid, binary cross entropy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import entr, expit
from torch import Tensor, nn

from sktcn._data.panel import Floats, Indices
from sktcn._model.metric import Metric, SubsetAccuracy
from sktcn._model.task import Task


@dataclass(frozen=True, eq=False)
class Multilabel(Task):
    """Task whose targets are 0 or 1 for each label; ``class_weight`` must be None.

    The labels are numbered, as in scikit-learn's networks for indicator matrices.
    """

    class_weight: Any = None
    label_smoothing: float = 0.0
    classes: Any = None
    output_name: ClassVar[str] = "probabilities"
    learned_names: ClassVar[tuple[str, ...]] = ("classes",)

    def check(self, y: Any) -> NDArray[Any]:
        """Raise unless targets are of 0 and 1, and there is no weight for one of them."""
        if self.class_weight is not None:
            raise ValueError(
                "class_weight is for one label at a time, got "
                f"class_weight={self.class_weight!r} with several"
            )
        rows = np.asarray(y)
        if rows.dtype.kind not in "biuf" or not np.isin(rows, (0, 1)).all():
            found = np.unique(rows.astype(str))[:5].tolist()
            raise ValueError(
                f"y with several labels must be of 0 and 1, got {', '.join(found)}; one label of "
                "each must be of one dimension, as the column of a frame is"
            )
        return rows

    def fit(self, y: NDArray[Any], weight: Floats) -> Self:
        """Count the labels."""
        return replace(self, classes=np.arange(y.shape[1]))

    def encode(self, y: NDArray[Any]) -> Floats:
        """Convert targets to numbers."""
        if y.shape[1] != self.n_outputs:
            raise ValueError(
                f"y must have {self.n_outputs} labels as in the first fit, got {y.shape[1]}"
            )
        return y.astype(np.float64)

    def weigh(self, target: NDArray[Any], weight: Floats) -> Floats:
        """Return the weights as they are."""
        return weight

    def split(self, target: NDArray[Any], seed: int) -> tuple[Indices, Indices]:
        """Hold out nothing: the steps of a series stay together."""
        return np.arange(len(target)), np.arange(0)

    def criterion(self) -> nn.Module:
        """Build the binary cross entropy with label smoothing."""
        return _SmoothedBCE(self.label_smoothing)

    def bounding_losses(self, target: Floats, weight: Floats) -> tuple[float, float]:
        """Compute the mean entropies of the labels' shares and of exact labels, both smoothed."""
        shares = np.stack([np.average(target, axis=0, weights=weight), np.zeros(self.n_outputs)])
        ones = shares * (1 - self.label_smoothing) + self.label_smoothing / 2
        guessing, least = (entr(ones) + entr(1 - ones)).mean(axis=1).tolist()
        return guessing, least

    def decode(self, outputs: Floats) -> Floats:
        """Turn logits into probabilities."""
        probabilities: Floats = expit(outputs)
        return probabilities

    def predict(self, outputs: Floats) -> Indices:
        """Predict the labels whose logit is positive."""
        return (outputs > 0).astype(np.int64)

    def restore(self, target: NDArray[Any]) -> Indices:
        """Turn encoded targets into numbers 0 and 1."""
        return target.astype(np.int64)

    def decoder(self, device: torch.device | None = None) -> nn.Module:
        """Build the sigmoid."""
        return nn.Sigmoid()

    @property
    def metric(self) -> Metric:
        """Share of the rows whose labels are all right."""
        return SubsetAccuracy()

    @property
    def n_outputs(self) -> int:
        """Number of labels."""
        return len(self.classes)

    @property
    def output_labels(self) -> NDArray[Any]:
        """Numbers of the labels."""
        labels: NDArray[Any] = self.classes
        return labels

    @property
    def units(self) -> tuple[Floats, Floats]:
        """One and zero: outputs are logits."""
        return np.ones(self.n_outputs), np.zeros(self.n_outputs)


class _SmoothedBCE(nn.Module):
    def __init__(self, smoothing: float):
        super().__init__()
        self.smoothing = smoothing
        self.loss = nn.BCEWithLogitsLoss(reduction="none")

    def forward(self, outputs: Tensor, target: Tensor) -> Tensor:
        smoothed = target * (1 - self.smoothing) + self.smoothing / 2
        losses: Tensor = self.loss(outputs, smoothed.to(outputs.dtype))
        return losses
