"""Fit and predict in several processes at once, started in one of three ways: a program of its own.

It is one because processes that hang must be killed, and with them all that they have started.
"""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from itertools import product

import numpy as np
import torch

from tests.conftest import ESTIMATORS, make_tiny

PATIENCE = 100  # seconds
X = np.random.default_rng(0).normal(size=(16, 2, 200))  # enough for torch to share out
Y = np.arange(16) % 2


def fitted(kind, seed):
    """Fit an estimator of one of the four kinds."""
    return make_tiny(kind, max_epochs=2, random_state=seed).fit(X, Y)


def answers(estimator):
    """Answer for all series."""
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def fit(task):
    """Fit, and answer."""
    return answers(fitted(*task))


def predict(content):
    """Answer by an estimator that was fitted elsewhere."""
    return answers(pickle.loads(content))


def main(method, n_threads, n_times):
    """Print how many fits and predictions were the same, to the bit, as one after the other."""
    torch.set_num_threads(n_threads)
    tasks = list(product(ESTIMATORS, range(n_times)))
    contents = [pickle.dumps(fitted(*task)) for task in tasks]
    for content in contents:
        predict(content)  # torch has its threads now
    with multiprocessing.get_context(method).Pool(2) as pool:
        fits = pool.map_async(fit, tasks)
        predictions = pool.map_async(predict, contents)
        found = fits.get(PATIENCE) + predictions.get(PATIENCE)
    torch.set_num_threads(1)  # as many as the processes have had
    expected = [fit(task) for task in tasks] + [predict(content) for content in contents]
    same = sum(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
    print(f"{same} of {len(expected)}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
