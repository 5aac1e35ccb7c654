"""Series that stay on disk: recognised, and read in chunks."""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, check_channels, check_series, check_shape, time_major
from sktcn._data.validation import validate_panel


def is_stored(X: Any) -> bool:
    """Return whether an array stays on disk, as memmaps and arrays of h5py and zarr do."""
    if isinstance(X, np.ndarray):
        return isinstance(X, np.memmap)
    return isinstance(getattr(X, "dtype", None), np.dtype) and all(
        hasattr(X, name) for name in ("shape", "chunks", "__getitem__")
    )


def load_stored(X: Any) -> Any:
    """Read all arrays that are on disk, and return other input unchanged.

    Pages of a memmap are read when they are used.
    """
    if _is_stored_list(X):
        return [load_stored(x) for x in X]
    return np.asarray(X[()]) if is_stored(X) else X


def _is_stored_list(X: Any) -> bool:
    return isinstance(X, list | tuple) and any(map(is_stored, X))


def open_stored(X: Any, dtype: DTypeLike, missing: str) -> ChunkedPanel | None:
    """Build a panel of series on disk that exceed one chunk, reading shapes alone.

    ``X`` is a stored array, ``(n_series, n_timepoints)`` or ``(n_series, n_channels,
    n_timepoints)``, or a list of them, ``(n_timepoints_i,)`` or ``(n_channels, n_timepoints_i)``.
    Return None for series in memory, and for those that fit into one chunk.
    """
    validate = partial(validate_panel, dtype=dtype, missing=missing)
    if _is_stored_list(X):
        return _open_list(X, validate)
    return _open_array(X, validate) if is_stored(X) else None


def _open_array(X: Any, validate: Callable[..., Panel]) -> ChunkedPanel | None:
    check_shape(X.shape)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must hold real numbers, got dtype {X.dtype}")

    def read(start: int, stop: int) -> Panel:
        rows = np.array(X[start:stop])
        _release_pages([X])
        return validate(as_panel(rows), offset=start)

    return split_into_chunks(
        read,
        lengths=np.full(X.shape[0], X.shape[-1], dtype=np.int64),
        n_channels=X.shape[1] if len(X.shape) == 3 else 1,
        storage_chunk=int(np.max(X.chunks[0])) if getattr(X, "chunks", None) else 1,
    )


def _open_list(X: Sequence[Any], validate: Callable[..., Panel]) -> ChunkedPanel | None:
    X = [x if is_stored(x) else time_major(x, index).T for index, x in enumerate(X)]
    for index, x in enumerate(X):
        check_series(x.shape, x.dtype, index)
    shapes = [(1, *x.shape)[-2:] for x in X]
    check_channels([n_channels for n_channels, _ in shapes])
    single_precision = np.result_type(*{x.dtype for x in X}) == np.float32

    def read(start: int, stop: int) -> Panel:
        panel = as_panel([np.array(x[()]) for x in X[start:stop]])
        _release_pages(X[start:stop])
        values = panel.values.astype("f4" if single_precision else "f8", copy=False)
        return validate(panel.with_values(values), offset=start)

    lengths = np.array([n_timepoints for _, n_timepoints in shapes], dtype=np.int64)
    return split_into_chunks(read, lengths, n_channels=shapes[0][0])


def _release_pages(arrays: Sequence[Any]) -> None:
    """Release the process's pages of memmaps, except of copies on write, which no file holds."""
    shared = (x for x in arrays if isinstance(x, np.memmap) and x.mode != "c")
    maps: set[Any] = {getattr(x, "_mmap", None) for x in shared}
    for pages in maps:
        if hasattr(pages, "madvise"):  # not on Windows
            with contextlib.suppress(OSError, ValueError):  # locked in memory, or closed
                pages.madvise(mmap.MADV_DONTNEED)
