"""What a user gives to streams: values that can be used, of series that have not ended."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import Floats


def check_time_steps(
    x: Any,
    shape: tuple[int | None, ...],
    streams: NDArray[np.intp],
    *,
    missing: str,
    max_values: Floats,
) -> Floats:
    """Make sure that time steps can be used.

    Parameters
    ----------
    x : array-like
        One time step of each stream, or several.
    shape : tuple of int or None
        What it must have; None for any size.
    streams : ndarray of shape (n_streams,)
        Numbers by which errors call them.
    missing : str
        As fitted.
    max_values : ndarray of shape (n_channels,)
        Largest size of a value of each channel.

    Returns
    -------
    ndarray
        In double precision.
    """
    values = np.asarray(x)
    if values.dtype.kind not in "biuf":
        raise TypeError(f"x must hold real numbers, got dtype {values.dtype}")
    fits = values.ndim == len(shape) and values.size
    if not fits or any(n not in (None, m) for n, m in zip(shape, values.shape, strict=True)):
        names = ", ".join(["n_streams", "n_channels", "n_timepoints"][: len(shape)])
        sizes = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"x must be of shape ({names}) = ({sizes}), got {values.shape}")
    values = values.astype(np.float64, order="C")  # a copy: it is remembered
    usable = np.abs(values) <= (max_values if values.ndim == 2 else max_values[:, None])
    if usable.all():  # as nearly always
        return values
    if missing in ("mask", "trim"):
        usable |= np.isnan(values)
    if not usable.all():
        row, channel = np.argwhere(~usable)[0][:2]
        raise ValueError(
            f"x must have usable values, with missing={missing!r}, "
            f"got {values[~usable][0]} in stream {streams[row]}, channel {channel}"
        )
    return values


def ended_streams(
    values: Floats,
    streams: NDArray[np.intp],
    ended: NDArray[np.bool_],
    started: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell which streams have ended, with ``missing="trim"``.

    Parameters
    ----------
    values : ndarray of shape (n_streams, n_channels, n_timepoints)
        The newest.
    streams : ndarray of shape (n_streams,)
        Numbers by which errors call them.
    ended, started : ndarray of shape (n_streams,)
        Whether they had before.

    Returns
    -------
    ndarray of shape (n_streams, n_timepoints)
        At each step.
    """
    gone = np.isnan(values)
    absent = np.logical_and.reduce(gone, axis=1)
    ends = np.logical_or.accumulate(absent | ended[:, None], axis=1)
    problems = {
        "has values of some channels only": gone.any(axis=1) & ~absent,
        "has ended, and takes no more values until it is reset": ends & ~absent,
        "must have a value to start with": ends[:, :1] & ~started[:, None],
    }
    for problem, wrong in problems.items():
        if wrong.any():
            stream = streams[np.argwhere(wrong)[0, 0]]
            raise ValueError(f"with missing='trim', stream {stream} {problem}")
    return ends
