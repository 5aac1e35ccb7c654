"""Checks of series and targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.advice import narrow_frame
from sktcn._data.panel import (
    FAR_TOO_MANY_CHANNELS,
    SWAPPED,
    Floats,
    Panel,
    describe_channel,
    label_channel,
)
from sktcn._data.step_targets import StepTargets
from sktcn._preprocessing.scaling import Standardizer
from sktcn.preflight.finding import Finding

Names = list[Any] | None  # of the channels

MAX_SCALE_RATIO = 100.0  # between the levels or the deviations of series
MAX_MAGNITUDE = 10.0  # of unscaled values, or of its inverse
MANY_CHANNELS = 4.0  # for each time step; few real series have as many
MAX_MISSING, MANY_MISSING = 0.9, 0.5  # fractions of the values of a channel
ROUNDING = 1e-10  # deviation from a series' mean, relative to it, of a channel that is constant
MAX_IMBALANCE = 10.0  # series or steps of the largest class for each one of the smallest


def check_axes(panel: Panel) -> Iterator[Finding]:
    """Check for one time step, and for far more channels than steps: axes the wrong way round."""
    n_channels, longest = panel.n_channels, int(panel.lengths.max())
    ratio = n_channels / longest
    remedy = f"If the {SWAPPED}"
    if longest == 1:
        yield Finding(
            "warning",
            "the series have one time step, and nothing happens over time",
            remedy if n_channels > 1 else "Use an estimator for tables",
        )
    elif ratio > MANY_CHANNELS:
        yield Finding(
            "warning" if ratio > FAR_TOO_MANY_CHANNELS else "note",
            f"the series have {n_channels} channels of {longest} time steps at most",
            remedy,
        )


def check_frame(X: Any) -> Iterator[Finding]:
    """Check for a frame whose rows seem to be time steps."""
    found = narrow_frame(X)
    if found is not None:
        problem, remedy = found
        yield Finding("warning", problem, remedy[0].upper() + remedy[1:])


def check_missing(panel: Panel, missing: str, names: Names) -> Iterator[Finding]:
    """Check the missing values of raw series against ``missing``."""
    nan = np.isnan(panel.values)
    share = nan.mean(axis=0)
    if not share.any():
        if missing == "mask":
            yield Finding(
                "note",
                "no value is missing, and missing='mask' doubles the channels",
                "Unless later series have missing values, set missing='error'",
            )
        return
    if missing == "error":
        yield Finding(
            "error",
            f"{nan.sum():,} of {nan.size:,} values are missing, which missing='error' refuses",
            "Set missing='mask' or 'interpolate', or 'trim' if they are at the ends alone",
        )
    for channel in np.flatnonzero((share >= MANY_MISSING) & (share < 1)):
        yield Finding(
            "warning" if share[channel] >= MAX_MISSING else "note",
            f"{share[channel]:.1%} of {describe_channel(channel, names)} are missing",
            "Leave the channel out, or set missing='mask', which marks where it was observed",
        )


def check_scales(panel: Panel, scaling: str | None, names: Names) -> Iterator[Finding]:
    """Check levels and deviations of raw series against ``scaling``."""
    constant = np.nanmax(panel.values, axis=0) == np.nanmin(panel.values, axis=0)
    if constant.any():
        yield Finding(
            "warning",
            f"{_channels(constant, names)} constant: the same value at all steps of all series",
            "Leave out what is constant, or look for an error in how the series were read",
        )
    if scaling is None:
        yield from _check_magnitudes(panel, ~constant, names)
    if scaling == "channel" and len(panel) > 1:
        yield from _check_between_series(panel, ~constant, names)


def _check_magnitudes(panel: Panel, varying: NDArray[np.bool_], names: Names) -> Iterator[Finding]:
    statistics = Standardizer.fit(panel.values)
    magnitude = np.hypot(statistics.mean, statistics.scale)
    extreme = varying & ((magnitude > MAX_MAGNITUDE) | (magnitude < 1 / MAX_MAGNITUDE))
    if extreme.any():
        worst = np.abs(np.log(np.where(extreme, magnitude, 1.0))).argmax()
        yield Finding(
            "warning",
            f"{_channels(extreme, names)} far from the size of 1, which the initial weights are "
            f"made for ({describe_channel(worst, names)} is about {magnitude[worst]:.2g}), and "
            "scaling=None leaves it so",
            "Set scaling='channel', or scale the series yourself",
        )


def _check_between_series(
    panel: Panel, varying: NDArray[np.bool_], names: Names
) -> Iterator[Finding]:
    means, deviations = _series_statistics(panel)
    deviations[deviations <= ROUNDING * np.abs(means)] = 0
    for channel in np.flatnonzero(varying & (np.nanmedian(deviations, axis=0) > 0)):
        problem = _describe_differences(means[:, channel], deviations[:, channel])
        if problem is not None:
            yield Finding(
                "warning",
                f"series differ by orders of magnitude: those of "
                f"{describe_channel(channel, names)} {problem}, so that scaling='channel' leaves "
                "little of the small variations",
                "Set scaling='series', unless level or size distinguish the targets; or take "
                "logarithms, where all values are positive",
            )


def _describe_differences(means: Floats, deviations: Floats) -> str | None:
    """Describe how the series of a channel differ; None if by less than `MAX_SCALE_RATIO`."""
    low, typical, high = np.quantile(deviations[deviations > 0], [0.05, 0.5, 0.95])
    if high > MAX_SCALE_RATIO * low:
        return f"deviate from their own means by {low:.2g} up to {high:.2g}"
    between = np.nanstd(means)
    if between > MAX_SCALE_RATIO * typical:
        return f"are at levels about {between:.2g} apart, and vary about them by {typical:.2g}"
    return None


def _series_statistics(panel: Panel) -> tuple[Floats, Floats]:
    """Compute mean and deviation of each channel of each series; NaN where it has no value."""
    observed = ~np.isnan(panel.values)
    values = np.where(observed, panel.values, 0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        count = np.add.reduceat(observed, panel.starts, dtype=np.float64)
        mean = np.add.reduceat(values, panel.starts) / count
        centred = np.where(observed, values - np.repeat(mean, panel.lengths, axis=0), 0)
        return mean, np.sqrt(np.add.reduceat(np.square(centred), panel.starts) / count)


def _channels(mask: NDArray[np.bool_], names: Names) -> str:
    channels = [label_channel(channel, names) for channel in np.flatnonzero(mask)]
    listed = ", ".join(channels[:10]) + (", ..." if len(channels) > 10 else "")
    return f"channel {listed} is" if len(channels) == 1 else f"channels {listed} are"


def check_classes(
    target: Any, classes: NDArray[Any] | None, class_weight: Any, cv: int
) -> Iterator[Finding]:
    """Check for classes too small for ``cv`` folds or unbalanced, and for constant targets.

    ``target`` is encoded, of series or of time steps; ``classes`` are None in regression.
    """
    by_step = isinstance(target, StepTargets)
    rows = target.rows[target.labelled] if by_step else target
    unit = "time steps" if by_step else "series"
    if classes is None:
        if not np.ptp(rows, axis=0).all():
            yield Finding("warning", f"a target is the same for all {unit}", "Leave it out")
        return
    if rows.ndim > 1:  # several labels
        if not np.ptp(rows, axis=0).all():
            constant = np.flatnonzero(np.ptp(rows, axis=0) == 0).tolist()
            yield Finding("note", f"labels {constant} are the same everywhere", "Leave them out")
        return
    counts = dict(zip(classes.tolist(), np.bincount(rows).tolist(), strict=True))
    yield from _check_folds(_count_series(target, classes) if by_step else counts, cv)
    if max(counts.values()) > MAX_IMBALANCE * min(counts.values()) and class_weight is None:
        yield Finding(
            "warning",
            f"the largest class has {max(counts.values())} {unit} and the smallest "
            f"{min(counts.values())}, so that the largest dominates the loss",
            "Set class_weight='balanced', and score by balanced accuracy",
        )


def _count_series(target: StepTargets, classes: NDArray[Any]) -> dict[Any, int]:
    """Count the series with steps of each class."""
    series = np.repeat(np.arange(len(target)), target.lengths)[target.labelled]
    pairs = np.unique(np.stack([series, target.rows[target.labelled]]), axis=1)
    return dict(zip(classes.tolist(), np.bincount(pairs[1]).tolist(), strict=True))


def _check_folds(counts: dict[Any, int], cv: int) -> Iterator[Finding]:
    """Check for classes of fewer series than there are folds."""
    few = {label: count for label, count in counts.items() if count < cv}
    if few:
        listed = ", ".join(f"{label!r}: {count}" for label, count in list(few.items())[:10])
        least = min(few.values())
        folds = f"cross-validate in {least} folds" if least > 1 else "leave out single series"
        yield Finding(
            "warning",
            f"classes have fewer series than there are folds, cv={cv} ({listed}): some folds have "
            "none to test on or, of a class of one series, none to train on",
            f"Gather more, merge classes, or {folds}",
        )
