"""Series that are many: read in runs, and a block of bounded size at a time."""

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

CHUNK_VALUES = 2**23  # values of a block; series that have no more are no blocks but a panel
RUNS = 16  # places in the data from which the series of a block come
CACHED_VALUES = 2**16  # values that are prepared together, as many as a processor's cache holds


@dataclass(frozen=True)
class ChunkedPanel:
    """More series than a block holds, on disk or in memory.

    The series are cut into runs of consecutive ones, and each block is made of runs from all over
    the data, so that also of sorted data a block has some of everything. What is asked of the
    storage is the rows of a run, never others.

    Attributes
    ----------
    read_rows : callable
        ``(start, stop)`` to the panel of these series of the storage, checked.
    stops : ndarray of shape (n_runs,)
        Where in the storage each run ends.
    n_blocks : int
        Blocks to divide the runs into.
    n_channels : int
        Channels of each series, as stored.
    rows : ndarray of shape (n_series,)
        Which series of the storage these are, in order.
    lengths : ndarray of shape (n_series,)
        Number of time steps of each.
    in_memory : bool
        Whether the series are, so that there is room for what is made of them too.
    preparation : Preprocessor
        By what a panel is prepared after it was read.
    dtype : dtype
        To what its values are rounded then.
    """

    read_rows: Callable[[int, int], Panel]
    stops: Indices
    n_blocks: int
    n_channels: int
    rows: Indices
    lengths: Indices
    in_memory: bool = False
    preparation: Any = None
    dtype: DTypeLike | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _runs(self) -> Indices:
        """In which run each series is."""
        return np.searchsorted(self.stops, self.rows, side="right")

    @cached_property
    def blocks(self) -> list[Indices]:
        """Which series are in memory together; those of a block in their order."""
        return _grouped(self._runs % self.n_blocks)

    def read_chunk(self, number: int, room: FloatArray | None = None) -> Panel:
        """Read the series of a block, run by run; prepared ones into ``room`` if it is given."""
        return self._read(self.blocks[number], room)

    def room(self) -> FloatArray:
        """Make room for any prepared block."""
        largest = max(self.lengths[block].sum() for block in self.blocks)
        return self._room(largest)

    def _room(self, n_steps: int) -> FloatArray:
        return np.empty((n_steps, self.preparation.out_channels), self.dtype)

    def whole(self) -> Panel:
        """Read all series."""
        return self._read(np.arange(len(self)))

    def pieces(self) -> Iterator[tuple[Indices, Panel]]:
        """Read all series in their order, run by run, and say which."""
        for indices, panel in self._read_runs(np.arange(len(self))):
            yield indices, self._put_together([panel], panel.lengths)

    def _read(self, indices: Indices, room: FloatArray | None = None) -> Panel:
        runs = (panel for _, panel in self._read_runs(indices))
        return self._put_together(runs, self.lengths[indices], room)

    def _put_together(
        self, runs: Iterable[Panel], lengths: Indices, room: FloatArray | None = None
    ) -> Panel:
        """Make a panel of runs, prepared in parts: it passes through the cache several times."""
        if self.preparation is None:
            return _joined(list(runs))
        n_steps = lengths.sum()
        values = (self._room(n_steps) if room is None else room)[:n_steps]
        filled = 0
        for part in chain.from_iterable(map(_parts, runs)):
            out = values[filled : filled + len(part.values)]
            self.preparation.transform(part, out)
            filled += len(out)
        return Panel(values, lengths)

    def _read_runs(self, indices: Indices) -> Iterator[tuple[Indices, Panel]]:
        for group in _grouped(self._runs[indices]):
            some = indices[group]
            yield some, self._read_run(self._runs[some[0]], self.rows[some])

    def _read_run(self, run: int, rows: Indices) -> Panel:
        start = int(self.stops[run - 1]) if run else 0
        panel = self.read_rows(start, int(self.stops[run]))
        return panel.take(rows - start) if len(rows) < len(panel) else panel

    def take(self, indices: Indices) -> Self:
        """Make a panel of some of the series, in their order; reads nothing."""
        return replace(self, rows=self.rows[indices], lengths=self.lengths[indices])

    def preprocessed(self, preparation: Any, dtype: DTypeLike) -> Self:
        """Make a panel whose series are prepared when they are read, and rounded to a type."""
        return replace(self, preparation=preparation, dtype=dtype)

    def trimmed(self) -> Self:
        """Make a panel of the lengths that series have when they are read."""
        return replace(self, lengths=np.concatenate([read.lengths for _, read in self.pieces()]))


def split_into_chunks(
    read_rows: Callable[[int, int], Panel],
    lengths: Indices,
    n_channels: int,
    *,
    chunk: int = 1,
    in_memory: bool = False,
) -> ChunkedPanel | None:
    """Divide series into blocks, if they are more than one.

    Parameters
    ----------
    read_rows : callable
        As of a `ChunkedPanel`.
    lengths : ndarray of shape (n_series,)
        Time steps of each series in the storage.
    n_channels : int
        Channels of each.
    chunk : int, default=1
        Series that the storage reads together: runs end where chunks do, as far as these are no
        larger than a block, so that none is read twice.
    in_memory : bool, default=False
        Whether the series are.

    Returns
    -------
    ChunkedPanel or None
        None if all series are no more than a block.
    """
    ends = np.cumsum(lengths) * n_channels
    if ends[-1] <= CHUNK_VALUES:
        return None
    return ChunkedPanel(
        read_rows,
        stops=_whole_chunks(cut(ends, CHUNK_VALUES // RUNS), ends, chunk),
        n_blocks=math.ceil(int(ends[-1]) / CHUNK_VALUES),
        n_channels=n_channels,
        rows=np.arange(len(lengths)),
        lengths=lengths,
        in_memory=in_memory,
    )


def cut(ends: Indices, most: int) -> Indices:
    """Find where to end runs of no more than some values, or of one series that has more.

    Parameters
    ----------
    ends : ndarray of shape (n_series,)
        Values up to the end of each series.
    most : int
        Most values of a run.

    Returns
    -------
    ndarray of shape (n_runs,)
        Series up to the end of each run.

    Examples
    --------
    >>> import numpy as np
    >>> cut(np.array([3, 6, 9, 20, 22]), most=6)
    array([2, 3, 4, 5])
    """
    stops = [0]
    while stops[-1] < len(ends):
        before = ends[stops[-1] - 1] if stops[-1] else 0
        stop = int(np.searchsorted(ends, before + most, side="right"))
        stops.append(max(stop, stops[-1] + 1))
    return np.array(stops[1:])


def _whole_chunks(stops: Indices, ends: Indices, chunk: int) -> Indices:
    if ends[min(chunk, len(ends)) - 1] > CHUNK_VALUES:
        return stops
    return np.unique(np.minimum(-(-stops // chunk) * chunk, len(ends)))


def _grouped(numbers: Indices) -> list[Indices]:
    """Places of each number that there is, from the least to the largest."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def _parts(panel: Panel) -> Iterator[Panel]:
    start = 0
    for stop in cut(np.cumsum(panel.lengths) * panel.n_channels, CACHED_VALUES):
        yield panel.between(start, stop)
        start = stop


def _joined(panels: list[Panel]) -> Panel:
    if len(panels) == 1:
        return panels[0]
    values = np.concatenate([panel.values for panel in panels])
    return Panel(values, np.concatenate([panel.lengths for panel in panels]))
