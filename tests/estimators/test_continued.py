"""Fits that go on from the last one, several networks in one estimator, and weights of series."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
from dataclasses import replace
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_sample_weight

EXACT = {"dtype": "float64", "batch_size": 1000, "dropout": 0.0, "max_epochs": 10}


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def test_warm_start_goes_on(tiny, data):
    X, y = data
    estimator = tiny(warm_start=True, max_epochs=15, lr=0.02, dropout=0.0).fit(X, y)
    first = estimator.history_["train_loss"]
    second = estimator.fit(X, y).history_["train_loss"]
    assert second[0] < 0.9 * first[0]
    cold = tiny(max_epochs=15, lr=0.02, dropout=0.0).fit(X, y)
    assert cold.fit(X, y).history_["train_loss"] == first


def test_warm_start_keeps_labels_and_scales(tiny_classifier, labelled):
    X, y = labelled
    classifier = tiny_classifier(warm_start=True).fit(X, y)
    classifier.fit(X[y == "wave"] + 100, y[y == "wave"])
    assert_array_equal(classifier.classes_, ["flat", "wave"])
    assert classifier.predict_proba(X).shape == (24, 2)


def test_warm_start_may_add_networks(tiny, data):
    X, y = data
    estimator = tiny(warm_start=True).fit(X, y)
    estimator.set_params(n_estimators=3).fit(X, y)
    assert len(estimator.nets_) == 3
    assert len(estimator.set_params(n_estimators=1).fit(X, y).nets_) == 1


def test_partial_fit_of_a_classifier(tiny_classifier, labelled):
    X, y = labelled
    classifier = tiny_classifier(lr=0.02)
    classifier.partial_fit(X[y == "wave"], y[y == "wave"], classes=["wave", "flat", "never"])
    for epoch in range(2, 12):
        classifier.partial_fit(X, y)
        assert classifier.n_iter_ == epoch
        assert classifier.history_["epoch"] == list(range(1, epoch + 1))
    assert_array_equal(classifier.classes_, ["flat", "never", "wave"])
    assert classifier.predict_proba(X).shape == (24, 3)
    assert set(classifier.history_["lr"]) == {0.02}
    assert classifier.history_["train_loss"][-1] < classifier.history_["train_loss"][1]


def test_partial_fit_of_a_regressor(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor(lr=0.02, n_estimators=2)
    for _ in range(20):
        regressor.partial_fit(X, y, sample_weight=np.ones(24))
    assert regressor.n_iter_ == 20
    assert len(regressor.history_["member"]) == 40
    assert regressor.score(X, y) > 0.5


def test_partial_fit_keeps_the_history_of_the_last_epochs(tiny, data, monkeypatch):
    monkeypatch.setattr("sktcn._training.partial.MAX_ROWS", 4)
    X, y = data
    estimator = tiny(max_epochs=7, n_estimators=2).fit(X, y)
    losses = []
    for call in range(1, 7):
        estimator.partial_fit(X, y)
        assert estimator.n_iter_ == 7 + call
        losses.append(estimator.history_["train_loss"][-1])
    assert estimator.history_["epoch"] == [10, 11, 12, 13] * 2
    assert estimator.history_["member"] == [0] * 4 + [1] * 4
    assert estimator.history_["train_loss"][4:] == losses[2:]


def test_a_history_that_is_cut_changes_no_training(tiny, data, monkeypatch):
    X, y = data
    whole, cut = tiny().fit(X, y), tiny().fit(X, y)
    for _ in range(3):
        whole.partial_fit(X, y)
    monkeypatch.setattr("sktcn._training.partial.MAX_ROWS", 2)
    for _ in range(3):
        cut.partial_fit(X, y)
    assert_array_equal(answers(cut, X), answers(whole, X))
    assert cut.history_["epoch"] == [5, 6]


def measure_call(regressor, X, y):
    """Count the calls of functions in one more call, the objects alive, the bytes of a pickle."""
    n_calls = 0

    def count(frame, event, argument):
        nonlocal n_calls
        n_calls += event in ("call", "c_call")

    gc.collect()
    gc.disable()  # which calls the callbacks of other libraries
    try:
        sys.setprofile(count)
        regressor.partial_fit(X, y)
    finally:
        sys.setprofile(None)
        gc.enable()
    gc.collect()
    return np.array([n_calls, len(gc.get_objects()), len(pickle.dumps(regressor))])


@pytest.mark.slow
def test_ten_thousand_calls_of_partial_fit_cost_the_same(tiny_regressor, measured):
    X, y = measured[0][:4], measured[1][:4]
    regressor = tiny_regressor()
    costs, memory = [], []
    for n_calls in (1_500, 10_000):
        while getattr(regressor, "n_iter_", 0) < n_calls - 2:
            regressor.partial_fit(X, y)
        measure_call(regressor, X, y)  # has made what it makes once
        costs.append(measure_call(regressor, X, y))
        memory.append(getrusage(RUSAGE_SELF).ru_maxrss)
    assert regressor.n_iter_ == 10_000
    assert_allclose(costs[1], costs[0], rtol=0.001)
    assert memory[1] < 1.03 * memory[0]


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"refit": True}])
def test_partial_fit_after_fit_goes_on(tiny, data, options):
    X, y = data
    estimator = tiny(**options, lr=0.02, dropout=0.0).fit(X, y)
    before, loss = answers(estimator, X), estimator.history_["train_loss"][0]
    estimator.partial_fit(X, y)
    assert estimator.n_iter_ == 4
    assert len(estimator.history_["train_loss"]) == 4
    assert estimator.history_["lr"][-1] == 0.02
    assert estimator.history_["train_loss"][-1] < loss
    assert not np.array_equal(answers(estimator, X), before)


def test_fit_after_partial_fit_starts_anew(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor().partial_fit(5 * X[:9], 3 + y[:9]).fit(X, y)
    assert_array_equal(regressor.predict(X), tiny_regressor().fit(X, y).predict(X))


def test_several_networks_are_averaged(tiny, data):
    X, y = data
    estimator = tiny(n_estimators=3).fit(X, y)
    members = []
    for net in estimator.nets_:
        member = copy.copy(estimator)
        member.model_ = replace(estimator.model_, networks=[net.module_])
        members.append(answers(member, X))
    assert_allclose(answers(estimator, X), np.mean(members, axis=0), rtol=1e-6, atol=1e-12)
    assert_array_equal(members[0], answers(tiny().fit(X, y), X))
    assert len(np.unique(members, axis=0)) == 3


def uneven(labelled):
    """Few series wave."""
    X, y = labelled
    kept = np.r_[np.flatnonzero(y == "flat"), np.flatnonzero(y == "wave")[:4]]
    return X[kept], y[kept]


@pytest.mark.parametrize("class_weight", ["balanced", {"flat": 0.5, "wave": 3.0}])
def test_class_weight_is_a_weight_of_each_series(tiny_classifier, labelled, class_weight):
    X, y = uneven(labelled)
    by_class = tiny_classifier(class_weight=class_weight).fit(X, y).predict_proba(X)
    weight = compute_sample_weight(class_weight, y)
    assert_array_equal(by_class, tiny_classifier().fit(X, y, sample_weight=weight).predict_proba(X))


def test_class_weight_shifts_answers(tiny_classifier):
    X = np.random.default_rng(0).normal(size=(60, 8))  # tells nothing of the classes
    y = np.where(np.arange(60) % 6, "often", "seldom")
    options = {"max_epochs": 40, "batch_size": 60, "lr": 0.02, "dropout": 0, "label_smoothing": 0}

    def mean_seldom(class_weight):
        classifier = tiny_classifier(class_weight=class_weight, **options)
        return classifier.fit(X, y).predict_proba(X)[:, 1].mean()

    assert mean_seldom(None) < 0.3
    assert mean_seldom("balanced") == pytest.approx(0.5, abs=0.15)
    assert mean_seldom({"seldom": 50}) > 0.7


def test_class_and_sample_weights_are_multiplied(tiny_classifier, labelled):
    X, y = uneven(labelled)
    weight = np.linspace(0.5, 2, len(y))
    both = tiny_classifier(class_weight={"flat": 2.0}).fit(X, y, sample_weight=weight)
    product = tiny_classifier().fit(X, y, sample_weight=weight * np.where(y == "flat", 2.0, 1.0))
    assert_array_equal(both.predict_proba(X), product.predict_proba(X))


def test_a_weight_of_zero_is_absence(tiny, data):
    X, y = data
    weight = np.arange(24) % 5.0
    kept = weight > 0
    wild = np.where(kept[:, None], X, 1e6)
    found = answers(tiny().fit(wild, y, sample_weight=weight), X)
    assert_array_equal(found, answers(tiny().fit(X[kept], y[kept], sample_weight=weight[kept]), X))


def test_equal_weights_are_none(tiny, data):
    X, y = data
    expected = answers(tiny().fit(X, y), X)
    assert_array_equal(answers(tiny().fit(X, y, sample_weight=np.full(24, 2.0)), X), expected)


@pytest.mark.parametrize("norm", ["batch", "layer", "group", "weight", None])
def test_a_whole_weight_is_repetition(tiny, data, norm):
    X, y = data
    weight = np.arange(24) % 4
    weighted = tiny(**EXACT, norm=norm).fit(X, y, sample_weight=weight)
    repeated = tiny(**EXACT, norm=norm).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert_allclose(answers(weighted, X), answers(repeated, X), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_has_each_network_once(tiny, data, copied):
    estimator = copied(tiny(n_estimators=2).fit(*data))
    for network, net in zip(estimator.model_.networks, estimator.nets_, strict=True):
        assert network is net.module_
