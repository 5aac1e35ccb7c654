"""Early decisions beside sktime's and aeon's early classifiers.

In the environment of the peers (see `speed.py`), about ten minutes on one core::

    .venv-peers/bin/python -m benchmarks.early --data-home UCRArchive_2018

Each contender is fitted on the official training part, with its defaults but where it says
otherwise below, and decides on the test part. Earliness is the mean share of a series that was
waited for; the harmonic mean is that of the accuracy and of what was not waited for. Results go to
``early.json`` and ``early.md`` in ``benchmarks/results``; what is in the former is not run again.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.early import EarlyClassifier

RESULTS = Path(__file__).parent / "results"
DATASETS = ("GunPoint", "ItalyPowerDemand", "PowerCons")
PEERS = {"sktime": "sktime.classification", "aeon": "aeon.classification"}
OURS = {
    "EarlyClassifier(TCNClassifier())": lambda: EarlyClassifier(TCNClassifier()),
    "EarlyClassifier(LSTMClassifier())": lambda: EarlyClassifier(LSTMClassifier()),
}
Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def ours(make: Callable[[], EarlyClassifier], data: Data) -> tuple[float, float]:
    """Accuracy and earliness of one of ours."""
    X, y, X_test, y_test = data
    decisions = make().fit(X, y).decide(X_test)
    accuracy = np.mean(decisions.labels == y_test)
    return float(accuracy), float(np.mean(decisions.n_timepoints / X_test.shape[-1]))


def teaser(package: str, data: Data) -> tuple[float, float]:
    """Accuracy and earliness of TEASER with its default, WEASEL."""
    early = import_module(f"{package}.early_classification")
    return peer(early.TEASER(random_state=0), data)


def probability_threshold(data: Data) -> tuple[float, float]:
    """Accuracy and earliness of a fixed threshold, over a time series forest for each length.

    aeon's default below it takes more than a quarter of an hour a set. sktime's does not tell how
    early it decides.
    """
    from aeon.classification.early_classification import ProbabilityThresholdEarlyClassifier
    from aeon.classification.interval_based import TimeSeriesForestClassifier

    forest = TimeSeriesForestClassifier(random_state=0)
    return peer(ProbabilityThresholdEarlyClassifier(forest, random_state=0), data)


def peer(classifier: Any, data: Data) -> tuple[float, float]:
    """Accuracy and earliness of a peer, by its own score."""
    X, y, X_test, y_test = data
    classifier.fit(X[:, None], y)
    _, accuracy, earliness = classifier.score(X_test[:, None], y_test)
    return float(accuracy), float(earliness)


def contenders() -> dict[str, Callable[[Data], tuple[float, float]]]:
    """All that are compared, by name."""
    all_of_them: dict[str, Any] = {
        name: lambda data, make=make: ours(make, data) for name, make in OURS.items()
    }
    for library, package in PEERS.items():
        all_of_them[f"{library}'s TEASER"] = partial(teaser, package)
    all_of_them["aeon's ProbabilityThreshold"] = probability_threshold
    return all_of_them


def measure(name: str, run: Callable[[Data], tuple[float, float]], data: Data) -> dict[str, Any]:
    """One contender on one set."""
    start = time.process_time()
    try:
        accuracy, earliness = run(data)
    except Exception as error:  # a peer that is missing, or that fails, is a row that says so
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    sooner = 1 - earliness
    return {
        "accuracy": accuracy,
        "earliness": earliness,
        "harmonic_mean": 2 * accuracy * sooner / (accuracy + sooner),
        "cpu_seconds": time.process_time() - start,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Results in Markdown."""
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
    """Measure, and write as results come."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
