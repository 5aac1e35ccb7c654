"""Any accepted input as a panel: many series, each with its own length."""

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


@dataclass(frozen=True)
class Panel:
    """Series of any lengths, end to end.

    Nothing is padded: what a panel holds is what was measured. A batch is padded when it is
    drawn, to its own longest series.

    Attributes
    ----------
    values : ndarray of shape (n_steps, n_channels)
        The time steps of the first series, then those of the second, and so on.
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
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def n_channels(self) -> int:
        """Channels of each series."""
        return self.values.shape[1]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each series starts in `values`."""
        return np.cumsum(self.lengths) - self.lengths

    def series(self, index: int) -> FloatArray:
        """Time steps of one series, ``(n_timepoints, n_channels)``."""
        start = self.starts[index]
        return self.values[start : start + self.lengths[index]]

    def series_of(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which series rows of `values` belong to."""
        return np.searchsorted(self.starts, steps, side="right") - 1

    def with_values(self, values: FloatArray) -> Panel:
        """Make a panel of the same lengths that holds other values."""
        return Panel(values, self.lengths)

    def preprocessed(self, preparation: Any, dtype: DTypeLike) -> Panel:
        """Prepare the series; the tensors that are made of them are of the type."""
        prepared: Panel = preparation.transform(self)
        return prepared

    def trimmed(self) -> Panel:
        """Return the panel: its lengths are those of its series."""
        return self

    def pieces(self) -> Iterator[tuple[NDArray[np.int64], Panel]]:
        """Give all series, and say which, in as many pieces as are read: one, being in memory."""
        yield np.arange(len(self)), self

    def whole(self) -> Panel:
        """Return the panel: it is in memory."""
        return self

    def between(self, start: int, stop: int) -> Panel:
        """Make a panel of consecutive series; copies nothing."""
        lengths = self.lengths[start:stop]
        first = self.starts[start]
        return Panel(self.values[first : first + lengths.sum()], lengths)

    def take(self, indices: NDArray[np.int64]) -> Panel:
        """Make a panel of some of the series."""
        if len(indices) == 0:
            return Panel(self.values[:0], self.lengths[:0])
        return Panel(np.concatenate([self.series(i) for i in indices]), self.lengths[indices])


def is_table(X: Any) -> bool:
    """Tell a 2D table, one row a series, from series of any shape.

    Parameters
    ----------
    X : object
        What the user gave.

    Returns
    -------
    bool
        False for a 3D array and for a list of arrays, true for all that scikit-learn takes.

    Raises
    ------
    TypeError
        If it is a frame with series in its cells.
    """
    if isinstance(X, list | tuple):
        return len(X) > 0 and not (_holds_arrays(X) or _is_ragged(X) or _is_nested(X))
    if hasattr(X, "iloc") and X.size and np.ndim(X.iloc[(0,) * X.ndim]) > 0:
        raise TypeError(
            "X must be an array or a list of arrays, got a frame with series in its cells: use the "
            "estimators of sktcn.sktime_adapter, or read the series as 'numpy3D' or as arrays"
        )
    return not (_is_array_of_series(X) or getattr(X, "ndim", 2) > 2)


def _is_array_of_series(X: Any) -> bool:
    return isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1


def _holds_arrays(X: Sequence[Any]) -> bool:
    return any(getattr(series, "ndim", 0) > 0 for series in X)


def _is_ragged(X: Sequence[Any]) -> bool:
    lengths = {len(series) for series in X if isinstance(series, list | tuple)}
    return len(lengths) > 1


def _is_nested(X: Sequence[Any]) -> bool:
    nested = (series[0] for series in X if isinstance(series, list | tuple) and series)
    return any(isinstance(channel, list | tuple) for channel in nested)


def as_panel(X: Any) -> Panel:
    """Turn an array or a list of series into a panel.

    Parameters
    ----------
    X : array-like of shape (n_series, n_timepoints) or (n_series, n_channels, n_timepoints), or \
            list of arrays of shape (n_timepoints_i,) or (n_channels, n_timepoints_i)
        The series; an array of objects is as good as a list. NaN and infinity pass;
        `sktcn._preprocessing.missing.check_values` looks for them.

    Returns
    -------
    Panel
        Values are float64, or float32 if all of `X` is.

    Raises
    ------
    ValueError
        If there is nothing in it, if it has another number of dimensions, or if the series
        differ in their channels.
    TypeError
        If an element of a list is not an array of numbers.
    """
    if isinstance(X, list | tuple) or _is_array_of_series(X):
        return _from_list(X)
    X = check_array(
        X,
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
    """Raise unless an array of this shape holds series.

    Parameters
    ----------
    shape : tuple of int
        Of a 2D or 3D array.
    """
    if len(shape) not in (2, 3):
        raise ValueError(
            "X must be a 2D array (n_series, n_timepoints), a 3D array (n_series, n_channels, "
            f"n_timepoints) or a list of series, got an array of shape {shape}"
        )
    if 0 in shape:
        raise ValueError(f"X must have no empty dimension, got an array of shape {shape}")


def check_channels(n_channels: Sequence[int]) -> None:
    """Raise unless all series of a list have as many channels.

    Parameters
    ----------
    n_channels : list of int
        Channels of each series.
    """
    for index, n in enumerate(n_channels):
        if n != n_channels[0]:
            raise ValueError(
                "all series must have the same number of channels, got "
                f"{n_channels[0]} in series 0 and {n} in series {index}"
            )


def check_series(shape: tuple[int, ...], dtype: np.dtype[Any], index: int) -> None:
    """Raise unless an array can be an element of a list of series.

    Parameters
    ----------
    shape, dtype : tuple of int, dtype
        Of the array.
    index : int
        Its place in the list.
    """
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
    series = [as_steps(x, index) for index, x in enumerate(X)]
    check_channels([x.shape[1] for x in series])
    lengths = np.array([len(x) for x in series], dtype=np.int64)
    values = check_array(
        np.concatenate(series),
        dtype=[np.float64, np.float32],
        order="C",
        ensure_all_finite=False,
    )
    return Panel(values, lengths)


def as_steps(x: Any, index: int) -> NDArray[Any]:
    """Turn an element of a list into time steps, or say what is wrong with it.

    Parameters
    ----------
    x : array-like
        The series.
    index : int
        Its place in the list.

    Returns
    -------
    ndarray of shape (n_timepoints, n_channels)
        Its values.
    """
    if hasattr(x, "iloc") and x.ndim > 1:
        raise TypeError(
            f"series {index} must be an array (n_channels, n_timepoints), got a "
            f"{type(x).__name__}; where its rows are time steps, pass x.to_numpy().T"
        )
    try:
        array = np.asarray(x)
    except ValueError as error:  # lists of lists of different lengths
        raise ValueError(
            f"series {index} must have as many time steps in each channel, got {str(x)[:60]}"
        ) from error
    check_series(array.shape, array.dtype, index)
    return np.atleast_2d(array).T
