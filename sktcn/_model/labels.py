"""Labels of classes: validated, and encoded as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sktcn._data.panel import Indices


def check_labels(y: Any) -> NDArray[Any]:
    """Validate the user's labels, one for each series, and return them as an array."""
    if np.ma.is_masked(y):
        raise ValueError("y must have a label for each series, got masked ones")
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    if y.dtype == object and any(label is None for label in y):
        raise ValueError("y must have a label for each series, got None")
    check_classification_targets(y)
    return y


def encode_labels(y: NDArray[Any], classes: NDArray[Any]) -> Indices:
    """Encode labels as their places in the sorted ``classes``; ValueError names unknown ones."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y must have labels of the classes known, {classes}, got {unknown}")
    return np.searchsorted(classes, y).astype(np.int64, copy=False)
