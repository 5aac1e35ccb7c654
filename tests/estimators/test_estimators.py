"""Round trips of labels, targets, shapes and scales, and copies of a fitted estimator."""

from __future__ import annotations

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktcn.streaming import to_streaming
from tests.conftest import make_tiny

LEARNING = {"max_epochs": 20, "lr": 0.02}

LABELS = {
    "strings": np.array(["flat", "wave"]),
    "booleans": np.array([False, True]),
    "negative integers": np.array([-7, -2]),
    "small integers": np.array([3, 200], dtype=np.uint8),
    "whole floats": np.array([-1.0, 1.0]),
    "unicode": np.array(["平", "волна"]),
    "objects": np.array(["flat", "wave, a long one"], dtype=object),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_come_back(tiny_classifier, labelled, kind):
    X, y = labelled
    labels = LABELS[kind][(y == "wave").astype(int)]
    classifier = tiny_classifier(**LEARNING).fit(X, labels)
    assert classifier.predict(X).dtype == classifier.classes_.dtype == labels.dtype
    assert_array_equal(classifier.classes_, np.unique(labels))
    assert classifier.score(X, labels) > 0.6


def test_labels_may_be_a_list_or_a_column_of_pandas(tiny_classifier, labelled):
    X, y = labelled
    expected = tiny_classifier().fit(X, y).predict_proba(X)
    for given in (list(y), pd.Series(y, index=range(24, 48))):
        classifier = tiny_classifier().fit(X, given)
        assert_array_equal(classifier.predict_proba(X), expected)
        assert set(classifier.classes_) == {"flat", "wave"}


def test_two_classes(tiny_classifier, labelled):
    X, y = labelled
    classifier = tiny_classifier().fit(X, y)
    decision, probabilities = classifier.decision_function(X), classifier.predict_proba(X)
    assert decision.shape == (24,)
    assert probabilities.shape == (24, 2)
    assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-decision)))
    assert_array_equal(classifier.predict(X), classifier.classes_[(decision > 0).astype(int)])


