"""Small series, and the four estimators with so few weights that a fit takes milliseconds."""

from __future__ import annotations

import gc
import os
from functools import partial

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # or scikit-learn skips a check; before scipy

import numpy as np
import pytest
import torch

from sktcn import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor
from sktcn._training import device

N_FIXED_KERNELS = device.N_FIXED_KERNELS

SMALL = {"max_epochs": 3, "batch_size": 8, "dropout": 0.1, "n_fixed_kernels": 0}
TCN = SMALL | {"n_filters": 4, "n_blocks": 2, "kernel_size": 3}
LSTM = SMALL | {"hidden_size": 4, "patch_size": 4}

CLASSIFIERS = {
    "TCNClassifier": partial(TCNClassifier, **TCN),
    "LSTMClassifier": partial(LSTMClassifier, **LSTM),
}
REGRESSORS = {
    "TCNRegressor": partial(TCNRegressor, **TCN),
    "LSTMRegressor": partial(LSTMRegressor, **LSTM),
}
ESTIMATORS = CLASSIFIERS | REGRESSORS

# An estimator is an architecture times a task: these two run all the code of the four.
BOTH = ("TCNClassifier", "LSTMRegressor")
KINDS = [pytest.param(k, marks=[] if k in BOTH else pytest.mark.slow) for k in ESTIMATORS]


def pytest_configure(config):
    torch.set_num_threads(1)


def pytest_collection_finish():
    gc.freeze()  # or a collection of garbage, which many tests ask for, takes 0.4 s


def pytest_runtest_setup(item):
    # numba, once loaded, gives OpenMP a thread a core in that thread of Python alone: other sums
    torch.set_num_threads(1)
    if item.get_closest_marker("slow") is None:
        device.N_FIXED_KERNELS = 168  # of n_fixed_kernels="auto", so that a fit takes milliseconds


def pytest_runtest_teardown():
    device.N_FIXED_KERNELS = N_FIXED_KERNELS


def make_tiny(kind, **parameters):
    make = ESTIMATORS[kind]
    return make.func(**make.keywords | parameters)


@pytest.fixture(params=KINDS)
def tiny(request):
    """Makes one of the four estimators, with few weights, and with the parameters given.

    Two of them, of each architecture and each task one, are slow tests.
    """
    return partial(make_tiny, request.param)


@pytest.fixture(params=CLASSIFIERS)
def tiny_classifier(request):
    return partial(make_tiny, request.param)


@pytest.fixture(params=REGRESSORS)
def tiny_regressor(request):
    return partial(make_tiny, request.param)


@pytest.fixture
def tcn_classifier():
    return partial(make_tiny, "TCNClassifier")


@pytest.fixture
def tcn_regressor():
    return partial(make_tiny, "TCNRegressor")


@pytest.fixture
def labelled():
    """24 series of one channel; those of "wave" wave, those of "flat" are noise."""
    rng = np.random.default_rng(0)
    y = np.array(["flat", "wave"] * 12)
    X = rng.normal(scale=0.3, size=(24, 16))
    X[y == "wave"] += 2 * np.sin(np.arange(16))
    return X, y


@pytest.fixture
def labelled_channels():
    """24 series of two channels; three classes are at different levels of them."""
    rng = np.random.default_rng(1)
    y = np.array(["a", "b", "c"] * 8)
    X = rng.normal(scale=0.3, size=(24, 2, 16))
    X[y == "a", 0] += 2
    X[y == "b", 1] += 2
    return X, y


@pytest.fixture
def measured():
    """24 series of one channel, each about a level, which is the target."""
    rng = np.random.default_rng(2)
    y = rng.normal(size=24)
    return y[:, None] + rng.normal(scale=0.2, size=(24, 16)), y


@pytest.fixture
def data(request, tiny, labelled, measured):
    """Targets that suit the estimator that `tiny` makes."""
    return labelled if "Classifier" in tiny.args[0] else measured
