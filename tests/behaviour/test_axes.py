"""Series whose axes are the wrong way round: fitted as they are, with a warning."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import is_classifier

from sktcn.sktime_adapter import SktimeTCNClassifier

X = np.random.default_rng(0).normal(size=(16, 12, 1))
Y = np.array(["a", "b"] * 8)
ONE_STEP = (
    r"12 channels and one time step: if their axes are \(n_series, n_timepoints, n_channels\), "
    r"pass X\.transpose\(0, 2, 1\), or \[x\.T for x in X\] of a list"
)


@pytest.mark.parametrize("form", [np.asarray, list])
def test_one_time_step_of_several_channels_is_a_warning(form, tiny):
    y = Y if is_classifier(tiny()) else X[:, 0, 0]
    with pytest.warns(UserWarning, match=ONE_STEP) as caught:
        fitted = tiny().fit(form(X), y)
    assert [warning.filename for warning in caught] == [__file__]
    assert fitted.n_channels_ == 12
    first = {"classes": ["a", "b"]} if is_classifier(fitted) else {}
    with pytest.warns(UserWarning, match=ONE_STEP):
        tiny().partial_fit(form(X), y, **first)


def test_far_more_channels_than_steps_are_a_warning(tiny):
    series = np.random.default_rng(0).normal(size=(16, 50, 3))
    y = Y if is_classifier(tiny()) else X[:, 0, 0]
    with pytest.warns(UserWarning, match=r"50 channels and 3 time steps at most: if their axes"):
        tiny().fit(series, y)
    tiny().fit(series[:, :30], y)


def test_the_adapter_warns():
    adapter = SktimeTCNClassifier(n_filters=2, n_blocks=1, max_epochs=1)
    with pytest.warns(UserWarning, match=ONE_STEP):
        adapter.fit(X, Y)


def test_other_series_are_no_warning(tiny):
    y = Y if is_classifier(tiny()) else X[:, 0, 0]
    for series in (X.transpose(0, 2, 1), X[:, :, 0], X[:, :1], X[:, :1, 0]):
        tiny().fit(series, y)
