"""Data sets of the UCR archive, and others in its layout, from local files."""

from __future__ import annotations

import os
from pathlib import PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn.datasets.places import SPLITS, find_files, list_names, search_folders
from sktcn.datasets.reading import Content, Series

MAX_EXACT = 2.0**53  # integers that float64 holds


def load_ucr(
    name: str, split: str | None = None, data_home: str | os.PathLike[str] | None = None
) -> tuple[NDArray[np.float64] | Series, NDArray[Any]]:
    """Load a data set of the UCR archive, or another in its layout.

    The set is searched for in `data_home`, in the folder that the environment variable
    ``SKTCN_DATA_HOME`` names, and then among the sets that sktime ships. It is read from the first
    of them with a ``NAME/NAME_TRAIN`` or ``NAME/NAME_TEST``, with the suffix ``.tsv``, ``.ts``,
    ``.txt`` (the archive's older form) or ``.arff``, or one of these and ``.gz``. Nothing is
    downloaded.

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
        fitted to one takes the other. Missing values are NaN. NaN at the end of a series is
        padding, however, except in a ``.ts``, and is trimmed. Time stamps of a ``.ts`` are
        dropped; they must be the same in all channels, in order and evenly spaced.
    y : ndarray of shape (n_series,)
        Labels or targets, of one type whatever the format: int64 if all are integers, float64 if
        all are numbers, and otherwise str as they are in the file. Where a file lists all labels,
        those of the list decide.

    Raises
    ------
    FileNotFoundError
        If the set, one of its files or a folder does not exist. The message lists the folders
        searched, and sources of the set.
    NotADirectoryError
        If `data_home` or ``SKTCN_DATA_HOME`` is not a folder.
    ValueError
        If `name` or `split` is invalid, or a file is corrupt; the message has file and line.

    See Also
    --------
    from_long : Convert a table with a row for each time step.
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
    splits = SPLITS if split is None else (split,)
    files, read = find_files(name, splits, search_folders(data_home))
    parts = [read(file) for file in files]
    return _stack([x for part in parts for x in part.series]), _convert_labels(parts)


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
    return list_names(search_folders(data_home))


def _convert_labels(parts: list[Content]) -> NDArray[Any]:
    """Convert labels to integers or numbers, unless one of the set is none or two are the same."""
    labels = [label for part in parts for label in part.labels]
    listed = [set(part.known) for part in parts if part.known is not None]
    known = set().union(*listed) if listed else set(labels)
    try:
        numbers = {label: float(label) for label in known}
    except ValueError:
        return np.array(labels)
    values = np.array(list(numbers.values()))
    if not np.isfinite(values).all() or (listed and len(set(numbers.values())) < len(numbers)):
        return np.array(labels)
    integers = np.array_equal(values, np.round(values)) and np.abs(values).max() <= MAX_EXACT
    return np.array([numbers[label] for label in labels], dtype="i8" if integers else "f8")


def _stack(series: Series) -> NDArray[np.float64] | Series:
    """Stack series of one shape, and drop the axis of a single channel."""
    if all(len(x) == 1 for x in series):
        series = [x[0] for x in series]
    return np.stack(series) if len({x.shape for x in series}) == 1 else series
