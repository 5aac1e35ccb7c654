"""Series of one length."""

from __future__ import annotations

from typing import Any

import numpy as np


def pad_or_truncate(series: Any, n_timepoints: int) -> np.ndarray:
    """Truncate series to a length, or pad them with trailing zeros; shape (n, channels, time).

    >>> pad_or_truncate([np.ones(2), np.ones(5)], 3)[:, 0]
    array([[1., 1., 0.],
           [1., 1., 1.]])
    """
    series = [np.atleast_2d(x)[:, :n_timepoints] for x in series]
    return np.stack([np.pad(x, ((0, 0), (0, n_timepoints - x.shape[1]))) for x in series])
