"""Table of speed for the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from benchmarks.common.tables import number

RESULTS = Path(__file__).parent / "results"
MEASURED = re.compile(r"(: sktcn)?, [\d.]+ ms a step| \(.*\)")  # differs between processors


def speed_table():
    """Tabulate the figures with a target, a column for each processor."""
    rows = [row for path in sorted(RESULTS.glob("*/speed.json")) for row in _targeted(path)]
    known = pd.DataFrame(rows, columns=["figure", "wanted", "processor", "measured"])
    table = known.pivot(index=["figure", "wanted"], columns="processor", values="measured")
    table = table.dropna().reset_index("wanted")
    return table.loc[[figure for figure in known["figure"].unique() if figure in table.index]]


def _targeted(path):
    """Yield the figures with a target from one file, of the processor of its first part."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    processor = next(iter(parts.values()))["machine"]["processor"]
    column = f"{processor}, {path.parent.name}"
    for name, part in parts.items():
        for row in part["figures"]:
            if row.get("target") and part["machine"]["processor"] == processor:
                median, least, most = (number(row[key]) for key in ("median", "min", "max"))
                measured = f"{median} ({least} to {most}) {row['unit']}".rstrip()
                yield f"{name}: {MEASURED.sub('', row['figure'])}", row["target"], column, measured
