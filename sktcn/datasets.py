"""Data sets of the UCR archive, and others in its layout, from local files."""

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
SUFFIXES = (".tsv", ".ts")


def load_ucr(
    name: str, split: str | None = None, data_home: str | os.PathLike[str] | None = None
) -> tuple[NDArray[np.float64] | Series, NDArray[Any]]:
    """Load a data set of the UCR archive, or another in its layout.

    The set is searched for in `data_home`, in the folder that the environment variable
    ``SKTCN_DATA_HOME`` names, and then among the sets that sktime ships. It is read from the first
    of them with a ``NAME/NAME_TRAIN`` or ``NAME/NAME_TEST``: from its ``.tsv`` files, or else from
    its ``.ts`` files, which sktime reads. Nothing is downloaded.

    Parameters
    ----------
    name : str
        Name of the set, such as ``"GunPoint"``; see `list_ucr`.
    split : {None, "train", "test"}, default=None
        File to read; None reads both, the training series first.
    data_home : str or path-like, default=None
        Folder with a subfolder for each set, such as the unpacked archive.

    Returns
    -------
    X : ndarray of shape (n_series, n_timepoints) or (n_series, n_channels, n_timepoints), or \
            list of arrays of shape (n_timepoints_i,) or (n_channels, n_timepoints_i)
        Series in float64, as the estimators take them: a list if the lengths of the series
        returned differ, so that one split may be a list and the other an array; an estimator
        fitted to one takes the other. Missing values are NaN. In a ``.tsv``, however, NaN at the
        end of a series is padding of the archive, which is trimmed. Timestamps of a ``.ts`` are
        dropped.
    y : ndarray of shape (n_series,)
        Labels or targets. From a ``.tsv`` int64, or float64 if not all are integers. From a
        ``.ts`` str, in lower case as sktime reads them, or float64 if the header has
        ``@targetLabel true``.

    Raises
    ------
    FileNotFoundError
        If the set, one of its files or a folder does not exist. The message lists the folders
        searched, and sources of the set.
    NotADirectoryError
        If `data_home` or ``SKTCN_DATA_HOME`` is not a folder.
    ImportError
        If a ``.ts`` is to be read and sktime is not installed.
    ValueError
        If `name` or `split` is invalid, or a file is corrupt; the message has file and line.

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
    files = _find_files(name, SPLITS if split is None else (split,), _search_folders(data_home))
    is_tsv = files[0].suffix == ".tsv"
    parts = [_read_tsv(file) if is_tsv else _read_ts(file) for file in files]
    y = np.concatenate([labels for _, labels in parts])
    if is_tsv and np.array_equal(y, np.round(y)):
        y = y.astype(np.int64)
    return _stack([x for series, _ in parts for x in series]), y


def list_ucr(data_home: str | os.PathLike[str] | None = None) -> list[str]:
    """List the data sets that `load_ucr` finds.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with a subfolder for each set. The sets of ``SKTCN_DATA_HOME`` and those that sktime
        ships are listed as well.

    Returns
    -------
    list of str
        Names, sorted.

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
    return _list_names(_search_folders(data_home))


def _search_folders(data_home: str | os.PathLike[str] | None) -> dict[str, Path]:
    """Return the folders to search, in order, by their description for the user."""
    given = {"data_home": data_home, "$SKTCN_DATA_HOME": os.environ.get("SKTCN_DATA_HOME") or None}
    folders = {name: Path(path).expanduser() for name, path in given.items() if path is not None}
    for name, folder in folders.items():
        if not folder.is_dir():
            error = NotADirectoryError if folder.exists() else FileNotFoundError
            raise error(f"{name} must be a folder, however: {folder}")
    sktime = find_spec("sktime")  # without its import, which takes a second
    for package in (sktime and sktime.submodule_search_locations) or ():
        folders["the sets that sktime ships"] = Path(package, "datasets", "data")
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def _split_files(folder: Path, suffix: str) -> dict[str, Path]:
    return {split: folder / f"{folder.name}_{split.upper()}{suffix}" for split in SPLITS}


