"""File of runs: one JSON object a line, appended by one process, each line whole or absent.

A line is one write to the end of the file, and is flushed to disk before the next run counts as
done. A crash can leave a last line without its end: opening the file truncates that line, and its
run is repeated. An open file is locked, and the lock ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """Key of a run: an estimator's specification and seed, on a split of a data set."""

    dataset: str
    resample: int | str  # a fold has a name
    estimator: str
    seed: int


def key(record: Record) -> Run:
    """Return the key of a record."""
    return Run(*(record[field.name] for field in fields(Run)))


def parse(content: bytes, path: Path) -> list[Record]:
    """Parse lines; an incomplete last line is left out."""
    records = []
    for number, line in enumerate(_complete(content).splitlines(), 1):
        try:
            records.append(json.loads(line))
            key(records[-1])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path}: line {number} is not a run of benchmarks.ucr ({error!r}): {line[:80]!r}"
            ) from error
    return records


def read_runs(paths: list[Path]) -> list[Record]:
    """Read files of runs; the last of several lines with the same key counts."""
    records = [record for path in paths for record in parse(path.read_bytes(), path)]
    return list({key(record): record for record in records}.values())


def _complete(content: bytes) -> bytes:
    """Return the lines that have their end."""
    return content[: content.rfind(b"\n") + 1]


class RunFile:
    """File of runs, open to append to, and locked against other processes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, RunFile(Path(folder, "runs.jsonl")) as file:
    ...     file.append({"dataset": "Coffee", "resample": 0, "estimator": "A()", "seed": 0})
    ...     file.records[0]["dataset"]
    'Coffee'
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock()
            content = self._truncated()
            self.records = parse(content, path)
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BlockingIOError(
                f"{self.path} is being written by another process: wait for it, stop it, or choose "
                "another file; files can be put together in the report"
            ) from error

    def _truncated(self) -> bytes:
        """Truncate an incomplete last line, and return the rest."""
        content = self.path.read_bytes()
        if _is_object(content[len(_complete(content)) :]):
            os.write(self._descriptor, b"\n")  # an editor left out the end of a whole line
            content += b"\n"
        os.ftruncate(self._descriptor, len(_complete(content)))
        return _complete(content)

    def append(self, record: Record) -> None:
        """Write a line, or nothing; return when the line is on disk."""
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        before = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, line) < len(line):
            os.ftruncate(self._descriptor, before)
            raise OSError(f"{self.path}: there is no room for another line")
        os.fsync(self._descriptor)
        self.records.append(record)

    def close(self) -> None:
        """Release the file and its lock."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
