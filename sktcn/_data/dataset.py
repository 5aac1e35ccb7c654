"""Datasets of a training: series, targets and weights as tensors on the device."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.panel import Floats, Indices, Panel
from sktcn._data.step_targets import StepBatch, StepTargets, StepTensors
from sktcn._data.windows import Cutting, Windows

Index = Tensor | slice
Batch = tuple[dict[str, Tensor | None], Any]
LENGTH_JITTER = 0.25  # largest relative change of a length before the series are sorted by it
MAX_PADDING_RATIO = 2.0  # time steps of a padded batch for each observed one


class SeriesDataset(torch.utils.data.Dataset[Any]):
    """Preprocessed series, targets and weights as tensors, indexed in batches.

    ``target`` has the class code or the standardised targets of each series, or `StepTargets`,
    ``weight`` the weight of each series; None weights all series equally.
    """

    scored: tuple[Tensor, Tensor] | None = None  # first and last step of windows that are scored

    def __init__(
        self,
        panel: Panel,
        target: Any = None,
        weight: Floats | None = None,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel_lengths = panel.lengths
        with np.errstate(over="ignore"):
            kind = numpy_dtype(dtype)
            values = np.require(panel.values, kind, "W")  # else torch warns, though none writes
        self.values = torch.as_tensor(values, device=device)
        self.lengths = torch.tensor(panel.lengths, device=device)
        self.starts = torch.tensor(panel.starts, device=device)
        self.target, self.weight = _target_tensors(target, weight, dtype, device)
        self.equal_length = self.stacked = bool((panel.lengths == panel.lengths[0]).all())

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
        index = _as_index(indices, self.values.device)
        x, lengths = self._gather(index)
        inputs = {"x": x.transpose(1, 2), "lengths": lengths, "weight": _select(self.weight, index)}
        if isinstance(self.target, StepTensors):
            return inputs, self._gather_targets(self.target, index, x.shape[1], lengths)
        return inputs, _select(self.target, index)

    def _gather(self, index: Index) -> tuple[Tensor, Tensor | None]:
        if self.stacked:
            n_steps = int(self.panel_lengths[0])
            return self.values.view(len(self), n_steps, -1)[index], None
        lengths = self.lengths[index]
        longest = int(lengths.max())
        unpadded = longest == int(lengths.min())
        n_steps = longest if unpadded else round_length(longest)
        places, padding = self._places(index, n_steps)
        x = self.values[places]
        return (x, None) if unpadded else (x.masked_fill(padding[:, :, None], 0.0), lengths)

    def _places(self, index: Index, n_steps: int) -> tuple[Tensor, Tensor]:
        """Compute the row of each step of a batch, and mask its padding, both ``(n, n_steps)``."""
        step = torch.arange(n_steps, device=self.lengths.device)
        padding = step >= self.lengths[index, None]
        return (self.starts[index, None] + step).masked_fill(padding, 0), padding

    def _gather_targets(
        self, target: StepTensors, index: Index, n_steps: int, lengths: Tensor | None
    ) -> StepBatch:
        places, padding = self._places(index, n_steps)
        if self.scored is None:
            return target.gather(places, None if lengths is None else ~padding)
        step = torch.arange(n_steps, device=self.lengths.device)
        first, last = (each[index, None] for each in self.scored)
        return target.gather(places, (step >= first) & (step < last))

    def windows(self, windows: Windows) -> SeriesDataset:
        """View windows of the series as series of their own."""
        view, device = copy.copy(self), self.values.device
        series, start, first, last = (
            torch.from_numpy(each).to(device)
            for each in (windows.series, windows.start, windows.first, windows.last)
        )
        view.panel_lengths = windows.stop - windows.start
        view.lengths = torch.from_numpy(view.panel_lengths).to(device)
        view.starts = self.starts[series] + start
        view.weight = _select(self.weight, series)
        view.scored = first - start, last - start
        view.equal_length = bool((view.panel_lengths == view.panel_lengths[0]).all())
        view.stacked = False
        return view


class ChunkedDataset(torch.utils.data.Dataset[Any]):
    """Series as tensors of one chunk at a time; targets and weights as tensors of all series.

    The panel preprocesses series when it reads them. Chunks in memory are preprocessed once, and
    kept. A chunk read from disk replaces the one before it.
    """

    def __init__(
        self,
        panel: ChunkedPanel,
        target: Any,
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
        chunk.target, chunk.weight = self._chunk_target(number), _select(self.weight, index)
        if self.panel.in_memory:
            self._kept[number] = chunk
        return chunk

    def _chunk_target(self, number: int) -> Any:
        if isinstance(self.target, StepTensors):
            return self.target.take(self.chunks[number])
        return _select(self.target, torch.from_numpy(self.chunks[number]).to(self.device))


def _target_tensors(
    target: Any,
    weight: Floats | None,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Any, Tensor | None]:
    """Convert targets, and weights scaled to a mean of one; equal weights become None."""
    targets: Any = None
    weights = None
    if isinstance(target, StepTargets):
        targets = StepTensors(target, dtype, device)
    elif target is not None:
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


def numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    """Return the dtype of arrays that share their memory with tensors."""
    return torch.empty(0, dtype=dtype).numpy().dtype


def _as_index(indices: Indices, device: torch.device) -> Index:
    """Index series that follow one another by a slice, which makes views, others by a tensor."""
    first, stop = int(indices[0]), int(indices[0]) + len(indices)
    consecutive = np.array_equal(indices, np.arange(first, stop))
    return slice(first, stop) if consecutive else torch.from_numpy(indices).to(device)


def _select(rows: Tensor | None, index: Index) -> Tensor | None:
    return None if rows is None else rows[index]


@dataclass(frozen=True)
class TrainingSet:
    """Preprocessed series, encoded targets and positive weights of a training.

    ``panel`` is a Panel or a ChunkedPanel; targets are class codes or rows of standardised targets,
    an array of those of series or `StepTargets`.
    """

    panel: Any
    target: Any
    weight: Floats

    def target_arrays(self) -> list[NDArray[Any]]:
        """List the arrays that the targets consist of."""
        target = self.target
        if isinstance(target, StepTargets):
            return [target.rows, target.weight, target.lengths]
        return [target]

    def take(self, indices: Indices) -> TrainingSet:
        """Select series."""
        return TrainingSet(self.panel.take(indices), self.target[indices], self.weight[indices])

    def dataset(self, dtype: str, device: torch.device) -> SeriesDataset | ChunkedDataset:
        """Build the dataset, in chunks if the panel is."""
        kind: Any = ChunkedDataset if isinstance(self.panel, ChunkedPanel) else SeriesDataset
        steps = isinstance(self.target, StepTargets)
        target = self.target.normalized() if steps else self.target
        tensors: SeriesDataset | ChunkedDataset = kind(
            self.panel, target, self.weight, dtype=getattr(torch, dtype), device=device
        )
        return tensors


def batch_sizes(lengths: Indices, batch_size: int) -> list[int]:
    """Compute the sizes of an epoch's batches, those of the shortest series first.

    Sizes are balanced: 33 series in batches of at most 32 make batches of 17 and 16. So no batch
    has a single series, from which batch norm cannot learn, unless ``batch_size`` is 1; three
    series in batches of two make one batch. A batch that would be mostly padding is split.

    Examples
    --------
    >>> import numpy as np
    >>> batch_sizes(np.array([10] * 17), batch_size=16)
    [9, 8]
    >>> batch_sizes(np.array([10] * 17 + [500]), batch_size=16)
    [9, 7, 2]
    """
    n_series = len(lengths)
    n_batches = math.ceil(n_series / batch_size)
    if batch_size > 1:
        n_batches = min(n_batches, max(1, n_series // 2))
    batches = np.array_split(np.sort(lengths), n_batches)
    return [len(part) for batch in batches for part in _split_padded(batch)]


def _split_padded(lengths: Indices) -> list[Indices]:
    """Split a sorted batch where this saves most padding, until little is left."""
    n_series, longest = len(lengths), lengths[-1]
    splits = np.arange(2, n_series - 1)
    if n_series * longest <= MAX_PADDING_RATIO * lengths.sum() or len(splits) == 0:
        return [lengths]
    padded = splits * lengths[splits - 1] + (n_series - splits) * longest
    split = splits[padded.argmin()]
    return [*_split_padded(lengths[:split]), *_split_padded(lengths[split:])]


class BatchIterator:
    """Iterate over the batches of a dataset, in random order if a generator is given.

    Series of different lengths are batched with series of about their length: they are sorted by
    randomly jittered lengths, so that epochs differ in their batches. Of several chunks, the order
    of the chunks is shuffled, and the series within each chunk. Without a generator series are
    sorted by length. With ``cutting`` the batches are of windows, at other places in each epoch.
    """

    def __init__(
        self,
        dataset: SeriesDataset | ChunkedDataset,
        batch_size: int,
        rng: np.random.Generator | None = None,
        cutting: Cutting | None = None,
    ):
        self.dataset, self.batch_size = dataset, batch_size
        self.rng = rng
        self.cutting = cutting
        lengths = dataset.panel_lengths
        self.sizes = [self._sizes(lengths[chunk]) for chunk in dataset.chunks]

    def __len__(self) -> int:
        return sum(map(len, self.sizes))

    def __iter__(self) -> Iterator[Batch]:
        for number in self._chunk_order():
            chunk = self.dataset.chunk(number)
            sizes = self.sizes[number]
            if self.cutting is not None:
                chunk = chunk.windows(self.cutting.cut(chunk.panel_lengths, self.rng))
                sizes = batch_sizes(chunk.panel_lengths, self.batch_size)
            for indices in self._split(chunk, np.cumsum(sizes)[:-1]):
                yield chunk.batch(indices)

    def _sizes(self, lengths: Indices) -> list[int]:
        """Compute the sizes of the batches, of windows about those of any epoch."""
        if self.cutting is not None:
            windows = self.cutting.cut(lengths)
            lengths = windows.stop - windows.start
        return batch_sizes(lengths, self.batch_size)

    def _chunk_order(self) -> Indices:
        n_chunks = len(self.sizes)
        if self.rng is None or n_chunks == 1:  # a single chunk draws nothing
            return np.arange(n_chunks)
        return self.rng.permutation(n_chunks)

    def _split(self, chunk: SeriesDataset, splits: Indices) -> list[Indices]:
        lengths, rng = chunk.panel_lengths, self.rng
        if rng is None:
            return np.split(np.argsort(lengths, kind="stable"), splits)
        order = rng.permutation(len(lengths))
        if chunk.equal_length:
            return np.split(order, splits)
        jittered = lengths[order] * rng.uniform(1 - LENGTH_JITTER, 1 + LENGTH_JITTER, len(lengths))
        batches = np.split(order[np.argsort(jittered, kind="stable")], splits)
        return [batches[i] for i in rng.permutation(len(batches))]
