"""TODO."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.panel import Floats, Indices, Panel

Batch = tuple[dict[str, Tensor | None], Tensor | None]


class SeriesDataset(torch.utils.data.Dataset[Any]):
    """Series, targets and weights as tensors on the device, batches cut from them.

    Parameters
    ----------
    panel : Panel
        The series.
    target : ndarray, default=None
        A class code or the standardised targets of each series.
    weight : ndarray of shape (n_series,), default=None
        What each series counts; None if all count alike.
    dtype : torch.dtype
        What the network computes in.
    device : torch.device
        Where it does.
    """

    def __init__(
        self,
        panel: Panel,
        target: NDArray[Any] | None = None,
        weight: NDArray[np.float64] | None = None,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel_lengths = panel.lengths
        values = np.require(panel.values, requirements="W")  # else torch warns; it never writes
        self.values = torch.as_tensor(values, dtype=dtype, device=device)
        self.lengths = torch.tensor(panel.lengths, device=device)
        self.starts = torch.tensor(panel.starts, device=device)
        self.target, self.weight = _to_learn(target, weight, dtype, device)
        self.one_length = bool((panel.lengths == panel.lengths[0]).all())

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def blocks(self) -> list[NDArray[np.int64]]:
        """Which series are in memory together: all."""
        return [np.arange(len(self))]

    def block(self, number: int) -> SeriesDataset:
        """Return the series of a block: all."""
        return self

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Cut out some series, padded with zeros on the right to little more than the longest."""
        index = torch.from_numpy(indices).to(self.values.device)
        x, lengths = self._gather(index)
        inputs = {"x": x.transpose(1, 2), "lengths": lengths, "weight": _select(self.weight, index)}
        return inputs, _select(self.target, index)

    def _gather(self, index: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.one_length:
            n_steps = int(self.panel_lengths[0])
            return self.values.view(len(self), n_steps, -1)[index], None
        lengths = self.lengths[index]
        longest = int(lengths.max())
        alike = longest == int(lengths.min())
        step = torch.arange(longest if alike else round_length(longest), device=index.device)
        padding = step >= lengths[:, None]
        x = self.values[(self.starts[index, None] + step).masked_fill(padding, 0)]
        return (x, None) if alike else (x.masked_fill(padding[:, :, None], 0.0), lengths)


class ChunkedDataset(torch.utils.data.Dataset[Any]):
    """Series that are read block by block; targets and weights of all of them as tensors.

    Blocks of series that are in memory are prepared once, and kept; one that is read from disk
    takes the place of the one before.

    Parameters
    ----------
    panel : ChunkedPanel
        The series, prepared.
    target : ndarray
        A class code or the standardised targets of each series.
    weight : ndarray of shape (n_series,)
        What each series counts.
    dtype : torch.dtype
        What the network computes in.
    device : torch.device
        Where it does.
    """

    def __init__(
        self,
        panel: ChunkedPanel,
        target: NDArray[Any],
        weight: NDArray[np.float64],
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel, self.panel_lengths, self.blocks = panel, panel.lengths, panel.blocks
        self.target, self.weight = _to_learn(target, weight, dtype, device)
        self.dtype, self.device = dtype, device
        self._kept: dict[int, SeriesDataset] = {}
        self._room = None if panel.in_memory else panel.room()  # new memory is slow at first

    def __len__(self) -> int:
        return len(self.panel)

    def block(self, number: int) -> SeriesDataset:
        """Read the series of a block."""
        if number in self._kept:
            return self._kept[number]
        panel = self.panel.read_chunk(number, self._room)
        block = SeriesDataset(panel, dtype=self.dtype, device=self.device)
        index = torch.from_numpy(self.blocks[number]).to(self.device)
        block.target, block.weight = _select(self.target, index), _select(self.weight, index)
        if self.panel.in_memory:
            self._kept[number] = block
        return block


def _to_learn(
    target: NDArray[Any] | None,
    weight: NDArray[np.float64] | None,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Tensor | None, Tensor | None]:
    """Turn targets and weights into tensors; weights have a mean of one."""
    targets = weights = None
    if target is not None:
        kind = dtype if target.dtype.kind == "f" else torch.int64
        targets = torch.tensor(target, dtype=kind, device=device)
    if weight is not None and np.ptp(weight) > 0:
        weights = torch.tensor(weight / weight.mean(), dtype=dtype, device=device)
    return targets, weights


def round_length(n_steps: int) -> int:
    """Round a length up, by a quarter or 63 steps at most.

    For each new shape of a batch the convolutions build a kernel anew, which for short series
    takes longer than to apply it. So there are to be few.

    Parameters
    ----------
    n_steps : int
        Time steps of the longest series in a batch.

    Returns
    -------
    int
        Time steps to which to pad.

    Examples
    --------
    >>> [round_length(n) for n in (7, 9, 100, 50_000)]
    [7, 10, 112, 50048]
    """
    grid = min(64, 2 ** max(0, n_steps.bit_length() - 3))
    return math.ceil(n_steps / grid) * grid


def _select(rows: Tensor | None, index: Tensor) -> Tensor | None:
    return None if rows is None else rows[index]


@dataclass(frozen=True)
class TrainingSet:
    """Preprocessed series, encoded targets and positive weights of a training.

    Attributes
    ----------
    panel : Panel or ChunkedPanel
        Series.
    target : ndarray
        A class code or a row of standardised targets for each series.
    weight : ndarray of shape (n_series,)
        Weight of each series.
    """

    panel: Any
    target: NDArray[Any]
    weight: Floats

    def take(self, indices: Indices) -> TrainingSet:
        """Make a set of some of the series."""
        return TrainingSet(self.panel.take(indices), self.target[indices], self.weight[indices])

    def dataset(self, dtype: str, device: torch.device) -> SeriesDataset | ChunkedDataset:
        """Build the tensors of the series, or those of a chunk at a time."""
        kind: Any = ChunkedDataset if isinstance(self.panel, ChunkedPanel) else SeriesDataset
        tensors: SeriesDataset | ChunkedDataset = kind(
            self.panel, self.target, self.weight, dtype=getattr(torch, dtype), device=device
        )
        return tensors
