"""Seconds an epoch beside the peers, on the same networks: the parts "peers" and "step".

Each contender has a process of its own, in which it stays loaded; they are asked in turns.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks.peers import CONTENDERS, seconds_an_epoch
from benchmarks.speed_run import (
    Task,
    figure,
    matmul_rate,
    missing,
    new_process,
    ratio,
    run_alone,
    step_flops,
    take_turns,
    tcn_products,
)

SETS = {
    # the headline's network, and those as wide and deep as the estimator's by itself
    "SwedishLeaf": Task(
        "SwedishLeaf", 500, 128, 15, batch_size=64, n_filters=64, n_blocks=5, n_epochs=2
    ),
    "GunPoint": Task("GunPoint", 50, 150, n_blocks=5, n_epochs=20),
    "ItalyPowerDemand": Task("ItalyPowerDemand", 67, 24, n_blocks=2, n_epochs=30),
}
TARGETS = {"SwedishLeaf": ">= 2", "GunPoint": ">= 3", "ItalyPowerDemand": ">= 3"}
TCNS = {
    # peer: the norm that both have
    "bare torch loop": "batch",
    "skorch + pytorch-tcn": "batch",
    "keras-tcn": "batch",
    "tsai TCN": "weight",
}
FLOOR = "the convolutions alone"
# Multiply-adds a time step of other networks: of FCN's three layers, of ResNet's nine and its
# shortcuts, of FCN's beside an LSTM of eight units.
FCN = 8 * 128 + 5 * 128 * 256 + 3 * 256 * 128
RESNET = (8 + 1) * 64 + (5 + 3) * 64**2 + (8 + 1) * 64 * 128 + 5 * 128**2 + 3 * 128**2 + 16 * 128**2
OTHERS = {
    "sktime FCN": FCN,
    "aeon FCN": FCN,
    "sktime ResNet": RESNET,
    "aeon ResNet": RESNET,
    "sktime LSTM-FCN": FCN + 4 * 8 * (1 + 8),
}
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


class Contest:
    """Contenders in processes of their own; each is asked for a task's seconds an epoch."""

    def __init__(self, threads: int):
        self.threads = threads
        self.processes: dict[str, Any] = {}
        self.failed: dict[str, str] = {}

    def seconds(self, name: str, task: Task) -> float:
        """Train, and return the seconds of an epoch."""
        if name not in self.processes:
            self.processes[name] = new_process(self.threads)
        return self.processes[name].submit(seconds_an_epoch, name, task).result()

    def admit(self, name: str, task: Task) -> bool:
        """Let a contender warm up; those that are not installed, or fail, are noted."""
        absent = [module for module in CONTENDERS[name][1] if find_spec(module) is None]
        if absent:
            self.failed[name] = f"not installed: {', '.join(absent)}"
        elif name not in self.failed:
            try:
                self.seconds(name, replace(task, n_epochs=1))
            except Exception as error:  # a peer's fault must not hide the others' figures
                self.failed[name] = f"failed: {error!r:.90}"
        return name not in self.failed

    def close(self) -> None:
        """End the processes."""
        for process in self.processes.values():
            process.shutdown()


