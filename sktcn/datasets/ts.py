"""The ``.ts`` format: a header, then a line for each series, its channels and its label."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sktcn.datasets.reading import Content, Series, check_label, corrupt, located, numbered_lines

COMMENTS = ("#", "%")
FLAGS = {"timestamps", "missing", "univariate", "equallength", "classlabel", "targetlabel"}
BETWEEN_CHANNELS = re.compile(r":(?![^(]*\))")  # a colon outside the brackets of a time stamp
BETWEEN_PAIRS = re.compile(r"\)\s*,\s*\(")
TOLERANCE = 1e-3  # of a step, for rounded time stamps


def read_ts(path: Path) -> Content:
    """Read a file, whose comments may be anywhere and whose labels keep their case."""
    parser, number = TsParser(), 1
    for number, line in numbered_lines(path):
        with located(path, number):
            parser.parse(line.strip())
    if not parser.series:
        missing = "a series" if parser.in_data else "a line '@data'"
        raise corrupt(path, number, f"the file ends without {missing}")
    return Content(parser.series, parser.labels, parser.known)


@dataclass
class TsParser:
    """Header and series of the lines parsed so far; a wrong line raises ValueError.

    ``known`` has the class labels of the header, None where the labels are targets.
    """

    flags: dict[str, bool] = field(default_factory=dict)
    known: tuple[str, ...] | None = None
    in_data: bool = False
    spacing: float | None = None
    series: Series = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def parse(self, line: str) -> None:
        """Parse a line; text before the data that is no tag is ignored."""
        if line.startswith("@"):
            self._parse_tag(*line[1:].split())
        elif self.in_data and not line.startswith(COMMENTS):
            self._parse_series(line)

    def _parse_tag(self, name: str = "", *values: str) -> None:
        name = name.lower()
        if self.in_data:
            raise ValueError(f"the tag @{name} must stand before @data")
        if name in FLAGS:
            if not values or values[0].lower() not in ("true", "false"):
                raise ValueError(f"@{name} must be true or false, got {' '.join(values)!r}")
            self.flags[name] = values[0].lower() == "true"
        if name == "classlabel" and self.flags[name]:
            self.known = values[1:]
        if name == "data":
            self._check_header()
            self.in_data = True

    def _check_header(self) -> None:
        if self.known is None and not self.flags.get("targetlabel"):
            raise ValueError("the header must have '@classLabel true ...' or '@targetLabel true'")

    def _parse_series(self, line: str) -> None:
        stamped = self.flags.get("timestamps")
        *channels, label = BETWEEN_CHANNELS.split(line) if stamped else line.split(":")
        if not channels:
            raise ValueError(f"a series and a label must be separated by ':', got {line[:60]!r}")
        check_label(label := label.strip(), self.known)
        parse = self._parse_stamped if stamped else _parse_values
        x = np.stack(parse([channel.strip() for channel in channels]))
        self._check_shape(x.shape)
        self.series.append(x)
        self.labels.append(label)

    def _parse_stamped(self, channels: list[str]) -> list[NDArray[np.float64]]:
        """Parse pairs ``(time, value)``, whose times are even and those of all channels."""
        first, *others = map(_split_stamps, channels)
        for index, (stamps, _) in enumerate(others, 1):
            if stamps != first[0]:
                raise ValueError(
                    f"channel {index} must have the time stamps of channel 0, "
                    f"{', '.join(first[0])}, got {', '.join(stamps)}"
                )
        self._check_spacing(first[0])
        return _parse_values([",".join(values) for _, values in (first, *others)])

    def _check_spacing(self, stamps: list[str]) -> None:
        """Raise unless the times increase by one step, the same in all series of the file."""
        times = _parse_stamps(stamps)
        if len(times) < 2:
            return
        step = times[-1] / (len(times) - 1)
        even = np.abs(times - step * np.arange(len(times))) <= TOLERANCE * abs(step)
        if step <= 0 or not even.all():
            raise ValueError(f"time stamps must be in order and even, got {', '.join(stamps)}")
        self.spacing = self.spacing or step
        if abs(step - self.spacing) > TOLERANCE * self.spacing:
            raise ValueError(
                f"time stamps must be {self.spacing:g} apart as in the series before, got {step:g}"
            )

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        expected = self.series[0].shape if self.series else shape
        if shape[0] != expected[0]:
            raise ValueError(f"{shape[0]} channels, where the first series has {expected[0]}")
        if self.flags.get("equallength") and shape != expected:
            raise ValueError("series differ in length, but the header says @equalLength true")


def _parse_values(channels: list[str]) -> list[NDArray[np.float64]]:
    if not any(channels):
        raise ValueError("a series without values")
    texts = [channel.replace("?", "NaN").split(",") for channel in channels]
    if (
        len({len(text) if channel else 0 for text, channel in zip(texts, channels, strict=True)})
        > 1
    ):
        raise ValueError("a series with channels of different lengths")
    return [np.array([float(value) for value in text]) for text in texts]


def _split_stamps(channel: str) -> tuple[list[str], list[str]]:
    """Split a channel into its time stamps and its values."""
    if not (channel.startswith("(") and channel.endswith(")")):
        raise ValueError(f"a channel must be pairs '(time,value)', got {channel[:60]!r}")
    pairs = [pair.rpartition(",") for pair in BETWEEN_PAIRS.split(channel[1:-1])]
    return [stamp.strip() for stamp, _, _ in pairs], [value for _, _, value in pairs]


def _parse_stamps(stamps: list[str]) -> NDArray[np.float64]:
    """Convert numbers, or dates of ISO 8601, to times since the first."""
    try:
        times = np.array([float(stamp) for stamp in stamps])
    except ValueError:
        dates = np.array(stamps, dtype="datetime64[ns]")
        return (dates - dates[0]).astype(np.float64)
    return times - times[0]
