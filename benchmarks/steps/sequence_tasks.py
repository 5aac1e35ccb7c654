"""Tasks of the TCN paper (Bai, Kolter & Koltun, 2018), by the estimators of this library.

The sizes of the TCNs, their dropout and gradient clipping are the paper's; the blocks are this
library's, with the norm before the activation, and drop whole channels of a series where the paper
drops single values. The paper clips gradients of a loss that is summed over the steps and keys of a
piece of music, some thousands, so that all of them are clipped; here the loss is their mean, and
the limit as much smaller. Copy memory has no dropout here, since a TCN learns nothing with the
paper's .05, and batch norm, with which a TCN learns it in fewer updates than with the paper's
weight norm. The adding problem has half the paper's learning rate, with which a TCN learns it in
fewer updates. An LSTM of one layer beside each has as many parameters.
The adding problem asks for one number a series, copy memory for a digit at each step, JSB Chorales
and Nottingham for the next step's 88 keys, of which the loss is summed. Validation parts choose the
epoch where the data have one.

Run as ``python -m benchmarks.sequence_tasks [--data FOLDER] [--epochs N] [--series N] [TASK ...]``;
the folder has ``JSB_Chorales.mat`` and ``Nottingham.mat``. On one idle core of an Intel Xeon an
epoch of the TCN takes: adding 200 a minute, adding 600 three, copy 500 a quarter, copy 1000 half a
minute, JSB fifteen seconds, Nottingham a minute.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from benchmarks.common.provenance import machine, versions
from sktcn import (
    LSTMRegressor,
    LSTMStepClassifier,
    TCNRegressor,
    TCNStepClassifier,
)
from sktcn.networks import count_parameters

EPS = 1e-12  # least probability
COMMON = {
    "scaling": None,
    "differences": False,
    "label_smoothing": 0.0,
    "weight_decay": 0.0,
    "optimizer": "adam",
    "random_state": 0,
}


@dataclass(frozen=True)
class Task:
    """Data, the paper's network, and the published losses.

    Attributes
    ----------
    load : callable
        Takes the number of series and the folder of the data, and returns the parts of training,
        validation (or None) and test, each a pair ``X, y``.
    tcn : dict
        Parameters of the TCN, with the paper's sizes.
    lr : float
        Peak learning rate.
    n_series, n_epochs, batch_size : int
        The paper's.
    published : dict
        The paper's losses, by network.
    """

    load: Callable[[int, str | None], Any]
    tcn: dict[str, Any]
    lr: float
    n_series: int
    n_epochs: int
    batch_size: int
    published: dict[str, float]
    by_step: bool = True
    lstm: dict[str, Any] = field(default_factory=dict)


def add(length):
    """Make the adding problem: the sum of the two marked ones of random numbers."""

    def load(n_series, folder):
        rng = np.random.default_rng(0)
        parts = []
        for n in (n_series, 1000):
            X = np.stack([rng.random((n, length)), np.zeros((n, length))], axis=1)
            half = length // 2
            rows = np.arange(n)
            X[rows, 1, rng.integers(half, size=n)] = 1
            X[rows, 1, half + rng.integers(half, size=n)] = 1
            parts.append((X.astype("float32"), (X[:, 0] * X[:, 1]).sum(axis=1)))
        return parts[0], None, parts[1]

    return load


def copy(length):
    """Make the copy memory task: ten digits, a long wait, and the same ten digits."""

    def load(n_series, folder):
        rng = np.random.default_rng(0)
        parts = []
        for n in (n_series, 1000):
            digits = rng.integers(1, 9, size=(n, 10))
            X = np.hstack([digits, np.zeros((n, length - 1), int), np.full((n, 11), 9)])
            y = np.hstack([np.zeros((n, length + 10), int), digits])
            parts.append((X.astype("float32"), y))
        return parts[0], None, parts[1]

    return load


def music(name):
    """Read a set of piano rolls: the keys of the next step from those so far."""

    def load(n_series, folder):
        content = loadmat(Path(folder or "../shared/sequences") / f"{name}.mat")
        parts = []
        for part in ("traindata", "validdata", "testdata"):
            rolls = [np.asarray(roll, "float32").T for roll in content[part][0]][:n_series]
            parts.append(([roll[:, :-1] for roll in rolls], [roll[:, 1:] for roll in rolls]))
        return parts

    return load


ADDING = {"dropout": 0.0, "norm": "weight"}
COPY = {"dropout": 0.0, "norm": "batch", "gradient_clip": 1.0}
MUSIC = {"norm": "weight", "gradient_clip": 1e-4}
TASKS = {
    "adding 200": Task(
        add(200),
        {"kernel_size": 6, "n_blocks": 7, "n_filters": 27, "pooling": "last"} | ADDING,
        2e-3, 50_000, 20, 32, {"TCN": 5.8e-5, "LSTM": 0.164, "GRU": 5.3e-5}, by_step=False,
    ),
    "adding 600": Task(
        add(600),
        {"kernel_size": 8, "n_blocks": 8, "n_filters": 24, "pooling": "last"} | ADDING,
        2e-3, 50_000, 20, 32, {"TCN": 5.8e-5, "LSTM": 0.164, "GRU": 5.3e-5}, by_step=False,
    ),
    "copy 500": Task(
        copy(500),
        {"kernel_size": 6, "n_blocks": 9, "n_filters": 10} | COPY,
        5e-3, 10_000, 30, 32, {"TCN": 3.5e-5, "LSTM": 0.0204, "GRU": 0.0197},
    ),
    "copy 1000": Task(
        copy(1000),
        {"kernel_size": 8, "n_blocks": 8, "n_filters": 10} | COPY,
        5e-3, 10_000, 30, 32, {"TCN": 3.5e-5, "LSTM": 0.0204, "GRU": 0.0197},
    ),
    "JSB": Task(
        music("JSB_Chorales"),
        {"kernel_size": 3, "n_blocks": 2, "n_filters": 150, "dropout": 0.5} | MUSIC,
        1e-3, 10_000, 100, 1, {"TCN": 8.10, "LSTM": 8.45, "GRU": 8.43},
    ),
    "Nottingham": Task(
        music("Nottingham"),
        {"kernel_size": 6, "n_blocks": 4, "n_filters": 150, "dropout": 0.2} | MUSIC,
        1e-3, 10_000, 100, 1, {"TCN": 3.07, "LSTM": 3.29, "GRU": 3.46},
    ),
}  # fmt: skip


def make_tcn(task, n_epochs):
    """Make the paper's TCN."""
    options = training(task, n_epochs) | {"multiscale": False} | task.tcn
    if task.by_step:
        return TCNStepClassifier(**options)
    return TCNRegressor(**options, n_fixed_kernels=0)


