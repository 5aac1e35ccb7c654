"""Data sets of the UCR archive, and others in its layout, from the user's own disk."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["list_ucr", "load_ucr"]

Series = list[NDArray[np.float64]]  # each of shape (n_channels, n_timepoints_i)

SPLITS = ("train", "test")
ENDINGS = (".tsv", ".ts")


def load_ucr(
    name: str, split: str | None = None, data_home: str | os.PathLike[str] | None = None
) -> tuple[NDArray[np.float64] | Series, NDArray[Any]]:
    """Load a data set of the UCR archive, or another in its layout.

    It is looked for in `data_home`, in the folder that the environment variable
    ``SKTCN_DATA_HOME`` names, and then in the sets that sktime ships. The first of them with
    a ``NAME/NAME_TRAIN`` or ``NAME/NAME_TEST`` in it is where the set is read from: its ``.tsv``
    files, or else its ``.ts`` files, which take sktime to read. Nothing is ever downloaded.

    Parameters
    ----------
    name : str
        Name of the set, such as ``"GunPoint"``; see `list_ucr`.
    split : {None, "train", "test"}, default=None
        Which of its two files; both, the series to train with first, by default.
    data_home : str or path-like, default=None
        Folder with a folder for each set, such as the unpacked archive.

    Returns
    -------
    X : ndarray of shape (n_series, n_timepoints) or (n_series, n_channels, n_timepoints), or \
            list of arrays of shape (n_timepoints_i,) or (n_channels, n_timepoints_i)
        The series, as the estimators take them, float64. It is a list if they are unequal in
        length; what counts is the series returned, so that one split may be a list and the other
        an array: an estimator fitted to one takes the other. Missing values are NaN. In a
        ``.tsv``, however, NaN at the end of a series is the archive's padding and is left out. So
        are the timestamps of a ``.ts``.
    y : ndarray of shape (n_series,)
        Labels or targets. From a ``.tsv`` int64, or float64 if not all are integers. From a
        ``.ts`` str, in lower case as sktime reads them, or float64 if the header says
        ``@targetLabel true``.

    Raises
    ------
    FileNotFoundError
        If the set, one of its files or a folder isn't there. It says where it was looked for,
        and where to get it.
    NotADirectoryError
        If `data_home` or ``SKTCN_DATA_HOME`` is not a folder.
    ImportError
        If a ``.ts`` is to be read and sktime isn't installed.
    ValueError
        If `name` or `split` can't be, or if a file is corrupt: it says which, and at which line.

    See Also
    --------
    list_ucr : Names of the sets that can be loaded.

    References
    ----------
    .. [1] H. A. Dau, A. Bagnall, K. Kamgar, C.-C. M. Yeh, Y. Zhu, S. Gharghabi,
       C. A. Ratanamahatana and E. Keogh, "The UCR time series archive", IEEE/CAA Journal of
       Automatica Sinica, 6(6), 2019.

    Examples
    --------
    >>> from sktcn.datasets import load_ucr
    >>> X, y = load_ucr("ItalyPowerDemand", split="train")
    >>> X.shape, y.shape
    ((67, 24), (67,))
    """
    if not isinstance(name, str) or not name or PureWindowsPath(name).name != name:
        raise ValueError(f"name must be that of a set, such as 'GunPoint', got name={name!r}")
    if split not in (None, *SPLITS):
        raise ValueError(f"split must be None, 'train' or 'test', got split={split!r}")
    files = _find(name, SPLITS if split is None else (split,), _places(data_home))
    is_tsv = files[0].suffix == ".tsv"
    parts = [_read_tsv(file) if is_tsv else _read_ts(file) for file in files]
    y = np.concatenate([labels for _, labels in parts])
    if is_tsv and np.array_equal(y, np.round(y)):
        y = y.astype(np.int64)
    return _contain([x for series, _ in parts for x in series]), y


def list_ucr(data_home: str | os.PathLike[str] | None = None) -> list[str]:
    """List the data sets that `load_ucr` finds.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with a folder for each set. The sets of ``SKTCN_DATA_HOME`` and those that sktime
        ships are listed with them.

    Returns
    -------
    list of str
        Their names, sorted.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If `data_home` or ``SKTCN_DATA_HOME`` is not a folder.

    See Also
    --------
    load_ucr : Load one of them.

    Examples
    --------
    >>> from sktcn.datasets import list_ucr
    >>> "ItalyPowerDemand" in list_ucr()
    True
    """
    return _names(_places(data_home))


def _places(data_home: str | os.PathLike[str] | None) -> dict[str, Path]:
    """Where to look, in this order, by what the user calls it."""
    given = {"data_home": data_home, "$SKTCN_DATA_HOME": os.environ.get("SKTCN_DATA_HOME") or None}
    places = {what: Path(where).expanduser() for what, where in given.items() if where is not None}
    for what, place in places.items():
        if not place.is_dir():
            error = NotADirectoryError if place.exists() else FileNotFoundError
            raise error(f"{what} must be a folder, however: {place}")
    sktime = find_spec("sktime")  # does not import it, which takes a second
    for folder in (sktime and sktime.submodule_search_locations) or ():
        places["the sets that sktime ships"] = Path(folder, "datasets", "data")
    return {what: place for what, place in places.items() if place.is_dir()}


def _files(folder: Path, ending: str) -> dict[str, Path]:
    return {split: folder / f"{folder.name}_{split.upper()}{ending}" for split in SPLITS}


def _names(places: dict[str, Path]) -> list[str]:
    folders = [folder for place in places.values() for folder in place.iterdir()]
    return sorted(
        {f.name for f in folders if any(_files(f, e)["train"].is_file() for e in ENDINGS)}
    )


def _find(name: str, splits: tuple[str, ...], places: dict[str, Path]) -> list[Path]:
    """Files of the set, one for each split."""
    for place in places.values():
        either = [_files(place / name, ending) for ending in ENDINGS]
        # Labels differ by ending, so which one is read does not depend on the split asked for.
        files = max(either, key=lambda files: sum(file.is_file() for file in files.values()))
        if any(file.is_file() for file in files.values()):
            for split in splits:
                if not files[split].is_file():
                    raise FileNotFoundError(f"{files[split]} is missing. {_advice(name)}")
            return [files[split] for split in splits]
    known = {other.lower(): other for other in _names(places)}
    close = [known[other] for other in get_close_matches(name.lower(), known)]
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    looked = "".join(f"\n  {place / name} ({what})" for what, place in places.items())
    raise FileNotFoundError(
        f"no data set {name!r}.{hint} Looked for:{looked or ' nothing'}\n{_advice(name)}"
    )


def _advice(name: str) -> str:
    return (
        "Nothing is downloaded: get the UCR archive, unpacked, from "
        "https://www.cs.ucr.edu/~eamonn/time_series_data_2018/, or sets in .ts format from "
        f"https://www.timeseriesclassification.com, so that {name}/{name}_TRAIN.tsv (or .ts) and "
        f"{name}/{name}_TEST.tsv (or .ts) lie in a folder; then pass that folder as data_home or "
        "set SKTCN_DATA_HOME to it."
    )


def _contain(series: Series) -> NDArray[np.float64] | Series:
    """One array if that can be, without an axis for a single channel."""
    if all(len(x) == 1 for x in series):
        series = [x[0] for x in series]
    return np.stack(series) if len({x.shape for x in series}) == 1 else series


def _corrupt(path: Path, line: int, error: object) -> ValueError:
    return ValueError(f"{path}: line {line}: {str(error)[:200]}")  # one of binary data is endless


def _read_tsv(path: Path) -> tuple[Series, NDArray[Any]]:
    rows: Series = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            if line.strip():
                rows.append(_tsv_row(line, len(rows[0]) if rows else None))
        except ValueError as error:
            raise _corrupt(path, number, error) from error
    if not rows:
        raise _corrupt(path, 1, "empty file")
    # What follows the last number is the archive's padding.
    ends = [np.flatnonzero(~np.isnan(row))[-1] + 1 for row in rows]
    series = [row[None, 1:end] for row, end in zip(rows, ends, strict=True)]
    return series, np.array([row[0] for row in rows])


def _tsv_row(line: bytes, width: int | None) -> NDArray[np.float64]:
    row = np.array([float(value) for value in line.split(b"\t")])
    if len(row) != (width or len(row)):
        raise ValueError(f"{len(row)} values, where the first line has {width}")
    if not np.isfinite(row[0]):
        raise ValueError(f"the label must be a number, got {row[0]}")
    if np.isnan(row[1:]).all():
        raise ValueError("no value but the label")
    return row


def _read_ts(path: Path) -> tuple[Series, NDArray[Any]]:
    try:
        from sktime.datasets import load_from_tsfile_to_dataframe as read
    except ImportError as error:
        raise ImportError(f"sktime reads {path}: pip install sktcn[sktime]") from error
    lines = path.read_bytes().splitlines(keepends=True)
    if not any(line.strip().lower() == b"@data" for line in lines):
        raise _corrupt(path, len(lines) or 1, "the file ends without a line '@data'")
    try:
        return _parse_ts(path, read)
    except Exception as error:  # sktime's are of any type
        raise _corrupt(path, _failing_line(lines, read, error), error) from error


def _failing_line(lines: list[bytes], read: Callable[[str], Any], error: Exception) -> int:
    """How many lines it takes for the same error; few of sktime's name one."""

    def fails(n_lines: int) -> bool:
        part.write_bytes(b"".join(lines[:n_lines]))
        try:
            _parse_ts(part, read)
        except Exception as other:
            return str(other) == str(error)
        return False

    with TemporaryDirectory() as folder:
        part = Path(folder, "part.ts")
        return max(1, bisect_left(range(len(lines)), True, key=fails))


