"""Time and memory of a few epochs over series of very different lengths.

Each set of lengths is fitted as it is, padded to its longest, and, for comparison, as series of
one length with the same total of time steps. Fits are interleaved, each in a process of its own.
"one long" is 1,000 series of 50 time steps and one of 50,000, "skewed" 1,000 of lognormal lengths,
of 129 steps in the mean and 1,156 at most. A network's depth covers its longest series.
Run as ``python -m benchmarks.ragged_cost ["one long"] [skewed]``, with nothing else running; ten
minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time

import numpy as np
import pandas as pd

from benchmarks.common.memory import max_resident
from sktcn import TCNClassifier

REPEATS = 3
LENGTHS = {
    "one long": np.append(np.full(1000, 50), 50_000),
    "skewed": np.random.default_rng(0).lognormal(4.6, 0.8, 1000).clip(20, 2000).astype(int),
}
NETWORKS = {
    "one long": {"n_filters": 8, "n_blocks": 13, "max_epochs": 1},  # padded, that takes 4 GB
    "skewed": {"n_blocks": 8, "max_epochs": 5},
}


def as_they_are(lengths):
    """Draw noise of these lengths."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=n) for n in lengths]


def padded(lengths):
    """Draw the same noise padded with zeros, in place, for a copy would count as memory."""
    X = np.zeros((len(lengths), max(lengths)))
    for row, x in zip(X, as_they_are(lengths), strict=True):
        row[: len(x)] = x
    return X


def of_one_length(lengths):
    """Draw as many series of the mean length."""
    return np.random.default_rng(0).normal(size=(len(lengths), round(np.mean(lengths))))


KINDS = {"as they are": as_they_are, "padded": padded, "one length": of_one_length}


def cost(case, kind):
    """Measure seconds and MB of a fit."""
    network = TCNClassifier(n_fixed_kernels=0, **NETWORKS[case])
    network.fit(
        np.random.default_rng(0).normal(size=(8, 20)), [0, 1] * 4
    )  # loads what torch and skorch load late
    X = KINDS[kind](LENGTHS[case])
    before, start = max_resident(), time.perf_counter()
    network.fit(X, np.arange(len(X)) % 2)
    return time.perf_counter() - start, max_resident() - before


def measure(cases):
    """Measure all kinds in turns; yield a row a fit."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for case in cases:
            for repeat in range(REPEATS):
                for kind in KINDS:
                    seconds, megabytes = pool.apply(cost, (case, kind))
                    yield {
                        "lengths": case,
                        "repeat": repeat,
                        "kind": kind,
                        "time": seconds,
                        "memory": megabytes,
                    }


def print_table(rows: pd.DataFrame) -> None:
    """Print the ratios of time and memory, and the medians."""
    rows = rows.set_index(["lengths", "repeat", "kind"]).unstack("kind")
    for other in ("padded", "one length"):
        ratio = rows.xs("as they are", axis=1, level="kind") / rows.xs(other, axis=1, level="kind")
        print(f"\nas they are / {other}: median of {REPEATS}, least and most")
        print(ratio.groupby("lengths").agg(["median", "min", "max"]).round(3).to_string())
    print("\nmedians: seconds, MB")
    print(rows.groupby("lengths").median().round(1).to_string())


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ragged_cost", description=__doc__)
    parser.add_argument("cases", nargs="*", default=[*LENGTHS], metavar="CASE")
    print_table(pd.DataFrame(measure(parser.parse_args().cases)))
