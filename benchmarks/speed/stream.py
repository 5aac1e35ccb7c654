"""Part "stream": time steps pushed one at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.common.figures import figure, missing, ratio
from benchmarks.common.memory import memory_growth
from benchmarks.common.task import PLAIN_TCN, Task
from benchmarks.common.timing import interleave, run_alone, seconds_of
from sktcn import LSTMClassifier, TCNClassifier
from sktcn.streaming import StreamingEstimator, to_streaming

TASK = Task("stream", 64, 128, n_filters=64, batch_size=64)
STEPS, MANY, LONG = 300, 256, 1_000_000


def stream(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare a push with pytorch-tcn's, and with one after a million pushes."""
    parts = (_beside_peer, _many_streams, _others)
    rows = [row for part in parts for row in run_alone(threads, part, rounds)]
    return [*rows, *run_alone(threads, _after_many_steps)]


def _streaming(n_streams: int = 1) -> StreamingEstimator:
    sizes = {"n_filters": TASK.n_filters, "n_blocks": TASK.n_blocks}
    network = TCNClassifier(**sizes, kernel_size=TASK.kernel_size, max_epochs=1, **PLAIN_TCN)
    return to_streaming(network.fit(*TASK.data()), n_streams)


def _pushes(streaming: StreamingEstimator) -> float:
    x = np.ones((streaming.n_streams, streaming.n_channels))
    return seconds_of(partial(streaming.push, x), STEPS)


def _peer(n_streams: int) -> Any:
    """Make a timing of a time step in pytorch-tcn's network, which returns features alone."""
    from pytorch_tcn import TCN

    sizes = [TASK.n_filters] * TASK.n_blocks
    dilations = [2**i for i in range(TASK.n_blocks)]
    network = TCN(1, sizes, kernel_size=TASK.kernel_size, dilations=dilations).eval()
    network.reset_buffers()
    x = torch.ones(n_streams, 1, 1)
    return lambda: seconds_of(lambda: network.inference(x), STEPS)


def _products() -> float:
    """Measure the seconds of the matrix products alone."""
    rows = TASK.kernel_size * TASK.n_filters
    weights = [torch.randn(rows, TASK.n_filters) for _ in range(2 * TASK.n_blocks - 1)]
    x = torch.randn(1, rows)
    return seconds_of(lambda: [x @ weight for weight in weights], STEPS)


def _beside_peer(rounds: int) -> list[dict[str, Any]]:
    streaming, name = _streaming(), "a step of one stream, 5 blocks x 64 filters"
    turns = {"ours": partial(_pushes, streaming), "products": _products}
    try:
        turns["pytorch-tcn"] = _peer(1)
    except ModuleNotFoundError as error:
        return [missing(f"{name}: pytorch-tcn / ours", str(error))]
    with torch.inference_mode():
        for turn in turns.values():
            turn()
        measured = interleave(rounds, turns)
    ours, products, peer = (measured[key] for key in turns)
    return [
        ratio(f"{name}: pytorch-tcn / ours", peer, ours, ">= 10"),
        ratio(f"{name}: ours / its matrix products", ours, products),
        figure(name, [1e6 * s for s in ours], "us"),
    ]


def _many_streams(rounds: int) -> list[dict[str, Any]]:
    streaming = _streaming(MANY)
    _pushes(streaming)
    seconds = interleave(rounds, {"ours": partial(_pushes, streaming)})["ours"]
    return [figure(f"a step of {MANY} streams, each", [1e6 * s / MANY for s in seconds], "us")]


def _others(rounds: int) -> list[dict[str, Any]]:
    """Measure the default networks."""
    rows = []
    for kind in (TCNClassifier, LSTMClassifier):
        streaming = to_streaming(kind(max_epochs=1).fit(*TASK.data()))
        _pushes(streaming)
        seconds = interleave(rounds, {"ours": partial(_pushes, streaming)})["ours"]
        name = f"a step of one stream, {kind.__name__}() of {TASK.length} steps"
        rows.append(figure(name, [1e6 * s for s in seconds], "us"))
    return rows


def _after_many_steps() -> list[dict[str, Any]]:
    streaming, x = _streaming(), np.ones((1, 1))
    _pushes(streaming)
    early = [_pushes(streaming) for _ in range(5)]

    def advance() -> None:
        for _ in range(LONG):
            streaming.push(x)

    grown = memory_growth(advance)
    late = [_pushes(streaming) for _ in range(5)]
    return [
        ratio(f"a step after {LONG} steps / before", late, early),
        figure(f"memory that {LONG} steps have added", [grown], "MB"),
    ]
