"""Splits of a data set: the archive's official one, resamples, and folds of its training part."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from sktcn.datasets import list_ucr, load_ucr

Part = tuple[Any, np.ndarray]


def load_split(name: str, resample: int | str, data_home: str | None) -> tuple[Part, Part]:
    """Load the training and the test part: the official ones for 0, else a resample.

    A fold splits the official training part, and leaves the test part unread.
    """
    series, labels = load_ucr(name, "train", data_home)
    if isinstance(resample, str):
        return _select(series, labels, fold_indices(labels, resample))
    test = load_ucr(name, "test", data_home)
    if resample == 0:
        return (series, labels), test
    indices = resample_indices(labels, test[1], resample)
    return _select([*series, *test[0]], np.concatenate([labels, test[1]]), indices)


def _select(series: Any, labels: np.ndarray, parts: tuple[np.ndarray, ...]) -> tuple[Part, Part]:
    train, test = ((_stack([series[i] for i in part]), labels[part]) for part in parts)
    return train, test


def fold_names(n_folds: int) -> list[str]:
    """Name the folds of a cross-validation.

    >>> fold_names(2)
    ['fold 1 of 2', 'fold 2 of 2']
    """
    return [f"fold {i} of {n_folds}" for i in range(1, n_folds + 1)]


def fold_indices(labels: np.ndarray, fold: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training part of a fold, and of the part held out."""
    number, n_folds = map(int, re.findall(r"\d+", fold))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    return list(folds.split(labels, labels))[number - 1]


def resample_indices(y_train: Any, y_test: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a stratified resample with the class sizes of the official training part.

    The draw equals that of sktime and aeon, which draw classes in the order of their labels as
    text.
    """
    labels = np.concatenate([y_train, y_test])
    random = np.random.RandomState(seed)
    train, test = [], []
    for label in sorted(np.unique(labels), key=str):
        indices = np.flatnonzero(labels == label)
        random.shuffle(indices)
        n_train = np.count_nonzero(y_train == label)
        train.append(indices[:n_train])
        test.append(indices[n_train:])
    return np.concatenate(train), np.concatenate(test)


def _stack(series: list[np.ndarray]) -> Any:
    """Stack series of one length into an array."""
    return np.stack(series) if len({x.shape for x in series}) == 1 else series


def find_datasets(text: str, data_home: str | None) -> list[str]:
    """List data sets from comma-separated names, a file with a name a line, or ``all``."""
    known = list_ucr(data_home)
    if text == "all":
        home = _home(data_home)
        return [name for name in known if home is None or Path(home, name).is_dir()]
    is_file = os.path.isfile(text)  # pathlib's raises where the names are too long for a path
    names = Path(text).read_text("utf-8").splitlines() if is_file else text.split(",")
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not names:
        raise ValueError(f"--datasets must name a set, however: {text!r}")
    for name in names:
        if name not in known:
            load_ucr(name, "train", data_home)  # raises, with similar names
    return names


def training_bytes(name: str, data_home: str | None) -> float:
    """Return the bytes of the training file, estimated from the values for want of a file."""
    home = _home(data_home)
    files = sorted(Path(home, name).glob(f"{name}_TRAIN.*")) if home else []
    if files:
        return float(files[0].stat().st_size)
    return 10.0 * sum(np.size(x) for x in load_ucr(name, "train", data_home)[0])


def _home(data_home: str | None) -> Path | None:
    home = data_home or os.environ.get("SKTCN_DATA_HOME")
    return Path(home).expanduser() if home else None