def make_lstm(task, n_epochs, n_parameters, n_inputs, n_outputs):
    """Make an LSTM of one layer with about as many parameters, found from its formula."""

    def count(h):
        return 4 * h * (n_inputs + h + 2) + h * (h + 1) + n_outputs * (h + 1)

    size = next(h for h in range(2, 10_000) if count(h) >= n_parameters)
    options = {"hidden_size": size, "dropout": task.tcn["dropout"], "norm": None}
    options |= training(task, n_epochs)
    if task.by_step:
        return LSTMStepClassifier(**options)
    return LSTMRegressor(**options, pooling="last", patch_size=1, n_fixed_kernels=0)


def training(task, n_epochs):
    """Collect the parameters of the training."""
    length = {"max_epochs": n_epochs, "n_iter_no_change": n_epochs}
    return COMMON | {"lr": task.lr, "batch_size": task.batch_size} | length


def loss(estimator, X, y):
    """Compute the paper's loss, and the accuracy on the last ten steps of copy memory."""
    if not hasattr(estimator, "predict_proba"):
        return {"loss": float(np.mean((estimator.predict(X) - y) ** 2))}
    logarithms = estimator.predict_log_proba(X)
    if isinstance(X, list):  # 88 keys: nats a step
        pairs = zip(logarithms, estimator.predict_proba(X), y, strict=True)
        nats = [
            -(target.T * known + (1 - target.T) * np.log(np.maximum(1 - proba, EPS))).sum(axis=1)
            for known, proba, target in pairs
        ]
        return {"loss": float(np.mean(np.concatenate(nats)))}
    codes = np.searchsorted(estimator.classes_, y)
    own = np.take_along_axis(logarithms, codes[:, :, None], axis=2)
    right = estimator.predict(X)[:, -10:] == y[:, -10:]
    return {"loss": float(-own.mean()), "last ten": float(right.mean())}


def run(name, task, arguments):
    """Yield a row for each network."""
    n_epochs = arguments.epochs or task.n_epochs
    n_series = arguments.series or task.n_series
    train, valid, test = task.load(n_series, arguments.data)
    n_inputs = train[0][0].shape[0] if np.ndim(train[0][0]) > 1 else 1
    n_parameters = n_outputs = 0
    for network in ("TCN", "LSTM"):
        if network == "TCN":
            estimator = make_tcn(task, n_epochs)
        else:
            estimator = make_lstm(task, n_epochs, n_parameters, n_inputs, n_outputs)
        validation = {} if valid is None else dict(zip(("X_val", "y_val"), valid, strict=True))
        start = time.perf_counter()
        estimator.fit(*train, **validation)
        minutes = (time.perf_counter() - start) / 60
        if network == "TCN":
            module = estimator.net_.module_
            n_parameters, n_outputs = count_parameters(module), module.head.n_outputs
        yield {
            "task": name,
            "network": network,
            "parameters": count_parameters(estimator.net_.module_),
            **loss(estimator, *test),
            "published": task.published[network],
            "series": len(train[0]),
            "epochs": estimator.n_iter_,
            "minutes": minutes,
        }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sequence_tasks", description=__doc__
    )
    parser.add_argument("tasks", nargs="*", default=[*TASKS], metavar="TASK")
    parser.add_argument("--data", metavar="FOLDER", help="folder of the piano rolls")
    parser.add_argument("--epochs", type=int, help="epochs, for all tasks")
    parser.add_argument("--series", type=int, help="training series at most, for all tasks")
    parser.add_argument("--out", metavar="FILE", help="rows in JSON, a line each, appended")
    arguments = parser.parse_args()
    for name in arguments.tasks:
        for row in run(name, TASKS[name], arguments):
            print(row, flush=True)
            if arguments.out:
                told = row | {"versions": versions(), "machine": machine(1)}
                with Path(arguments.out).open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
