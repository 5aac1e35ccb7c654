"""What stands between bad numbers, or a failure, and an estimator's state and answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

from sktcn.blocks import BlockPanel
from sktcn.panel import Panel

Floats = NDArray[np.float64]


def check_weight(sample_weight: Any, panel: Panel | BlockPanel) -> Floats:
    """Make sure that weights can be used.

    Parameters
    ----------
    sample_weight : array-like of shape (n_series,) or None
        What each series counts; None if all count alike.
    panel : Panel or BlockPanel
        The series.

    Returns
    -------
    ndarray of shape (n_series,)
        The weights.

    Raises
    ------
    ValueError
        If they are of another number, negative, all zero, or too large for a sum.
    """
    if sample_weight is None:
        return np.ones(len(panel))
    weight: Floats = _check_sample_weight(
        sample_weight, panel.lengths, dtype=np.float64, ensure_non_negative=True
    )
    if not weight.any():
        raise ValueError("sample_weight must not be zero for all series")
    if weight.max() > np.finfo(np.float64).max / (len(weight) + 1):
        raise ValueError(f"sample_weight must have a finite sum, got {weight.max()} in it")
    return weight


def check_finite(outputs: Floats, panel: Panel, numbers: NDArray[np.int64]) -> None:
    """Raise unless a network's outputs are finite.

    Parameters
    ----------
    outputs : ndarray of shape (n_series, n_outputs)
        The outputs.
    panel : Panel
        The series that they are of.
    numbers : ndarray of shape (n_series,)
        What the user calls these series.

    Raises
    ------
    ValueError
        If one is not; it says of which series.
    """
    wrong = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if wrong.size:
        raise ValueError(
            f"the network has no finite answer to series {numbers[wrong[0]]}, of values up to "
            f"{np.nanmax(np.abs(panel.series(wrong[0]))):.3g}: they must be near those of fit, "
            "and if they are, the fit needs a lower lr or gradient_clip"
        )


@contextmanager
def unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Put an estimator's attributes back if anything fails.

    Parameters
    ----------
    estimator : object
        The estimator.

    Yields
    ------
    None
        Within, attributes may be set.
    """
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before
        raise
