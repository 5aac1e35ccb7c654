"""Long tables, with a row for each time step of each series, as frames that estimators take."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sktcn._data.frames import SeriesRows, split_frame


def from_long(
    frame: Any,
    *,
    id: Hashable,
    time: Hashable,
    target: Hashable | None = None,
    channels: Sequence[Hashable] | None = None,
) -> tuple[list[Any], Any]:
    """Convert a long table to series and their targets.

    Parameters
    ----------
    frame : pandas.DataFrame
        Table with a row for each time step of each series; it is not changed.
    id, time : str
        Columns that name the series and order its time steps, in any order of rows.
    target : str, default=None
        Column of the label or target, the same in all rows of a series.
    channels : list of str, default=None
        Columns of the channels; None for all others.

    Returns
    -------
    X : list of pandas.DataFrame of shape (n_timepoints_i, n_channels)
        Series, in the order of their first rows. An estimator knows the channels by their names.
    y : pandas.Series of length n_series or None
        Targets, indexed by ``id``; None without ``target``.

    Raises
    ------
    TypeError
        If the table is no frame of pandas.
    ValueError
        If a column does not exist, a series has a time twice, or more than one target, or if times
        are text whose order is not that of the rows.

    See Also
    --------
    load_ucr : Load a data set from files.

    Examples
    --------
    >>> import pandas as pd
    >>> from sktcn.datasets import from_long
    >>> frame = pd.DataFrame({"id": ["a", "a", "b"], "t": [0, 1, 0], "x": [1.0, 2.0, 3.0]})
    >>> X, y = from_long(frame.assign(y=[5, 5, 7]), id="id", time="t", target="y")
    >>> X[0].to_numpy().T, y.tolist()
    (array([[1., 2.]]), [5, 7])
    """
    if not hasattr(frame, "set_index"):
        raise TypeError(f"frame must be a DataFrame of pandas, got {type(frame).__name__}")
    targets = [] if target is None else [target]
    named = [id, time, *targets]
    if isinstance(channels, str):
        raise TypeError(f"channels must be a list of names, got {channels!r}")
    if isinstance(target, list):
        raise TypeError(f"target must be the name of one column, got {target}")
    channels = list(frame.columns.drop(named, errors="ignore") if channels is None else channels)
    _check_columns(frame, named, channels)
    indexed = frame[[*named, *channels]].set_index([id, time])
    return split_frame(indexed[channels]), _one_per_series(indexed, target, id)


def _check_columns(frame: Any, named: list[Hashable], channels: list[Any]) -> None:
    """Raise ValueError unless the columns exist, each of them once, and differ."""
    present = frame.columns.tolist()
    twice = sorted({repr(name) for name in present if present.count(name) > 1})
    if twice:
        raise ValueError(f"frame must have each column once, got {', '.join(twice)} twice")
    used = [*named, *channels]
    missing = [name for name in used if name not in present]
    if missing or not channels:
        levels = any(name in frame.index.names for name in missing)
        expected = missing or f"{named} and at least one channel"
        raise ValueError(
            f"frame must have the columns {expected}, got {present}"
            + ("; pass frame.reset_index() for the levels of its index" if levels else "")
        )
    if len(set(used)) < len(used):
        raise ValueError(f"id, time, target and channels must be different columns, got {used}")


def _one_per_series(indexed: Any, target: Hashable | None, id: Hashable) -> Any:
    if target is None:
        return None
    rows = SeriesRows.of(indexed.index)
    several = indexed[target].groupby(level=0, sort=False).nunique(dropna=False) > 1
    if several.any():
        name = several.idxmax()
        labels = indexed[target].loc[name]
        if labels.nunique() == 1:
            raise ValueError(
                f"a series must have its {target} in all rows, got {labels.isna().sum()} of "
                f"{len(labels)} missing in {name}; fill them in, such as by "
                f"frame[{target!r}] = frame.groupby({id!r})[{target!r}].transform('first')"
            )
        found = labels.unique()[:2].tolist()
        raise ValueError(
            f"a series must have one {target}, got several in {name}, such as {found}; where each "
            f"time step has its own, leave out target, and pass [x.pop({target!r}) for x in X] as y"
        )
    return indexed[target].iloc[rows.order[rows.starts]].droplevel(1)
