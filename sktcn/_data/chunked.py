"""Panels of more series than fit into a chunk, read one chunk at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from sktcn._data.panel import FloatArray, Indices, Panel

CHUNK_VALUES = 2**23  # values of a chunk; no more values than these stay one panel
RUNS_PER_CHUNK = 16
CACHED_VALUES = 2**16  # values that are preprocessed together: they fit into a processor's cache


@dataclass(frozen=True)
class ChunkedPanel:
    """Series in chunks, on disk or in memory.

    A run is a range of consecutive series. Each chunk combines runs from all over the data, so
    that a chunk of sorted data has some of everything. Storage is read run by run.

    Attributes
    ----------
    read_rows : callable
        Reads ``(start, stop)`` of the storage into a validated panel.
    stops : ndarray of shape (n_runs,)
        End of each run in the storage.
    n_chunks : int
        Number of chunks over which the runs are distributed.
    n_channels : int
        Number of channels of each series in the storage.
    rows : ndarray of shape (n_series,)
        Sorted rows of the series in the storage.
    lengths : ndarray of shape (n_series,)
        Number of time steps of each series.
    in_memory : bool
        Whether the storage is in memory, which has space for the preprocessed series too.
    preprocessor : Preprocessor or None
        Transforms the series when they are read.
    dtype : dtype or None
        Dtype of the preprocessed values.
    """

    read_rows: Callable[[int, int], Panel]
    stops: Indices
    n_chunks: int
    n_channels: int
    rows: Indices
    lengths: Indices
    in_memory: bool = False
    preprocessor: Any = None
    dtype: DTypeLike | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _run_of(self) -> Indices:
        """Run of each series."""
        return np.searchsorted(self.stops, self.rows, side="right")

    @cached_property
    def chunks(self) -> list[Indices]:
        """Indices of the series in each chunk, in increasing order."""
        return _group(self._run_of % self.n_chunks)

    def read_chunk(self, number: int, buffer: FloatArray | None = None) -> Panel:
        """Read a chunk run by run; preprocessed values go to ``buffer`` if it is given."""
        return self._read(self.chunks[number], buffer)

    def buffer(self) -> FloatArray:
        """Allocate a buffer for any preprocessed chunk."""
        largest = max(self.lengths[chunk].sum() for chunk in self.chunks)
        return self._allocate(largest)

    def _allocate(self, n_steps: int) -> FloatArray:
        return np.empty((n_steps, self.preprocessor.out_channels), self.dtype)

    def load(self) -> Panel:
        """Read all series into one panel."""
        return self._read(np.arange(len(self)))

    def iter_parts(self) -> Iterator[tuple[Indices, Panel]]:
        """Yield the indices and the panel of each run, in order."""
        for indices, panel in self._read_runs(np.arange(len(self))):
            yield indices, self._concatenate([panel], panel.lengths)

    def _read(self, indices: Indices, buffer: FloatArray | None = None) -> Panel:
        runs = (panel for _, panel in self._read_runs(indices))
        return self._concatenate(runs, self.lengths[indices], buffer)

    def _concatenate(
        self, runs: Iterable[Panel], lengths: Indices, buffer: FloatArray | None = None
    ) -> Panel:
        """Concatenate runs, preprocessed in parts that stay in the cache."""
        if self.preprocessor is None:
            return _concatenate_panels(list(runs))
        n_steps = lengths.sum()
        values = (self._allocate(n_steps) if buffer is None else buffer)[:n_steps]
        filled = 0
        for part in chain.from_iterable(map(_cached_parts, runs)):
            out = values[filled : filled + len(part.values)]
            self.preprocessor.transform(part, out)
            filled += len(out)
        return Panel(values, lengths)

    def _read_runs(self, indices: Indices) -> Iterator[tuple[Indices, Panel]]:
        for group in _group(self._run_of[indices]):
            members = indices[group]
            yield members, self._read_run(self._run_of[members[0]], self.rows[members])

    def _read_run(self, run: int, rows: Indices) -> Panel:
        start = int(self.stops[run - 1]) if run else 0
        panel = self.read_rows(start, int(self.stops[run]))
        return panel.take(rows - start) if len(rows) < len(panel) else panel

    def take(self, indices: Indices) -> Self:
        """Select series by increasing indices, reading nothing."""
        return replace(self, rows=self.rows[indices], lengths=self.lengths[indices])

    def preprocessed(self, preprocessor: Any, dtype: DTypeLike) -> Self:
        """Return a panel that preprocesses series when it reads them, and casts to the dtype."""
        return replace(self, preprocessor=preprocessor, dtype=dtype)

    def trimmed(self) -> Self:
        """Read all series, and return a panel with their lengths as read."""
        return replace(
            self, lengths=np.concatenate([part.lengths for _, part in self.iter_parts()])
        )


def split_into_chunks(
    read_rows: Callable[[int, int], Panel],
    lengths: Indices,
    n_channels: int,
    *,
    storage_chunk: int = 1,
    in_memory: bool = False,
) -> ChunkedPanel | None:
    """Build a chunked panel of series of these lengths; None if all fit into one chunk.

    ``read_rows`` is that of `ChunkedPanel`. The storage reads ``storage_chunk`` series at once:
    runs end at its multiples, so that none is read twice, unless it exceeds `CHUNK_VALUES`.
    """
    ends = np.cumsum(lengths) * n_channels
    if ends[-1] <= CHUNK_VALUES:
        return None
    stops = split_runs(ends, CHUNK_VALUES // RUNS_PER_CHUNK)
    return ChunkedPanel(
        read_rows,
        stops=_align(stops, ends, storage_chunk),
        n_chunks=math.ceil(int(ends[-1]) / CHUNK_VALUES),
        n_channels=n_channels,
        rows=np.arange(len(lengths)),
        lengths=lengths,
        in_memory=in_memory,
    )


def split_runs(ends: Indices, max_values: int) -> Indices:
    """Split series into runs of at most ``max_values``; a larger series is a run of its own.

    ``ends`` counts the values up to the end of each series, the result the series up to the end of
    each run.

    Examples
    --------
    >>> import numpy as np
    >>> split_runs(np.array([3, 6, 9, 20, 22]), max_values=6)
    array([2, 3, 4, 5])
    """
    stops = [0]
    while stops[-1] < len(ends):
        before = ends[stops[-1] - 1] if stops[-1] else 0
        stop = int(np.searchsorted(ends, before + max_values, side="right"))
        stops.append(max(stop, stops[-1] + 1))
    return np.array(stops[1:])


def _align(stops: Indices, ends: Indices, storage_chunk: int) -> Indices:
    """Round the ends of runs up to multiples of the storage's chunk."""
    if ends[min(storage_chunk, len(ends)) - 1] > CHUNK_VALUES:
        return stops
    return np.unique(np.minimum(-(-stops // storage_chunk) * storage_chunk, len(ends)))


def _group(labels: Indices) -> list[Indices]:
    """Return the indices of each distinct label, in the order of the labels."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _cached_parts(panel: Panel) -> Iterator[Panel]:
    start = 0
    for stop in split_runs(np.cumsum(panel.lengths) * panel.n_channels, CACHED_VALUES):
        yield panel.slice_series(start, stop)
        start = stop


def _concatenate_panels(panels: list[Panel]) -> Panel:
    if len(panels) == 1:
        return panels[0]
    values = np.concatenate([panel.values for panel in panels])
    return Panel(values, np.concatenate([panel.lengths for panel in panels]))
