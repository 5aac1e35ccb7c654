"""Checks of the times of series in frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sktcn._data.frames import is_indexed, iter_times
from sktcn.preflight.finding import Finding

Steps = dict[Any, Any]  # by series, those between its rows

MAX_STEP_RATIO = 1.2  # of the largest to the least step in time; that of months is 1.11
DAY = np.timedelta64(1, "D")  # steps of days and more follow a calendar
SECOND = np.timedelta64(1, "s")


def check_times(X: Any, *, per_step: bool = False) -> Iterator[Finding]:
    """Check the times of frames for text, and for steps that differ within or between series.

    With ``per_step`` the targets are those of the rows, and need the same rows.
    """
    times = dict(iter_times(X))
    texts = [each[0] for each in times.values() if isinstance(each[0], str)]
    if texts:
        yield Finding(
            "note",
            f"the times of series are text, such as {texts[0]!r}, so that gaps are not seen",
            "Convert them by pandas.to_datetime",
        )
        return
    steps = {name: found for name, each in times.items() if len(found := _steps(each))}
    also = ", and the rows of y alike" if per_step else ""
    yield from _check_within(X, steps, also)
    if len({each.dtype.kind == "m" for each in steps.values()}) == 1:  # dates, or numbers, alone
        yield from _check_between(X, steps, also)


def _check_within(X: Any, steps: Steps, also: str) -> Iterator[Finding]:
    """Check for series whose rows are not equally far apart."""
    uneven = {k: v for k, v in steps.items() if v.max() > MAX_STEP_RATIO * v.min()}
    if uneven:
        name, found = next(iter(uneven.items()))
        least, most = found.min(), found.max()
        yield Finding(
            "note" if isinstance(least, np.timedelta64) and least >= DAY else "warning",
            f"the times of {len(uneven)} series are not equally far apart, as in series {name!r}, "
            f"where steps are {_show(least)} to {_show(most)}: rows are read as if they were",
            f"{_equal_steps(X, found)}, and set missing='mask'{also}",
        )


def _check_between(X: Any, steps: Steps, also: str) -> Iterator[Finding]:
    """Check for series whose rows are further apart than those of others."""
    typical = {name: np.median(each) for name, each in steps.items()}
    fast, slow = (choose(typical, key=typical.__getitem__) for choose in (min, max))
    if typical[slow] > MAX_STEP_RATIO * typical[fast]:
        yield Finding(
            "warning",
            f"series have different rates, such as a row in {_show(typical[fast])} in series "
            f"{fast!r}, and in {_show(typical[slow])} in series {slow!r}: rows are read as if the "
            "time between them were the same",
            _resampling(X, typical[slow]) + also,
        )


def _steps(times: Any) -> Any:
    """Return the steps between times that are numbers or dates, all of them positive."""
    if times.dtype.kind not in "iufM":
        return np.empty(0)
    steps = (times[1:] - times[:-1]).to_numpy()
    return steps[steps > steps[:0].sum()]


def _show(step: Any) -> str:
    """Describe a step in time."""
    return f"{step / SECOND:g} s" if isinstance(step, np.timedelta64) else f"{step:g}"


def _equal_steps(X: Any, steps: Any) -> str:
    """Return how series get equal steps: by rows that are absent, or by means."""
    step = steps.min()
    if not isinstance(step, np.timedelta64):
        return f"Add the absent rows by reindex, {_show(step)} apart"
    if (steps % step).astype(bool).any():
        return _resampling(X, np.median(steps))
    return _converting(X, f"asfreq('{_frequency(step)}')")


def _resampling(X: Any, step: Any) -> str:
    """Return how series get rows so far apart, each the mean of those about its time."""
    if not isinstance(step, np.timedelta64):
        return f"Interpolate all series at times {_show(step)} apart"
    start = f"x.index[0] - pd.Timedelta('{_frequency(step / 2)}')"
    return _converting(X, f"resample('{_frequency(step)}', origin={start}).mean()")


def _frequency(step: np.timedelta64) -> str:
    """Write a step as pandas reads it: whole seconds, milliseconds, or less."""
    for unit in ("s", "ms", "us"):
        if not (step % np.timedelta64(1, unit)).astype(bool):
            return f"{step // np.timedelta64(1, unit)}{unit}"
    return f"{step // np.timedelta64(1, 'ns')}ns"


def _converting(X: Any, change: str) -> str:
    if is_indexed(X):
        return f"Pass [x.{change} for x in frames], frames a list of a frame for each series"
    return f"Pass [x.{change} for x in X]"
