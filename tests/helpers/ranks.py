"""One of the processes that train a network together: a program of its own.

It fits what `CASES` name, and leaves the losses, answers and weights in the folder given. Given
a place to meet too, it starts two processes; else torchrun has.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch._dynamo  # by the first fit otherwise, in each process
import torch.distributed as dist
from skorch.callbacks import Callback
from torch.multiprocessing import start_processes

from sktcn import LSTMRegressor, TCNClassifier
from sktcn._data import chunked
from sktcn.distributed import DataParallel

EXACT = {"dtype": "float64", "dropout": 0.0, "max_epochs": 6, "n_fixed_kernels": 0}
TCN = {"n_filters": 4, "n_blocks": 2, "kernel_size": 3} | EXACT
LSTM = {"hidden_size": 4, "patch_size": 2} | EXACT
CASES = {  # of 45 series, in batches of 15 or less: no process's part is as large as another's
    "tcn": (TCNClassifier, TCN | {"norm": "layer"}),
    "weighted, held back": (
        TCNClassifier,
        TCN
        | {"norm": None, "early_stopping": True, "n_iter_no_change": 2, "class_weight": "balanced"},
    ),
    "lstm, ragged, clipped": (LSTMRegressor, LSTM | {"gradient_clip": 0.01}),
    "float32, two networks": (
        TCNClassifier,
        TCN | {"norm": "layer", "dtype": "float32", "n_estimators": 2},
    ),
    "chunks": (TCNClassifier, TCN | {"norm": "layer", "early_stopping": True}),
    "batch norm": (TCNClassifier, TCN),
    "dropout": (TCNClassifier, TCN | {"norm": "layer", "dropout": 0.2}),
}
KILLED = {"tcn": 4, "float32, two networks": 25, "chunks": 7, "dropout": 3}  # after so many steps
SEPARATE = ("tcn", "dropout")  # of which each process has a checkpoint of its own


def data(case):
    """Series, targets and weights, as the case's name says."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(45, 2, 16))
    weight = rng.uniform(0.2, 2, 45) if "weighted" in case else None
    X[::3] += 0.5
    y = np.where(np.arange(45) % 3 == 0, "high", "low")
    if "chunks" in case:
        return on_disk(X), y, weight
    if "ragged" in case:
        return [x[:, : rng.integers(6, 17)] for x in X], X.mean((1, 2)), weight
    return X, y, weight


def on_disk(X):
    """Write an array to a file, which is gone with what is returned."""
    with tempfile.TemporaryFile() as file:
        X.tofile(file)
        return np.memmap(file, X.dtype, "r", shape=X.shape)


def fit(case, device="cpu", **parameters):
    """Fit the case's estimator; return what came of it."""
    make, own = CASES[case]
    X, y, weight = data(case)
    if "chunks" in case:
        chunked.CHUNK_VALUES = 500
    try:
        estimator = make(device=device, **own, **parameters).fit(X, y, weight)
    finally:
        chunked.CHUNK_VALUES = 2**23
    columns = estimator.history_.items()
    found = {name: rows for name, rows in columns if name.startswith(("train_", "valid_"))}
    found["answers"] = getattr(estimator, "predict_proba", estimator.predict)(X)
    found["weights"] = np.concatenate(
        [
            t.cpu().numpy().ravel()
            for net in estimator.nets_
            for t in net.module_.state_dict().values()
        ]
    )
    return found


def complaint(power=1, **unlike):
    """Return what a fit says whose processes don't agree, or have too little to do."""
    X, y, _ = data("tcn")
    classifier = TCNClassifier(**TCN | {"callbacks": [DataParallel()]} | unlike)
    try:
        classifier.fit(X**power, y)
    except ValueError as error:
        assert not hasattr(classifier, "nets_")
        return str(error)
    return ""


class Killed(Callback):
    """Break off after some steps."""

    def __init__(self, n_steps):
        self.n_steps, self.step = n_steps, 0

    def on_batch_end(self, net, training=False, **kwargs):
        """Count."""
        self.step += training
        if self.step == self.n_steps:
            raise RuntimeError("killed")


def killed(case, n_steps, device, **saved):
    """Fit, but break off after some steps, and fit again."""
    with contextlib.suppress(RuntimeError):
        fit(case, device, callbacks=[DataParallel(), Killed(n_steps)], **saved)
    return fit(case, device, callbacks=[DataParallel(), Killed(-1)], **saved)


def join(meeting: str = "env://", rank: int = -1, n_processes: int = -1) -> str:
    """Meet the others, by default as torchrun says; return the device of this process."""
    torch.set_num_threads(1)
    on_gpu = torch.cuda.device_count() > 1
    kind = "nccl" if on_gpu else "gloo"
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", rank)))
    dist.init_process_group(kind, init_method=meeting, rank=rank, world_size=n_processes)
    return "cuda" if on_gpu else "cpu"


def main(folder: Path, *meeting: Any) -> None:
    """Fit all cases and collect complaints."""
    device = join(*meeting)
    rank = dist.get_rank()
    for case in CASES:
        found = fit(case, callbacks=[DataParallel()], device=device)
        np.savez(folder / f"{case} {rank}.npz", **found)
    for case, n_steps in KILLED.items():
        saved = {"checkpoint": folder / f"fit {case}", "checkpoint_every": 1e-9}
        if case in SEPARATE:
            saved["checkpoint"] = folder / f"fit {case} {rank}"
        found = killed(case, n_steps, device, **saved)
        np.savez(folder / f"{case}, killed {rank}.npz", **found)
    complaints = [
        complaint(random_state=rank, device=device),
        complaint(power=1 + 2 * rank, lr=0.01 + rank, device=device),
        complaint(batch_size=1, device=device),
    ]
    (folder / f"complaints {rank}").write_text("\n".join(complaints))
    dist.destroy_process_group()


def one_of_two(rank: int, folder: Path, meeting: str) -> None:
    """Do the part of one process."""
    main(folder, meeting, rank, 2)


if __name__ == "__main__":
    place, *meeting = sys.argv[1:]
    if meeting:
        method = "fork" if sys.platform == "linux" else "spawn"  # the first imports once for both
        start_processes(one_of_two, (Path(place), *meeting), 2, start_method=method)
    else:
        main(Path(place))
