"""The user's series at the door: opened in memory or on disk, validated, of the schema of fit."""

from __future__ import annotations

import contextlib
import mmap
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sktcn._data.advice import one_series, raise_with_advice
from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.frames import are_text, channel_names, is_frame, is_indexed, to_arrays
from sktcn._data.panel import (
    TRANSPOSE,
    Indices,
    Panel,
    as_panel,
    check_channels,
    check_series,
    check_shape,
    fill_masked,
    is_table,
    refuse_times,
    time_major,
    validate_panel,
)

TABLE_OPTIONS: dict[str, Any] = {"dtype": [np.float64, np.float32], "ensure_all_finite": False}


@dataclass(frozen=True, eq=False)
class InputSchema:
    """Channels of the series, and the columns of the table where they came as one.

    Attributes
    ----------
    owner : str
        Class of the estimator, for messages.
    n_channels : int
        Channels of each series.
    n_columns : int or None
        Columns of the 2D table; None for series in another container.
    column_names : ndarray of shape (n_columns,) or None
        Names of the columns, if they had names.
    channel_names : list or None
        Names of the channels, if the series came in frames.
    """

    owner: str
    n_channels: int
    n_columns: int | None = None
    column_names: NDArray[Any] | None = None
    channel_names: list[Any] | None = None

    def read(self, X: Any, dtype: DTypeLike, missing: str) -> Panel:
        """Read series into memory, and check them against the schema and the policy for NaN."""
        return validate_panel(self._read_raw(X), dtype, missing, names=self.channel_names)

    def open(self, X: Any, dtype: DTypeLike, missing: str) -> Panel | ChunkedPanel:
        """Open series like `read`, in chunks if they are many; those on disk stay there."""
        stored = open_stored(X, dtype, missing)
        if stored is None:
            raw = self._read_raw(X)
            self._warn_of_names(X)
            return _validate_in_chunks(raw, dtype, missing, self.channel_names)
        if len(getattr(X, "shape", ())) == 2:
            self._check_table(X, skip_check_array=True)
        self._check_channels(stored, X)
        self._warn_of_names(X)
        return stored

    def _read_raw(self, X: Any) -> Panel:
        X = load_series(X, self.channel_names)
        panel = read_panel(X, self._check_table)
        self._check_channels(panel, X)
        return panel

    def _warn_of_names(self, X: Any) -> None:
        """Warn as scikit-learn does if either these series or those of fit have named channels."""
        known, given = self.channel_names, names_in_frames(X)
        if given is not None and known is None and are_text(given):
            warnings.warn(
                f"X has feature names, but {self.owner} was fitted without feature names",
                stacklevel=4,
            )
        if given is None and known is not None and are_text(known):
            warnings.warn(
                f"X does not have valid feature names, but {self.owner} was fitted with feature "
                f"names: its channels are taken in the order {known}",
                stacklevel=4,
            )

    def _check_channels(self, panel: Panel | ChunkedPanel, X: Any) -> None:
        if panel.n_channels == self.n_channels:
            return
        advice = one_series(X, self.n_channels)
        if advice is None and (panel.lengths == self.n_channels).all():
            advice = f"where series are (n_timepoints, n_channels), {TRANSPOSE}"
        raise ValueError(
            f"X must have {self.n_channels} channels as in fit, got {panel.n_channels}"
            + (f"; {advice}" if advice else "")
        )

    def _check_table(self, X: Any, **options: Any) -> Any:
        """Check a table against that of fit as scikit-learn does, if fit has seen one."""
        if self.n_columns is None:
            return X
        fitted: Any = type(self.owner, (BaseEstimator,), {})()
        fitted.n_features_in_ = self.n_columns
        if self.column_names is not None:
            fitted.feature_names_in_ = self.column_names
        try:
            return validate_data(fitted, X, reset=False, **options)
        except ValueError as error:
            shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
            if len(shape) == 2 and shape[1] != self.n_columns:
                remedy = "pass series of another length as X[:, None, :] or as a list"
                raise ValueError(f"{str(error).rstrip('.')}; {remedy}") from error
            raise


def learn_schema(
    estimator: Any, X: Any, dtype: DTypeLike, missing: str
) -> tuple[Panel | ChunkedPanel, InputSchema]:
    """Open the series of fit, and learn their schema.

    The estimator's ``n_features_in_`` and ``feature_names_in_`` are set.
    """
    stored = open_stored(X, dtype, missing)
    if stored is not None:
        table = len(getattr(X, "shape", ())) == 2
        if table:
            validate_data(estimator, X, skip_check_array=True)
        return stored, _schema(estimator, stored.n_channels, table)
    names = names_in_frames(X)
    X = load_series(X)
    raw = read_panel(X, partial(validate_data, estimator))
    schema = _schema(estimator, raw.n_channels, is_table(X), names)
    return _validate_in_chunks(raw, dtype, missing, names), schema


