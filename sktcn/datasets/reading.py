"""Content of the files of a data set: bytes, numbered lines, and errors with file and line."""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Series = list[NDArray[np.float64]]  # each of shape (n_channels, n_timepoints_i)


@dataclass(frozen=True)
class Content:
    """Series of a file and their labels, as text.

    ``known`` has all labels of the set, where the file lists them.
    """

    series: Series
    labels: list[str]
    known: tuple[str, ...] | None = None


def read_content(path: Path) -> bytes:
    """Read a file, decompressed if its suffix is ``.gz``, without a byte-order mark."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: not a complete gzip file: {error}") from error
    return raw.removeprefix(BOM_UTF8)


@contextmanager
def located(path: Path, line: int) -> Iterator[None]:
    """Raise errors of this context as ValueError with file and line."""
    try:
        yield
    except ValueError as error:
        raise corrupt(path, line, error) from error


def corrupt(path: Path, line: int, problem: object) -> ValueError:
    """Return an error with file and line."""
    return ValueError(f"{path}: line {line}: {str(problem)[:200]}")  # that of binary data is long


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is not blank."""
    for number, line in enumerate(read_content(path).splitlines(), 1):
        with located(path, number):
            text = line.decode("utf-8")
        if text.strip():
            yield number, text


def check_label(label: str, known: tuple[str, ...] | None) -> None:
    """Raise ValueError unless the header lists a label, or labels are finite numbers."""
    if known is None:
        if not np.isfinite(float(label)):
            raise ValueError(f"the label must be a finite number, got {label!r}")
    elif label not in known:
        raise ValueError(f"the label {label!r} must be one of the header's, {list(known)}")
