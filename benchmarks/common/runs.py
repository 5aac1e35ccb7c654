"""The file of runs: one JSON object a line, written by one process, complete or not there.

A line is one write to the end of the file, and it is on the disk before the next run counts as
done. What a crash can leave is a last line without its end: it is cut off when the file is opened
again, and its run is done again. A file that is open to write is locked; the lock goes with the
process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, NamedTuple, Self

Record = dict[str, Any]


class Run(NamedTuple):
    """What tells runs apart: estimator `spec` with `seed`, on a split of a data set."""

    dataset: str
    resample: int | str  # a fold has a name
    estimator: str
    seed: int


def key(record: Record) -> Run:
    """Which run a line tells of."""
    return Run(*(record[name] for name in Run._fields))


def parse(content: bytes, path: Path) -> list[Record]:
    """Read lines; the last one may be torn, and is left out then."""
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
    """Read files of runs; of lines about the same run, such as one tried again, the last counts."""
    records = [record for path in paths for record in parse(path.read_bytes(), path)]
    return list({key(record): record for record in records}.values())


def _complete(content: bytes) -> bytes:
    """All lines that have their end."""
    return content[: content.rfind(b"\n") + 1]


class RunFile:
    """A file of runs, open to append to, and for no other process.

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
            content = self._mended()
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

    def _mended(self) -> bytes:
        """Return what is in the file, after the end of a torn line is cut off."""
        content = self.path.read_bytes()
        if _is_object(content[len(_complete(content)) :]):
            os.write(self._descriptor, b"\n")  # an editor left out the end: nothing is torn
            content += b"\n"
        os.ftruncate(self._descriptor, len(_complete(content)))
        return _complete(content)

    def append(self, record: Record) -> None:
        """Write a line, or nothing; return when it is on the disk."""
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        before = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, line) < len(line):
            os.ftruncate(self._descriptor, before)
            raise OSError(f"{self.path}: there is no room for another line")
        os.fsync(self._descriptor)
        self.records.append(record)

    def close(self) -> None:
        """Give the file free."""
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
