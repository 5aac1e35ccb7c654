"""Part "gpu": training, prediction and streams on a GPU, beside peers and beside the CPU.

A machine with a GPU tells all of it in one run: updates in float32 and bfloat16, those of a whole
update replayed as a CUDA graph, several networks at once, pytorch-tcn under skorch, fixed kernels,
and many streams. With ``device="cpu"`` the same runs on a CPU, but for the graph.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.common.figures import missing, ratio
from benchmarks.common.task import LR, PLAIN_TCN, Task
from benchmarks.common.timing import interleave, seconds_of
from benchmarks.speed.contenders import (
    TCN_SIZES,
    Contender,
    mean_seconds,
    pytorch_tcn,
    sktcn_estimator,
)
from benchmarks.speed.networks import BareTCN, train_bare
from sktcn import RocketClassifier, TCNClassifier
from sktcn.streaming import to_streaming

TASKS = (
    Task("64 filters, batch 64 x 512", 512, 512, batch_size=64, n_filters=64, n_epochs=2),
    Task("32 filters, batch 16 x 150", 50, 150, n_epochs=20),
)
FIXED = Task("1,000 series x 500 steps", 1000, 500)
N_STREAMS, N_PUSHES = 4096, 50


def gpu(
    rounds: int,
    threads: int,
    device: str = "cuda",
    tasks: tuple[Task, ...] = TASKS,
    fixed: Task = FIXED,
) -> list[dict[str, Any]]:
    """Measure all of it on a device, if there is one."""
    if device == "cuda" and not torch.cuda.is_available():
        return [missing("training on a GPU", "no CUDA device")]
    torch.set_num_threads(threads)
    rows = [row for task in tasks for row in _training(rounds, device, task)]
    return [*rows, *_fixed_kernels(rounds, device, fixed), *_streams(rounds, device, tasks[-1])]


def _training(rounds: int, device: str, task: Task) -> list[dict[str, Any]]:
    """Compare an epoch with those of peers on the same device, and with our own on the CPU."""

    def ours(**options: Any) -> Contender:
        plain = PLAIN_TCN | {"device": device} | options
        return partial(sktcn_estimator, TCNClassifier, TCN_SIZES, plain)

    entered: dict[str, Contender] = {
        "sktcn": ours(),
        "bfloat16": ours(mixed_precision="auto"),
        "five networks": ours(n_estimators=5),
        "the CPU": ours(device="cpu"),
        "bare torch loop": lambda task: train_bare(BareTCN(task), task, device),
        "skorch + pytorch-tcn": partial(pytorch_tcn, device=device),
    }
    if device == "cuda":
        entered["bare torch loop as a CUDA graph"] = _graph_epochs
    turns, rows = {}, []
    for name, train in entered.items():
        try:
            train(task)
        except ImportError as error:
            rows.append(missing(f"{task.name}: {name}", f"not installed: {error.name}"))
        else:
            turns[name] = partial(mean_seconds, train, task)
    seconds = interleave(rounds, turns)
    own = seconds.pop("sktcn")
    return [ratio(f"{task.name}: {name}", each, own) for name, each in seconds.items()] + rows


def _graph_epochs(task: Task) -> list[float]:
    """Replay a whole update as a CUDA graph: what is left where nothing is called."""
    module = BareTCN(task).cuda()
    optimizer = torch.optim.AdamW(module.parameters(), lr=LR, fused=True, capturable=True)
    series, classes = task.data()
    size = task.batch_size
    x = torch.from_numpy(series[:size]).cuda()
    y = torch.from_numpy(classes[:size]).cuda()

    def update() -> None:
        optimizer.zero_grad(set_to_none=False)
        F.cross_entropy(module(x), y).backward()
        optimizer.step()

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            update()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        update()

    def epoch() -> None:
        for _ in range(task.n_updates):
            graph.replay()
        torch.cuda.synchronize()

    return [seconds_of(epoch) for _ in range(1 + task.n_epochs)]


def _fixed_kernels(rounds: int, device: str, task: Task) -> list[dict[str, Any]]:
    """Compare fit and prediction of fixed kernels with those on the CPU."""
    X, y = task.data()
    fitted = {name: RocketClassifier(device=name).fit(X, y) for name in (device, "cpu")}
    rows = []
    for action in ("fit", "predict"):
        turns = {
            name: partial(
                seconds_of, partial(getattr(estimator, action), X, *[y][: action == "fit"])
            )
            for name, estimator in fitted.items()
        }
        seconds = interleave(rounds, turns)
        title = f"{task.name}: {action} of fixed kernels, the CPU"
        rows.append(ratio(title, seconds["cpu"], seconds[device]))
    return rows


def _streams(rounds: int, device: str, task: Task) -> list[dict[str, Any]]:
    """Compare a time step of many streams with that on the CPU."""
    X, y = task.data()
    x = np.random.default_rng(0).normal(size=(N_STREAMS, 1))
    turns = {}
    for name in {device, "cpu"}:
        network = TCNClassifier(n_fixed_kernels=0, max_epochs=1, device=name).fit(X, y)
        stream = to_streaming(network, n_streams=N_STREAMS)
        stream.push(x)
        turns[name] = partial(seconds_of, partial(stream.push, x), N_PUSHES)
    seconds = interleave(rounds, turns)
    return [ratio(f"a push of {N_STREAMS:,} streams: the CPU", seconds["cpu"], seconds[device])]
