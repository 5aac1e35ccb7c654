"""Targets of time steps: read from any container, and gathered into batches."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.frames import SeriesRows, is_frame, is_indexed
from sktcn._data.panel import Floats, Indices, fill_masked

KINDS = {"b": "numbers", "i": "numbers", "u": "numbers", "f": "numbers", "U": "text", "S": "text"}


@dataclass(frozen=True)
class StepTargets:
    """Targets and weights of all time steps of all series, as a `Panel` has the values.

    Attributes
    ----------
    rows : ndarray of shape (n_steps,) or (n_steps, n_outputs)
        Targets of the first series, then those of the second, and so on; the user's, or encoded.
    weight : ndarray of shape (n_steps,)
        Weight of each step, zero where it has no target.
    lengths : ndarray of shape (n_series,)
        Number of time steps of each series.

    Examples
    --------
    >>> targets = read_targets([["a", "b"], ["b", "b", "c"]])
    >>> targets.rows, targets.lengths
    (array(['a', 'b', 'b', 'b', 'c'], dtype='<U1'), array([2, 3]))
    >>> targets[np.array([1])].rows
    array(['b', 'b', 'c'], dtype='<U1')
    """

    rows: NDArray[Any]
    weight: Floats
    lengths: Indices

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, indices: Indices) -> StepTargets:
        places = self._places(indices)
        return StepTargets(self.rows[places], self.weight[places], self.lengths[indices])

    def _places(self, indices: Indices) -> Indices:
        lengths = self.lengths[indices]
        first = self.starts[indices] - (np.cumsum(lengths) - lengths)
        places: Indices = np.arange(lengths.sum()) + np.repeat(first, lengths)
        return places

    @cached_property
    def starts(self) -> Indices:
        """Row at which each series starts."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """True for the steps that have a target of positive weight, ``(n_steps,)``."""
        return self.weight > 0

    def select_labelled(self) -> tuple[NDArray[Any], Floats]:
        """Return targets and weights of the labelled steps; no copies where all steps are."""
        if self.labelled.all():
            return self.rows, self.weight
        return self.rows[self.labelled], self.weight[self.labelled]

    @property
    def is_labelled(self) -> NDArray[np.bool_]:
        """True for the series with a labelled step, ``(n_series,)``."""
        counts: NDArray[Any] = np.add.reduceat(self.labelled, self.starts, dtype=np.int64)
        return counts > 0

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """Place values of the labelled steps, in their order, among zeros for the others."""
        if len(values) == len(self.rows):
            return values
        spread = np.zeros((len(self.rows), *values.shape[1:]), dtype=values.dtype)
        spread[self.labelled] = values
        return spread

    def with_rows(self, rows: NDArray[Any]) -> StepTargets:
        """Replace the targets of the labelled steps, and put zeros elsewhere."""
        return replace(self, rows=self.spread(rows))

    def normalized(self) -> StepTargets:
        """Scale the weights of labelled steps to a mean of one."""
        if np.ptp(self.weight) == 0:
            return replace(self, weight=ones(len(self.rows)))
        return replace(self, weight=self.weight / self.weight[self.labelled].mean())

    def cut(self, lengths: Indices) -> StepTargets:
        """Drop the steps after the first ``lengths`` of each series."""
        step = np.arange(len(self.rows)) - np.repeat(self.starts, self.lengths)
        kept = step < np.repeat(lengths, self.lengths)
        return StepTargets(self.rows[kept], self.weight[kept], lengths)


class StepBatch(NamedTuple):
    """Encoded targets of a batch of padded series.

    Attributes
    ----------
    rows : Tensor
        Targets, ``(n, t)`` or ``(n, t, n_outputs)``.
    weight : Tensor or None
        Weight of each step, ``(n, t)``, zero without a target; None if all weigh the same.
    scored : Tensor or None
        False on padding, and on steps that are only read, ``(n, t)``; None if there are none.
    """

    rows: Tensor
    weight: Tensor | None
    scored: Tensor | None

    @property
    def mask(self) -> Tensor | None:
        """True for the steps that the loss counts, ``(n, t)``; None if it counts all."""
        if self.weight is None:
            return self.scored
        return self.weight > 0 if self.scored is None else self.scored & (self.weight > 0)

    def shard(self, rank: int, n_processes: int) -> StepBatch:
        """Select each ``n_processes``-th series."""
        return StepBatch(*(None if each is None else each[rank::n_processes] for each in self))  # type: ignore[arg-type]


class StepTensors:
    """`StepTargets` as tensors, encoded, with normalised weights.

    On the CPU the targets stay where they are, and as compact; a batch has them in the dtype of the
    loss.
    """

    def __init__(self, targets: StepTargets, dtype: torch.dtype, device: torch.device):
        self.targets = targets
        self.dtype = dtype if targets.rows.dtype.kind == "f" else torch.int64
        self.rows = torch.as_tensor(targets.rows, device=device)
        self.weight = None
        if np.ptp(targets.weight) > 0:
            self.weight = torch.tensor(targets.weight, dtype=dtype, device=device)

    @property
    def labelled(self) -> Tensor:
        """Targets of the labelled steps of all series, one after the other."""
        labelled = self.rows if self.weight is None else self.rows[self.weight > 0]
        return labelled.to(self.dtype)

    def take(self, series: Indices) -> StepTensors:
        """Select series, whose steps keep their weights even if those are all the same."""
        part = copy.copy(self)
        part.targets = self.targets[series]
        part.rows = torch.as_tensor(part.targets.rows, device=self.rows.device)
        if self.weight is not None:
            part.weight = torch.tensor(part.targets.weight).to(self.weight)
        return part

    def gather(self, places: Tensor, scored: Tensor | None) -> StepBatch:
        """Gather the targets of steps by their rows, ``(n, t)``."""
        weight = None if self.weight is None else self.weight[places]
        return StepBatch(self.rows[places].to(self.dtype), weight, scored)


def read_targets(y: Any) -> StepTargets:
    """Read targets of time steps from an array, a list of arrays, or a column of pandas.

    An array is ``(n_series, n_timepoints)`` or ``(n_series, n_outputs, n_timepoints)``, each entry
    of a list ``(n_timepoints_i,)`` or ``(n_outputs, n_timepoints_i)``, or a frame with a row a
    step; a column has an index of series and time. Steps of NaN, None and NA have no target, and
    the weight zero. Raise ValueError for others.
    """
    series = _split_column(y) if is_indexed(y) else _split_series(y)
    if not series:
        raise ValueError("y must hold the targets of at least one series, got none")
    arrays = _align_unlabelled([_steps_first(each, index) for index, each in enumerate(series)])
    _check_alike(arrays)
    rows = np.concatenate(arrays)
    lengths = np.array([len(each) for each in arrays], dtype=np.int64)
    observed = _observed(rows)
    weight = ones(len(rows)) if observed.all() else observed.astype(np.float64)
    return StepTargets(rows, weight, lengths)


def trim_targets(y: Any, answers: Sequence[Any]) -> list[NDArray[Any]]:
    """Drop the targets after the steps that series have answers for, of one target a step."""
    targets = read_targets(y)
    n_answers = np.array([len(each) for each in answers])
    if len(n_answers) == len(targets):
        targets = targets.cut(np.minimum(targets.lengths, n_answers))
    return np.split(targets.rows, targets.starts[1:])


def ones(n_steps: int) -> Floats:
    """Make equal weights, which take no memory, and are read-only."""
    return np.broadcast_to(np.float64(1.0), n_steps)


def _split_column(y: Any) -> list[Any]:
    """Split a column, or columns, of pandas by series; the steps are sorted by time."""
    rows = SeriesRows.of(y.index)
    values = np.asarray(fill_masked(y))[rows.order]
    return [each.T for each in np.split(values, rows.starts[1:])]


def _split_series(y: Any) -> Sequence[Any]:
    if isinstance(y, list | tuple):
        return y
    if not hasattr(y, "shape") and not hasattr(y, "__array__"):
        raise TypeError(f"y must be an array or a list of arrays, got {type(y).__name__}")
    array = fill_masked(y if isinstance(y, np.ndarray) else np.asarray(y))
    if array.ndim not in (1, 2, 3):
        raise ValueError(
            "y must be of shape (n_series, n_timepoints) or (n_series, n_outputs, n_timepoints), "
            f"got {array.shape}"
        )
    return list(array)


def _steps_first(y: Any, index: int) -> NDArray[Any]:
    """Convert the targets of a series to ``(n_timepoints,)`` or ``(n_timepoints, n_outputs)``."""
    try:
        array = np.asarray(fill_masked(y))
    except ValueError as error:
        raise ValueError(f"the targets of series {index} must be an array, got {y!r}") from error
    if array.dtype.kind == "U" and isinstance(y, list | tuple) and any(t != t for t in y):
        array = np.asarray(y, dtype=object)  # not the text 'nan', which NumPy makes of NaN
    if array.ndim == 0:
        raise ValueError(
            f"y must have a target for each time step, got one for series {index}, {y!r}: targets "
            "of one series are passed as [y], those in a column of long tables as [x.pop(column) "
            "for x in X], and for one target a series there are TCNClassifier and TCNRegressor"
        )
    if array.ndim > 2 or 0 in array.shape:
        raise ValueError(
            f"the targets of series {index} must be of shape (n_timepoints,) or (n_outputs, "
            f"n_timepoints), got {array.shape}"
        )
    return array if is_frame(y) else array.T


def _align_unlabelled(arrays: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Convert series of NaN alone to objects among those of labels that are text."""
    kinds = {array.dtype.kind for array in arrays}
    if "f" not in kinds or not kinds & {"U", "S", "O"}:
        return arrays
    return [a.astype(object) if a.dtype.kind == "f" and np.isnan(a).all() else a for a in arrays]