def peers(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare with every peer."""
    contest = Contest(threads)
    try:
        rows = [row for name in SETS for row in _same_network(contest, rounds, name)]
        rows += _others(contest, rounds)
        return rows + _lstms(contest, rounds)
    finally:
        contest.close()


def _same_network(contest: Contest, rounds: int, name: str) -> list[dict[str, Any]]:
    """Race on one set against those that have the same network; the fastest has the target."""
    task = SETS[name]
    ours = {f"sktcn, {norm} norm": replace(task, norm=norm) for norm in set(TCNS.values())}
    theirs = {peer: replace(task, norm=norm) for peer, norm in TCNS.items()}
    pairs = {peer: f"sktcn, {norm} norm" for peer, norm in TCNS.items()}
    theirs[FLOOR], pairs[FLOOR] = task, "sktcn, batch norm"
    title = f"{name}, {task.n_blocks} x {task.n_filters} filters, batch {task.batch_size}"
    *rows, floor = _race(contest, rounds, title, ours, theirs, pairs)
    done = [row for row in rows if "median" in row]
    return [*rows, *_against_the_fastest(title, done, floor, TARGETS[name])] if done else rows


def _against_the_fastest(
    title: str, rows: list[dict[str, Any]], floor: dict[str, Any], target: str
) -> list[dict[str, Any]]:
    """Repeat the row of the peer that took least time beside ours, with the target.

    And say how far what no engine can do without is below that, and below ours.
    """
    row = min(rows, key=lambda row: row["median"])
    raw, least = row["raw"], floor["raw"]["above"]
    peer = f"the fastest peer ({row['figure'].split(': ')[1]})"
    return [
        ratio(f"{title}: {peer}", raw["above"], raw["below"], target),
        ratio(f"{title}: {peer} / {FLOOR}", raw["above"], least),
        ratio(f"{title}: sktcn / {FLOOR}", floor["raw"]["below"], least),
    ]


def _others(contest: Contest, rounds: int) -> list[dict[str, Any]]:
    """Race against other networks, ours made as wide as has their number of multiply-adds."""
    task = SETS["GunPoint"]
    task = replace(task, n_epochs=5)
    ours, pairs = {}, {}
    for peer, products in OTHERS.items():
        width = _width_for(products, task)
        pairs[peer] = f"sktcn, {width} filters"
        ours[pairs[peer]] = replace(task, n_filters=width)
    title = "GunPoint, as many multiply-adds, batch 16"
    return _race(contest, rounds, title, ours, dict.fromkeys(OTHERS, task), pairs)


def _width_for(products: int, task: Task) -> int:
    """Filters with which a TCN has about as many multiply-adds."""
    return min(
        range(8, 512), key=lambda n: abs(tcn_products(replace(task, n_filters=n)) - products)
    )


def _lstms(contest: Contest, rounds: int) -> list[dict[str, Any]]:
    """Race of LSTMs without patches."""
    rows = []
    for name in ("GunPoint", "SwedishLeaf"):
        task = replace(SETS[name], n_epochs=3)
        title = f"{name}, LSTM of {task.hidden_size} units, batch {task.batch_size}"
        pairs = {"skorch + nn.LSTM": "sktcn LSTM"}
        rows += _race(
            contest, rounds, title, {"sktcn LSTM": task}, dict.fromkeys(pairs, task), pairs
        )
    return rows


def _race(
    contest: Contest,
    rounds: int,
    title: str,
    ours: dict[str, Task],
    theirs: dict[str, Task],
    pairs: dict[str, str],
) -> list[dict[str, Any]]:
    """Let all take turns; return a row for each peer: its seconds over those of its pair."""
    entered = {name: (name.split(",")[0], task) for name, task in ours.items()}
    entered |= {name: (name, task) for name, task in theirs.items()}
    entered = {name: entry for name, entry in entered.items() if contest.admit(*entry)}
    turns = {name: partial(contest.seconds, *entry) for name, entry in entered.items()}
    seconds = take_turns(rounds, turns)
    return [
        ratio(f"{title}: {peer}", seconds[peer], seconds[pair])
        if peer in seconds and pair in seconds
        else missing(f"{title}: {peer}", contest.failed.get(peer) or contest.failed["sktcn"])
        for peer, pair in pairs.items()
    ]


def step(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Measure the rate of a training step as a part of a matrix product's."""
    return [row for name in STEPS for row in run_alone(threads, _step, rounds, name)]


def _step(rounds: int, name: str) -> list[dict[str, Any]]:
    """Take turns with the product, the same network written by hand, and its convolutions."""
    task = STEPS[name]
    names = ("sktcn", "bare torch loop", "bare channels-last loop", FLOOR)
    for each in names:
        seconds_an_epoch(each, replace(task, n_epochs=1, n_series=2 * task.batch_size))
    turns: dict[str, Any] = {"product": matmul_rate}
    turns |= {each: partial(seconds_an_epoch, each, task) for each in names}
    measured = take_turns(rounds, turns)
    target = ">= 0.8" if "512" in name else ""
    return [
        _part_of_product(f"{name}: {each}", task, measured, each, target if each == "sktcn" else "")
        for each in names
    ]


def _part_of_product(
    title: str, task: Task, measured: dict[str, list[float]], name: str, target: str
) -> dict[str, Any]:
    seconds = [epoch / task.n_steps for epoch in measured[name]]
    rates = [step_flops(task) / s for s in seconds]
    product = measured["product"]
    text = f"{title}, {1000 * median(seconds):.1f} ms a step"
    parts = [rate / limit for rate, limit in zip(rates, product, strict=True)]
    return figure(text, parts, "of matmul", target, step_seconds=seconds, product_rate=product)
