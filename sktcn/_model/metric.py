"""Metrics of a task, summed up batch by batch over an epoch of the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import Floats


class Metric(Protocol):
    """A weighted metric that is computed from sums over series.

    Attributes
    ----------
    name : str
        Name in the columns of ``history_``.
    """

    name: str

    def tally(self, outputs: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        """Sum up over series, from outputs ``(n_series, n_outputs)`` and encoded targets."""

    def value(self, tally: Floats) -> float:
        """Compute the metric from the sums of all series."""


class Accuracy:
    """Weighted share of the series whose class has the largest output."""

    name = "accuracy"

    def tally(self, outputs: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        """Sum up the weights of the series that are right, and of all."""
        right = outputs.argmax(axis=1) == target
        return np.array([weight[right].sum(), weight.sum()])

    def value(self, tally: Floats) -> float:
        """Divide the sums."""
        return float(tally[0] / tally[1])


class SubsetAccuracy:
    """Weighted share of the rows all of whose labels are right."""

    name = "accuracy"

    def tally(self, outputs: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        """Sum up the weights of the rows that are right, and of all."""
        right = ((outputs > 0) == (target > 0.5)).all(axis=1)
        return np.array([weight[right].sum(), weight.sum()])

    def value(self, tally: Floats) -> float:
        """Divide the sums."""
        return float(tally[0] / tally[1])


@dataclass(frozen=True)
class R2:
    """Weighted coefficient of determination, averaged over the targets.

    Attributes
    ----------
    constant : ndarray of shape (n_outputs,) or None
        Targets that are answered by their mean, whatever the outputs.
    """

    constant: Any = None
    name = "r2"

    def tally(self, outputs: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        """Sum up squared residuals, targets, their squares and weights, for each target."""
        if self.constant is not None:
            outputs = np.where(self.constant, 0.0, outputs)
        weight = weight[:, None]
        rows = ((outputs - target) ** 2, target, target**2, np.ones_like(target))
        return np.array([(weight * row).sum(axis=0) for row in rows])

    def value(self, tally: Floats) -> float:
        """Relate the residuals to the variance; a constant target counts one if exact, or zero."""
        residual, total, squares, weight = tally
        variance = squares - total**2 / weight
        varies = variance > np.finfo(np.float64).eps * squares
        scores = (residual == 0).astype(np.float64)
        scores[varies] = 1 - residual[varies] / variance[varies]
        return float(scores.mean())
