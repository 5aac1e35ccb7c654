"""Figures: rows of a table of results, each the median of several rounds."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

LIMITS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda value, limit: value >= limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}


def figure(
    name: str, values: list[float], unit: str = "", target: str = "", **raw: Any
) -> dict[str, Any]:
    """Make a row from a value per round: median, range, and the raw values behind them.

    A target reads ">= 0.8".
    """
    row = {"figure": name, "unit": unit, "target": target}
    row |= {"median": median(values), "min": min(values), "max": max(values)}
    return _judge(row) | {"values": values, "raw": raw}


def ratio(
    name: str, above: list[float], below: list[float], target: str = "", **raw: Any
) -> dict[str, Any]:
    """Make a row of the ratio of two medians; its range is that of the rounds' ratios."""
    each = [a / b for a, b in zip(above, below, strict=True)]
    row = figure(name, each, "x", target, above=above, below=below, **raw)
    return _judge(row | {"median": median(above) / median(below)})


def _judge(row: dict[str, Any]) -> dict[str, Any]:
    if row["target"]:
        sign, limit = row["target"].split()
        row["met"] = LIMITS[sign](row["median"], float(limit))
    return row


def missing(name: str, why: str) -> dict[str, Any]:
    """Make the row of a figure that could not be measured."""
    return {"figure": name, "why": why}
