"""A benchmark in parts: those asked for are measured, the others keep what they were."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from benchmarks.speed_report import write_table
from benchmarks.speed_run import busy_seconds, machine

RESULTS = Path(__file__).parent / "results"


def make_parser(text: str, parts: Collection[str]) -> argparse.ArgumentParser:
    """Make a parser that knows which parts there are."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser


def read_arguments(parser: argparse.ArgumentParser, parts: Collection[str]) -> argparse.Namespace:
    """Read what is asked for; all parts if none is named."""
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    asked.parts = asked.parts or list(parts)
    return asked


def measure(
    part: Callable[[], list[dict[str, Any]]], rounds: int, threads: int, versions: dict[str, str]
) -> dict[str, Any]:
    """Measure a part, and say on what, and how busy others kept the machine meanwhile."""
    start, (all_before, own_before) = time.perf_counter(), busy_seconds()
    figures = part()
    took, (all_after, own_after) = time.perf_counter() - start, busy_seconds()
    others = (all_after - all_before) - (own_after - own_before)
    return {
        "machine": machine(threads),
        "versions": versions,
        "rounds": rounds,
        "took": took,
        "others": max(0.0, others / took),
        "figures": figures,
    }


def read(file: Path) -> dict[str, Any]:
    """Read earlier results."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(results: dict[str, Any], parts: Collection[str], file: Path, title: str) -> None:
    """Write all that is known, the parts in their order, as JSON and as a table beside it."""
    results = {name: results[name] for name in parts if name in results}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results, indent=1, default=float) + "\n", encoding="utf-8")
    write_table(results, file.with_suffix(".md"), title, script=file.stem)


def show(part: dict[str, Any]) -> None:
    """Print the medians."""
    for row in part["figures"]:
        value = f"{row['median']:.3g} {row['unit']}" if "median" in row else row["why"]
        print(f"  {row['figure']}: {value} {row.get('target', '')}", flush=True)
    print(f"  ({part['took']:.0f} s, others used {part['others']:.2f} cores)", flush=True)
