"""TODO."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from sktcn._data.panel import Panel

POLICIES = ("error", "mask", "interpolate", "trim")


def max_value(dtype: DTypeLike) -> np.float64:
    """Find the largest value of a series that a network may be given.

    Parameters
    ----------
    dtype : dtype
        What the network computes in.

    Returns
    -------
    numpy.float64
        An eighth of the largest number of that type: changes of values, and what those deviate
        from their mean, are up to four times as large.
    """
    return np.float64(np.finfo(dtype).max) / 8


def validate_panel(panel: Panel, dtype: DTypeLike, missing: str, first: int = 0) -> Panel:
    """Return the series with NaN only where a value is missing and may be.

    Parameters
    ----------
    panel : Panel
        The series, as they were given.
    dtype : dtype
        What the network computes in.
    missing : {"error", "mask", "interpolate", "trim"}
        The policy.
    first : int, default=0
        Number by which errors call the first series.

    Returns
    -------
    Panel
        The same, or what "trim" leaves of them.
    """
    if missing == "trim":
        panel = trim(panel, first)
    check_values(panel, dtype, missing, first)
    return panel


def check_values(panel: Panel, dtype: DTypeLike, missing: str = "error", first: int = 0) -> None:
    """Raise unless all values fit into ``dtype``, and are there or may be missing.

    Parameters
    ----------
    panel : Panel
        The series.
    dtype : dtype
        What the network computes in.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        The policy; after `trim` nothing may be missing any more.
    first : int, default=0
        Number by which errors call the first series.

    Raises
    ------
    ValueError
        If a value is infinite or too large, or NaN where the policy lets none through.
    """
    most = max_value(dtype)
    if -most <= panel.values.min() and panel.values.max() <= most:
        return  # as nearly always; takes no memory
    fits = np.abs(panel.values) <= most
    if missing in ("mask", "interpolate"):
        fits |= np.isnan(panel.values)
    if fits.all():
        return
    step, channel = np.argwhere(~fits)[0]
    index = panel.series_of(step)
    where = f"series {first + index}, channel {channel}, time step {step - panel.starts[index]}"
    if np.isnan(panel.values[step, channel]):
        allowed = "no value may be" if missing == "error" else "only the end of a series may be"
        raise ValueError(
            f"Input X contains NaN ({where} is the first value that can't be used). "
            f"With missing={missing!r} {allowed} missing; 'mask' and 'interpolate' take NaN "
            "anywhere, 'trim' at the end of a series."
        )
    raise ValueError(
        f"Input X contains infinity or a value too large for dtype('{np.dtype(dtype)}') ({where})."
    )


def trim(panel: Panel, first: int = 0) -> Panel:
    """Cut off the time steps at the end of each series at which no channel has a value.

    Parameters
    ----------
    panel : Panel
        Series, as in the UCR archive made equally long by NaN.
    first : int, default=0
        Number by which errors call the first series.

    Returns
    -------
    Panel
        The series at their own lengths.

    Raises
    ------
    ValueError
        If there is nothing else in a series.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn._data.panel import as_panel
    >>> trim(as_panel(np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 6.0]]))).lengths
    array([2, 3])
    """
    seen = np.flatnonzero(~np.isnan(panel.values).all(axis=1))
    lengths = np.zeros_like(panel.lengths)
    owner = panel.series_of(seen)
    lengths[owner] = seen - panel.starts[owner] + 1  # of several, the last one stays
    if not lengths.all():
        empty = first + lengths.argmin()
        raise ValueError(f"series {empty} must have a value, got nothing but NaN")
    end = np.repeat(panel.starts + lengths, panel.lengths)
    return Panel(panel.values[np.arange(len(end)) < end], lengths)
