"""Series larger than memory: what a fit and a prediction from disk hold, and how fast they are.

Three parts, whose data are noise in a temporary folder (``--folder`` chooses where) that is removed
at the end::

    python -m benchmarks.stored

=========  =======================================================================================
large      peak memory of the whole process in a fit on a file of ``--gigabytes`` (6), in a
           prediction written into a memmap, and after imports alone; a light network, as it is the
           file that matters
rate       training from a file, and from memory, in turns: series a second in an epoch, once the
           file is cached. Twice: a TCN, and an LSTM that reads patches, which is so fast that
           preparing the series counts
containers the LSTM from a memmap, HDF5, zarr and a list of memmaps
=========  =======================================================================================

Ten to twenty minutes on two cores. Each part runs in processes of its own; a figure is the median
of its rounds. Results go to ``stored.json`` and ``stored.md`` in ``benchmarks/results``; parts not
measured keep what they were.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.speed_parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.speed_run import (
    figure,
    peak_megabytes,
    ratio,
    run_alone,
    seconds_of,
    take_turns,
    versions,
)
from sktcn import LSTMClassifier, TCNClassifier

LENGTH, MADE_AT_ONCE = 1000, 10_000
PAIRED = 32_000  # series, 128 MB: four chunks
PACKAGES = ("sktcn", "torch", "numpy", "scikit-learn", "skorch", "h5py", "zarr")
LIGHT = {"hidden_size": 16, "patch_size": 50, "batch_size": 256}
NETWORKS: dict[str, Callable[[], Any]] = {
    "TCN, 1 block x 8 filters": partial(
        TCNClassifier, n_blocks=1, n_filters=8, kernel_size=3, batch_size=64, max_epochs=2
    ),
    "LSTM, 16 units, patches of 50": partial(LSTMClassifier, **LIGHT, max_epochs=3),
}


def make(path: Path, n_series: int) -> None:
    """Write noise, float32."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, n_series, MADE_AT_ONCE):
            n = min(MADE_AT_ONCE, n_series - start)
            rng.standard_normal((n, LENGTH), dtype=np.float32).tofile(file)


def opened(path: Path) -> np.memmap[Any, Any]:
    """Open what `make` has written."""
    n_series = path.stat().st_size // (4 * LENGTH)
    return np.memmap(path, np.float32, "r", shape=(n_series, 1, LENGTH))


def labels(X: Any) -> np.ndarray:
    """Make two classes."""
    return np.arange(X.shape[0] if hasattr(X, "shape") else len(X)) % 2


def large(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Fit and predict once."""
    path = folder / "large.dat"
    n_series = round(gigabytes * 1e9 / (4 * LENGTH))
    run_alone(threads, make, path, n_series)
    imported = run_alone(threads, peak_megabytes)
    took, fitted, predicting, predicted = run_alone(threads, _fit_and_predict, path)
    name = f"{gigabytes:g} GB, {n_series} series"
    return [
        figure("imports alone: peak memory of the process", [imported], "MB"),
        figure(f"fit, one epoch, {name}: peak memory", [fitted], "MB", "< 1000"),
        figure(f"fit and predict_proba into a memmap, {name}: peak", [predicted], "MB", "< 1000"),
        figure(f"fit, one epoch and the statistics, {name}", [took], "s"),
        figure(f"predict_proba, {name}", [predicting], "s"),
    ]


def _fit_and_predict(path: Path) -> tuple[float, float, float, float]:
    X = opened(path)
    network = LSTMClassifier(**LIGHT, max_epochs=1)
    took = seconds_of(lambda: network.fit(X, labels(X)))
    fitted = peak_megabytes()
    out = np.memmap(path.with_name("answers.dat"), np.float32, "w+", shape=(len(X), 2))
    predicting = seconds_of(lambda: network.predict_proba(X, out=out))
    return took, fitted, predicting, peak_megabytes()


def rate(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Train from a file and from memory, in turns."""
    path = folder / "rate.dat"
    run_alone(threads, make, path, PAIRED)
    return [
        row for name in NETWORKS for row in run_alone(threads, _paired, path, name, rounds, threads)
    ]


def _paired(path: Path, name: str, rounds: int, threads: int) -> list[dict[str, Any]]:
    on_disk = opened(path)
    sources = {"disk": on_disk, "memory": np.array(on_disk)}
    turns = {source: partial(_epoch, name, X) for source, X in sources.items()}
    take_turns(1, turns)
    seconds = take_turns(rounds, turns)
    per_second = {source: [PAIRED / s for s in each] for source, each in seconds.items()}
    where = f"{name}, {PAIRED} series"
    return [
        ratio(f"{where}: rate from disk / memory", *per_second.values(), ">= 0.8"),
        *(figure(f"{where}: from {s}", r, "series/s") for s, r in per_second.items()),
    ]


def _epoch(name: str, X: Any) -> float:
    """Seconds of an epoch but the first, in which what is in memory is prepared."""
    network = NETWORKS[name]().fit(X, labels(X))
    return float(np.mean(network.history_["seconds"][1:]))


def containers(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Train from each container, in turns."""
    path = folder / "containers.dat"
    run_alone(threads, make, path, PAIRED)
    return run_alone(threads, _each_container, path, rounds)


def _each_container(path: Path, rounds: int) -> list[dict[str, Any]]:
    import h5py
    import zarr

    X = opened(path)
    pages = {"data": np.array(X), "chunks": (64, 1, LENGTH)}
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        sources = {
            "memmap": X,
            "HDF5": file.create_dataset("plain", data=pages["data"]),
            "HDF5, chunks of 64 series, gzip": file.create_dataset("x", compression=1, **pages),
            "zarr, chunks of 64 series": zarr.create_array(path.with_suffix(".zarr"), **pages),
            "list of memmaps": list(X),
            "memory": pages["data"],
        }
        name = list(NETWORKS)[-1]  # of which the reading is the largest part
        turns = {source: partial(_epoch, name, values) for source, values in sources.items()}
        seconds = take_turns(rounds, turns)
    return [
        ratio(f"{name}: rate from {source} / memory", seconds["memory"], each)
        for source, each in seconds.items()
        if source != "memory"
    ]


PARTS = {"large": large, "rate": rate, "containers": containers}


def run(name: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure a part on data in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        return PARTS[name](Path(folder), asked.gigabytes, asked.rounds, asked.threads)


def main() -> None:
    """Measure what is asked for; write after each part."""
    parser = make_parser(__doc__, PARTS)
    parser.add_argument("--gigabytes", type=float, default=6.0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", help="where to put the data")
    asked = read_arguments(parser, PARTS)
    file = asked.out / "stored.json"
    results = read(file)
    for name in asked.parts:
        print(name, flush=True)
        rounds = 1 if name == "large" else asked.rounds
        part = partial(run, name, asked)
        results[name] = measure(part, rounds, asked.threads, versions(PACKAGES))
        show(results[name])
        write(results, PARTS, file, "Larger than memory")


if __name__ == "__main__":
    main()
