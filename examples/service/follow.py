"""Logic of the service, without I/O: lines of JSON in, answers out, for streams with names."""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from dataclasses import dataclass

import numpy as np

from sktcn.streaming import to_streaming

KEYS = {"stream", "seq", "x", "reset"}
MAX_NAME_LENGTH = 200  # characters


@dataclass(frozen=True, slots=True)
class Line:
    """A sample of a stream, or, where there is no ``x``, its reset."""

    stream: str
    seq: int | None
    x: list[float] | None


def parse(raw: bytes, channels: list) -> Line:
    """Read a line; a ValueError says what is wrong with it."""
    try:
        line = json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("a line must be a flat JSON object") from None
    if not isinstance(line, dict) or not isinstance(line.get("stream"), str):
        raise ValueError('a line must be a JSON object with a name, {"stream": "...", ...}')
    if len(line["stream"]) > MAX_NAME_LENGTH:
        raise ValueError(f"a name may have {MAX_NAME_LENGTH} characters, got {len(line['stream'])}")
    if unknown := line.keys() - KEYS:
        raise ValueError(f"keys must be of {sorted(KEYS)}, got {sorted(unknown)}")
    seq = line.get("seq")
    if seq is not None and (type(seq) is not int or not 0 < seq < 2**63):
        raise ValueError(f"seq must be a positive integer, got {str(seq)[:40]}")
    if ("x" in line) is ("reset" in line) or line.get("reset", True) is not True:
        raise ValueError('a line must have either "x": [...] or "reset": true')
    return Line(line["stream"], seq, _read_values(line["x"], channels) if "x" in line else None)


def _read_values(x: object, channels: list) -> list[float]:
    if not isinstance(x, list) or len(x) != len(channels):
        raise ValueError(f"x must be a list of {len(channels)} numbers, of the channels {channels}")
    if not all(value is None or type(value) in (int, float) for value in x):
        raise ValueError("x must have numbers alone, or null where a value is missing")
    try:
        return [float("nan") if value is None else float(value) for value in x]
    except OverflowError:
        raise ValueError("x must have numbers that a float can hold") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON; a value that is missing is null")


