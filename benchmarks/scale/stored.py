"""Memory and speed of fits and predictions on series larger than memory.

Three parts, on noise in a temporary folder (``--folder`` chooses where) that is removed at the
end::

    python -m benchmarks.stored

=========  =======================================================================================
large      peak memory of the process in a fit on a file of ``--gigabytes`` (6), in a prediction
           written into a memmap, and after imports alone; the network is small, for the memory of
           interest is that of the series
rate       training from a file and from memory, interleaved: series a second in an epoch, once
           the file is cached. Two networks: a TCN, and an LSTM on patches, which is fast enough
           that preprocessing counts
containers the LSTM from a memmap, HDF5, zarr and a list of memmaps
=========  =======================================================================================

Ten to twenty minutes on two cores. Each part runs in processes of its own; a figure is the median
of its rounds. Results go to ``stored.json`` and ``stored.md`` in
``benchmarks/scale/results/local``, or ``--out``; other parts keep theirs.
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

from benchmarks.common.figures import figure, ratio
from benchmarks.common.memory import peak_memory
from benchmarks.common.parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.common.timing import interleave, run_alone, seconds_of
from sktcn import LSTMClassifier, TCNClassifier

RESULTS = Path(__file__).parent / "results" / "local"
LENGTH, CHUNK_SERIES = 1000, 10_000
PAIRED = 32_000  # series, 128 MB: four blocks
PACKAGES = ("sktcn", "torch", "numpy", "scikit-learn", "skorch", "h5py", "zarr")
LIGHT = {"hidden_size": 16, "patch_size": 50, "batch_size": 256, "n_fixed_kernels": 0}
NETWORKS: dict[str, Callable[[], Any]] = {
    "TCN, 1 block x 8 filters": partial(
        TCNClassifier,
        n_blocks=1,
        n_filters=8,
        kernel_size=3,
        batch_size=64,
        max_epochs=2,
        n_fixed_kernels=0,
    ),
    "LSTM, 16 units, patches of 50": partial(LSTMClassifier, **LIGHT, max_epochs=3),
}


def write_noise(path: Path, n_series: int) -> None:
    """Write noise as float32."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, n_series, CHUNK_SERIES):
            n = min(CHUNK_SERIES, n_series - start)
            rng.standard_normal((n, LENGTH), dtype=np.float32).tofile(file)


def open_memmap(path: Path) -> np.memmap[Any, Any]:
    """Open the file of `write_noise`."""
    n_series = path.stat().st_size // (4 * LENGTH)
    return np.memmap(path, np.float32, "r", shape=(n_series, 1, LENGTH))


def labels(X: Any) -> np.ndarray:
    """Return labels of two classes."""
    return np.arange(X.shape[0] if hasattr(X, "shape") else len(X)) % 2


def large(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Measure a fit and a prediction on one large file."""
    path = folder / "large.dat"
    n_series = round(gigabytes * 1e9 / (4 * LENGTH))
    run_alone(threads, write_noise, path, n_series)
    imported = run_alone(threads, peak_memory)
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
    X = open_memmap(path)
    network = LSTMClassifier(**LIGHT, max_epochs=1)
    took = seconds_of(lambda: network.fit(X, labels(X)))
    fitted = peak_memory()
    out = np.memmap(path.with_name("answers.dat"), np.float32, "w+", shape=(len(X), 2))
    predicting = seconds_of(lambda: network.predict_proba(X, out=out))
    return took, fitted, predicting, peak_memory()


def rate(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare training from a file and from memory."""
    path = folder / "rate.dat"
    run_alone(threads, write_noise, path, PAIRED)
    return [
        row for name in NETWORKS for row in run_alone(threads, _paired, path, name, rounds, threads)
    ]


def _paired(path: Path, name: str, rounds: int, threads: int) -> list[dict[str, Any]]:
    on_disk = open_memmap(path)
    sources = {"disk": on_disk, "memory": np.array(on_disk)}
    turns = {source: partial(_epoch, name, X) for source, X in sources.items()}
    interleave(1, turns)
    seconds = interleave(rounds, turns)
    per_second = {source: [PAIRED / s for s in each] for source, each in seconds.items()}
    where = f"{name}, {PAIRED} series"
    return [
        ratio(f"{where}: rate from disk / memory", *per_second.values(), ">= 0.8"),
        *(figure(f"{where}: from {s}", r, "series/s") for s, r in per_second.items()),
    ]


def _epoch(name: str, X: Any) -> float:
    """Measure seconds of an epoch after the first, which preprocesses series in memory."""
    network = NETWORKS[name]().fit(X, labels(X))
    return float(np.mean(network.history_["seconds"][1:]))


def containers(folder: Path, gigabytes: float, rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare training from each container."""
    path = folder / "containers.dat"
    run_alone(threads, write_noise, path, PAIRED)
    return run_alone(threads, _each_container, path, rounds)


def _each_container(path: Path, rounds: int) -> list[dict[str, Any]]:
    import h5py
    import zarr

    X = open_memmap(path)
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
        seconds = interleave(rounds, turns)
    return [
        ratio(f"{name}: rate from {source} / memory", seconds["memory"], each)
        for source, each in seconds.items()
        if source != "memory"
    ]


PARTS = {"large": large, "rate": rate, "containers": containers}


def run(name: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure a part on data in a temporary folder."""
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        return PARTS[name](Path(folder), arguments.gigabytes, arguments.rounds, arguments.threads)


def main() -> None:
    """Measure the named parts; write after each."""
    parser = make_parser("stored", __doc__, PARTS, RESULTS)
    parser.add_argument("--gigabytes", type=float, default=6.0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", help="folder for the temporary data")
    arguments = read_arguments(parser, PARTS)
    file = arguments.out / "stored.json"
    results = read(file)
    for name in arguments.parts:
        print(name, flush=True)
        rounds = 1 if name == "large" else arguments.rounds
        part = partial(run, name, arguments)
        results[name] = measure(part, rounds, arguments.threads, PACKAGES)
        show(results[name])
        write(results, PARTS, file, "Larger than memory")


if __name__ == "__main__":
    main()
