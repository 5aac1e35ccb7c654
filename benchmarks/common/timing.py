"""Interleaved timing in fresh processes."""

from __future__ import annotations

import gc
import multiprocessing
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import torch


def new_process(threads: int) -> ProcessPoolExecutor:
    """Make a process with this number of torch threads, for one call at a time.

    The process sets the number in torch. An environment variable would also reach the workers of
    a search, which need fewer threads.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, initializer=_start_process, initargs=(threads,))


def _start_process(threads: int) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)


def run_alone(threads: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process."""
    with new_process(threads) as process:
        return process.submit(function, *arguments).result()


def interleave(rounds: int, turns: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each in turn, several times, so that a slow phase of the machine slows all alike."""
    values: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            gc.collect()
            values[name].append(turn())
    return values


def seconds_of(action: Callable[[], Any], repeats: int = 1) -> float:
    """Measure the mean seconds of a call."""
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) / repeats
