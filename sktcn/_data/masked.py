"""Containers that hold missingness beside their values: it becomes NaN at the door."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def fill_masked(x: Any) -> Any:
    """Replace masked values of numpy, and NA of pandas, by NaN; return other input unchanged.

    Floats keep their dtype, other numbers become float64. The input is not changed.
    """
    if isinstance(x, np.ma.MaskedArray):
        kind = x.dtype if x.dtype.kind == "f" else np.float64
        filled: NDArray[Any] = np.ma.filled(x.astype(kind), np.nan)
        return filled
    if getattr(x, "ndim", 0) == 1 and hasattr(getattr(x, "dtype", None), "na_value"):
        return x.to_numpy(dtype=np.float64, na_value=np.nan)  # pandas' nullable numbers
    if isinstance(x, list | tuple) and any(isinstance(each, np.ma.MaskedArray) for each in x):
        return [fill_masked(each) for each in x]
    return x
