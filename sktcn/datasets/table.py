"""Tables of numbers: a label and a series a row, in ``.tsv`` and ``.txt`` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sktcn.datasets.reading import Content, Series, check_label, corrupt, located, numbered_lines


def read_tsv(path: Path) -> Content:
    """Read a table whose values are separated by tabs."""
    return _read_table(path, "\t")


def read_txt(path: Path) -> Content:
    """Read a table whose values are separated by spaces, the older form of the archive."""
    return _read_table(path, None)


def _read_table(path: Path, separator: str | None) -> Content:
    series: Series = []
    labels: list[str] = []
    number, width = 1, None
    for number, line in numbered_lines(path):
        with located(path, number):
            row = np.array([float(value) for value in line.split(separator)])
            width = width or len(row)
            if len(row) != width:
                raise ValueError(f"{len(row)} values, where the first line has {width}")
            check_label(str(row[0]), None)
            series.append(without_padding(row[None, 1:]))
            labels.append(str(row[0]))
    if not series:
        raise corrupt(path, number, "empty file")
    return Content(series, labels)


def without_padding(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop time steps after the last value of any channel, with which tables pad series."""
    observed = np.flatnonzero(~np.isnan(series).all(axis=0))
    if not len(observed):
        raise ValueError("no value but the label")
    return series[:, : observed[-1] + 1]
