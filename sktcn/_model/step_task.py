"""Tasks with a target for each time step, each of which is scored as a series is otherwise."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn._data.frames import is_indexed
from sktcn._data.panel import Floats, Indices, fill_masked
from sktcn._data.step_targets import StepBatch, StepTargets, read_targets
from sktcn._data.weights import check_weight
from sktcn._model.classification import Classification
from sktcn._model.metric import Metric
from sktcn._model.multilabel import Multilabel
from sktcn._model.regression import Regression
from sktcn._model.task import Rows, Task

MAX_CHANGE = 4.0  # of a log-probability between two steps; larger ones are truncated
TRANSPOSE = (
    "; where axes are (n_series, n_timepoints, n_outputs), pass y.transpose(0, 2, 1), or "
    "[each.T for each in y] of a list"
)


class StepTask(Task):
    """Task of the labelled time steps, which leaves their rows to a task of one target each.

    Attributes
    ----------
    delay : int
        Steps that the network reads before it answers for a step.
    """

    per_step = True
    delay: int = 0

    @property
    @abstractmethod
    def row_task(self) -> Task:
        """Task of one step."""

    def check(self, y: Any) -> Any:
        """Raise unless targets are those of time steps, of which at least one has a target."""
        targets = self._read(y)
        if not targets.labelled.any():
            raise ValueError(f"y must have a target at one time step at least, got {self._none}")
        return targets

    def _read(self, y: Any) -> StepTargets:
        return read_targets(y)

    @property
    def _none(self) -> str:
        return "NaN alone"

    def match(self, y: StepTargets, lengths: Indices, *, trimmed: bool = False) -> StepTargets:
        """Match targets with series of these lengths; drop those of steps that were trimmed."""
        if trimmed and (y.lengths >= lengths).all():
            y = y.cut(lengths)
        wrong = np.flatnonzero(y.lengths != lengths)
        if len(wrong):
            index = wrong[0]
            turned = y.rows.shape[1:] == (lengths[index],)
            raise ValueError(
                "y must have a target for each time step of X, or NaN, got "
                f"{y.lengths[index]} targets for the {lengths[index]} steps of series {index}"
                + (TRANSPOSE if turned else "")
            )
        return y

    def check_weight(
        self, sample_weight: Any, y: StepTargets, *, trimmed: bool = False
    ) -> tuple[StepTargets, Floats]:
        """Validate weights of series or of steps; return weighted targets and weights of series.

        Series whose steps have weights of their own weigh the same in other statistics.
        """
        if sample_weight is None:
            return y, np.ones(len(y))
        if not _is_by_step(sample_weight):
            series = check_weight(sample_weight, y.lengths)
            steps = np.repeat(series, y.lengths)
        else:
            given = read_targets(sample_weight)
            if trimmed and len(given) == len(y) and (given.lengths >= y.lengths).all():
                given = given.cut(y.lengths)
            if not np.array_equal(given.lengths, y.lengths) or given.rows.ndim > 1:
                raise ValueError(
                    "sample_weight must have a weight for each series, or for each time step"
                )
            steps, series = check_weight(given.rows, given.rows), np.ones(len(y))
        weighted = replace(y, weight=y.weight * steps)
        if not weighted.labelled.any():
            raise ValueError("sample_weight must not be zero for all time steps with a target")
        return weighted, series

    def fit(self, y: StepTargets, weight: Floats) -> Self:  # type: ignore[override]
        """Learn the encoding from the weighted targets of all steps."""
        self._check_delay(y, weight)
        fitted = self._for(y).row_task.fit(*y.select_labelled())
        return replace(self._for(y), **fitted.learned)  # type: ignore[type-var]

    def _check_delay(self, y: StepTargets, weight: Floats) -> None:
        shortest = int(y.lengths[weight > 0].min())
        if self.delay >= shortest:
            raise ValueError(
                "delay must be less than the time steps of the shortest series, "
                f"{shortest}, got delay={self.delay}"
            )

    def _for(self, y: StepTargets) -> Self:
        """Return the task for targets of this form."""
        return self

    def observe(self, y: StepTargets, weight: Floats) -> Self:  # type: ignore[override]
        """Update what depends on later targets."""
        self._check_delay(y, weight)
        observed = self.row_task.observe(*y.select_labelled())
        return replace(self, **observed.learned)  # type: ignore[type-var]

    def encode(self, y: StepTargets) -> StepTargets:  # type: ignore[override]
        """Encode the targets of the labelled steps."""
        return y.with_rows(self.row_task.encode(y.select_labelled()[0]))

    def weigh(self, target: Any, weight: Floats) -> Floats:
        """Return the weights of series as they are: steps have weights of their own."""
        return weight

    def weigh_targets(self, target: StepTargets, weight: Floats) -> tuple[StepTargets, Floats]:
        """Multiply the weights of steps by those of their targets."""
        weighed = self.row_task.weigh(*target.select_labelled())
        return replace(target, weight=target.spread(weighed)), weight

    def split(self, target: StepTargets, seed: int) -> tuple[Indices, Indices]:  # type: ignore[override]
        """Hold out a random part of the series that have a target."""
        labelled = np.flatnonzero(target.is_labelled)
        if len(labelled) < 2:
            raise ValueError(
                "early_stopping needs at least two series with targets, or X_val and y_val, got "
                f"{len(labelled)}"
            )
        wanted = max(1, round(self.validation_fraction * len(labelled)))
        shuffled = np.random.default_rng(seed).permutation(labelled)
        valid = np.sort(shuffled[: min(wanted, len(labelled) - 1)])
        return np.setdiff1d(np.arange(len(target)), valid), valid

    def criterion(self) -> nn.Module:
        """Build the loss of each step."""
        return self.row_task.criterion()

    def rows(self, outputs: Tensor, target: StepBatch, inputs: dict[str, Any]) -> Rows:
        """Select the labelled steps of a batch: outputs are ``(n, n_outputs, t)``."""
        steps, mask = outputs.transpose(1, 2), target.mask
        if mask is None:
            return Rows(steps.flatten(0, 1), target.rows.flatten(0, 1), None)
        weight = None if target.weight is None else target.weight[mask]
        return Rows(steps[mask], target.rows[mask], weight)

    def loss(self, criterion: nn.Module, rows: Rows, outputs: Tensor, batch: Any) -> Tensor:
        """Compute the mean loss of the labelled steps; zero if there are none."""
        if len(rows.target) == 0:
            return outputs.sum() * 0.0
        return super().loss(criterion, rows, outputs, batch)

    def bounding_losses(self, target: Any, weight: Floats) -> tuple[float, float] | None:
        """Compute the losses of guessing and of exact answers over the labelled steps."""
        return self.row_task.bounding_losses(*target.select_labelled())

    def decode(self, outputs: Floats) -> NDArray[Any]:
        """Decode the outputs of steps, ``(n_steps, n_outputs)``."""
        return self.row_task.decode(outputs)

    def predict(self, outputs: Floats) -> NDArray[Any]:
        """Turn the outputs of steps into the answers of ``predict``."""
        return self.row_task.predict(outputs)

    def restore(self, target: NDArray[Any]) -> NDArray[Any]:
        """Turn the encoded targets of steps into the user's."""
        return self.row_task.restore(target)

    def decoder(self, device: torch.device | None = None) -> nn.Module:
        """Build the torch form of `decode`."""
        return self.row_task.decoder(device)

    @property
    def metric(self) -> Metric | None:
        """Metric of the labelled steps."""
        return self.row_task.metric

    @property
    def n_outputs(self) -> int:
        """Outputs of a step."""
        return self.row_task.n_outputs

    @property
    def output_labels(self) -> NDArray[Any]:
        """Labels by which the user calls the outputs."""
        return self.row_task.output_labels

    @property
    def units(self) -> tuple[Floats, Floats]:
        """Scale and offset of the outputs."""
        return self.row_task.units


