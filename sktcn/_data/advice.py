"""Remedies for series in a container that is not read as the user meant it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import issparse

from sktcn._data.frames import is_frame, is_indexed

LONG = "where a row is a time step, sktcn.datasets.from_long converts the frame"
FEW_COLUMNS = 8  # a frame with fewer, and with as many rows, is rarely one of short series
MANY_ROWS = 100


@contextmanager
def adding_to_errors(expected: str) -> Iterator[None]:
    """Add what is expected to an error of scikit-learn within the context."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{str(error).rstrip('.')}{expected}") from error


def raise_with_advice(error: Exception, X: Any) -> None:
    """Raise an error of scikit-learn or NumPy anew with the remedy for `X`, if there is one."""
    advice = _advice(X)
    if advice is not None:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{str(error).rstrip('.')}; {advice}") from error


def _advice(X: Any) -> str | None:
    if issparse(X):  # the error says so
        return None
    if is_frame(X):
        others = [name for i, name in enumerate(X.columns) if not _holds_numbers(X.iloc[:, i])]
        return (
            f"X must hold real numbers, got others in the columns {others}; a frame is read as a "
            f"table with a series in each row: {LONG}"
            if others
            else None
        )
    if isinstance(X, list | tuple) and any(map(_names_frame, X)):
        return "X must be a list of frames, got pairs: pass [frame for _, frame in X]"
    if not _holds_numbers(X):
        got = f"dtype {X.dtype}" if hasattr(X, "dtype") else type(X).__name__
        return f"X must hold real numbers, in an array or a list of arrays, got {got}"
    if np.ndim(X) == 1:
        return (
            f"X must be of shape (n_series, n_timepoints), got {np.shape(X)}: pass one series as "
            f"{'X.to_numpy()[None]' if hasattr(X, 'iloc') else 'X[None]'}"
        )
    return None


def _holds_numbers(values: Any) -> bool:
    """Return whether values are numbers, or objects and text that NumPy converts to such."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cmM":  # complex, and times
            return False
        array.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True


def _names_frame(x: Any) -> bool:
    """Return whether an entry is a name and a frame, as of a list of groups."""
    return isinstance(x, tuple) and any(map(is_frame, x))


def one_series(X: Any, n_channels: int) -> str | None:
    """Return how one series of several channels is passed, if `X` has the shape of one."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) != 2 or n_channels not in shape or is_indexed(X):
        return None
    if is_frame(X):
        return "pass a frame with one series as [X]" if shape[1] == n_channels else None
    turned = "X" if shape[0] == n_channels else "X.T"
    return f"pass one series of shape {shape} as {turned}[None]"


def narrow_frame(X: Any) -> tuple[str, str] | None:
    """Return problem and remedy of a frame of so few columns and many rows that these are steps."""
    table = is_frame(X) and not is_indexed(X)
    if not table or len(X) < MANY_ROWS or X.shape[1] >= FEW_COLUMNS:
        return None
    problem = (
        f"X is read as a table with a series in each row, {X.shape[0]} series of {X.shape[1]} "
        "time steps"
    )
    return problem, LONG


def warn_narrow_frame(X: Any) -> None:
    """Warn if the rows of a frame seem to be time steps."""
    found = narrow_frame(X)
    if found is not None:
        warnings.warn(": ".join(found), stacklevel=4)


def short_crop(crop: int, n_read: float) -> tuple[str, str] | None:
    """Return problem and remedy of a crop with fewer steps than are read for nothing but it."""
    if not crop <= n_read < math.inf:
        return None
    problem = (
        f"crop={crop} is shorter than the receptive field: {n_read:.0f} more steps are read with "
        f"each crop and not scored, so that {n_read / (n_read + crop):.0%} of a training update is "
        "lost"
    )
    return problem, "Set a larger crop, or fewer n_blocks"
