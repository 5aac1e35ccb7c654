"""Functions that take a fitted estimator take its `model_`, or an adapter for sktime, as well."""

from __future__ import annotations

import numpy as np
import pytest

from sktcn.diagnostics import activation_health, receptive_field, summary
from sktcn.early import prefix_proba
from sktcn.explain import attribute, class_activation
from sktcn.export import streaming_to_torch_export, to_torch_export, verify
from sktcn.sktime_adapter import SktimeTCNClassifier
from sktcn.streaming import to_streaming


@pytest.fixture
def adapter(labelled):
    X, y = labelled
    return SktimeTCNClassifier(n_filters=4, n_blocks=2, max_epochs=2).fit(X[:, None], y)


@pytest.fixture(params=["adapter", "model"])
def taken(request, adapter):
    return adapter if request.param == "adapter" else adapter.estimator_.model_


def test_streams(taken, adapter, labelled):
    X, _ = labelled
    streaming, expected = (to_streaming(e, len(X)) for e in (taken, adapter.estimator_))
    for step in X.T:
        np.testing.assert_array_equal(streaming.push(step[:, None]), expected.push(step[:, None]))


@pytest.mark.parametrize(
    "export", [pytest.param(to_torch_export, marks=pytest.mark.slow), streaming_to_torch_export]
)
def test_exports(export, taken, tmp_path):
    export(taken, tmp_path / "network.pt2")
    assert verify(tmp_path / "network.pt2") < 1e-5


def test_explanations(taken, adapter, labelled):
    X, estimator = labelled[0][:3], adapter.estimator_
    found, expected = (class_activation(e, X).contributions for e in (taken, estimator))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(attribute(taken, X), attribute(estimator, X))
    for row, other in zip(prefix_proba(taken, X), prefix_proba(estimator, X), strict=True):
        np.testing.assert_array_equal(row, other)


def test_diagnostics(taken, adapter, labelled):
    X, estimator = labelled[0], adapter.estimator_
    assert activation_health(taken, X).table == activation_health(estimator, X).table
    assert receptive_field(taken, X).formula == estimator.receptive_field_
    assert summary(taken).splitlines()[1:] == summary(estimator).splitlines()[1:]