def test_three_classes(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    classifier = tiny_classifier().fit(X, y)
    logits, probabilities = classifier.decision_function(X), classifier.predict_proba(X)
    assert logits.shape == probabilities.shape == (24, 3)
    assert_allclose(probabilities.sum(axis=1), 1)
    odds = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert_allclose(probabilities, odds)
    assert_array_equal(classifier.predict(X), classifier.classes_[logits.argmax(axis=1)])


def test_logarithms_are_finite_where_probabilities_are_not(tiny_classifier, labelled):
    X, y = labelled
    classifier = tiny_classifier().fit(X, y)
    assert_allclose(np.exp(classifier.predict_log_proba(X)), classifier.predict_proba(X))
    with torch.no_grad():
        classifier.net_.module_.head.linear.weight.mul_(1e6)
    assert (classifier.predict_proba(X) == 0).any()
    assert np.isfinite(classifier.predict_log_proba(X)).all()


@pytest.mark.parametrize("offset", [-1000.0, 0.0, 1e6])
def test_targets_of_any_sign(tiny_regressor, measured, offset):
    X, y = measured
    regressor = tiny_regressor(**LEARNING).fit(X, y + offset)
    assert regressor.predict(X).shape == (24,)
    assert regressor.score(X, y + offset) > 0.5


def test_several_targets(tiny_regressor, measured):
    X, y = measured
    targets = np.stack([y, -100 * y, y**0], axis=1)
    regressor = tiny_regressor(max_epochs=60, lr=0.03).fit(X, targets)
    assert regressor.predict(X).shape == (24, 3)
    assert regressor.score(X, targets) > 0.5
    assert tiny_regressor().fit(X, y[:, None]).predict(X).shape == (24, 1)


def test_a_constant_target(tiny_regressor, measured):
    X, _ = measured
    answers = tiny_regressor(max_epochs=100, lr=0.03).fit(X, np.full(24, -5.0)).predict(X)
    assert_allclose(answers, -5, atol=0.3)


def answers(estimator, X):
    """Compute an estimator's answers as numbers."""
    return getattr(estimator, "decision_function", estimator.predict)(X)


def test_scaling_by_channel_undoes_a_change_of_units(tiny, labelled_channels, measured):
    X, labels = labelled_channels
    y = labels if "Classifier" in tiny.args[0] else measured[1]
    other = X * np.array([[0.01], [500]]) + np.array([[3], [-70]])
    first = answers(tiny(dtype="float64").fit(X, y), X)
    assert_allclose(
        answers(tiny(dtype="float64").fit(other, y), other), first, rtol=1e-6, atol=1e-8
    )


def test_scaling_by_series_undoes_a_change_of_each(tiny, data):
    X, y = data
    rng = np.random.default_rng(0)
    other = X * rng.uniform(0.1, 10, (24, 1)) + rng.normal(size=(24, 1))
    estimator = tiny(dtype="float64", scaling="series").fit(X, y)
    assert_allclose(answers(estimator, other), answers(estimator, X), rtol=1e-6, atol=1e-8)


def test_without_scaling_units_matter(tiny, data):
    X, y = data
    estimator = tiny(scaling=None).fit(X, y)
    assert not np.allclose(answers(estimator, X), answers(estimator, 3 * X + 1), rtol=0.01)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
@pytest.mark.parametrize("level", [0.0, 0.1, -1e6])
def test_constant_channels_give_numbers(tiny, data, scaling, level):
    X, y = data
    with_constant = np.stack([X, np.full_like(X, level)], axis=1)
    estimator = tiny(scaling=scaling).fit(with_constant, y)
    assert np.isfinite(answers(estimator, with_constant)).all()


def test_names_of_columns(tiny, data):
    X, y = data
    table = pd.DataFrame(X, columns=[f"t{step}" for step in range(16)])
    estimator = tiny().fit(table, y)
    assert_array_equal(estimator.feature_names_in_, table.columns)
    assert_array_equal(answers(estimator, table), answers(tiny().fit(X, y), X))
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(table[table.columns[::-1]])
    estimator.fit(X[:, None], y)
    assert not hasattr(estimator, "feature_names_in_")


def test_one_channel_in_any_shape_is_the_same(tiny, data):
    X, y = data
    expected = answers(tiny().fit(X, y), X)
    for given in (X[:, None], list(X), list(X[:, None]), X.tolist()):
        assert_array_equal(answers(tiny().fit(given, y), given), expected)


def test_a_list_and_an_array_of_channels_are_the_same(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    expected = tiny_classifier().fit(X, y).predict_proba(X)
    assert_array_equal(tiny_classifier().fit(list(X), y).predict_proba(list(X)), expected)


def test_integers_and_float32_are_series_too(tiny, data):
    X, y = data
    whole = np.round(10 * X)
    expected = answers(tiny().fit(whole, y), whole)
    for kind in (np.int64, np.int8, np.float32):
        found = answers(tiny().fit(whole.astype(kind), y), whole.astype(kind))
        assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_what_a_fit_tells(tiny, data):
    X, y = data
    table = tiny(device="cpu").fit(X, y)
    assert (table.n_features_in_, table.n_channels_, table.n_iter_) == (16, 1, 3)
    assert table.device_ == torch.device("cpu")
    channels = tiny().fit(np.stack([X] * 3, axis=1), y)
    assert (channels.n_features_in_, channels.n_channels_) == (3, 3)


def test_receptive_field(tcn_classifier, tiny_regressor, labelled, measured):
    classifier = tcn_classifier(n_blocks=2, kernel_size=3).fit(*labelled)
    assert classifier.receptive_field_ == 1 + 2 * (3 - 1) * (1 + 2) + 1  # a difference
    plain = tcn_classifier(n_blocks=2, kernel_size=3, differences=False).fit(*labelled)
    assert plain.receptive_field_ == 1 + 2 * (3 - 1) * (1 + 2)
    covering = tcn_classifier(n_blocks="auto").fit(*labelled)
    assert covering.receptive_field_ >= 16
    if "LSTM" in tiny_regressor.args[0]:
        assert tiny_regressor().fit(*measured).receptive_field_ == np.inf


@pytest.mark.parametrize(("n_steps", "patch_size"), [(384, 1), (385, 4), (1000, 8)])
def test_long_series_are_folded(n_steps, patch_size):
    X, y = np.zeros((4, n_steps)), [0, 1, 0, 1]
    lstm = make_tiny("LSTMClassifier", patch_size="auto", max_epochs=1).fit(X, y)
    assert lstm.net_.module_.backbone.patch_size == patch_size


@pytest.mark.parametrize("name", ["net_", "device_", "receptive_field_", "history_", "n_iter_"])
def test_attributes_come_with_the_fit(tiny, name):
    assert not hasattr(tiny(), name)


def test_clone_and_parameters(tiny, data):
    fitted = tiny(activation=torch.tanh, lr=0.01).fit(*data)
    other = clone(fitted)
    assert other.get_params() == fitted.get_params()
    assert not hasattr(other, "net_")
    assert_array_equal(answers(other.fit(*data), data[0]), answers(fitted, data[0]))
    assert other.set_params(lr=0.5).lr == 0.5
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        other.set_params(speed=3)


def through_joblib(estimator, path):
    joblib.dump(estimator, path / "estimator.joblib")
    return joblib.load(path / "estimator.joblib")


SLOW = pytest.mark.slow
COPIES = {
    "pickle": lambda estimator, path: pickle.loads(pickle.dumps(estimator)),
    "joblib": through_joblib,
    "deepcopy": lambda estimator, path: copy.deepcopy(estimator),
}
VARIANTS = {
    "plain": {},
    "weight norm": {"norm": "weight"},
    "early stopping": {"early_stopping": True, "n_estimators": 2},
    "an activation of one's own": {"activation": torch.nn.Softsign},
    "a bar": {"verbose": 1, "gradient_clip": 1.0},
}


@pytest.mark.parametrize(
    ("way", "variant"),
    [
        pytest.param(way, name, marks=[] if way == "pickle" or "early" in name else SLOW)
        for way in COPIES
        for name in VARIANTS
    ],
)
def test_copies_answer_to_the_bit(tiny, data, tmp_path, way, variant):
    X, y = data
    estimator = tiny(**VARIANTS[variant]).fit(X, y)
    other = COPIES[way](estimator, tmp_path)
    assert_array_equal(answers(other, X), answers(estimator, X))
    assert other.history_ == estimator.history_
    other.set_params(warm_start=True).fit(X, y)
    assert_array_equal(answers(copy.copy(estimator), X), answers(estimator, X))


def test_a_copy_after_partial_fit_goes_on_as_the_original(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor().partial_fit(X, y)
    other = pickle.loads(pickle.dumps(regressor))
    assert_array_equal(other.partial_fit(X, y).predict(X), regressor.partial_fit(X, y).predict(X))


def test_double_precision(tiny, data):
    X, y = data
    estimator = tiny(dtype="float64").fit(X, y)
    assert {p.dtype for p in estimator.net_.module_.parameters()} == {torch.float64}
    assert_allclose(answers(estimator, X), answers(tiny().fit(X, y), X), rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    "activation", [torch.sin, torch.nn.Softsign, torch.nn.PReLU(), lambda x: x.clamp(-1, 1)]
)
def test_activations_of_ones_own(tiny, data, activation):
    X, y = data
    assert np.isfinite(answers(tiny(activation=activation).fit(X, y), X)).all()


def test_ones_own_and_the_same_by_name_agree(tcn_classifier, labelled):
    X, y = labelled
    named = tcn_classifier(activation="relu").fit(X, y).decision_function(X)
    own = tcn_classifier(activation=torch.nn.ReLU).fit(X, y).decision_function(X)
    assert_allclose(own, named, rtol=1e-4, atol=1e-5)


# Constant targets


@pytest.mark.parametrize("value", [0.0, -7.25, 1e12, 1e-12])
def test_a_constant_target_is_predicted_exactly(value, tiny_regressor, measured):
    X, _ = measured
    regressor = tiny_regressor().fit(X, np.full(24, value))
    np.testing.assert_array_equal(regressor.predict(-3 * X), np.full(24, value))
    streaming = to_streaming(regressor, 24)
    np.testing.assert_array_equal(streaming.push_many(X[:, None])[:, -1], np.full(24, value))


def test_a_constant_column_is_predicted_exactly(tiny_regressor, measured):
    X, y = measured
    alone = tiny_regressor().fit(X, np.c_[y, np.full(24, 5.0)]).predict(X)
    np.testing.assert_array_equal(alone[:, 1], np.full(24, 5.0))
    assert np.ptp(alone[:, 0]) > 0


def test_a_target_that_is_constant_no_longer(tiny_regressor, measured):
    X, y = measured
    regressor = tiny_regressor().partial_fit(X[:1], y[:1])
    np.testing.assert_array_equal(regressor.predict(X), np.full(24, y[0]))
    assert np.ptp(regressor.partial_fit(X, y).predict(X)) > 0
