"""Series that stay on disk: read in runs, a block of bounded size in memory."""

from __future__ import annotations

import contextlib
import math
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sktcn.missing import usable
from sktcn.panel import Panel, as_panel, as_steps, check_channels, check_series, check_shape

Indices = NDArray[np.int64]

BLOCK_VALUES = 2**23  # values of a block; data that have no more are read as a whole
RUNS = 16  # places in the data from which the series of a block come


@dataclass(frozen=True)
class StoredPanel:
    """Series on disk, to be read in blocks that fit into memory.

    The data are cut into runs of consecutive series, and each block is made of runs from all over
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
    prepare : callable
        What becomes of a panel after it was read.
    """

    read_rows: Callable[[int, int], Panel]
    stops: Indices
    n_blocks: int
    n_channels: int
    rows: Indices
    lengths: Indices
    prepare: Callable[[Panel], Panel] | None = None

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

    def read_block(self, number: int) -> Panel:
        """Read the series of a block, run by run."""
        return _joined([panel for _, panel in self._read(self.blocks[number])])

    def pieces(self) -> Iterator[tuple[Indices, Panel]]:
        """Read all series in their order, run by run, and say which."""
        yield from self._read(np.arange(len(self)))

    def _read(self, indices: Indices) -> Iterator[tuple[Indices, Panel]]:
        for group in _grouped(self._runs[indices]):
            some = indices[group]
            yield some, self._read_run(self._runs[some[0]], self.rows[some])

    def _read_run(self, run: int, rows: Indices) -> Panel:
        start = int(self.stops[run - 1]) if run else 0
        panel = self.read_rows(start, int(self.stops[run]))
        if len(rows) < len(panel):
            panel = panel.take(rows - start)
        return panel if self.prepare is None else self.prepare(panel)

    def take(self, indices: Indices) -> Self:
        """Make a panel of some of the series, in their order; reads nothing."""
        return replace(self, rows=self.rows[indices], lengths=self.lengths[indices])

    def prepared(self, prepare: Callable[[Panel], Panel], dtype: DTypeLike) -> Self:
        """Make a panel whose series are prepared when they are read, and of a dtype."""

        def _read(panel: Panel) -> Panel:
            panel = prepare(panel)
            return panel.with_values(panel.values.astype(dtype, copy=False))

        return replace(self, prepare=_read)

    def measured(self) -> Self:
        """Make a panel of the lengths that series have when they are read."""
        return replace(self, lengths=np.concatenate([read.lengths for _, read in self.pieces()]))