def _list_names(folders: dict[str, Path]) -> list[str]:
    sets = [path for folder in folders.values() for path in folder.iterdir()]
    return sorted(
        {s.name for s in sets if any(_split_files(s, e)["train"].is_file() for e in SUFFIXES)}
    )


def _find_files(name: str, splits: tuple[str, ...], folders: dict[str, Path]) -> list[Path]:
    """Find the files of a set, one for each split."""
    for folder in folders.values():
        candidates = [_split_files(folder / name, suffix) for suffix in SUFFIXES]
        # Labels differ by suffix, so the choice of a suffix must not depend on the split.
        files = max(candidates, key=lambda files: sum(file.is_file() for file in files.values()))
        if any(file.is_file() for file in files.values()):
            for split in splits:
                if not files[split].is_file():
                    raise FileNotFoundError(f"{files[split]} is missing. {_download_hint(name)}")
            return [files[split] for split in splits]
    raise FileNotFoundError(_not_found(name, folders))


def _not_found(name: str, folders: dict[str, Path]) -> str:
    known = {other.lower(): other for other in _list_names(folders)}
    close = [known[other] for other in get_close_matches(name.lower(), known)]
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    searched = "".join(f"\n  {folder / name} ({given})" for given, folder in folders.items())
    return (
        f"no data set {name!r}.{hint} Looked for:{searched or ' nothing'}\n{_download_hint(name)}"
    )


def _download_hint(name: str) -> str:
    return (
        "Nothing is downloaded: get the UCR archive, unpacked, from "
        "https://www.cs.ucr.edu/~eamonn/time_series_data_2018/, or sets in .ts format from "
        f"https://www.timeseriesclassification.com, so that {name}/{name}_TRAIN.tsv (or .ts) and "
        f"{name}/{name}_TEST.tsv (or .ts) lie in a folder; then pass that folder as data_home or "
        "set SKTCN_DATA_HOME to it."
    )


def _stack(series: Series) -> NDArray[np.float64] | Series:
    """Stack series of one shape, and drop the axis of a single channel."""
    if all(len(x) == 1 for x in series):
        series = [x[0] for x in series]
    return np.stack(series) if len({x.shape for x in series}) == 1 else series


def _corrupt(path: Path, line: int, error: object) -> ValueError:
    return ValueError(f"{path}: line {line}: {str(error)[:200]}")  # that of binary data is long


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
    # NaN after the last number is padding of the archive.
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
    except Exception as error:  # of any type in sktime
        raise _corrupt(path, _failing_line(lines, read, error), error) from error


def _failing_line(lines: list[bytes], read: Callable[[str], Any], error: Exception) -> int:
    """Bisect for the first line that causes an error, as few errors of sktime name a line."""

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
    """Read a file with sktime, and validate what sktime does not."""
    text = path.read_text(encoding="utf-8", errors="replace").lower()
    header = re.split(r"(?m)^\s*@data", text, maxsplit=1)[0]
    tags = {tag: values.split() for tag, values in re.findall(r"(?m)^\s*@(\w+)(.*)", header)}
    content = read(str(path))
    if not isinstance(content, tuple):
        raise ValueError("the header must have '@classLabel true ...' or '@targetLabel true'")
    frame, y = content
    rows = frame.to_numpy()  # a pandas.Series for each channel
    if len(y) != len(rows):
        raise ValueError("a series without a label")
    if not all({len(channel) for channel in row} == {len(row[0]) or None} for row in rows):
        raise ValueError("a series without values, or with channels of different lengths")
    series = [np.stack([channel.to_numpy(np.float64) for channel in row]) for row in rows]
    if tags.get("equallength") == ["true"] and len({x.shape for x in series}) > 1:
        raise ValueError("series differ in length, but the header says @equalLength true")
    is_target = tags.get("targetlabel") == ["true"]
    y = y.astype(np.float64) if is_target else y
    valid = np.isfinite(y) if is_target else np.isin(y, tags.get("classlabel", [])[1:])
    if not valid.all():
        raise ValueError(f"a label that the header does not allow: {y[~valid].tolist()[0]!r}")
    return series, y
