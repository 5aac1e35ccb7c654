"""Frames of pandas whose rows are time steps and whose columns are channels.

Either one frame, whose index has two levels, series and time, or a list with a frame for each
series. The time orders the steps of a series and is ignored otherwise. pandas is not imported.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_indexed(X: Any) -> bool:
    """Return whether a frame or column has an index of several levels."""
    return getattr(getattr(X, "index", None), "nlevels", 1) > 1


def is_frame(x: Any) -> bool:
    """Return whether an object is a frame of pandas."""
    return hasattr(x, "iloc") and x.ndim == 2


def channel_names(X: Any) -> list[Any]:
    """Return the columns of an indexed frame, or of the first of a list; they must differ."""
    frame = _as_frame(X) if is_indexed(X) else next(filter(is_frame, X))
    return _distinct(frame.columns.tolist())


def _distinct(names: list[Any]) -> list[Any]:
    if len(set(names)) < len(names):
        raise ValueError(f"channels must have different names, got {names}")
    return names


def are_text(names: Iterable[Any]) -> bool:
    """Return whether all names are text: scikit-learn takes others for no names."""
    return all(isinstance(name, str) for name in names)


def to_arrays(X: Any, known: list[Any] | None = None) -> list[NDArray[Any]]:
    """Convert frames to arrays ``(n_channels, n_timepoints_i)``, channels in the order of fit.

    ``known`` are the names of fit, None for those of the frames.
    """
    names = channel_names(X) if known is None else known
    source = "series 0" if known is None else "fit"
    if is_indexed(X):
        frame, rows = _as_frame(X), SeriesRows.of(X.index)
        values = _values(_in_order(frame, names, "X", source))
        return [x.T for x in np.split(values[rows.order], rows.starts[1:])]
    for index, x in enumerate(X):
        if not is_frame(x):
            raise TypeError(
                f"series {index} must be a frame, as others of the list, got {type(x).__name__}"
            )
    _warn_of_order(X)
    return [_values(_in_order(x, names, f"series {i}", source)).T for i, x in enumerate(X)]


def iter_times(X: Any) -> Iterator[tuple[Any, Any]]:
    """Yield name and times of each series of an indexed frame, or of a list of frames."""
    if not is_indexed(X):
        yield from ((series, x.index) for series, x in enumerate(X))
        return
    rows = SeriesRows.of(X.index)
    times = X.index.get_level_values(1)[rows.order]
    yield from ((name, times[part]) for name, part in zip(rows.ids, rows.parts, strict=True))


def split_frame(X: Any) -> list[Any]:
    """Split an indexed frame into a list of frames, indexed by time alone."""
    rows = SeriesRows.of(X.index)
    frame = _as_frame(X).iloc[rows.order].droplevel(0)
    return [frame.iloc[part] for part in rows.parts]


def frame_values(x: Any, known: list[Any] | None) -> Any:
    """Convert newest values of streams in a frame to an array; return other input unchanged.

    The rows of a frame are streams. An index of streams and time, or a list with a frame for each
    stream, makes the array ``(n_streams, n_channels, n_timepoints)``. Rows of frames in a list are
    put in the order of ``known`` if they have these names.
    """
    listed = isinstance(x, list | tuple)
    if is_indexed(x) or (listed and any(map(is_frame, x))):
        series = to_arrays(x, known)
        lengths = [array.shape[1] for array in series]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"streams must have equally many time steps, got {lengths}: push each of them "
                "alone, by streams=[i]"
            )
        return np.stack(series)
    if listed and known is not None:
        return [_in_row_order(each, known) for each in x]
    return _values(_in_order(x, known or channel_names([x]), "x", "fit")) if is_frame(x) else x


def _in_row_order(row: Any, known: list[Any]) -> Any:
    """Put the values of a row in the order of fit; a row without names is in that order."""
    if set(getattr(row, "_fields", ())) == set(known):  # a namedtuple, as of itertuples
        return [getattr(row, name) for name in known]
    if not hasattr(row, "loc") or not (are_text(row.index) or set(row.index) == set(known)):
        return row
    _check_names(_distinct(row.index.tolist()), known, "x", "fit")
    return row.loc[known]


def check_step_order(X: Any, y: Any, name: str = "y") -> None:
    """Raise ValueError unless targets or weights of time steps have the index of the frames."""
    if is_indexed(X) and hasattr(y, "iloc") and not (is_indexed(y) and y.index.equals(X.index)):
        raise ValueError(f"{name} must have the index of X, series and time, got another")
    if not (isinstance(X, list | tuple) and isinstance(y, list | tuple)):
        return
    for series, (x, each) in enumerate(zip(X, y, strict=False)):
        framed = is_frame(x) and hasattr(each, "iloc") and len(x) == len(each)
        if framed and not each.index.equals(x.index):
            raise ValueError(
                f"{name} must have the index of X in each series, got another in series {series}: "
                "pass to_numpy() of each if the order is the same"
            )


def check_series_order(X: Any, y: Any) -> None:
    """Raise ValueError if the index of targets has the series of an indexed frame otherwise."""
    if not (is_indexed(X) and hasattr(y, "iloc")):
        return
    if is_indexed(y):
        raise ValueError(
            "y must have one row for each series, got an index of several levels: if its values "
            "are the same in all time steps, pass y.groupby(level=0, sort=False).first()"
        )
    ids = SeriesRows.of(X.index).ids.tolist()
    index = y.index.tolist()
    if index != ids and len(index) == len(ids) and set(index) == set(ids):
        raise ValueError(
            "y must have the series in the order of X, got its index in another: pass "
            "y.loc[X.index.unique(0)], or y.to_numpy() if its index does not name the series"
        )


@dataclass(frozen=True)
class SeriesRows:
    """Rows of each series of an index, sorted by time.

    Attributes
    ----------
    order : ndarray of shape (n_rows,)
        Rows, sorted by series, in the order of their first rows, and by time.
    starts : ndarray of shape (n_series,)
        Places in ``order`` at which the series start.
    ids : Index of length n_series
        Values of the index that name the series.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    ids: Any

    @property
    def parts(self) -> list[slice]:
        """Places in ``order`` of each series."""
        ends = [*self.starts[1:], len(self.order)]
        return [slice(start, end) for start, end in zip(self.starts, ends, strict=True)]

    @staticmethod
    def of(index: Any) -> SeriesRows:
        """Sort the rows of an index of series and time, whose pairs must differ."""
        if index.nlevels != 2:
            names = list(index.names)
            raise ValueError(
                f"X must have an index of two levels, series and time, got {names}: X.droplevel() "
                "takes off others"
            )
        if not len(index):
            raise ValueError("X must hold at least one series, got an empty frame")
        if _are_dates(index.levels[0]) and not _are_dates(index.levels[1]):
            raise ValueError(
                "X must have an index of series and time, got dates in its first level, "
                f"{index.names[0]!r}: pass X.swaplevel()"
            )
        series, ids = index.get_level_values(0).factorize()
        times, ranked = index.get_level_values(1).factorize(sort=True)
        for level, codes in zip(index.names, (series, times), strict=True):
            if codes.min() < 0:
                row = codes.argmin()
                raise ValueError(
                    f"X must name series and time in each row, got none in {level!r}, row {row}"
                )
        order = np.lexsort((times, series))
        _check_text(ranked, in_order=np.array_equal(order, np.argsort(series, kind="stable")))
        series, times = series[order], times[order]
        first = np.append(True, np.diff(series) > 0)
        twice = np.flatnonzero(~first[1:] & (np.diff(times) == 0))
        if len(twice):
            name, time = ids[series[twice[0]]], ranked[times[twice[0]]]
            raise ValueError(f"X must have each time once in a series, got {time} twice in {name}")
        return SeriesRows(order, np.flatnonzero(first), ids)


