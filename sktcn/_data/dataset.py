"""Datasets of a training: series, targets and weights as tensors on the device."""

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
    """Preprocessed series, targets and weights as tensors, indexed in batches.

    ``target`` has the class code or the standardised targets of each series, ``weight`` its weight;
    None weights all series equally.
    """

    def __init__(
        self,
        panel: Panel,
        target: NDArray[Any] | None = None,
        weight: Floats | None = None,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel_lengths = panel.lengths
        values = np.require(panel.values, requirements="W")  # else torch warns, though none writes
        self.values = torch.as_tensor(values, dtype=dtype, device=device)
        self.lengths = torch.tensor(panel.lengths, device=device)
        self.starts = torch.tensor(panel.starts, device=device)
        self.target, self.weight = _target_tensors(target, weight, dtype, device)
        self.equal_length = bool((panel.lengths == panel.lengths[0]).all())

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def chunks(self) -> list[Indices]:
        """Indices of the series in each chunk; there is one."""
        return [np.arange(len(self))]

    def chunk(self, number: int) -> SeriesDataset:
        """Return the only chunk."""
        return self

    def batch(self, indices: Indices) -> Batch:
        """Gather series, padded on the right with zeros to the rounded longest length."""
        index = torch.from_numpy(indices).to(self.values.device)
        x, lengths = self._gather(index)
        inputs = {"x": x.transpose(1, 2), "lengths": lengths, "weight": _select(self.weight, index)}
        return inputs, _select(self.target, index)

    def _gather(self, index: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.equal_length:
            n_steps = int(self.panel_lengths[0])
            return self.values.view(len(self), n_steps, -1)[index], None
        lengths = self.lengths[index]
        longest = int(lengths.max())
        unpadded = longest == int(lengths.min())
        n_steps = longest if unpadded else round_length(longest)
        step = torch.arange(n_steps, device=index.device)
        padding = step >= lengths[:, None]
        x = self.values[(self.starts[index, None] + step).masked_fill(padding, 0)]
        return (x, None) if unpadded else (x.masked_fill(padding[:, :, None], 0.0), lengths)


class ChunkedDataset(torch.utils.data.Dataset[Any]):
    """Series as tensors of one chunk at a time; targets and weights as tensors of all series.

    The panel preprocesses series when it reads them. Chunks in memory are preprocessed once, and
    kept. A chunk read from disk replaces the one before it.
    """

    def __init__(
        self,
        panel: ChunkedPanel,
        target: NDArray[Any],
        weight: Floats,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel, self.panel_lengths, self.chunks = panel, panel.lengths, panel.chunks
        self.target, self.weight = _target_tensors(target, weight, dtype, device)
        self.dtype, self.device = dtype, device
        self._kept: dict[int, SeriesDataset] = {}
        self._buffer = None if panel.in_memory else panel.buffer()  # fresh memory is slow at first

    def __len__(self) -> int:
        return len(self.panel)

    def chunk(self, number: int) -> SeriesDataset:
        """Read a chunk."""
        if number in self._kept:
            return self._kept[number]
        panel = self.panel.read_chunk(number, self._buffer)
        chunk = SeriesDataset(panel, dtype=self.dtype, device=self.device)
        index = torch.from_numpy(self.chunks[number]).to(self.device)
        chunk.target, chunk.weight = _select(self.target, index), _select(self.weight, index)
        if self.panel.in_memory:
            self._kept[number] = chunk
        return chunk


def _target_tensors(
    target: NDArray[Any] | None,
    weight: Floats | None,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Tensor | None, Tensor | None]:
    """Convert targets, and weights scaled to a mean of one; equal weights become None."""
    targets = weights = None
    if target is not None:
        kind = dtype if target.dtype.kind == "f" else torch.int64
        targets = torch.tensor(target, dtype=kind, device=device)
    if weight is not None and np.ptp(weight) > 0:
        weights = torch.tensor(weight / weight.mean(), dtype=dtype, device=device)
    return targets, weights


def round_length(n_steps: int) -> int:
    """Round a number of time steps up, by at most a quarter or 63.

    Convolutions build a kernel for each new shape of a batch, which takes longer than its
    application to short series. Rounding keeps the shapes few.

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

    ``panel`` is a Panel or a ChunkedPanel; targets are class codes or rows of standardised targets.
    """

    panel: Any
    target: NDArray[Any]
    weight: Floats

    def take(self, indices: Indices) -> TrainingSet:
        """Select series."""
        return TrainingSet(self.panel.take(indices), self.target[indices], self.weight[indices])

    def dataset(self, dtype: str, device: torch.device) -> SeriesDataset | ChunkedDataset:
        """Build the dataset, in chunks if the panel is."""
        kind: Any = ChunkedDataset if isinstance(self.panel, ChunkedPanel) else SeriesDataset
        tensors: SeriesDataset | ChunkedDataset = kind(
            self.panel, self.target, self.weight, dtype=getattr(torch, dtype), device=device
        )
        return tensors
