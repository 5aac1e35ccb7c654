"""Attributions through captum are those of the user's own values."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from sktcn.explain import METHODS, attribute
from tests.test_explain import LENGTHS, draw, planted, state

PREPARATIONS = (
    {},
    {"scaling": None},
    {"differences": False},
    {"missing": "mask"},
    {"missing": "mask", "differences": False, "n_estimators": 2},
    {"missing": "interpolate"},
    {"missing": "trim"},
)
SMOOTH = {"dtype": "float64", "activation": "tanh", "pooling": "mean"}


@pytest.fixture
def fitted(tiny):
    """Fits to series whose channels are in different units; returns the estimator, and new ones."""
    pytest.importorskip("captum")

    def fit(**options):
        missing = options.get("missing", "error")
        units, level = np.array([[100.0], [0.1]]), np.array([[500.0], [0.0]])
        series, new = (
            [x * units + level for x in draw(lengths, seed, missing)]
            for lengths, seed in ((LENGTHS, 0), ((9, 1, 14), 1))
        )
        return tiny(**SMOOTH | options).fit(series, np.arange(len(LENGTHS)) % 3), new

    return fit


def output(estimator, X, target):
    """Logits less their mean, which is as good, or targets."""
    answer = getattr(estimator, "predict_log_proba", estimator.predict)(X).reshape(len(X), -1)
    return answer[:, target]


def logit_differences(estimator, series, others, target):
    """How much more the output is for a series than for others, softmax's constant left out."""
    log_proba = getattr(estimator, "decision_function", None)
    values = estimator.predict if log_proba is None else log_proba
    ours, theirs = (values(X).reshape(len(X), -1)[:, target] for X in ([series], others))
    return ours - theirs


@pytest.mark.parametrize("options", PREPARATIONS, ids=str)
def test_saliency_is_the_derivative_by_the_values_given(fitted, options):
    estimator, series = fitted(**options)
    found = attribute(estimator, series, "saliency", target=1, abs=False)
    for gradient, x in zip(found, series, strict=True):
        if options.get("missing") == "interpolate":
            continue
        steps, units = np.flatnonzero(~np.isnan(x).all(axis=0)), (1e-3, 1e-6)
        assert gradient.shape == (2, len(steps) if options.get("missing") == "trim" else x.shape[1])
        for channel in range(2):
            for step in steps[:4]:
                if np.isnan(x[channel, step]):
                    assert gradient[channel, step] == 0
                    continue
                up, down = x.copy(), x.copy()
                up[channel, step] += units[channel]
                down[channel, step] -= units[channel]
                slope = logit_differences(estimator, up, [down], 1) / (2 * units[channel])
                np.testing.assert_allclose(gradient[channel, step], slope[0], rtol=1e-4, atol=1e-8)
