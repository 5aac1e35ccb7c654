"""Validation of values: finite, in range, and missing only where the policy allows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from sktcn._data.panel import Panel

MISSING_POLICIES = ("error", "mask", "interpolate", "trim")


def max_value(dtype: DTypeLike) -> np.float64:
    """Compute the largest absolute value that a series may have in a network of this dtype.

    It is an eighth of the dtype's maximum: the deviations of differences from their mean are up to
    four times as large as values.
    """
    return np.float64(np.finfo(dtype).max) / 8


def validate_panel(panel: Panel, dtype: DTypeLike, missing: str, offset: int = 0) -> Panel:
    """Trim series if the policy for NaN is "trim", and validate their values.

    ``offset`` is the index of the first series in error messages.
    """
    if missing == "trim":
        panel = trim(panel, offset)
    check_values(panel, dtype, missing, offset)
    return panel


def check_values(panel: Panel, dtype: DTypeLike, missing: str = "error", offset: int = 0) -> None:
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
    where = f"series {offset + index}, channel {channel}, time step {row - panel.starts[index]}"
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
