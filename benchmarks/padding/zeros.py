"""Comparison of a network that reads zeros as data with one that masks padding."""

from __future__ import annotations

import numpy as np

from benchmarks.common.series import pad_or_truncate
from sktcn import TCNClassifier
from sktcn.datasets import load_ucr


def padded(series):
    """Pad series with trailing zeros to the longest."""
    return pad_or_truncate(series, max(x.shape[-1] for x in series))


def load(name, split, data_home):
    """Read series as ``(n_channels, n_timepoints_i)``."""
    X, y = load_ucr(name, split, data_home)
    return [np.atleast_2d(x) for x in X], y


def long_series(series):
    """Concatenate series to ten times the length of the longest."""
    longest = max(x.shape[1] for x in series)
    joined = np.concatenate(series, axis=1)
    return np.tile(joined, 10 * longest // joined.shape[1] + 1)[:, : 10 * longest]


def compare(name, data_home, seed):
    """Fit both networks; yield a row for each."""
    X, y = load(name, "train", data_home)
    X_test, y_test = load(name, "test", data_home)
    longer = [*X_test, long_series(X_test)]
    for kind, form in (("zero-padded", padded), ("sktcn", list)):
        network = TCNClassifier(n_fixed_kernels=0, random_state=seed).fit(form(X), y)
        alone = network.predict_proba(form(X_test))
        joined = network.predict_proba(form(longer))[:-1]
        labels = [network.classes_[p.argmax(axis=1)] for p in (alone, joined)]
        yield {
            "set": name,
            "network": kind,
            "accuracy": np.mean(labels[0] == y_test),
            "accuracy beside a long series": np.mean(labels[1] == y_test),
            "labels moved": np.mean(labels[0] != labels[1]),
            "probabilities moved by at most": np.abs(alone - joined).max(),
        }
