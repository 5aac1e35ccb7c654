"""Panels: series of individual lengths, converted from any accepted container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils import check_array

FloatArray = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
TRANSPOSE = "pass X.transpose(0, 2, 1), or [x.T for x in X] of a list"  # from time-major axes
SWAPPED = f"axes are (n_series, n_timepoints, n_channels), {TRANSPOSE}"
FAR_TOO_MANY_CHANNELS = 10.0  # for each time step; hardly any real series have as many
MISSING_POLICIES = ("error", "mask", "interpolate", "trim")


@dataclass(frozen=True)
class Panel:
    """Series of any lengths, concatenated in time without padding.

    Attributes
    ----------
    values : ndarray of shape (n_steps, n_channels)
        Time steps of the first series, then those of the second, and so on.
    lengths : ndarray of shape (n_series,)
        Number of time steps of each series.

    Examples
    --------
    >>> import numpy as np
    >>> panel = as_panel([np.arange(3.0), np.arange(5.0)])
    >>> panel.values.shape, panel.lengths
    ((8, 1), array([3, 5]))
    """

    values: FloatArray
    lengths: Indices

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def n_channels(self) -> int:
        """Number of channels of each series."""
        return self.values.shape[1]

    @cached_property
    def starts(self) -> Indices:
        """Row of `values` at which each series starts."""
        return np.cumsum(self.lengths) - self.lengths

    def series(self, index: int) -> FloatArray:
        """Return the time steps of a series, ``(n_timepoints, n_channels)``."""
        start = self.starts[index]
        return self.values[start : start + self.lengths[index]]

    def series_of(self, rows: Indices) -> Indices:
        """Return the index of the series to which each row of `values` belongs."""
        return np.searchsorted(self.starts, rows, side="right") - 1

    def with_values(self, values: FloatArray) -> Panel:
        """Replace the values, and keep the lengths."""
        return Panel(values, self.lengths)

    def preprocessed(self, preprocessor: Any, dtype: DTypeLike) -> Panel:
        """Preprocess the series; `SeriesDataset` casts them to the dtype."""
        transformed: Panel = preprocessor.transform(self)
        return transformed

    def trimmed(self) -> Panel:
        """Return the panel itself, which was trimmed when it was read."""
        return self

    def iter_parts(self) -> Iterator[tuple[Indices, Panel]]:
        """Yield the indices and the panel of each part in memory; there is one."""
        yield np.arange(len(self)), self

    def load(self) -> Panel:
        """Return the panel itself, which is in memory."""
        return self

    def slice_series(self, start: int, stop: int) -> Panel:
        """Return a view of consecutive series."""
        lengths = self.lengths[start:stop]
        first = self.starts[start]
        return Panel(self.values[first : first + lengths.sum()], lengths)

    def take(self, indices: Indices) -> Panel:
        """Copy the series of these indices."""
        if len(indices) == 0:
            return Panel(self.values[:0], self.lengths[:0])
        return Panel(np.concatenate([self.series(i) for i in indices]), self.lengths[indices])


def is_table(X: Any) -> bool:
    """Return whether series are the rows of a 2D table, which scikit-learn validates.

    Return False for 3D arrays and lists of arrays. Raise TypeError for a frame with series in its
    cells.
    """
    if isinstance(X, list | tuple):
        return len(X) > 0 and not _is_list_of_series(X)
    if hasattr(X, "iloc") and X.size and np.ndim(X.iloc[(0,) * X.ndim]) > 0:
        raise TypeError(
            "X must be an array or a list of series, got a frame with series in its cells: pass "
            "a column of them as X.tolist(), or use the estimators of sktcn.sktime_adapter"
        )
    return not (_is_array_of_series(X) or getattr(X, "ndim", 2) > 2)


def _is_array_of_series(X: Any) -> bool:
    return isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1


def _is_list_of_series(X: Sequence[Any]) -> bool:
    """Check for arrays, for rows of different lengths, and for channels within the rows."""
    rows = [series for series in X if isinstance(series, list | tuple)]
    holds_arrays = any(getattr(series, "ndim", 0) > 0 for series in X)
    ragged = len({len(row) for row in rows}) > 1
    return holds_arrays or ragged or any(isinstance(row[0], list | tuple) for row in rows if row)


def refuse_times(values: Any, expected: str) -> None:
    """Raise TypeError for an array of times, which NumPy would convert to numbers."""
    if getattr(getattr(values, "dtype", None), "kind", None) in ("m", "M"):
        raise TypeError(f"{expected}, got dtype {values.dtype}")


def fill_masked(x: Any) -> Any:
    """Replace masked values, and NA of nullable numbers, by NaN; return other input unchanged."""
    if isinstance(x, np.ma.MaskedArray):
        return np.ma.filled(x.astype(x.dtype if x.dtype.kind == "f" else np.float64), np.nan)
    dtype: Any = getattr(x, "dtype", None)
    if getattr(x, "ndim", 0) == 1 and hasattr(dtype, "na_value") and dtype.kind in "biuf":
        return x.to_numpy(dtype=np.float64, na_value=np.nan)
    return x


def as_panel(X: Any) -> Panel:
    """Convert an array or a list of series to a panel, in float64, or in float32 if all of `X` is.

    An array is ``(n_series, n_timepoints)`` or ``(n_series, n_channels, n_timepoints)``, each
    series of a list, or of an array of objects, ``(n_timepoints_i,)`` or ``(n_channels,
    n_timepoints_i)``. Raise ValueError for other shapes, TypeError for other types. NaN and
    infinity are left to `sktcn._data.panel.check_values`.
    """
    if isinstance(X, list | tuple) or _is_array_of_series(X):
        return _from_list(X)
    X = check_array(
        fill_masked(X),
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        input_name="X",
    )
    check_shape(X.shape)
    X = X if X.ndim == 3 else X[:, None]
    n_series, n_channels, n_timepoints = X.shape
    lengths = np.full(n_series, n_timepoints, dtype=np.int64)
    values = X.transpose(0, 2, 1).reshape(-1, n_channels)
    return Panel(np.ascontiguousarray(values), lengths)  # sums depend on the layout


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise ValueError unless an array of series has two or three nonempty dimensions."""
    if len(shape) not in (2, 3):
        raise ValueError(
            "X must be a 2D array (n_series, n_timepoints), a 3D array (n_series, n_channels, "
            f"n_timepoints) or a list of series, got an array of shape {shape}"
        )
    if 0 in shape:
        raise ValueError(f"X must have no empty dimension, got an array of shape {shape}")