def _warn_of_order(frames: Sequence[Any]) -> None:
    """Warn if the dates of a series are not in order, since its rows are read as they come."""
    for series, frame in enumerate(frames):
        if _are_dates(frame.index) and not frame.index.is_monotonic_increasing:
            warnings.warn(
                f"the dates of series {series} are not in order, and its rows are read as they "
                "come: pass x.sort_index() for each frame x",
                stacklevel=2,
            )
            return


def _are_dates(times: Any) -> bool:
    return getattr(times.dtype, "kind", None) == "M"


def _check_text(times: Any, *, in_order: bool) -> None:
    """Raise ValueError if times are text, and its order is not that of the rows."""
    if isinstance(times[0], str) and not hasattr(times, "categories") and not in_order:
        raise ValueError(
            f"X must have times that are numbers or dates, got text, such as {times[0]!r}, which "
            "would be sorted as words are: convert it by pd.to_numeric or pd.to_datetime"
        )


def _as_frame(X: Any) -> Any:
    return X.to_frame() if X.ndim == 1 else X


def _in_order(frame: Any, names: Sequence[Any], where: str, source: str) -> Any:
    columns = channel_names([frame])
    if columns == names:
        return frame
    _check_names(columns, names, where, source)
    return frame[names]


def _check_names(given: list[Any], names: Sequence[Any], where: str, source: str) -> None:
    """Raise ValueError unless channels have these names, in any order."""
    if set(given) != set(names):
        more = f": pass its {names}" if set(given) > set(names) else ""
        raise ValueError(f"{where} must have the channels of {source}, {names}, got {given}{more}")


def _values(frame: Any) -> NDArray[Any]:
    for name, dtype in frame.dtypes.items():
        if dtype.kind not in "biuf":
            raise TypeError(
                f"channel {name!r} must hold real numbers, got dtype {dtype}: leave it out, or "
                "encode it by numbers"
            )
    single = all(dtype == np.float32 for dtype in frame.dtypes)
    values: NDArray[Any] = frame.to_numpy(np.float32 if single else np.float64, na_value=np.nan)
    return values
