"""What in series and targets speaks against a fit, one check a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import Panel
from sktcn._preprocessing.statistics import Standardizer
from sktcn.preflight.finding import Finding

SCALES = 100.0  # times by which series differ before it is said
UNSCALED = 10.0  # size, or its inverse, that is unlike that of scaled values
MOSTLY_MISSING = 0.9  # of a channel's values
IMBALANCE = 10.0  # series of the largest class for each one of the smallest


def check_gaps(panel: Panel, estimator: Any) -> Iterator[Finding]:
    """Hold what is missing against ``missing``.

    Parameters
    ----------
    panel : Panel
        The series as they are.
    estimator : BaseSequenceEstimator
        Estimator to be fitted.

    Yields
    ------
    Finding
        One a problem.
    """
    gaps = np.isnan(panel.values)
    share = gaps.mean(axis=0)
    if not share.any():
        if estimator.missing == "mask":
            yield Finding(
                "note",
                "no value is missing, and missing='mask' doubles the channels",
                "Unless later series have gaps, set missing='error'",
            )
        return
    if estimator.missing == "error":
        yield Finding(
            "error",
            f"{gaps.sum():,} of {gaps.size:,} values are missing, which missing='error' refuses",
            "Set missing='mask' or 'interpolate', or 'trim' if they are at the ends alone",
        )
    for channel in np.flatnonzero((share >= MOSTLY_MISSING) & (share < 1)):
        yield Finding(
            "warning",
            f"{share[channel]:.1%} of channel {channel} are missing",
            "Leave the channel out, or set missing='mask', which tells where it was observed",
        )


def check_scales(panel: Panel, estimator: Any) -> Iterator[Finding]:
    """Hold the channels' levels and deviations against ``scaling``.

    Parameters
    ----------
    panel : Panel
        The series as they are, with a value in each channel.
    estimator : BaseSequenceEstimator
        Estimator to be fitted.

    Yields
    ------
    Finding
        One a problem.
    """
    constant = np.nanmax(panel.values, axis=0) == np.nanmin(panel.values, axis=0)
    if constant.any():
        yield Finding(
            "warning",
            f"{_channels(constant)} constant: the same value at all steps of all series",
            "Leave out what tells nothing; or look for a fault in how the series were read",
        )
    if estimator.scaling is None:
        yield from _unscaled(panel, ~constant)
    if estimator.scaling == "channel" and len(panel) > 1:
        yield from _unlike_series(panel, ~constant)


def _unscaled(panel: Panel, varying: NDArray[np.bool_]) -> Iterator[Finding]:
    statistics = Standardizer.fit(panel.values)
    size = np.hypot(statistics.mean, statistics.scale)
    odd = varying & ((size > UNSCALED) | (size < 1 / UNSCALED))
    if odd.any():
        worst = np.abs(np.log(np.where(odd, size, 1.0))).argmax()
        yield Finding(
            "warning",
            f"{_channels(odd)} far from the size of 1, which the initial weights are made for "
            f"(channel {worst} is about {size[worst]:.2g}), and scaling=None leaves it so",
            "Set scaling='channel', or scale the series yourself",
        )


def _unlike_series(panel: Panel, varying: NDArray[np.bool_]) -> Iterator[Finding]:
    levels, deviations = _by_series(panel)
    for channel in np.flatnonzero(varying):
        level, deviation = levels[:, channel], deviations[:, channel]
        known = deviation[deviation > 0]
        if not len(known):
            continue
        low, typical, high = np.quantile(known, [0.05, 0.5, 0.95])
        spread = np.nanstd(level)
        if high > SCALES * low:
            told = f"deviate from their own means by {low:.2g} up to {high:.2g}"
        elif spread > SCALES * typical:
            told = f"are at levels about {spread:.2g} apart, and vary about them by {typical:.2g}"
        else:
            continue
        yield Finding(
            "warning",
            f"series differ by orders of magnitude: those of channel {channel} {told}, so that "
            "scaling='channel' leaves little of the small variations",
            "Set scaling='series', unless level or size are what tells the targets apart; or "
            "take logarithms, where all values are positive",
        )


def _by_series(panel: Panel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each channel of each series; NaN where it has no value."""
    seen = ~np.isnan(panel.values)
    values = np.where(seen, panel.values, 0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        count = np.add.reduceat(seen, panel.starts, dtype=np.float64)
        mean = np.add.reduceat(values, panel.starts) / count
        centred = np.where(seen, values - np.repeat(mean, panel.lengths, axis=0), 0)
        return mean, np.sqrt(np.add.reduceat(np.square(centred), panel.starts) / count)


def _channels(which: NDArray[np.bool_]) -> str:
    numbers = np.flatnonzero(which)
    listed = ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")
    return f"channel {listed} is" if len(numbers) == 1 else f"channels {listed} are"


def check_classes(
    target: NDArray[Any], classes: NDArray[Any] | None, class_weight: Any, cv: int
) -> Iterator[Finding]:
    """Look for classes too small for folds, and for a target that tells nothing.

    Parameters
    ----------
    target : ndarray
        Class codes or standardised targets, as `fit` codes them.
    classes : ndarray of shape (n_classes,) or None
        Labels; None in regression.
    class_weight : dict, "balanced" or None
        Parameter of the estimator.
    cv : int
        Folds of a cross-validation to come.

    Yields
    ------
    Finding
        One a problem.
    """
    if classes is None:
        if not np.ptp(target, axis=0).all():
            yield Finding("warning", "a target is the same for all series", "Leave it out")
        return
    counts = dict(zip(classes.tolist(), np.bincount(target).tolist(), strict=True))
    few = {label: count for label, count in counts.items() if count < cv}
    if few:
        listed = ", ".join(f"{label!r}: {count}" for label, count in list(few.items())[:10])
        least = min(few.values())
        folds = f"cross-validate in {least} folds" if least > 1 else "leave out single series"
        yield Finding(
            "warning",
            f"classes have fewer series than there are folds, cv={cv} ({listed}): some folds have "
            "none of them to test on or, of a single one, none to learn from",
            f"Gather more, merge classes, or {folds}",
        )
    if max(counts.values()) > IMBALANCE * min(counts.values()) and class_weight is None:
        yield Finding(
            "warning",
            f"the largest class has {max(counts.values())} series and the smallest "
            f"{min(counts.values())}, so that the loss is nearly that of the largest alone",
            "Set class_weight='balanced', and score by balanced accuracy",
        )
