"""How fast sktcn is, beside its peers and beside what the processor can do.

The peers need an environment of their own::

    python -m venv .venv-peers
    .venv-peers/bin/pip install torch==2.13.0
    .venv-peers/bin/pip install -e . -r benchmarks/requirements-peers.txt

(torch first, in the build for CPUs where that is wanted.) Then, with nothing else running::

    .venv-peers/bin/python -m benchmarks.speed

measures all parts, in twenty minutes on two cores, or those that are named:

=========  =======================================================================================
step       rate of a training step through `fit`, as a part of a large matrix product's
peers      seconds an epoch beside each peer on the same network
predict    `predict_proba` of one series and of many, beside the bare module; its memory
overhead   what `fit` takes beside the training steps
search     `GridSearchCV` with one job and with two, and their threads
growth     exponents of time and memory in series, length, channels and filters
stream     `to_streaming`: a time step beside pytorch-tcn's, and after a million of them
lstm       an LSTM on long series with patches and without
accuracy   what that costs in accuracy, on sets that `sktcn.datasets.load_ucr` finds
=========  =======================================================================================

Contenders take turns, several rounds long, each in a process of its own; a figure is the median of
its rounds, a ratio that of two medians. Results go to ``speed.json`` (with the seconds of every
round), ``speed.md`` and ``speed.png`` in ``benchmarks/results``; parts not measured keep what they
were. Peers that are not installed are listed as such.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed_engine import overhead, predict
from benchmarks.speed_growth import accuracy, growth, lstm, search
from benchmarks.speed_peers import peers, step
from benchmarks.speed_report import draw_peers, write_table
from benchmarks.speed_run import busy_seconds, machine, versions
from benchmarks.speed_stream import stream

PARTS = {
    "step": step,
    "peers": peers,
    "predict": predict,
    "overhead": overhead,
    "search": search,
    "growth": growth,
    "stream": stream,
    "lstm": lstm,
    "accuracy": accuracy,
}
RESULTS = Path(__file__).parent / "results"


def measure(name: str, rounds: int, threads: int) -> dict[str, Any]:
    """Measure a part, and say on what, and how busy others kept the machine meanwhile."""
    start, (all_before, own_before) = time.perf_counter(), busy_seconds()
    figures = PARTS[name](rounds, threads)
    took, (all_after, own_after) = time.perf_counter() - start, busy_seconds()
    others = (all_after - all_before) - (own_after - own_before)
    return {
        "machine": machine(threads),
        "versions": versions(),
        "rounds": rounds,
        "took": took,
        "others": max(0.0, others / took),
        "figures": figures,
    }


def read(folder: Path) -> dict[str, Any]:
    """Read earlier results."""
    file = folder / "speed.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(results: dict[str, Any], folder: Path) -> None:
    """Write all that is known, the parts in their order."""
    results = {name: results[name] for name in PARTS if name in results}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, default=float)
    (folder / "speed.json").write_text(text + "\n", encoding="utf-8")
    write_table(results, folder / "speed.md")
    if "peers" in results:
        draw_peers(results, folder / "speed.png")


def show(part: dict[str, Any]) -> None:
    """Print the medians."""
    for row in part["figures"]:
        value = f"{row['median']:.3g} {row['unit']}" if "median" in row else row["why"]
        print(f"  {row['figure']}: {value} {row.get('target', '')}", flush=True)
    print(f"  ({part['took']:.0f} s, others used {part['others']:.2f} cores)", flush=True)


def main() -> None:
    """Measure what is asked for; write after each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--report", action="store_true", help="only write table and picture anew")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    results = read(asked.out)
    for name in [] if asked.report else asked.parts or PARTS:
        print(name, flush=True)
        results[name] = measure(name, asked.rounds, asked.threads)
        show(results[name])
        write(results, asked.out)
    write(results, asked.out)


if __name__ == "__main__":
    main()
