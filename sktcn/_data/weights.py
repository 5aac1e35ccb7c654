"""Validation of the weights of series."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from sktcn._data.panel import Floats, fill_masked


def check_weight(sample_weight: Any, series: Any) -> Floats:
    """Validate one weight for each of the series: not negative, not all zero, of a finite sum."""
    if sample_weight is None:
        return np.ones(len(series))
    weight: Floats = _check_sample_weight(
        fill_masked(sample_weight), series, dtype=np.float64, ensure_non_negative=True
    )
    if not weight.any():
        raise ValueError("sample_weight must not be zero for all series")
    if weight.max() > np.finfo(np.float64).max / (len(weight) + 1):
        raise ValueError(f"sample_weight must have a finite sum, got {weight.max()} in it")
    return weight
