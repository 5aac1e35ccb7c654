"""What the parts of ``speed.py`` share: tasks, processes that take turns, memory, figures."""

from __future__ import annotations

import gc
import multiprocessing
import os
import platform
import re
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.provenance import peak_memory, processor, releases

PACKAGES = (
    *("sktcn", "torch", "numpy", "scikit-learn", "skorch", "pytorch-tcn", "keras", "keras-tcn"),
    *("tensorflow", "tsai", "fastai", "sktime", "aeon"),
)
LR, DECAY = 0.002, 0.01  # of every contender
PLAIN = {"differences": False}  # reading and pooling what the peers' networks do
PLAIN_TCN = PLAIN | {"multiscale": False}
STATUS = Path("/proc/self/status")
LIMITS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda value, limit: value >= limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}


@dataclass(frozen=True)
class Task:
    """A network, and the series that it is to learn: noise, as the values cost nothing."""

    name: str
    n_series: int
    length: int
    n_classes: int = 2
    n_channels: int = 1
    batch_size: int = 16
    n_epochs: int = 1  # beyond the first
    n_blocks: int = 5
    n_filters: int = 32
    kernel_size: int = 5
    norm: str = "batch"
    hidden_size: int = 64
    patch_size: int | str = 1
    dropout: float = 0.1

    @property
    def n_steps(self) -> int:
        """Steps of the optimiser in an epoch."""
        return -(-self.n_series // self.batch_size)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Series ``(n_series, n_channels, length)``, float32, and their classes."""
        rng = np.random.default_rng(0)
        shape = (self.n_series, self.n_channels, self.length)
        return rng.normal(size=shape).astype("float32"), np.arange(self.n_series) % self.n_classes


def step_flops(task: Task) -> float:
    """Operations of the convolutions in a step: a product and a sum for each multiply-add.

    Backwards there is a gradient of the weights and one of the input, each as dear as the way
    forward. Only the two layers that read the series need none of their input.
    """
    first = task.n_channels * task.n_filters * (task.kernel_size + 1)  # and the shortcut
    steps = min(task.batch_size, task.n_series) * task.length
    return 2.0 * steps * (3 * (tcn_products(task) - first) + 2 * first)


def tcn_products(task: Task) -> int:
    """Multiply-adds of a TCN's convolutions for a time step, forwards."""
    first = task.n_channels * task.n_filters * (task.kernel_size + 1)
    return first + (2 * task.n_blocks - 1) * task.kernel_size * task.n_filters**2


def start_process(threads: int) -> None:
    """Set up a process of its own."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)


def new_process(threads: int) -> ProcessPoolExecutor:
    """Make a process that is nobody else's, for one call at a time.

    The number of threads is told to torch itself: an environment variable would reach the
    workers of a search too, which are to have fewer.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, initializer=start_process, initargs=(threads,))


def run_alone(threads: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process."""
    with new_process(threads) as process:
        return process.submit(function, *arguments).result()


def take_turns(rounds: int, turns: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each in turn, several times, so that what slows the machine slows all of them."""
    values: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            gc.collect()
            values[name].append(turn())
    return values


def seconds_of(action: Callable[[], Any], repeats: int = 1) -> float:
    """Seconds that a call takes, on average."""
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) / repeats


def matmul_rate(size: int = 2048, repeats: int = 4) -> float:
    """Operations a second in a product of two square float32 matrices."""
    a, b = torch.randn(2, size, size)
    out = torch.empty(size, size)
    return 2.0 * size**3 / seconds_of(lambda: torch.mm(a, b, out=out), repeats)


def memory_growth(action: Callable[[], Any]) -> float:
    """MB that a call needs at its peak beyond what the process holds already."""
    gc.collect()
    _forget_peak()
    before = _megabytes("VmRSS")
    action()
    return _megabytes("VmHWM") - before


def peak_megabytes() -> float:
    """MB that the process has held at most, the pages of its memmaps included."""
    return _megabytes("VmHWM")


def _forget_peak() -> None:
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _megabytes(entry: str) -> float:
    if not STATUS.exists():  # elsewhere than on Linux only the peak since the start is known
        return peak_memory()
    found = re.search(rf"{entry}:\s*(\d+)", STATUS.read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


def figure(
    name: str, values: list[float], unit: str = "", target: str = "", **raw: Any
) -> dict[str, Any]:
    """One line of the table: median and spread of a value a round, and what it was made of.

    A target is written as ">= 0.8".
    """
    row = {"figure": name, "unit": unit, "target": target}
    row |= {"median": median(values), "min": min(values), "max": max(values)}
    return _judge(row) | {"values": values, "raw": raw}


def ratio(
    name: str, above: list[float], below: list[float], target: str = "", **raw: Any
) -> dict[str, Any]:
    """Ratio of two medians; its spread is that of the rounds' ratios."""
    each = [a / b for a, b in zip(above, below, strict=True)]
    row = figure(name, each, "x", target, above=above, below=below, **raw)
    return _judge(row | {"median": median(above) / median(below)})


def _judge(row: dict[str, Any]) -> dict[str, Any]:
    if row["target"]:
        sign, limit = row["target"].split()
        row["met"] = LIMITS[sign](row["median"], float(limit))
    return row


def missing(name: str, why: str) -> dict[str, Any]:
    """Line of what could not be measured."""
    return {"figure": name, "why": why}


def machine(threads: int) -> dict[str, Any]:
    """Tell what was measured on."""
    return {
        "processor": processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def busy_seconds() -> tuple[float, float]:
    """Seconds of all cores that have been spent by anyone, and by this process and its children."""
    file = Path("/proc/stat")
    if not file.exists():
        return float("nan"), 0.0
    user, nice, system, _, _, *interrupts = file.read_text(encoding="ascii").split()[1:8]
    ticks = sum(map(int, (user, nice, system, *interrupts)))
    return ticks / os.sysconf("SC_CLK_TCK"), sum(os.times()[:4])


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Releases of what is compared, as far as installed."""
    return {name: release or "not installed" for name, release in releases(packages).items()}
