"""Part "step": arithmetic rate of an update, as a fraction of a large matrix product's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import torch

from benchmarks.common.figures import figure, ratio
from benchmarks.common.task import Task
from benchmarks.common.timing import interleave, run_alone, seconds_of
from benchmarks.speed.contenders import BFLOAT16, CONVOLUTIONS, seconds_an_epoch
from benchmarks.speed.flops import update_flops

STEPS = {
    "64 filters, batch 64 x 512": Task(
        "step", 128, 512, batch_size=64, n_filters=64, n_blocks=5, n_epochs=2
    ),
    "128 filters, batch 64 x 512": Task(
        "step", 128, 512, batch_size=64, n_filters=128, n_blocks=5, n_epochs=1
    ),
    "64 filters, batch 16 x 128": Task(
        "step", 128, 128, batch_size=16, n_filters=64, n_blocks=5, n_epochs=4
    ),
}


def step(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Measure the rate of an update as a fraction of a matrix product's."""
    return [row for name in STEPS for row in run_alone(threads, _step, rounds, name)]


def _step(rounds: int, name: str) -> list[dict[str, Any]]:
    """Interleave sktcn, the matrix product, a bare torch loop, and the convolutions alone."""
    task = STEPS[name]
    names = ("sktcn", BFLOAT16, "bare torch loop", "bare channels-last loop", CONVOLUTIONS)
    for each in names:
        seconds_an_epoch(each, replace(task, n_epochs=1, n_series=2 * task.batch_size))
    turns: dict[str, Any] = {"product": _matmul_rate}
    turns |= {each: partial(seconds_an_epoch, each, task) for each in names}
    measured = interleave(rounds, turns)
    target = ">= 0.75" if "512" in name else ""
    rows = [
        _part_of_product(f"{name}: {each}", task, measured, each, target if each == "sktcn" else "")
        for each in names
    ]
    wanted = ">= 3" if target else ""
    gain = ratio(f"{name}: float32 / bfloat16", measured["sktcn"], measured[BFLOAT16], wanted)
    return [*rows, gain]


def _part_of_product(
    title: str, task: Task, measured: dict[str, list[float]], name: str, target: str
) -> dict[str, Any]:
    seconds = [epoch / task.n_updates for epoch in measured[name]]
    rates = [update_flops(task) / s for s in seconds]
    product = measured["product"]
    text = f"{title}, {1000 * median(seconds):.1f} ms a step"
    parts = [rate / limit for rate, limit in zip(rates, product, strict=True)]
    return figure(text, parts, "of matmul", target, step_seconds=seconds, product_rate=product)


def _matmul_rate(size: int = 2048, repeats: int = 4) -> float:
    """Measure operations a second in a product of two square float32 matrices."""
    a, b = torch.randn(2, size, size)
    out = torch.empty(size, size)
    return 2.0 * size**3 / seconds_of(lambda: torch.mm(a, b, out=out), repeats)
