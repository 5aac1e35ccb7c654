"""Early decisions beside sktime's and aeon's early classifiers.

In the environment of the peers (see `benchmarks.speed`), about ten minutes on one core::

    .venv-peers/bin/python -m benchmarks.early --data-home UCRArchive_2018

Each contender is fitted on the official training part, with its defaults except as noted in
`benchmarks.early.contenders`, and decides on the test part. Earliness is the mean proportion of a
series read before the decision; the harmonic mean is that of accuracy and one minus earliness.
Results go to ``early.json`` and ``early.md`` in ``benchmarks/early/results``; contenders with a row
in the former are skipped.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

from benchmarks.early.contenders import contenders, measure
from sktcn.datasets import load_ucr

RESULTS = Path(__file__).parent / "results"
DATASETS = ("GunPoint", "ItalyPowerDemand", "PowerCons")


def table(rows: list[dict[str, Any]]) -> str:
    """Write results as Markdown."""
    lines = [
        "# Early decisions",
        "",
        "Written by `python -m benchmarks.early`; see there. CPU seconds are of fit and test part.",
        "",
        "| data set | classifier | accuracy | earliness | harmonic mean | CPU seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = [row.get("error", "")] + [""] * 3
        if "accuracy" in row:
            figures = [row[name] for name in ("accuracy", "earliness", "harmonic_mean")]
            cells = [f"{value:.3f}" for value in figures] + [f"{row['cpu_seconds']:.0f}"]
        lines.append("| " + " | ".join([row["dataset"], row["classifier"], *cells]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write each result as it comes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.early", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data-home", help="folder of the UCR archive")
    parser.add_argument("--datasets", nargs="+", default=DATASETS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    file = arguments.out / "early.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    done = {(row["dataset"], row["classifier"]) for row in rows}
    for dataset in arguments.datasets:
        parts = [load_ucr(dataset, split, arguments.data_home) for split in ("train", "test")]
        data: Any = (*parts[0], *parts[1])
        for name, run in contenders().items():
            if (dataset, name) in done:
                continue
            rows.append({"dataset": dataset, "classifier": name, **measure(name, run, data)})
            print(rows[-1], flush=True)
            file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
            file.with_suffix(".md").write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
