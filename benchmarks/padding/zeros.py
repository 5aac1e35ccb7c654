"""What padding does to a network that takes it for data, and to ours.

A plain network gets series padded with zeros, as most libraries want them; ours, of the same size,
gets them as they are. Both are asked for the test series, and then again with one long series
among them. Run as ``python -m benchmarks.padding [--data-home FOLDER] [SET ...]``; a few minutes
for the set that sktime ships.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

SEEDS = range(3)


def of_length(series, n_timepoints):
    """Cut series to a length, or put zeros behind them; shape (n, channels, time).

    >>> of_length([np.ones(2), np.ones(5)], 3)[:, 0]
    array([[1., 1., 0.],
           [1., 1., 1.]])
    """
    series = [np.atleast_2d(x)[:, :n_timepoints] for x in series]
    return np.stack([np.pad(x, ((0, 0), (0, n_timepoints - x.shape[1]))) for x in series])


def padded(series):
    """Put zeros behind each series, up to the longest."""
    return of_length(series, max(x.shape[-1] for x in series))


def load(name, split, data_home):
    """Read series as ``(n_channels, n_timepoints_i)``."""
    X, y = load_ucr(name, split, data_home)
    return [np.atleast_2d(x) for x in X], y


def long_series(series):
    """Put series end to end until they are ten times as long as any."""
    longest = max(x.shape[1] for x in series)
    joined = np.concatenate(series, axis=1)
    return np.tile(joined, 10 * longest // joined.shape[1] + 1)[:, : 10 * longest]


def compare(name, data_home, seed):
    """Fit both networks; return a row for each."""
    X, y = load(name, "train", data_home)
    X_test, y_test = load(name, "test", data_home)
    company = [*X_test, long_series(X_test)]
    for kind, form in (("zero-padded", padded), ("sktcn", list)):
        network = TCNClassifier(random_state=seed).fit(form(X), y)
        alone = network.predict_proba(form(X_test))
        joined = network.predict_proba(form(company))[:-1]
        labels = [network.classes_[p.argmax(axis=1)] for p in (alone, joined)]
        yield {
            "set": name,
            "network": kind,
            "accuracy": np.mean(labels[0] == y_test),
            "accuracy beside a long series": np.mean(labels[1] == y_test),
            "labels moved": np.mean(labels[0] != labels[1]),
            "probabilities moved by at most": np.abs(alone - joined).max(),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["JapaneseVowels"])
    parser.add_argument("--data-home")
    asked = parser.parse_args()
    rows = [
        row for name in asked.sets for seed in SEEDS for row in compare(name, asked.data_home, seed)
    ]
    table = pd.DataFrame(rows).groupby(["set", "network"], sort=False)
    columns = {"probabilities moved by at most": "max"}
    names = [c for c in rows[0] if c not in ("set", "network")]
    means = table.agg({c: columns.get(c, "mean") for c in names})
    print(means.T.to_string(float_format="{:.2g}".format))
