"""Labels of classes: checked, and turned into numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets


def check_labels(y: Any) -> NDArray[Any]:
    """Raise unless all series have a label.

    Parameters
    ----------
    y : array-like of shape (n_series,)
        Labels, as the user gave them.

    Returns
    -------
    ndarray of shape (n_series,)
        The labels.
    """
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    if y.dtype == object and any(label is None for label in y):
        raise ValueError("y must have a label for each series, got None")
    check_classification_targets(y)
    return y


def encode_labels(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    """Number the labels, or say which are unknown.

    Parameters
    ----------
    y : ndarray of shape (n_series,)
        Labels.
    classes : ndarray of shape (n_classes,)
        Those that are known, sorted.

    Returns
    -------
    ndarray of shape (n_series,)
        Places in ``classes``.
    """
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y must have labels of the classes known, {classes}, got {unknown}")
    return np.searchsorted(classes, y).astype(np.int64)
