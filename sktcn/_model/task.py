"""The task: what is predicted for a series, and how a network learns it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn._data.panel import Floats, Indices
from sktcn._data.weights import check_weight
from sktcn._model.metric import Metric


class Rows(NamedTuple):
    """Outputs, encoded targets and weights of what a batch is scored on.

    A row is a series, or a labelled time step. Equal weights are None.
    """

    outputs: Tensor
    target: Tensor
    weight: Tensor | None


class Task(ABC):
    """Target of a fit: validated, encoded for the loss, and decoded from a network's outputs.

    A task is immutable: `fit` returns a copy that has learned the encoding.

    Attributes
    ----------
    output_name : str
        Name of the answers in exported graphs.
    learned_names : tuple of str
        Attributes that `fit` learns.
    one_target : bool
        Whether an answer is a number, not a row.
    per_step : bool
        Whether there is an answer for each time step, not for each series.
    multilabel : bool
        Whether an answer has several labels at once.
    class_weight, validation_fraction : optional
        Parameters of the estimator.
    """

    output_name: ClassVar[str]
    learned_names: ClassVar[tuple[str, ...]]
    one_target: bool = False
    per_step: ClassVar[bool] = False
    multilabel: bool = False
    class_weight: Any = None
    validation_fraction: float = 0.1

    @abstractmethod
    def check(self, y: Any) -> NDArray[Any]:
        """Validate targets and return them as an array."""

    def match(self, y: Any, lengths: Indices, *, trimmed: bool = False) -> Any:
        """Match targets of time steps with series of these lengths, which may be trimmed."""
        return y

    def check_weight(
        self, sample_weight: Any, y: Any, *, trimmed: bool = False
    ) -> tuple[Any, Floats]:
        """Validate weights; return targets, weighted if each step has a weight, and of series."""
        return y, check_weight(sample_weight, y)

    @abstractmethod
    def fit(self, y: NDArray[Any], weight: Floats) -> Self:
        """Learn the encoding from weighted targets."""

    def observe(self, y: NDArray[Any], weight: Floats) -> Self:
        """Update what depends on targets that come after the encoding was learned."""
        return self

    @abstractmethod
    def encode(self, y: NDArray[Any]) -> NDArray[Any]:
        """Encode targets for the loss."""

    @abstractmethod
    def weigh(self, target: NDArray[Any], weight: Floats) -> Floats:
        """Multiply the weights of series by those of their encoded targets."""

    def weigh_targets(self, target: Any, weight: Floats) -> tuple[Any, Floats]:
        """Weigh encoded targets; return them, weighted if each step has a weight, and series."""
        return target, self.weigh(target, weight)

    @abstractmethod
    def split(self, target: NDArray[Any], seed: int) -> tuple[Indices, Indices]:
        """Choose the training and the validation part."""

    @abstractmethod
    def criterion(self) -> nn.Module:
        """Build the loss of each row, without reduction."""

    def rows(self, outputs: Tensor, target: Any, inputs: dict[str, Any]) -> Rows:
        """Line up what a batch is scored on: its series, each of the weight in ``inputs``."""
        return Rows(outputs, target, inputs["weight"])

    def loss(self, criterion: nn.Module, rows: Rows, outputs: Tensor, batch: Any) -> Tensor:
        """Compute the weighted mean loss of rows; weights have a mean of one over all batches.

        The rows are those of ``outputs`` and ``batch``, which is a pair of inputs and targets.
        """
        return mean_loss(criterion(rows.outputs, rows.target), rows.weight)

    def bounding_losses(self, target: NDArray[Any], weight: Floats) -> tuple[float, float] | None:
        """Compute the losses of the best constant answer and of exact ones, from encoded targets.

        Returns None where they are not known.
        """
        return None

    def numeric(self, target: NDArray[Any]) -> Floats:
        """Convert encoded targets to those of a ridge, ``(n_series, n_outputs)``."""
        return target.reshape(len(target), -1)

    def calibrate(
        self, answers: Floats, target: NDArray[Any], weight: Floats, own_weight: Floats
    ) -> tuple[float, float]:
        """Compute the loss of leave-one-out answers, and the factor that makes them outputs.

        ``own_weight`` is the weight that was left out for each answer.
        """
        errors = np.square(answers - self.numeric(target)).mean(axis=1)
        return float(np.average(errors, weights=weight)), 1.0

    @abstractmethod
    def decode(self, outputs: Floats) -> NDArray[Any]:
        """Decode a network's outputs, ``(n_series, n_outputs)``, into answers."""

    @abstractmethod
    def decoder(self, device: torch.device | None = None) -> nn.Module:
        """Build the torch form of `decode`, which keeps the two dimensions."""

    def predict(self, outputs: Floats) -> NDArray[Any]:
        """Turn a network's outputs into the answers of ``predict``."""
        return self.decode(outputs)

    def restore(self, target: NDArray[Any]) -> NDArray[Any]:
        """Turn encoded targets into the user's, with which callbacks compare predictions."""
        raise NotImplementedError(f"{type(self).__name__} has no restore, which scores need")

    @property
    def metric(self) -> Metric | None:
        """Metric that the training records beside the loss; None where the task has none."""
        return None

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """Outputs of the network."""

    @property
    @abstractmethod
    def output_labels(self) -> NDArray[Any]:
        """Labels by which the user calls the outputs."""

    @property
    @abstractmethod
    def units(self) -> tuple[Floats, Floats]:
        """Scale and offset that turn outputs into logits or targets in their own units."""

    @property
    def learned(self) -> dict[str, Any]:
        """Attributes learned by `fit`."""
        return {name: getattr(self, name) for name in self.learned_names}

    @property
    def classes(self) -> Any:
        """Sorted labels of the classes; None where the task has none."""
        return None

    def find_outputs(self, target: Any, n_series: int) -> list[int | None]:
        """Find the outputs that a user asks for, one for each series; None is the class predicted.

        ``target`` is the label of a class or the number of a target, for all series or for each.
        Raise ValueError if there is no such output, or if there are not as many as series.
        """
        if target is None:
            return [None if self.classes is not None else 0] * n_series
        wanted = np.asarray(target)
        if wanted.shape not in ((), (n_series,)):
            raise ValueError(
                f"target must be one for all series or one for each of {n_series}, "
                f"got the shape {wanted.shape}"
            )
        known = self.output_labels
        found = wanted[..., None] == known
        if not np.all(found.any(axis=-1)):
            raise ValueError(f"target must be among {known.tolist()}, got target={target!r}")
        return [int(code) for code in np.broadcast_to(found.argmax(axis=-1), n_series)]


def mean_loss(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Compute the mean of losses, ``(n,)`` or ``(n, n_outputs)``, weighing rows by ``weight``."""
    if losses.ndim > 1:
        losses = losses.mean(1)
    return losses.mean() if weight is None else (losses * weight).mean()