@dataclass(frozen=True, eq=False)
class StepClassification(StepTask):
    """Classification of each time step: one label, or several at once.

    Parameters are those of the estimator; `fit` learns the labels, and whether there are several.
    """

    class_weight: Any = None
    label_smoothing: float = 0.0
    validation_fraction: float = 0.1
    ignore_label: Any = None
    smoothness: float = 0.0
    delay: int = 0
    classes: Any = None
    multilabel: bool = False
    output_name: ClassVar[str] = "probabilities"
    learned_names: ClassVar[tuple[str, ...]] = ("classes", "multilabel")

    @property
    def row_task(self) -> Classification | Multilabel:
        """Task of one step."""
        kind = Multilabel if self.multilabel else Classification
        return kind(
            class_weight=self.class_weight,
            label_smoothing=self.label_smoothing,
            classes=self.classes,
        )

    def _read(self, y: Any) -> StepTargets:
        """Read labels; those named by ``ignore_label`` are no targets."""
        targets = read_targets(y)
        if self.ignore_label is not None:
            named = np.asarray(targets.rows == self.ignore_label, dtype=bool)
            ignored = np.logical_or.reduce(named.reshape(len(named), -1), axis=1)
            targets = replace(targets, weight=np.where(ignored, 0.0, targets.weight))
        if targets.labelled.any():
            self._for(targets).row_task.check(targets.select_labelled()[0])
        return targets

    @property
    def _none(self) -> str:
        ignored = "" if self.ignore_label is None else f"ignore_label={self.ignore_label!r} or "
        return f"{ignored}NaN alone"

    def _for(self, y: StepTargets) -> StepClassification:
        return replace(self, multilabel=y.rows.ndim == 2)

    def encode(self, y: StepTargets) -> StepTargets:  # type: ignore[override]
        """Encode labels as their places in ``classes``, or several as zeros and ones."""
        if self.multilabel != (y.rows.ndim == 2):
            expected = "several labels" if self.multilabel else "one label"
            raise ValueError(f"y must have {expected} a step as in the first fit")
        encoded = super().encode(y)
        if self.multilabel:
            return encoded
        compact = np.uint8 if self.n_outputs <= 256 else np.int32
        return replace(encoded, rows=encoded.rows.astype(compact))

    def loss(self, criterion: nn.Module, rows: Rows, outputs: Tensor, batch: Any) -> Tensor:
        """Add the penalty of changes to the mean loss of the labelled steps."""
        loss = super().loss(criterion, rows, outputs, batch)
        if not self.smoothness:
            return loss
        logarithms = self._log_probabilities(outputs)
        return loss + self.smoothness * mean_change(logarithms, batch[1].scored, batch[0]["weight"])

    def _log_probabilities(self, outputs: Tensor) -> Tensor:
        if self.multilabel:
            return torch.cat([F.logsigmoid(outputs), F.logsigmoid(-outputs)], dim=1)
        return outputs.log_softmax(1)


