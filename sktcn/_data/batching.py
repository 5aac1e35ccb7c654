"""Batches of a training: sized to little padding, and shuffled."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sktcn._data.dataset import Batch, ChunkedDataset, SeriesDataset
from sktcn._data.panel import Indices

LENGTH_JITTER = 0.25  # largest relative change of a length before the series are sorted by it
MAX_PADDING_RATIO = 2.0  # time steps of a padded batch for each observed one


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
    sorted by length.
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
        self.sizes = [batch_sizes(lengths[chunk], batch_size) for chunk in dataset.chunks]

    def __len__(self) -> int:
        return sum(map(len, self.sizes))

    def __iter__(self) -> Iterator[Batch]:
        for number in self._chunk_order():
            chunk = self.dataset.chunk(number)
            for indices in self._split(chunk, np.cumsum(self.sizes[number])[:-1]):
                yield chunk.batch(indices)

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
