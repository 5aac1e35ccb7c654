"""Part "peers": seconds an epoch beside each peer, on the same network.

Each contender stays loaded in a process of its own; their measurements are interleaved.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from benchmarks.common.figures import missing, ratio
from benchmarks.common.task import Task
from benchmarks.common.timing import interleave, new_process
from benchmarks.speed.contenders import BFLOAT16, CONTENDERS, CONVOLUTIONS, seconds_an_epoch
from benchmarks.speed.flops import tcn_products

SETS = {
    # the README's network, and two of the estimator's default width and depth
    "SwedishLeaf": Task(
        "SwedishLeaf", 500, 128, 15, batch_size=64, n_filters=64, n_blocks=5, n_epochs=2
    ),
    "GunPoint": Task("GunPoint", 50, 150, n_blocks=5, n_epochs=20),
    "ItalyPowerDemand": Task("ItalyPowerDemand", 67, 24, n_blocks=2, n_epochs=30),
}
TARGETS = {"SwedishLeaf": ">= 1.8", "GunPoint": ">= 1.8", "ItalyPowerDemand": ">= 1.5"}
BFLOAT16_TARGETS = {"SwedishLeaf": ">= 3"}
TCNS = {
    # peer: the norm that both have
    "bare torch loop": "batch",
    "skorch + pytorch-tcn": "batch",
    "keras-tcn": "batch",
    "tsai TCN": "weight",
}
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


class ContenderPool:
    """Contenders in processes of their own."""

    def __init__(self, threads: int):
        self.threads = threads
        self.processes: dict[str, Any] = {}
        self.failed: dict[str, str] = {}

    def seconds(self, name: str, task: Task) -> float:
        """Measure the seconds of an epoch."""
        if name not in self.processes:
            self.processes[name] = new_process(self.threads)
        return self.processes[name].submit(seconds_an_epoch, name, task).result()

    def warm_up(self, name: str, task: Task) -> bool:
        """Train a contender once; return False, and record why, if it is missing or fails."""
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
    pool = ContenderPool(threads)
    try:
        rows = [row for name in SETS for row in _same_network(pool, rounds, name)]
        rows += _others(pool, rounds)
        return rows + _lstms(pool, rounds)
    finally:
        pool.close()


def _same_network(pool: ContenderPool, rounds: int, name: str) -> list[dict[str, Any]]:
    """Compare with the peers that have the same network; the target is for the fastest."""
    task = SETS[name]
    ours = {f"sktcn, {norm} norm": replace(task, norm=norm) for norm in set(TCNS.values())}
    theirs = {peer: replace(task, norm=norm) for peer, norm in TCNS.items()}
    pairs = {peer: f"sktcn, {norm} norm" for peer, norm in TCNS.items()}
    theirs |= {CONVOLUTIONS: task, BFLOAT16: task}
    pairs |= {CONVOLUTIONS: "sktcn, batch norm", BFLOAT16: "sktcn, batch norm"}
    title = f"{name}, {task.n_blocks} x {task.n_filters} filters, batch {task.batch_size}"
    *rows, floor, bfloat16 = _compare(pool, rounds, title, ours, theirs, pairs)
    done = [row for row in rows if "median" in row]
    if not done:
        return rows
    beside = _beside_fastest(title, done, floor, TARGETS[name])
    fastest = beside[0]["raw"]["above"]
    row_title = f"{title}, bfloat16: the fastest peer"
    wanted = BFLOAT16_TARGETS.get(name, "")
    return [*rows, *beside, ratio(row_title, fastest, bfloat16["raw"]["above"], wanted)]


def _beside_fastest(
    title: str, rows: list[dict[str, Any]], floor: dict[str, Any], target: str
) -> list[dict[str, Any]]:
    """Repeat the row of the fastest peer, with the target.

    Two more rows divide its seconds, and sktcn's, by those of the convolutions alone.
    """
    row = min(rows, key=lambda row: row["median"])
    raw, least = row["raw"], floor["raw"]["above"]
    peer = f"the fastest peer ({row['figure'].split(': ')[1]})"
    return [
        ratio(f"{title}: {peer}", raw["above"], raw["below"], target),
        ratio(f"{title}: {peer} / {CONVOLUTIONS}", raw["above"], least),
        ratio(f"{title}: sktcn / {CONVOLUTIONS}", floor["raw"]["below"], least),
    ]


def _others(pool: ContenderPool, rounds: int) -> list[dict[str, Any]]:
    """Compare with other networks; sktcn's width is chosen for their number of multiply-adds."""
    task = SETS["GunPoint"]
    task = replace(task, n_epochs=5)
    ours, pairs = {}, {}
    for peer, products in OTHERS.items():
        width = _width_for(products, task)
        pairs[peer] = f"sktcn, {width} filters"
        ours[pairs[peer]] = replace(task, n_filters=width)
    title = "GunPoint, as many multiply-adds, batch 16"
    return _compare(pool, rounds, title, ours, dict.fromkeys(OTHERS, task), pairs)


def _width_for(products: int, task: Task) -> int:
    """Return the width at which a TCN has about this number of multiply-adds."""
    return min(
        range(8, 512), key=lambda n: abs(tcn_products(replace(task, n_filters=n)) - products)
    )


def _lstms(pool: ContenderPool, rounds: int) -> list[dict[str, Any]]:
    """Compare LSTMs without patches."""
    rows = []
    for name in ("GunPoint", "SwedishLeaf"):
        task = replace(SETS[name], n_epochs=3)
        title = f"{name}, LSTM of {task.hidden_size} units, batch {task.batch_size}"
        pairs = {"skorch + nn.LSTM": "sktcn LSTM"}
        rows += _compare(
            pool, rounds, title, {"sktcn LSTM": task}, dict.fromkeys(pairs, task), pairs
        )
    return rows


def _compare(
    pool: ContenderPool,
    rounds: int,
    title: str,
    ours: dict[str, Task],
    theirs: dict[str, Task],
    pairs: dict[str, str],
) -> list[dict[str, Any]]:
    """Interleave all; return a row for each peer: its seconds over those of its pair."""
    entered = {name: (name.split(",")[0], task) for name, task in ours.items()}
    entered |= {name: (name, task) for name, task in theirs.items()}
    entered = {name: entry for name, entry in entered.items() if pool.warm_up(*entry)}
    turns = {name: partial(pool.seconds, *entry) for name, entry in entered.items()}
    seconds = interleave(rounds, turns)
    return [
        ratio(f"{title}: {peer}", seconds[peer], seconds[pair])
        if peer in seconds and pair in seconds
        else missing(f"{title}: {peer}", pool.failed.get(peer) or pool.failed["sktcn"])
        for peer, pair in pairs.items()
    ]
