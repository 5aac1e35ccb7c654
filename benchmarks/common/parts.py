"""Benchmarks in parts: a call measures the named parts, and keeps the results of the others."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.provenance import processor, releases
from benchmarks.common.tables import write_table


def make_parser(
    name: str, description: str, parts: Collection[str], out: Path
) -> argparse.ArgumentParser:
    """Make a parser of parts, rounds and the folder of results."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=out, metavar="FOLDER")
    return parser


def read_arguments(parser: argparse.ArgumentParser, parts: Collection[str]) -> argparse.Namespace:
    """Parse the command line; no part named means all of them."""
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    arguments.parts = arguments.parts or list(parts)
    return arguments


def measure(
    part: Callable[[], list[dict[str, Any]]], rounds: int, threads: int, packages: Iterable[str]
) -> dict[str, Any]:
    """Measure a part; add the machine, releases, and the load of other processes meanwhile."""
    start, (all_before, own_before) = time.perf_counter(), _busy_seconds()
    figures = part()
    took, (all_after, own_after) = time.perf_counter() - start, _busy_seconds()
    others = (all_after - all_before) - (own_after - own_before)
    return {
        "machine": _machine(threads),
        "versions": {name: found or "not installed" for name, found in releases(packages).items()},
        "rounds": rounds,
        "took": took,
        "others": max(0.0, others / took),
        "figures": figures,
    }


def _machine(threads: int) -> dict[str, Any]:
    return {
        "processor": processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _busy_seconds() -> tuple[float, float]:
    """Return the busy seconds of all cores, by any process, and by this one and its children."""
    file = Path("/proc/stat")
    if not file.exists():
        return float("nan"), 0.0
    user, nice, system, _, _, *interrupts = file.read_text(encoding="ascii").split()[1:8]
    ticks = sum(map(int, (user, nice, system, *interrupts)))
    return ticks / os.sysconf("SC_CLK_TCK"), sum(os.times()[:4])


def read(file: Path) -> dict[str, Any]:
    """Read earlier results."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(results: dict[str, Any], parts: Collection[str], file: Path, title: str) -> None:
    """Write the results, the parts in their order, as JSON and as Markdown beside it."""
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
