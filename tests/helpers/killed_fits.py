"""Begin a fit, be killed, go on, until it ends as an undisturbed one: a program of its own."""

from __future__ import annotations

import os
import pickle
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # by the first fit otherwise, whose time is measured

from sktcn import LSTMClassifier, TCNClassifier

COMMON = {"batch_size": 8, "n_fixed_kernels": 0}
CASES = {
    "TCN": TCNClassifier(n_filters=4, n_blocks=2, max_epochs=30, **COMMON),
    "LSTM": LSTMClassifier(hidden_size=4, max_epochs=60, **COMMON),
    "early stopping": TCNClassifier(
        n_filters=4, n_blocks=2, max_epochs=40, early_stopping=True, refit=True, **COMMON
    ),
    "several": LSTMClassifier(
        hidden_size=4,
        max_epochs=25,
        n_estimators=2,
        early_stopping=True,
        norm="layer",
        dropout=0.3,
        n_fixed_kernels=0,
    ),
}


def series() -> tuple[np.ndarray, np.ndarray]:
    """Ragged noise, and labels."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=length) for length in rng.integers(20, 60, size=60)]
    return X, np.arange(60) % 3


def result(estimator: TCNClassifier | LSTMClassifier) -> bytes:
    """Fit, and tell all that came of it but for the times."""
    X, y = series()
    estimator.fit(X, y)
    history = {name: column for name, column in estimator.history_.items() if name != "seconds"}
    weights = [net.module_.state_dict() for net in estimator.nets_]
    arrays = [{name: tensor.numpy() for name, tensor in member.items()} for member in weights]
    return pickle.dumps([history, estimator.n_iter_, arrays, estimator.predict_proba(X)])


def finish_under_kills(case: str, folder: Path, delays: random.Random, most: float) -> int:
    """Fit until it comes to its end; count the kills."""
    estimator = CASES[case].set_params(checkpoint=folder / "fit", checkpoint_every=0.005)
    kills = 0
    while not (folder / "result").exists():
        child = os.fork()
        if child == 0:
            (folder / "new").write_bytes(result(estimator))
            os.replace(folder / "new", folder / "result")
            os._exit(0)
        time.sleep(delays.uniform(0.01, most))
        os.kill(child, signal.SIGKILL)
        kills += os.waitpid(child, 0)[1] == signal.SIGKILL
    return kills


def main(folder: Path, times: int, *cases: str) -> None:
    """Print how many kills there were for each case, and whether the end was the same."""
    torch.set_num_threads(1)
    for number, case in enumerate(cases or CASES):
        start = time.monotonic()
        undisturbed = result(CASES[case])
        most = 4 * (time.monotonic() - start) / times
        place, delays = folder / str(number), random.Random(number)
        place.mkdir()
        kills = finish_under_kills(case, place, delays, most)
        same = (place / "result").read_bytes() == undisturbed
        print(case, kills, "same" if same else "DIFFERENT", sep="|", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