@dataclass(frozen=True, eq=False)
class StepRegression(StepTask):
    """Regression at each time step."""

    validation_fraction: float = 0.1
    delay: int = 0
    scaler: Any = None
    one_target: bool = False
    constant: Any = None
    output_name: ClassVar[str] = "prediction"
    learned_names: ClassVar[tuple[str, ...]] = ("scaler", "one_target", "constant")

    @property
    def row_task(self) -> Regression:
        """Task of one step."""
        return Regression(scaler=self.scaler, one_target=self.one_target, constant=self.constant)

    def _read(self, y: Any) -> StepTargets:
        targets = read_targets(y)
        if targets.rows.dtype.kind not in "biufO":
            raise ValueError(
                f"y must be of numbers for a regressor, got dtype {targets.rows.dtype}"
            )
        if not targets.labelled.any():
            return targets
        rows = self.row_task.check(targets.select_labelled()[0])
        return targets.with_rows(rows)


def mean_change(logarithms: Tensor, scored: Tensor | None, weight: Tensor | None) -> Tensor:
    """Compute the truncated mean squared change of log-probabilities (Farha & Gall, 2019).

    Log-probabilities, ``(n, k, t)``, are compared with those of the step before, which get no
    gradient. Steps that ``scored``, ``(n, t)``, masks are left out; ``weight`` is of series.
    """
    changes = logarithms[:, :, 1:] - logarithms[:, :, :-1].detach()
    squares = changes.abs().clamp(max=MAX_CHANGE).square().mean(1)
    counted = torch.ones_like(squares)
    if scored is not None:
        counted = (scored[:, 1:] & scored[:, :-1]).to(squares.dtype)
    if weight is not None:
        squares = squares * weight[:, None]
    return (squares * counted).sum() / counted.sum().clamp(min=1.0)


def _is_by_step(sample_weight: Any) -> bool:
    """Return whether there is a weight for each time step, not for each series."""
    if is_indexed(sample_weight):
        return True
    if isinstance(sample_weight, list | tuple):
        return any(np.ndim(each) > 0 for each in sample_weight)
    array = np.asarray(fill_masked(sample_weight))
    return array.ndim > 1 or (array.dtype == object and array.ndim == 1 and np.ndim(array[0]) > 0)
