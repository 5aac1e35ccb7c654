"""Series as tensors, and batches cut from them, for training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn.blocks import BlockPanel
from sktcn.panel import Panel

Batch = tuple[dict[str, Tensor | None], Tensor | None]

BLUR = 0.25  # part of its length by which a series may be sorted as longer or shorter
MOST_PADDED = 2.0  # time steps, padding included, for each one that was measured


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


class BlockDataset(torch.utils.data.Dataset[Any]):
    """Series that are read block by block; targets and weights of all of them as tensors.

    Blocks of series that are in memory are prepared once, and kept; one that is read from disk
    takes the place of the one before.

    Parameters
    ----------
    panel : BlockPanel
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
        panel: BlockPanel,
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
        panel = self.panel.read_block(number, self._room)
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


def batch_sizes(lengths: NDArray[np.int64], batch_size: int) -> list[int]:
    """Share out series, the shortest first, over the batches of an epoch.

    They are dealt out evenly: 33 series in batches of at most 32 are batches of 17 and 16. So no
    batch is left with a single series, from which batch norm cannot learn, unless batches of one
    were asked for; three series in batches of two are one batch. A batch that would be mostly
    padding is divided.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
        Time steps of each series.
    batch_size : int
        Most series in a batch.

    Returns
    -------
    list of int
        Series in each batch.

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
    parts = np.array_split(np.sort(lengths), n_batches)
    return [len(piece) for part in parts for piece in _divide(part)]


def _divide(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut a sorted batch in two where that saves most, until little of it is padding."""
    n_series, longest = len(lengths), lengths[-1]
    cuts = np.arange(2, n_series - 1)
    if n_series * longest <= MOST_PADDED * lengths.sum() or len(cuts) == 0:
        return [lengths]
    padded = cuts * lengths[cuts - 1] + (n_series - cuts) * longest
    cut = cuts[padded.argmin()]
    return [*_divide(lengths[:cut]), *_divide(lengths[cut:])]


class BatchIterator:
    """Batches of a dataset: shuffled if a generator is given, in order otherwise.

    Series of unlike lengths meet others of about their own: they are sorted by lengths of which
    each was made longer or shorter at random, by at most a quarter, so that no two epochs have the
    same batches. Of more than one block, the blocks are shuffled, and the series of each block.

    Parameters
    ----------
    dataset : SeriesDataset or BlockDataset
        The series.
    batch_size : int
        Most series in a batch.
    rng : numpy.random.Generator, default=None
        Source of the order.
    """

    def __init__(
        self,
        dataset: SeriesDataset | BlockDataset,
        batch_size: int,
        rng: np.random.Generator | None = None,
    ):
        self.dataset = dataset
        self.rng = rng
        lengths = dataset.panel_lengths
        self.sizes = [batch_sizes(lengths[block], batch_size) for block in dataset.blocks]

    def __len__(self) -> int:
        return sum(map(len, self.sizes))

    def __iter__(self) -> Iterator[Batch]:
        n_blocks = len(self.sizes)
        for number in self._shuffled(n_blocks) if n_blocks > 1 else range(1):
            block = self.dataset.block(number)
            for indices in self._deal(block, np.cumsum(self.sizes[number])[:-1]):
                yield block.batch(indices)

    def _shuffled(self, n: int) -> NDArray[np.int64]:
        return np.arange(n) if self.rng is None else self.rng.permutation(n)

    def _deal(self, block: SeriesDataset, cuts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        lengths, rng = block.panel_lengths, self.rng
        if rng is None:
            return np.split(np.argsort(lengths, kind="stable"), cuts)
        order = rng.permutation(len(lengths))
        if block.one_length:
            return np.split(order, cuts)
        about = lengths[order] * rng.uniform(1 - BLUR, 1 + BLUR, len(lengths))
        batches = np.split(order[np.argsort(about, kind="stable")], cuts)
        return [batches[i] for i in rng.permutation(len(batches))]