def _parse_ts(path: Path, read: Callable[[str], Any]) -> tuple[Series, NDArray[Any]]:
    """Let sktime read a file, and refuse what it lets through."""
    text = path.read_text(encoding="utf-8", errors="replace").lower()
    header = re.split(r"(?m)^\s*@data", text, maxsplit=1)[0]
    tags = {tag: values.split() for tag, values in re.findall(r"(?m)^\s*@(\w+)(.*)", header)}
    answer = read(str(path))
    if not isinstance(answer, tuple):
        raise ValueError("the header must have '@classLabel true ...' or '@targetLabel true'")
    frame, y = answer
    rows = frame.to_numpy()  # of a pandas.Series for each channel
    if len(y) != len(rows):
        raise ValueError("a series without a label")
    if not all({len(channel) for channel in row} == {len(row[0]) or None} for row in rows):
        raise ValueError("a series without values, or with channels of different lengths")
    series = [np.stack([channel.to_numpy(np.float64) for channel in row]) for row in rows]
    if tags.get("equallength") == ["true"] and len({x.shape for x in series}) > 1:
        raise ValueError("series differ in length, but the header says @equalLength true")
    is_target = tags.get("targetlabel") == ["true"]
    y = y.astype(np.float64) if is_target else y
    wrong = ~(np.isfinite(y) if is_target else np.isin(y, tags.get("classlabel", [])[1:]))
    if wrong.any():
        raise ValueError(f"a label that the header does not allow: {y[wrong].tolist()[0]!r}")
    return series, y
