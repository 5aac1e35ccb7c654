"""Labels of classes: validated, and encoded as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sktcn._data.advice import adding_to_errors
from sktcn._data.panel import Indices
from sktcn._data.step_targets import is_known


def check_labels(y: Any) -> NDArray[Any]:
    """Validate the user's labels, one for each series, and return them as an array."""
    if np.ma.is_masked(y):
        raise ValueError("y must have a label for each series, got masked ones")
    with adding_to_errors(
        "; y must have one label for each series: TCNStepClassifier takes those of time steps, and "
        "y.argmax(axis=1) turns one-hot rows into labels"
    ):
        given, y = y, column_or_1d(y, warn=True)
    if y.dtype.kind == "U" and isinstance(given, list | tuple):
        _check_objects(np.asarray(given, dtype=object).ravel())  # before numbers became text
    if y.dtype == object or (y.dtype.kind == "f" and np.isnan(y).any()):
        _check_objects(y)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return y


def _check_objects(y: NDArray[Any]) -> None:
    """Raise ValueError for labels of None or NaN, and for text among other ones."""
    for i, label in enumerate(y):
        if not is_known(label):
            nan = "Input y contains NaN: " if label != label else ""
            raise ValueError(
                f"{nan}y must have a label for each series, got {label} for series {i}"
            )
    types = {isinstance(label, str): type(label).__name__ for label in y}
    if len(types) > 1:
        raise ValueError(f"y must have labels of one type, got {' and '.join(types.values())}")


def encode_labels(y: NDArray[Any], classes: NDArray[Any]) -> Indices:
    """Encode labels as their places in the sorted ``classes``; ValueError names unknown ones."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y must have labels of the classes known, {classes}, got {unknown}")
    return np.searchsorted(classes, y).astype(np.int64, copy=False)
