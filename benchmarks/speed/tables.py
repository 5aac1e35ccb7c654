"""Table of speed for the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from benchmarks.common.tables import number

RESULTS = Path(__file__).parent / "results"
RUNS = ("epyc", "zen5", "xeon", "xeon-numba", "zen3-numba")  # in the order of time
MEASURED = re.compile(r"(: sktcn)?, [\d.]+ ms a step| \(.*\)")  # differs between processors


def speed_table():
    """Tabulate the figures with a target, the newest run's, and a column for each processor."""
    rows = [row for path in _files() for row in _targeted(path)]
    known = pd.DataFrame(rows, columns=["figure", "wanted", "processor", "measured"])
    table = known.pivot(index="figure", columns="processor", values="measured").fillna("")
    table = table[known["processor"].unique()]
    table.insert(0, "wanted", known.groupby("figure")["wanted"].last())
    return table.loc[known["figure"].unique()]


def rocket_table():
    """Tabulate the figures of fixed kernels with a target, a column for each processor."""
    parts = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in _files()}
    known = {name: part["rocket"]["figures"] for name, part in parts.items() if "rocket" in part}
    columns = {
        name: {(row["figure"], row["target"]): _measured(row) for row in figures if row["target"]}
        for name, figures in known.items()
    }
    table = pd.DataFrame(columns).fillna("")
    return table.rename_axis(["figure", "wanted"]).reset_index("wanted")


def _files():
    return [RESULTS / name / "speed.json" for name in RUNS]


def _measured(row):
    median, least, most = (number(row[key]) for key in ("median", "min", "max"))
    spread = "" if least == most else f" ({least} to {most})"
    return f"{median}{spread} {row['unit']}".rstrip()


def _targeted(path):
    """Yield the figures with a target from one file, of the processor of its first part."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    processor = next(iter(parts.values()))["machine"]["processor"]
    column = f"{processor}, {path.parent.name}"
    for name, part in parts.items():
        for row in part["figures"]:
            if row.get("target") and part["machine"]["processor"] == processor:
                title = f"{name}: {MEASURED.sub('', row['figure'])}"
                yield title, row["target"], column, _measured(row)
