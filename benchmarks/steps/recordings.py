"""Step classifiers beside a classifier of sliding windows, on recordings of several activities.

The recordings join pieces of series of several classes, so that the changes are known. Of each
pair one answers from the past alone, the other with half a window of the future: the step
classifier by its ``delay``, the window classifier by the label of the window's middle. The window
classifier is trained for as many seconds as the step classifier of its pair was, by the clock, in
whole epochs. It answers every ``hop`` steps, and each answer holds until the next.

Run as ``python -m benchmarks.recordings [--data-home FOLDER ...] [--out FILE] [SET ...]``; about
three minutes for each set and seed on one core.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.common.provenance import machine, versions
from sktcn import TCNClassifier, TCNStepClassifier
from sktcn.datasets import load_ucr
from sktcn.metrics import edit_score, segmental_f1

SETS = ("BasicMotions", "Epilepsy", "CricketX", "PowerCons")
WINDOW = 64
N_PIECES = 6  # series a recording
N_TRAIN, N_TEST = 40, 30  # recordings
NETWORK = {"n_filters": 32, "n_blocks": 4}  # of all contenders: a receptive field of 122 steps
EPOCHS = 15
HOPS = (1, 16)


def load(name, split, homes):
    """Load a set from the first folder that has it, or from sktime."""
    for home in homes:
        if (Path(home) / name).is_dir():
            return load_ucr(name, split, home)
    return load_ucr(name, split)


def join(X, y, n_recordings, rng):
    """Join pieces of random series, a half to the whole of each, and label each time step."""
    X = np.asarray(X).reshape(len(X), -1, np.shape(X)[-1])
    recordings, labels = [], []
    for _ in range(n_recordings):
        chosen = rng.choice(len(X), size=N_PIECES, replace=len(X) < N_PIECES)
        lengths = rng.integers(X.shape[2] // 2, X.shape[2], size=N_PIECES)
        recordings.append(np.hstack([X[i][:, :n] for i, n in zip(chosen, lengths, strict=True)]))
        labels.append(np.repeat(y[chosen], lengths))
    return recordings, labels


class WindowClassifier:
    """Classifier of windows, each labelled by its last step or by its middle."""

    def __init__(self, ahead, seconds, seed):
        self.ahead, self.seconds, self.seed = ahead, seconds, seed

    def windows(self, x, hop):
        """Cut the windows that answer for each ``hop``-th step; zeros are beyond the ends."""
        mean = x.mean(axis=1, keepdims=True)
        padded = np.pad(x - mean, ((0, 0), (WINDOW - 1 - self.ahead, self.ahead))) + mean
        views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)
        return views[:, ::hop].transpose(1, 0, 2)

    def fit(self, X, y):
        """Train on windows a quarter of their length apart, for the given seconds."""
        hop = WINDOW // 4
        windows = np.concatenate([self.windows(x, hop) for x in X])
        labels = np.concatenate([each[::hop] for each in y])
        make = {"random_state": self.seed, "batch_size": 64, "n_fixed_kernels": 0, **NETWORK}
        TCNClassifier(max_epochs=1, **make).fit(windows, labels)  # loads what is loaded late
        start = time.perf_counter()
        TCNClassifier(max_epochs=1, **make).fit(windows, labels)
        n_epochs = max(1, round(self.seconds / (time.perf_counter() - start)))
        self.classifier = TCNClassifier(max_epochs=n_epochs, **make).fit(windows, labels)
        return self

    def predict(self, X, hop):
        """Predict each step by the latest window before it."""
        answers = []
        for x in X:
            known = self.classifier.predict(np.ascontiguousarray(self.windows(x, hop)))
            answers.append(np.repeat(known, hop)[: x.shape[1]])
        return answers


def compare(name, homes, seed):
    """Yield a row for each contender on one set."""
    rng = np.random.default_rng(seed)
    X, y = join(*load(name, "train", homes), N_TRAIN, rng)
    X_test, y_test = join(*load(name, "test", homes), N_TEST, rng)
    for ahead in (0, WINDOW // 2):
        row = {"set": name, "seed": seed, "ahead": ahead}
        for smoothness, contender in ((0.0, "steps"), (0.15, "steps, smooth")):
            step = TCNStepClassifier(
                **NETWORK,
                delay=ahead,
                crop=256,
                smoothness=smoothness,
                max_epochs=EPOCHS,
                random_state=seed,
            )
            start = time.perf_counter()
            step.fit(X, y)
            seconds = time.perf_counter() - start
            yield row | {"contender": contender} | measure(step.predict, X_test, y_test, seconds)
        start = time.perf_counter()
        window = WindowClassifier(ahead, seconds, seed).fit(X, y)
        seconds = time.perf_counter() - start
        for hop in HOPS:
            contender = {"contender": f"windows, every {hop}"}
            predict = lambda X, hop=hop, window=window: window.predict(X, hop)  # noqa: E731
            yield row | contender | measure(predict, X_test, y_test, seconds)


def measure(predict, X, y, seconds):
    """Measure accuracy, scores of segments, and the seconds of the predictions."""
    predict(X[:1])
    start = time.perf_counter()
    predicted = predict(X)
    elapsed = time.perf_counter() - start
    return {
        "accuracy": float(np.mean(np.concatenate(predicted) == np.concatenate(y))),
        "F1@50": segmental_f1(y, predicted, overlap=0.5),
        "edit": edit_score(y, predicted),
        "fit s": seconds,
        "predict ms a step": 1000 * elapsed / sum(map(len, y)),
    }


def print_tables(rows: pd.DataFrame) -> None:
    """Print the means by set, and by contender with ratios of the times of predictions."""
    keys = ["ahead", "contender"]
    by_set = rows.groupby(["set", *keys], sort=False).mean().drop(columns="seed")
    print(by_set.to_markdown(floatfmt=".4g"))
    times = rows.pivot_table(
        index=["set", "seed", "ahead"], columns="contender", values="predict ms a step"
    )
    ratios = times.div(times["steps"], axis=0).groupby("ahead").median()
    print("\nMeans of all sets; times of predict as multiples of that of steps, medians\n")
    means = rows.groupby(keys, sort=False)[["accuracy", "F1@50", "edit"]].mean()
    means["time of predict"] = [ratios.loc[ahead, name] for ahead, name in means.index]
    print(means.to_markdown(floatfmt=".4g"))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recordings", description=__doc__)
    parser.add_argument("sets", nargs="*", default=[*SETS], metavar="SET")
    parser.add_argument("--data-home", nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", metavar="FILE", help="rows in JSON")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.sets:
        for seed in range(arguments.seeds):
            for row in compare(name, arguments.data_home, seed):
                rows.append(row)
                print(row, flush=True)
    print_tables(pd.DataFrame(rows))
    if arguments.out:
        content = {"versions": versions(), "machine": machine(1), "rows": rows}
        Path(arguments.out).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
