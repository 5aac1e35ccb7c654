"""What is measured of a classifier's answers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, roc_auc_score

N_BINS = 15  # as in Guo et al., "On calibration of modern neural networks", 2017


def score_labels(y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Score labels."""
    with warnings.catch_warnings():  # a class that is only predicted is known to be an error
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true", UserWarning)
        balanced = balanced_accuracy_score(y, predicted)
    return {"accuracy": accuracy_score(y, predicted), "balanced_accuracy": balanced}


def score_probabilities(y: Any, probabilities: Any, classes: Any) -> dict[str, float | None]:
    """Score probabilities, the columns of which are in the order of `classes`."""
    return {
        "auroc": auroc(y, probabilities, classes),
        "log_loss": log_loss(y, probabilities, labels=classes),
        "calibration_error": calibration_error(y, probabilities, classes),
    }


def auroc(y: Any, probabilities: Any, classes: Any) -> float | None:
    """Area under the curve, the mean of each class against the others.

    Classes that the test part has no series of, or no others than, have no curve; None if that
    is all of them.
    """
    areas = [
        roc_auc_score(y == label, column)
        for label, column in zip(classes, probabilities.T, strict=True)
        if 0 < np.count_nonzero(y == label) < len(y)
    ]
    return float(np.mean(areas)) if areas else None


def calibration_error(y: Any, probabilities: Any, classes: Any) -> float:
    """Expected calibration error of the labels chosen, in bins of equal width.

    >>> certain = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> calibration_error(np.array([1, 1]), certain, np.array([0, 1]))
    0.5
    """
    confidence = probabilities.max(axis=1)
    correct = np.asarray(classes)[probabilities.argmax(axis=1)] == y
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = np.bincount(bins, weights=confidence - correct, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(y))
