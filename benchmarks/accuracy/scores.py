"""Scores of predicted labels, probabilities and numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

N_BINS = 15  # as in Guo et al., "On calibration of modern neural networks", 2017


def score_labels(y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Score predicted labels."""
    with warnings.catch_warnings():  # a class that is only predicted counts as an error
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true", UserWarning)
        balanced = balanced_accuracy_score(y, predicted)
    return {"accuracy": accuracy_score(y, predicted), "balanced_accuracy": balanced}


def score_probabilities(y: Any, probabilities: Any, classes: Any) -> dict[str, float | None]:
    """Score probabilities, whose columns are in the order of `classes`."""
    return {
        "auroc": auroc(y, probabilities, classes),
        "log_loss": log_loss(y, probabilities, labels=classes),
        "calibration_error": calibration_error(y, probabilities, classes),
    }


def score_numbers(y: Any, predicted: Any) -> dict[str, float]:
    """Score predicted numbers."""
    scores = {"rmse": root_mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}
    return {name: float(score(y, predicted)) for name, score in scores.items()}


def auroc(y: Any, probabilities: Any, classes: Any) -> float | None:
    """Average the area under the ROC curve of each class against the others.

    A class without series in the test part, or the only one there, has no curve; None if no class
    has one.
    """
    areas = [
        roc_auc_score(y == label, column)
        for label, column in zip(classes, probabilities.T, strict=True)
        if 0 < np.count_nonzero(y == label) < len(y)
    ]
    return float(np.mean(areas)) if areas else None


def calibration_error(y: Any, probabilities: Any, classes: Any) -> float:
    """Compute the expected calibration error of the predicted labels, in bins of equal width.

    >>> certain = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> calibration_error(np.array([1, 1]), certain, np.array([0, 1]))
    0.5
    """
    confidence = probabilities.max(axis=1)
    correct = np.asarray(classes)[probabilities.argmax(axis=1)] == y
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = np.bincount(bins, weights=confidence - correct, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(y))