def read_panel(X: Any, check_table: Callable[..., Any] | None = None) -> Panel:
    """Read loaded series; an error of a table's check names the remedy, if there is one."""
    if not is_table(X):
        return as_panel(X)
    try:
        return as_panel(X if check_table is None else check_table(X, **TABLE_OPTIONS))
    except (TypeError, ValueError) as error:
        raise_with_advice(error, X)
        raise


def _validate_in_chunks(
    raw: Panel, dtype: DTypeLike, missing: str, names: list[Any] | None
) -> Panel | ChunkedPanel:
    """Validate series in memory, in chunks if they are many.

    Chunks are those of the raw lengths, as on disk, where no step is trimmed before it is read.
    """
    panel = validate_panel(raw, dtype, missing, names=names)
    chunked = split_into_chunks(panel.slice_series, raw.lengths, raw.n_channels, in_memory=True)
    return panel if chunked is None else chunked


def _schema(
    estimator: Any, n_channels: int, table: bool, names: list[Any] | None = None
) -> InputSchema:
    owner = type(estimator).__name__
    if table:
        column_names = getattr(estimator, "feature_names_in_", None)
        return InputSchema(owner, n_channels, estimator.n_features_in_, column_names)
    estimator.n_features_in_ = n_channels
    vars(estimator).pop("feature_names_in_", None)
    if names is not None and are_text(names):
        estimator.feature_names_in_ = np.array(names, dtype=object)
    return InputSchema(owner, n_channels, channel_names=names)


def is_stored(X: Any) -> bool:
    """Return whether an array stays on disk, as memmaps and arrays of h5py and zarr do."""
    if isinstance(X, np.ndarray):
        return isinstance(X, np.memmap)
    return isinstance(getattr(X, "dtype", None), np.dtype) and all(
        hasattr(X, name) for name in ("shape", "chunks", "__getitem__")
    )


def is_framed(X: Any) -> bool:
    """Return whether series are in frames; see `sktcn._data.frames`."""
    if isinstance(X, np.ndarray) and X.dtype != object:
        return False
    return any(map(is_frame, X)) if isinstance(X, list | tuple | np.ndarray) else is_indexed(X)


def names_in_frames(X: Any) -> list[Any] | None:
    """Return the names of the channels of series in frames; None for other containers."""
    return channel_names(X) if is_framed(X) else None


def is_series_list(X: Any) -> bool:
    """Return whether series come one by one, in a list or a frame, rather than in one array."""
    return is_framed(X) or not (is_table(X) or getattr(X, "ndim", 1) > 1)


def check_container(X: Any) -> None:
    """Raise TypeError for what can hold no series, such as a dict, a generator, or times."""
    known = isinstance(X, list | tuple) or hasattr(X, "shape") or hasattr(X, "__array__")
    if not (known or np.ndim(X)):
        raise TypeError(
            "X must be an array (n_series, n_timepoints) or (n_series, n_channels, n_timepoints), "
            "a list of arrays (n_timepoints_i,) or (n_channels, n_timepoints_i), or a frame of "
            f"pandas with an index of series and time, got {type(X).__name__}{_way_to_open(X)}"
        )
    refuse_times(X, "X must hold real numbers")


def _way_to_open(X: Any) -> str:
    """Return how the arrays of a file or a mapping are passed."""
    if isinstance(X, str | os.PathLike):
        return "; pass what is in a file, such as numpy.load(path, mmap_mode='r')"
    return "; pass one of its arrays, such as X[name]" if isinstance(X, Mapping) else ""


def load_series(X: Any, names: list[Any] | None = None) -> Any:
    """Read arrays that are on disk, fill masked values, and convert frames to lists of arrays.

    ``names`` are those of the channels of fit. Other input is returned unchanged. Pages of a memmap
    are read when they are used.
    """
    check_container(X)
    if is_framed(X):
        return to_arrays(X, names)
    if _is_stored_list(X):
        return [_load_stored(x) for x in X]
    return _load_stored(X)


def _load_stored(x: Any) -> Any:
    return np.asarray(x[()]) if is_stored(x) else fill_masked(x)


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
    check_channels(shapes)
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


def check_n_series(X: Any, lengths: Indices, y: Any) -> None:
    """Raise ValueError unless there is a target for each series."""
    try:
        check_consistent_length(lengths, y)
    except ValueError as error:
        if not hasattr(X, "iloc"):
            raise
        raise ValueError(
            f"{error}. Rows of a frame are series, or time steps where its index has two levels, "
            "series and time; sktcn.datasets.from_long converts frames with columns of both, and a "
            "frame with one series is passed as [X]"
        ) from error
