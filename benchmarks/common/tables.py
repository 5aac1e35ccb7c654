"""Tables in Markdown: results in parts, and data frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a measured process must not load what it does not use
    import pandas as pd

MET = {True: "yes", False: "**no**", None: ""}


def write_table(results: dict[str, Any], path: Path, title: str, script: str) -> None:
    """Write a section for each part."""
    lines = [f"# {title}", "", f"Written by `python -m benchmarks.{script}`; see there.", ""]
    for name, part in results.items():
        lines += [f"## {name}", "", _where(part), "", *_table(part["figures"]), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _where(part: dict[str, Any]) -> str:
    machine, releases = part["machine"], part["versions"]
    used = ", ".join(f"{k} {v}" for k, v in releases.items() if v != "not installed")
    return (
        f"{machine['processor']} ({machine['vectors']}), {machine['cores']} cores, "
        f"{machine['threads']} threads, {machine['system']}, Python {machine['python']}; "
        f"{part['rounds']} rounds; other processes used {part['others']:.2f} cores. {used}."
    )


def _table(figures: list[dict[str, Any]]) -> list[str]:
    lines = ["| figure | median | min to max | target | met |", "| --- | --- | --- | --- | --- |"]
    for row in figures:
        cells = [row["figure"], row.get("why", "not measured"), "", "", ""]
        if "median" in row:
            spread = f"{number(row['min'])} to {number(row['max'])}"
            value = f"{number(row['median'])} {row['unit']}".strip()
            cells = [row["figure"], value, spread, row["target"], MET[row.get("met")]]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def number(value: float) -> str:
    """Format a number with three digits, or in full from 1,000 on."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def to_markdown(frame: pd.DataFrame) -> str:
    """Write a data frame of strings as a table in Markdown."""
    names = [" / ".join(filter(None, [frame.index.name, frame.columns.name]))]
    rows = [[*names, *map(str, frame.columns)], ["---"] * (1 + frame.shape[1])]
    rows += [[str(name), *row] for name, row in frame.iterrows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
