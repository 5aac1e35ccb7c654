"""Values that are missing, which are NaN: refused, marked, filled in or cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import FloatArray, Panel


def mark(columns: Sequence[FloatArray]) -> list[NDArray[Any]]:
    """Put zeros for what is missing, and a channel for each that tells what is not.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_steps, n_channels)
        Channels of series, scaled, so that zero is the mean.

    Returns
    -------
    list of ndarray
        The same, and as many more, that are true where a value was observed (Lipton et al., 2016).
    """
    seen = [~np.isnan(values) for values in columns]
    filled = [np.where(some, values, 0) for some, values in zip(seen, columns, strict=True)]
    return [*filled, *seen]


def interpolate(panel: Panel, empty: FloatArray) -> Panel:
    """Fill in what is missing from the values before and after it, linearly.

    Parameters
    ----------
    panel : Panel
        Series. Before the first and after the last observed value the nearest one is taken.
    empty : ndarray of shape (n_channels,)
        Value of a channel in which nothing was observed.

    Returns
    -------
    Panel
        The same series without NaN.
    """
    values = panel.values.copy()
    steps, channels = np.nonzero(np.isnan(values))
    for index, channel in set(zip(panel.series_of(steps), channels, strict=True)):
        start = panel.starts[index]
        column = values[start : start + panel.lengths[index], channel]
        gap = np.isnan(column)
        seen = np.flatnonzero(~gap)
        filled = np.interp(np.flatnonzero(gap), seen, column[seen]) if len(seen) else empty[channel]
        column[gap] = filled
    return panel.with_values(values)
