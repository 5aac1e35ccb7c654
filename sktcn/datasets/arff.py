"""The ``.arff`` format of Weka, which scipy reads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io.arff import loadarff

from sktcn.datasets.reading import Content, check_label, corrupt, located, read_content
from sktcn.datasets.table import without_padding

SEPARATOR = re.compile(r"[,\t]|\\n")


def read_arff(path: Path) -> Content:
    """Read a file: numeric attributes or one of channels, and the label as the last attribute."""
    with located(path, 1):
        lines = ArffLines(read_content(path).decode("utf-8"))
    try:
        with _field_size_limit_kept():
            data, attributes = loadarff(lines)
    except StopIteration as error:
        raise corrupt(path, lines.number, "the file ends without a line '@data'") from error
    except Exception as error:  # of any type in scipy
        raise corrupt(path, lines.number, error) from error
    if not len(data):
        raise corrupt(path, lines.number, "the file ends without a series")
    *_, name = attributes.names()
    _, known = attributes[name]
    series, labels = [], []
    for line, row in zip(lines.rows, data, strict=True):
        with located(path, line):
            x, label = _parse_row(row)
            _check_width(lines.width, x.size + 1)
            check_label(label, known)
            series.append(without_padding(x))
            labels.append(label)
    return Content(series, labels, known)


class ArffLines(io.StringIO):
    """Lines of a file, counted, whose data all have as many values: scipy ignores further ones.

    ``rows`` has the numbers of the lines with data.
    """

    def __init__(self, text: str):
        super().__init__(text, newline=None)
        self.number, self.width = 0, 0
        self.rows: list[int] = []
        self._in_data = False

    def __next__(self) -> str:  # type: ignore[override]
        line = super().__next__()
        self.number += 1
        if self._in_data and line.strip() and not line.startswith("%"):
            self.rows.append(self.number)
            width = len(SEPARATOR.findall(line)) + 1
            self.width = self.width or width
            _check_width(width, self.width)
        self._in_data |= line.lower().startswith("@data")
        return line


def _check_width(width: int, expected: int) -> None:
    if width != expected:
        raise ValueError(f"{width} values with the label, where there should be {expected}")


def _parse_row(row: Any) -> tuple[NDArray[np.float64], str]:
    *values, label = row.tolist()
    if len(values) == 1 and isinstance(values[0], np.ndarray):  # a relational attribute
        values = values[0].tolist()
    text = label.decode() if isinstance(label, bytes) else str(label)
    return np.atleast_2d(np.array(values, dtype=np.float64)), text


@contextmanager
def _field_size_limit_kept() -> Iterator[None]:
    """Restore the limit of the csv module, which scipy raises."""
    limit = csv.field_size_limit()
    try:
        yield
    finally:
        csv.field_size_limit(limit)