def _grouped(numbers: Indices) -> list[Indices]:
    """Places of each number that there is, from the least to the largest."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def _joined(panels: list[Panel]) -> Panel:
    if len(panels) == 1:
        return panels[0]
    values = np.concatenate([panel.values for panel in panels])
    return Panel(values, np.concatenate([panel.lengths for panel in panels]))


def is_stored(X: Any) -> bool:
    """Tell arrays that stay on disk: memmaps, and those of h5py, zarr and the like.

    Parameters
    ----------
    X : object
        What the user gave.

    Returns
    -------
    bool
        True for what has a shape, a dtype of numpy and chunks, and gives rows when sliced.
    """
    if isinstance(X, np.ndarray):
        return isinstance(X, np.memmap)
    return isinstance(getattr(X, "dtype", None), np.dtype) and all(
        hasattr(X, name) for name in ("shape", "chunks", "__getitem__")
    )


def in_memory(X: Any) -> Any:
    """Read arrays that are on disk, all of them; leave other input as it is.

    Parameters
    ----------
    X : object
        What the user gave.

    Returns
    -------
    object
        An array, a list of arrays, or what was given. The pages of a memmap are still read as
        they are needed.
    """
    if _is_list(X):
        return [in_memory(x) for x in X]
    return np.asarray(X[()]) if is_stored(X) else X


def _is_list(X: Any) -> bool:
    return isinstance(X, list | tuple) and any(map(is_stored, X))


def open_stored(X: Any, dtype: DTypeLike, missing: str) -> StoredPanel | None:
    """Make a panel of data on disk that are more than a block.

    Parameters
    ----------
    X : object
        A stored array, ``(n_series, n_timepoints)`` or ``(n_series, n_channels, n_timepoints)``,
        or a list of them, ``(n_timepoints_i,)`` or ``(n_channels, n_timepoints_i)``.
    dtype : dtype
        What the network computes in.
    missing : {"error", "mask", "interpolate", "trim"}
        What to do about NaN.

    Returns
    -------
    StoredPanel or None
        Nothing is read yet but shapes; None for what is in memory, or is to be read as a whole.
    """
    check = partial(usable, dtype=dtype, missing=missing)
    if _is_list(X):
        return _open_list(X, check)
    return _open_array(X, check) if is_stored(X) else None


def _open_array(X: Any, check: Callable[..., Panel]) -> StoredPanel | None:
    check_shape(X.shape)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must hold real numbers, got dtype {X.dtype}")
    n_series, size = X.shape[0], math.prod(X.shape[1:])
    if n_series * size <= BLOCK_VALUES:
        return None

    def read(start: int, stop: int) -> Panel:
        rows = np.array(X[start:stop])
        _let_go([X])
        return check(as_panel(rows), first=start)

    n_rows = _rows_of_a_run(X, size)
    return StoredPanel(
        read,
        stops=np.minimum(np.arange(n_rows, n_series + n_rows, n_rows), n_series),
        n_blocks=math.ceil(n_series * size / BLOCK_VALUES),
        n_channels=X.shape[1] if len(X.shape) == 3 else 1,
        rows=np.arange(n_series),
        lengths=np.full(n_series, X.shape[-1], dtype=np.int64),
    )


def _rows_of_a_run(X: Any, size: int) -> int:
    """Choose how many series to read at once: whole chunks, so that none is unpacked twice."""
    n_rows = max(1, BLOCK_VALUES // RUNS // size)
    chunk = int(np.max(X.chunks[0])) if getattr(X, "chunks", None) else 1
    return math.ceil(n_rows / chunk) * chunk if chunk * size <= BLOCK_VALUES else n_rows


def _open_list(X: Sequence[Any], check: Callable[..., Panel]) -> StoredPanel | None:
    X = [x if is_stored(x) else as_steps(x, index).T for index, x in enumerate(X)]
    for index, x in enumerate(X):
        check_series(x.shape, x.dtype, index)
    shapes = [(1, *x.shape)[-2:] for x in X]
    check_channels([n_channels for n_channels, _ in shapes])
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    if ends[-1] <= BLOCK_VALUES:
        return None
    single = np.result_type(*{x.dtype for x in X}) == np.float32

    def read(start: int, stop: int) -> Panel:
        panel = as_panel([np.array(x[()]) for x in X[start:stop]])
        _let_go(X[start:stop])
        panel = panel.with_values(panel.values.astype("f4" if single else "f8", copy=False))
        return check(panel, first=start)

    return StoredPanel(
        read,
        stops=_cut(ends, BLOCK_VALUES // RUNS),
        n_blocks=math.ceil(int(ends[-1]) / BLOCK_VALUES),
        n_channels=shapes[0][0],
        rows=np.arange(len(X)),
        lengths=np.array([n_timepoints for _, n_timepoints in shapes], dtype=np.int64),
    )


def _cut(ends: Indices, most: int) -> Indices:
    """Find where to end runs of no more than some values, or of one series that has more."""
    stops = [0]
    while stops[-1] < len(ends):
        before = ends[stops[-1] - 1] if stops[-1] else 0
        stop = int(np.searchsorted(ends, before + most, side="right"))
        stops.append(max(stop, stops[-1] + 1))
    return np.array(stops[1:])


def _let_go(arrays: Sequence[Any]) -> None:
    """Take pages of memmaps that were read out of the process's memory; the file is as it was.

    Copies on write are left: their pages are not in the file.
    """
    shared = (x for x in arrays if isinstance(x, np.memmap) and x.mode != "c")
    maps: set[Any] = {getattr(x, "_mmap", None) for x in shared}
    for pages in maps:
        if hasattr(pages, "madvise"):  # not on Windows
            with contextlib.suppress(OSError, ValueError):  # locked in memory, or closed
                pages.madvise(mmap.MADV_DONTNEED)
