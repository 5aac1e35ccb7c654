"""Parameters that are changed between fits that go on from one another."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import is_classifier

from sktcn.persistence import load, save
from tests.conftest import make_tiny
from tests.helpers.state import state

TCN = {
    "n_filters": 16,
    "n_blocks": 3,
    "kernel_size": 9,
    "dilation_base": 3,
    "causal": False,
    "zero_init_residual": True,
    "multiscale": False,
}
LSTM = {"hidden_size": 16, "n_layers": 2, "bidirectional": True, "patch_size": 2}
BOTH = {
    "activation": "gelu",
    "norm": None,
    "residual": "concat",
    "pooling": "max",
    "scaling": "series",
    "differences": False,
    "missing": "mask",
}
REFUSED = [("TCNClassifier", *change) for change in (TCN | BOTH).items()]
REFUSED += [("LSTMRegressor", *change) for change in (LSTM | BOTH).items()]


@pytest.fixture
def going_on(tiny, data):
    """Fit once, and make the function that goes on: fit with ``warm_start``, or partial_fit."""

    def start(method, **parameters):
        estimator = tiny(warm_start=method == "fit", **parameters).fit(*data)
        return estimator, lambda: getattr(estimator, method)(*data)

    return start


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def rates(estimator):
    """List the rates of the dropout layers."""
    return [layer.p for layer in estimator.net_.module_.modules() if hasattr(layer, "p")]


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("kind", "name", "value"), REFUSED)
def test_another_network_is_refused(kind, name, value, method, labelled, measured):
    estimator = make_tiny(kind, warm_start=True, max_epochs=1)
    X, y = labelled if is_classifier(estimator) else measured
    old = estimator.fit(X, y).get_params()[name]
    before = state(estimator.set_params(**{name: value}))
    with pytest.raises(ValueError, match=re.escape(f"{name} was {old!r} and is {value!r}")):
        getattr(estimator, method)(X, y)
    assert state(estimator) == before
    getattr(estimator.set_params(**{name: old}), method)(X, y)


@pytest.mark.parametrize(("kind", "own"), [("TCNClassifier", TCN), ("LSTMRegressor", LSTM)])
def test_each_parameter_of_a_network_is_known(kind, own):
    estimator = make_tiny(kind)
    fields = estimator.architecture_type.__dataclass_fields__
    assert fields.keys() - {"dropout", "delay"} == (BOTH | own).keys() - {
        "scaling",
        "differences",
        "missing",
    }


def test_all_changes_are_named(tcn_classifier, labelled):
    classifier = tcn_classifier(warm_start=True).fit(*labelled)
    classifier.set_params(n_filters=16, kernel_size=9, pooling="max", lr=0.5)
    changes = "n_filters was 4 and is 16, kernel_size was 3 and is 9, pooling was 'mean' and is"
    with pytest.raises(ValueError, match=changes) as error:
        classifier.fit(*labelled)
    assert "lr" not in str(error.value)
    classifier.set_params(warm_start=False).fit(*labelled)
    assert classifier.net_.module_.backbone.blocks[0].conv2.conv.kernel.shape[0] == 16


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_same_value_in_another_form_is_no_change(going_on, method):
    estimator, go_on = going_on(method)
    name = "n_blocks" if hasattr(estimator, "n_blocks") else "hidden_size"
    estimator.set_params(**{name: np.int64(getattr(estimator, name))})
    go_on()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_dropout_is_taken(going_on, method, data, tmp_path):
    estimator, go_on = going_on(method, dropout=0.1, norm="layer")
    before = answers(estimator, data[0])
    estimator.set_params(dropout=0.6, lr=1e-30, weight_decay=0, max_epochs=1)
    save(estimator, tmp_path / "model")
    go_on()
    assert set(rates(estimator)) - {0.0} == {0.6}  # the first convolution drops no channel
    assert estimator.model_.architecture.dropout == 0.6
    assert_allclose(answers(estimator, data[0]), before, rtol=1e-4, atol=1e-4)
    loaded = load(tmp_path / "model")
    getattr(loaded, method)(*data)
    assert_array_equal(answers(loaded, data[0]), answers(estimator, data[0]))


def test_a_loaded_estimator_refuses_alike(tiny, data, tmp_path):
    estimator = tiny().fit(*data).set_params(differences=False)
    save(estimator, tmp_path / "model")
    for each in (estimator, load(tmp_path / "model")):
        with pytest.raises(ValueError, match="differences was True and is False"):
            each.partial_fit(*data)


def test_rate_and_decay_are_taken_by_partial_fit(tiny, data):
    estimator = tiny(lr=0.01, weight_decay=0.1).fit(*data)
    estimator.set_params(lr=0.02, weight_decay=0.3).partial_fit(*data)
    (group,) = estimator.net_.optimizer_.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.02, 0.3)
    assert int(next(iter(estimator.net_.optimizer_.state.values()))["step"]) == 12


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_loss_is_that_of_the_new_label_smoothing(tcn_classifier, labelled, method):
    classifier = tcn_classifier(warm_start=True, label_smoothing=0.3).fit(*labelled)
    getattr(classifier.set_params(label_smoothing=0.0), method)(*labelled)
    assert classifier.net_.criterion_.label_smoothing == 0.0


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_another_policy_for_nan_is_taken(going_on, method, data):
    estimator, go_on = going_on(method)
    gappy = np.where(np.arange(16) == 3, np.nan, data[0])
    with pytest.raises(ValueError, match="NaN"):
        estimator.predict(gappy)
    estimator.set_params(missing="interpolate")
    go_on()
    assert np.isfinite(answers(estimator, gappy)).all()


def test_partial_fit_adds_and_drops_networks(tiny, data):
    one = tiny().partial_fit(*data, **classes(data))
    three = tiny(n_estimators=3).partial_fit(*data, **classes(data))
    weights = [state(net.module_) for net in three.nets_]
    one.set_params(n_estimators=3).partial_fit(*data)
    assert [len(net.history) for net in one.nets_] == [2, 1, 1]
    assert [state(net.module_) for net in one.nets_][1:] == weights[1:]
    three.set_params(n_estimators=1).partial_fit(*data)
    twice = tiny().partial_fit(*data, **classes(data)).partial_fit(*data)
    assert_array_equal(answers(three, data[0]), answers(twice, data[0]))


def classes(data):
    return {"classes": np.unique(data[1])} if data[1].dtype.kind == "U" else {}


def test_partial_fit_says_the_size_of_its_batches(tiny, data):
    estimator = tiny().fit(*data)
    assert estimator.set_params(batch_size=4).partial_fit(*data).batch_size_ == 4
