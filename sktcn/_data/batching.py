"""Series as tensors, and batches cut from them, for training."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sktcn._data.dataset import Batch, ChunkedDataset, SeriesDataset

LENGTH_JITTER = 0.25  # part of its length by which a series may be sorted as longer or shorter
MAX_PADDING_RATIO = 2.0  # time steps, padding included, for each one that was measured


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
    if n_series * longest <= MAX_PADDING_RATIO * lengths.sum() or len(cuts) == 0:
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
    dataset : SeriesDataset or ChunkedDataset
        The series.
    batch_size : int
        Most series in a batch.
    rng : numpy.random.Generator, default=None
        Source of the order.
    """

    def __init__(
        self,
        dataset: SeriesDataset | ChunkedDataset,
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
        about = lengths[order] * rng.uniform(1 - LENGTH_JITTER, 1 + LENGTH_JITTER, len(lengths))
        batches = np.split(order[np.argsort(about, kind="stable")], cuts)
        return [batches[i] for i in rng.permutation(len(batches))]