def check_channels(shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise ValueError unless all series of a list, ``(n_channels, n_timepoints_i)``, fit."""
    first = shapes[0][0]
    (width, *others) = {n_timepoints for _, n_timepoints in shapes}
    turned = not others and min(n_channels for n_channels, _ in shapes) >= width
    advice = f"; where series are (n_timepoints, n_channels), {TRANSPOSE}" if turned else ""
    for index, (n_channels, _) in enumerate(shapes):
        if n_channels != first:
            raise ValueError(
                "all series must have the same number of channels, got "
                f"{first} in series 0 and {n_channels} in series {index}{advice}"
            )


def check_series(shape: tuple[int, ...], dtype: np.dtype[Any], index: int) -> None:
    """Validate the shape and the dtype of the array at ``index`` of a list of series."""
    if dtype.kind not in "biuf":
        raise TypeError(f"series {index} must hold real numbers, got dtype {dtype}")
    if len(shape) not in (1, 2):
        raise ValueError(
            f"series {index} must have the shape (n_timepoints,) or (n_channels, n_timepoints), "
            f"got {shape}"
        )
    if 0 in shape:
        raise ValueError(f"series {index} must not be empty, got the shape {shape}")


def _from_list(X: Sequence[Any]) -> Panel:
    if len(X) == 0:
        raise ValueError("X must hold at least one series, got an empty list")
    series = [time_major(x, index) for index, x in enumerate(X)]
    check_channels([x.T.shape for x in series])
    lengths = np.array([len(x) for x in series], dtype=np.int64)
    values = check_array(
        np.concatenate(series),
        dtype=[np.float64, np.float32],
        order="C",
        ensure_all_finite=False,
    )
    return Panel(values, lengths)


def time_major(x: Any, index: int) -> NDArray[Any]:
    """Validate the array at ``index`` of a list, and return ``(n_timepoints, n_channels)``."""
    if hasattr(x, "columns"):
        raise TypeError(
            f"series {index} must be an array (n_channels, n_timepoints), got "
            f"{type(x).__name__}; where its rows are time steps, pass x.to_numpy().T"
        )
    try:
        array = np.asarray(fill_masked(x))
    except ValueError as error:  # lists of lists of different lengths
        raise ValueError(
            f"series {index} must have as many time steps in each channel, got {str(x)[:60]}"
        ) from error
    check_series(array.shape, array.dtype, index)
    return np.atleast_2d(array).T


def max_value(dtype: DTypeLike) -> np.float64:
    """Compute the largest absolute value that a series may have in a network of this dtype.

    It is an eighth of the dtype's maximum: the deviations of differences from their mean are up to
    four times as large as values.
    """
    return np.float64(np.finfo(dtype).max) / 8


def validate_panel(
    panel: Panel,
    dtype: DTypeLike,
    missing: str,
    offset: int = 0,
    names: Sequence[Any] | None = None,
) -> Panel:
    """Trim series if the policy for NaN is "trim", and validate their values.

    ``offset``, the index of the first series, and ``names``, those of the channels, are for error
    messages.
    """
    if missing == "trim":
        panel = trim(panel, offset)
    check_values(panel, dtype, missing, offset, names)
    return panel


def check_values(
    panel: Panel,
    dtype: DTypeLike,
    missing: str = "error",
    offset: int = 0,
    names: Sequence[Any] | None = None,
) -> None:
    """Raise ValueError if a value is infinite, too large, or NaN against the policy.

    The policy "trim" expects trimmed series.
    """
    limit = max_value(dtype)
    if -limit <= panel.values.min() and panel.values.max() <= limit:
        return  # the common case, without temporary arrays
    valid = np.abs(panel.values) <= limit
    if missing in ("mask", "interpolate"):
        valid |= np.isnan(panel.values)
    if valid.all():
        return
    row, channel = np.argwhere(~valid)[0]
    index = panel.series_of(row)
    where = (
        f"series {offset + index}, {describe_channel(channel, names)}, "
        f"time step {row - panel.starts[index]}"
    )
    if np.isnan(panel.values[row, channel]):
        allowed = "no value may be" if missing == "error" else "only the end of a series may be"
        raise ValueError(
            f"Input X contains NaN ({where} is the first value that can't be used). "
            f"With missing={missing!r} {allowed} missing; 'mask' and 'interpolate' take NaN "
            "anywhere, 'trim' at the end of a series."
        )
    raise ValueError(
        f"Input X contains infinity or a value too large for dtype('{np.dtype(dtype)}') ({where})."
    )


def describe_channel(channel: Any, names: Sequence[Any] | None) -> str:
    """Return the number of a channel, and its name if it has one."""
    return f"channel {label_channel(channel, names)}"


def label_channel(channel: Any, names: Sequence[Any] | None) -> str:
    """Return the number of a channel, with its name in brackets if it has one."""
    return f"{channel}" + ("" if names is None else f" ({names[channel]!r})")


def trim(panel: Panel, offset: int = 0) -> Panel:
    """Trim time steps without any observed value from the end of each series.

    Series padded with NaN to equal length, as in the UCR archive, get their own lengths. Raise
    ValueError if a series has no observed value.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn._data.panel import as_panel
    >>> trim(as_panel(np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 6.0]]))).lengths
    array([2, 3])
    """
    observed = np.flatnonzero(~np.isnan(panel.values).all(axis=1))
    lengths = np.zeros_like(panel.lengths)
    owner = panel.series_of(observed)
    lengths[owner] = observed - panel.starts[owner] + 1  # the last assignment wins
    if not lengths.all():
        empty = offset + lengths.argmin()
        raise ValueError(f"series {empty} must have a value, got nothing but NaN")
    end = np.repeat(panel.starts + lengths, panel.lengths)
    return Panel(panel.values[np.arange(len(end)) < end], lengths)
