"""Contenders of the early decisions: sktcn's classifiers, and peers of sktime and aeon."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.early import EarlyClassifier

PEERS = {"sktime": "sktime.classification", "aeon": "aeon.classification"}
OURS = {
    "EarlyClassifier(TCNClassifier(n_fixed_kernels=0))": lambda: EarlyClassifier(
        TCNClassifier(n_fixed_kernels=0)
    ),
    "EarlyClassifier(LSTMClassifier(n_fixed_kernels=0))": lambda: EarlyClassifier(
        LSTMClassifier(n_fixed_kernels=0)
    ),
}
Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def ours(make: Callable[[], EarlyClassifier], data: Data) -> tuple[float, float]:
    """Compute accuracy and earliness of an estimator of sktcn."""
    X, y, X_test, y_test = data
    decisions = make().fit(X, y).decide(X_test)
    accuracy = np.mean(decisions.labels == y_test)
    return float(accuracy), float(np.mean(decisions.n_timepoints / X_test.shape[-1]))


def teaser(package: str, data: Data) -> tuple[float, float]:
    """Compute accuracy and earliness of TEASER with its default, WEASEL."""
    early = import_module(f"{package}.early_classification")
    return peer(early.TEASER(random_state=0), data)


def probability_threshold(data: Data) -> tuple[float, float]:
    """Compute accuracy and earliness of a fixed threshold on time series forests, one a length.

    aeon's default base classifier takes more than a quarter of an hour a set. sktime's version
    does not return its earliness.
    """
    from aeon.classification.early_classification import ProbabilityThresholdEarlyClassifier
    from aeon.classification.interval_based import TimeSeriesForestClassifier

    forest = TimeSeriesForestClassifier(random_state=0)
    return peer(ProbabilityThresholdEarlyClassifier(forest, random_state=0), data)


def peer(classifier: Any, data: Data) -> tuple[float, float]:
    """Compute accuracy and earliness of a peer by its own ``score``."""
    X, y, X_test, y_test = data
    classifier.fit(X[:, None], y)
    _, accuracy, earliness = classifier.score(X_test[:, None], y_test)
    return float(accuracy), float(earliness)


def contenders() -> dict[str, Callable[[Data], tuple[float, float]]]:
    """Return the contenders by name."""
    all_of_them: dict[str, Any] = {
        name: lambda data, make=make: ours(make, data) for name, make in OURS.items()
    }
    for library, package in PEERS.items():
        all_of_them[f"{library}'s TEASER"] = partial(teaser, package)
    all_of_them["aeon's ProbabilityThreshold"] = probability_threshold
    return all_of_them


def measure(name: str, run: Callable[[Data], tuple[float, float]], data: Data) -> dict[str, Any]:
    """Measure a contender on a set."""
    start = time.process_time()
    try:
        accuracy, earliness = run(data)
    except Exception as error:  # a missing or failing peer is a row with the error
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    sooner = 1 - earliness
    return {
        "accuracy": accuracy,
        "earliness": earliness,
        "harmonic_mean": 2 * accuracy * sooner / (accuracy + sooner),
        "cpu_seconds": time.process_time() - start,
    }
