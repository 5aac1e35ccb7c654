"""Part "threads": a fit with one thread, with all, and with as many as sktcn chooses."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.common.figures import figure, ratio
from benchmarks.common.timing import interleave, run_alone, seconds_of
from sktcn import LSTMClassifier, TCNClassifier

N_EPOCHS = 4
ALONE = {"n_fixed_kernels": 0}
SIZES: dict[str, tuple[Any, int, int]] = {  # estimator, series and time steps
    "TCN, batches 16 x 24": (TCNClassifier(**ALONE), 64, 24),
    "TCN, batches 13 x 150, as GunPoint": (TCNClassifier(**ALONE), 50, 150),
    "TCN, batches 16 x 500": (TCNClassifier(**ALONE), 64, 500),
    "TCN, batches 16 x 1000": (TCNClassifier(**ALONE), 64, 1000),
    "TCN of 64 filters, batches 16 x 128": (TCNClassifier(**ALONE, n_filters=64), 64, 128),
    "TCN of 64 filters, batches 64 x 128": (
        TCNClassifier(**ALONE, n_filters=64, batch_size=64),
        128,
        128,
    ),
    "TCN of 64 filters, batches 64 x 512": (
        TCNClassifier(**ALONE, n_filters=64, batch_size=64),
        128,
        512,
    ),
    "LSTM, batches 16 x 150": (LSTMClassifier(**ALONE), 64, 150),
    "LSTM of 256 units, batches 64 x 128": (
        LSTMClassifier(**ALONE, hidden_size=256, batch_size=64),
        64,
        128,
    ),
}


def threads(rounds: int, threads: int) -> list[dict[str, Any]]:
    """Compare the numbers of threads for each size, each in a process of its own."""
    return [row for name in SIZES for row in run_alone(threads, _compare, rounds, name)]


def _compare(rounds: int, name: str) -> list[dict[str, Any]]:
    estimator, n_series, n_steps = SIZES[name]
    X = np.random.default_rng(0).normal(size=(n_series, n_steps))
    y = np.arange(n_series) % 2
    estimator.set_params(max_epochs=1).fit(X, y)  # builds the kernels
    chosen = estimator.n_threads_
    turns = {
        n: partial(seconds_of, partial(_fit, estimator, n, X, y))
        for n in (1, torch.get_num_threads())
    }
    one, many = interleave(rounds, turns).values()
    return [
        ratio(f"{name}: one thread / {torch.get_num_threads()} threads", one, many),
        figure(f"{name}: threads chosen", [chosen]),
    ]


def _fit(estimator: Any, n_threads: int, X: Any, y: Any) -> None:
    estimator.set_params(max_epochs=N_EPOCHS, n_threads=n_threads).fit(X, y)