class Streams:
    """Streams by name, each in a row of a `StreamingEstimator`.

    Parameters
    ----------
    estimator : estimator
        As `to_streaming` takes it. One of time steps answers for the sample ``delay`` before.
    n_streams : int
        How many there may be.
    every : int
        Answer at each so many samples of a stream; 0 for none but new labels.
    window, decay : optional
        As `to_streaming` takes them. With a window, an answer says whether it is "full".
    """

    def __init__(self, estimator, n_streams: int, every: int = 1, *, window=None, decay=None):
        self.streaming = to_streaming(estimator, n_streams, window=window, decay=decay)
        self.every = every
        numbers = list(range(self.streaming.n_channels))
        names = getattr(estimator, "feature_names_in_", numbers)
        self.channels = list(names) if len(names) == len(numbers) else numbers
        several = self.streaming.multilabel
        self.classes = None if several else getattr(self.streaming, "classes_", None)
        self.rows: dict[str, int] = {}
        self.free = list(range(n_streams))[::-1]
        self.seqs = np.zeros(n_streams, dtype=np.int64)  # of the newest line of each row
        self.codes = np.full(n_streams, -1)  # of its newest label

    def take(self, lines: list[Line]) -> list[dict | None]:
        """Take lines in; return what is to be answered to each."""
        answers: list[dict | None] = [None] * len(lines)
        for numbers in _rounds(lines):
            samples = []
            for i in numbers:
                line = lines[i]
                row = self.rows.get(line.stream)
                last = 0 if row is None else int(self.seqs[row])
                seq = last + 1 if line.seq is None else line.seq
                if seq <= last:
                    answers[i] = {"stream": line.stream, "seq": seq, "seen": last}
                elif row is None and not self.free:
                    answers[i] = _error(line, f"all {len(self.seqs)} streams have other names")
                else:
                    if row is None:
                        row = self.rows[line.stream] = self.free.pop()
                    samples.append((row, seq, i))
            self._reset([s for s in samples if lines[s[2]].x is None], lines, answers)
            self._push(sorted(s for s in samples if lines[s[2]].x is not None), lines, answers)
        return answers

    def _reset(self, samples, lines, answers) -> None:
        for row, seq, i in samples:
            self.streaming.reset(row)
            self.seqs[row], self.codes[row] = seq, -1
            answers[i] = {"stream": lines[i].stream, "seq": seq, "n_timepoints": 0}

    def _push(self, samples, lines, answers) -> None:
        """Push a sample of each of some streams; where one can't be, each by itself."""
        if not samples:
            return
        rows = np.array([row for row, _, _ in samples])
        x = np.array([lines[i].x for _, _, i in samples])
        try:
            newest = self.streaming.push(x, None if len(rows) == len(self.seqs) else rows)
        except ValueError as error:
            if len(samples) > 1:
                for sample in samples:
                    self._push([sample], lines, answers)
            else:
                self._give_up(samples[0], lines, answers, str(error))
            return
        self.seqs[rows] = [seq for _, seq, _ in samples]
        known = np.isfinite(newest.reshape(len(rows), -1)).all(axis=1)  # not within the delay
        told = np.zeros(len(rows), dtype=bool)
        if self.classes is not None:
            codes = np.where(known, newest.argmax(axis=1), -1)
            told = codes != self.codes[rows]
            self.codes[rows] = codes
        if self.every:
            told |= self.streaming.n_timepoints[rows] % self.every == 0
        for k in np.flatnonzero(told):
            row, seq, i = samples[k]
            n_timepoints = int(self.streaming.n_timepoints[row])
            answer = {"stream": lines[i].stream, "seq": seq, "n_timepoints": n_timepoints}
            if self.streaming.window is not None:
                answer["full"] = bool(self.streaming.is_full[row])
            answers[i] = answer | (self._describe(newest[k]) if known[k] else {})

    def _give_up(self, sample, lines, answers, error: str) -> None:
        row, _, i = sample
        answers[i] = _error(lines[i], error)
        if not self.seqs[row]:  # no line of this name has ever been taken
            self.free.append(self.rows.pop(lines[i].stream))

    def _describe(self, newest) -> dict:
        if self.classes is None:
            return {"value": newest.tolist()}
        label = self.classes[newest.argmax()]
        return {"label": label.item() if hasattr(label, "item") else label} | {
            "probabilities": newest.tolist()
        }

    def last(self) -> dict[str, int]:
        """Return the sequence number of the newest line of each stream."""
        return {name: int(self.seqs[row]) for name, row in self.rows.items()}

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return all that is known, as arrays; they are copies."""
        names = np.frombuffer(json.dumps(self.rows).encode(), dtype=np.uint8)
        own = {"rows": names, "seqs": self.seqs.copy(), "codes": self.codes.copy()}
        return own | {f"streaming.{k}": v for k, v in self.streaming.state_dict().items()}

    def restore(self, path: str) -> None:
        """Go on where the snapshot in a file was taken; a ValueError says why not."""
        self._check_size(path)
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            state = {name: file[name] for name in file.files}
        prefix = "streaming."
        self.streaming.load_state_dict(
            {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}
        )
        self.seqs, self.codes = state["seqs"], state["codes"]
        self.rows = json.loads(state["rows"].tobytes())
        taken = set(self.rows.values())
        self.free = [row for row in range(len(self.seqs))[::-1] if row not in taken]

    def _check_size(self, path: str) -> None:
        """Raise if a file claims more than a snapshot of these streams can have."""
        own = sum(array.nbytes for array in self.snapshot().values())
        most = own + len(self.seqs) * 6 * MAX_NAME_LENGTH + 2**16  # a letter may be \\uXXXX in JSON
        with zipfile.ZipFile(path) as file:
            claimed = sum(member.file_size for member in file.infolist())
        if claimed > most:
            raise ValueError(
                f"a state of these streams has {most} bytes at most, got {claimed}: it is of "
                "another model, window, decay or number of streams"
            )


def write(snapshot: dict[str, np.ndarray], path: str) -> None:
    """Write a snapshot to a file, which is the old one or the new one at any time."""
    with open(f"{path}.tmp", "wb") as file:
        np.savez(file, **snapshot)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.tmp", path)
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _rounds(lines: list[Line]) -> list[list[int]]:
    """Deal lines to rounds, in each of which a stream has one at most."""
    rounds: list[list[int]] = []
    before: Counter[str] = Counter()
    for i, line in enumerate(lines):
        if before[line.stream] == len(rounds):
            rounds.append([])
        rounds[before[line.stream]].append(i)
        before[line.stream] += 1
    return rounds


def _error(line: Line, error: str) -> dict:
    return {"stream": line.stream, "error": error}
