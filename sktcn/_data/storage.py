"""Series that stay on disk: which are, and how they are read."""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, as_steps, check_channels, check_series, check_shape
from sktcn._data.validation import validate_panel


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


def open_stored(X: Any, dtype: DTypeLike, missing: str) -> ChunkedPanel | None:
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
    ChunkedPanel or None
        Nothing is read yet but shapes; None for what is in memory, or is to be read as a whole.
    """
    check = partial(validate_panel, dtype=dtype, missing=missing)
    if _is_list(X):
        return _open_list(X, check)
    return _open_array(X, check) if is_stored(X) else None


def _open_array(X: Any, check: Callable[..., Panel]) -> ChunkedPanel | None:
    check_shape(X.shape)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must hold real numbers, got dtype {X.dtype}")

    def read(start: int, stop: int) -> Panel:
        rows = np.array(X[start:stop])
        _let_go([X])
        return check(as_panel(rows), first=start)

    return split_into_chunks(
        read,
        lengths=np.full(X.shape[0], X.shape[-1], dtype=np.int64),
        n_channels=X.shape[1] if len(X.shape) == 3 else 1,
        chunk=int(np.max(X.chunks[0])) if getattr(X, "chunks", None) else 1,
    )


def _open_list(X: Sequence[Any], check: Callable[..., Panel]) -> ChunkedPanel | None:
    X = [x if is_stored(x) else as_steps(x, index).T for index, x in enumerate(X)]
    for index, x in enumerate(X):
        check_series(x.shape, x.dtype, index)
    shapes = [(1, *x.shape)[-2:] for x in X]
    check_channels([n_channels for n_channels, _ in shapes])
    single = np.result_type(*{x.dtype for x in X}) == np.float32

    def read(start: int, stop: int) -> Panel:
        panel = as_panel([np.array(x[()]) for x in X[start:stop]])
        _let_go(X[start:stop])
        panel = panel.with_values(panel.values.astype("f4" if single else "f8", copy=False))
        return check(panel, first=start)

    lengths = np.array([n_timepoints for _, n_timepoints in shapes], dtype=np.int64)
    return split_into_chunks(read, lengths, n_channels=shapes[0][0])


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