def _check_alike(arrays: list[NDArray[Any]]) -> None:
    """Raise ValueError unless all series have targets of one kind, and equally many a step."""
    first = arrays[0]
    kind = KINDS.get(first.dtype.kind, "objects")
    for index, array in enumerate(arrays):
        if array.shape[1:] != first.shape[1:]:
            counts = [each.shape[1] if each.ndim > 1 else "one" for each in (first, array)]
            raise ValueError(
                f"all series must have equally many targets a step, got {counts[0]} in series 0 "
                f"and {counts[1]} in series {index}"
            )
        own = KINDS.get(array.dtype.kind, "objects")
        if "objects" not in (own, kind) and own != kind:
            raise ValueError(
                f"targets must be of one kind, got {kind} in series 0 and {own} in series {index}"
            )


def _observed(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Mask the steps without NaN, None and NA."""
    if rows.dtype.kind not in "fO":
        return np.ones(len(rows), dtype=bool)
    observed = rows == rows if rows.dtype.kind == "f" else np.vectorize(is_known, [bool])(rows)
    return np.logical_and.reduce(observed.reshape(len(rows), -1), axis=1)


def is_known(target: Any) -> bool:
    """Return whether a target is neither None nor NA nor NaN."""
    return not (target is None or type(target).__name__ == "NAType" or target != target)
