"""Attributions through captum are those of the user's own values."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from sktcn import TCNClassifier
from sktcn.explain import METHODS, attribute
from tests.helpers.explained import LENGTHS, draw, planted, state

PREPARATIONS = (
    {},
    {"scaling": None},
    {"differences": False},
    {"missing": "mask"},
    {"missing": "mask", "differences": False, "n_estimators": 2},
    {"missing": "interpolate"},
    {"missing": "trim"},
)
SMOOTH = {"dtype": "float64", "activation": "tanh", "pooling": "mean", "max_epochs": 6}
UNITS, LEVELS = np.array([[3.0], [0.1]]), np.array([[6.0], [0.0]])


@pytest.fixture
def needs_captum():
    pytest.importorskip("captum")


@pytest.fixture
def fitted(needs_captum, tiny):
    """Fits to channels in different units, with two targets or three classes; and new series."""

    def fit(**options):
        series, new = (
            [x * UNITS + LEVELS for x in draw(lengths, seed, options.get("missing", "error"))]
            for lengths, seed in ((LENGTHS, 0), ((9, 1, 14), 1))
        )
        y = np.arange(len(LENGTHS)) % 3
        targets = y if "Classifier" in tiny.args[0] else np.column_stack([y, 10 * y**2])
        return tiny(**SMOOTH | options).fit(series, targets), new

    return fit


def answers(estimator, series):
    """Three logits, or two targets."""
    return getattr(estimator, "decision_function", estimator.predict)(series)


def seen_in(x):
    """Channels and steps of the values of a series that are there."""
    return list(zip(*np.nonzero(~np.isnan(x)), strict=True))


def without_gaps(x):
    """Put lines through the gaps; what comes after the last value, too."""
    filled = x.copy()
    for channel in filled:
        gap = np.isnan(channel)
        if gap.any() and not gap.all():
            channel[gap] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), channel[~gap])
    return filled


@pytest.mark.parametrize("options", PREPARATIONS, ids=str)
def test_saliency_is_the_derivative_by_the_values(fitted, options):
    estimator, series = fitted(**options)
    if options.get("missing") == "interpolate":
        series = [without_gaps(x) for x in series[::2]]
    found = attribute(estimator, series, "saliency", target=1, abs=False)
    for gradient, x in zip(found, series, strict=True):
        by_hand = np.zeros_like(x)
        for place in seen_in(x):
            change = np.zeros_like(x)
            change[place] = 1e-5 * UNITS[place[0], 0]
            up, down = answers(estimator, [x + change, x - change])[:, 1]
            by_hand[place] = (up - down) / (2 * change[place])
        by_hand = by_hand[:, : gradient.shape[1]]  # trimmed
        np.testing.assert_allclose(gradient * UNITS, by_hand * UNITS, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("options", PREPARATIONS, ids=str)
def test_integrated_gradients_are_complete(fitted, options):
    estimator, series = fitted(**options)
    found = attribute(estimator, series, target=0, baseline=[5.0, 0.05], n_steps=100)
    base = np.array([[5.0], [0.05]])
    nothing = [np.where(np.isnan(x), x, base) for x in series]
    if options.get("missing") == "interpolate":
        nothing = [np.broadcast_to(base, x.shape) for x in series]
    expected = (answers(estimator, series) - answers(estimator, nothing))[:, 0]
    np.testing.assert_allclose([each.sum() for each in found], expected, rtol=1e-3, atol=1e-4)


def test_nothing_there_means_the_training_mean(fitted):
    estimator, series = fitted()
    level = np.concatenate([x * UNITS + LEVELS for x in draw(LENGTHS, 0)], axis=1).mean(axis=1)
    for ours, by_hand in zip(
        attribute(estimator, series, target=1),
        attribute(estimator, series, target=1, baseline=level),
        strict=True,
    ):
        np.testing.assert_allclose(ours, by_hand, rtol=1e-9, atol=1e-12)


def test_ablation_is_what_becomes_of_the_answer(fitted):
    estimator, series = fitted()
    x, base = series[0], np.array([5.0, 0.05])
    found = attribute(estimator, [x], "feature_ablation", target=1, baseline=base)[0]
    without = np.array([x] * x.size)
    for row, (channel, step) in zip(without, np.ndindex(x.shape), strict=True):
        row[channel, step] = base[channel]
    expected = answers(estimator, [x])[0, 1] - answers(estimator, without)[:, 1]
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-9, atol=1e-10)


def test_filled_gaps_have_what_the_filled_series_has(fitted):
    estimator, series = fitted(missing="interpolate", scaling="series")
    series = series[::2]
    with_gaps = attribute(estimator, series, "saliency", target=1)
    filled = [without_gaps(x) for x in series]
    for gradient, x, whole in zip(with_gaps, series, filled, strict=True):
        assert np.isnan(x).any()
        assert gradient.shape == whole.shape
        assert (gradient > 0).all()


def test_scaled_each_by_itself_level_and_unit_are_of_no_concern(fitted):
    estimator, series = fitted(scaling="series")
    moved = [1000 + 7 * x for x in series]
    for ours, theirs in zip(
        attribute(estimator, series, target=1), attribute(estimator, moved, target=1), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
    assert np.ptp(attribute(estimator, series, target=1)[0]) > 0


@pytest.mark.parametrize("method", METHODS)
def test_each_series_has_its_own_attributions(fitted, method):
    estimator, series = fitted()
    together = attribute(estimator, series, method, target=1)
    for x, ours in zip(series, together, strict=True):
        assert ours.shape == x.shape
        np.testing.assert_array_equal(attribute(estimator, [x], method, target=1)[0], ours)
    alike = attribute(estimator, np.stack([series[0]] * 2), method, target=1)
    np.testing.assert_array_equal(alike[1], together[0])


def test_targets_are_labels_one_for_all_or_one_for_each(needs_captum, tcn_classifier, labelled):
    X, y = labelled
    estimator = tcn_classifier().fit(X, y)
    flat, wave = (attribute(estimator, X, "saliency", target=label) for label in ("flat", "wave"))
    each = attribute(estimator, X, "saliency", target=y)
    np.testing.assert_array_equal(each[y == "flat"], flat[y == "flat"])
    np.testing.assert_array_equal(each[y == "wave"], wave[y == "wave"])
    predicted = attribute(estimator, X, "saliency", target=estimator.predict(X))
    np.testing.assert_array_equal(attribute(estimator, X, "saliency"), predicted)


def test_a_planted_pattern_is_found_where_it_was_planted(needs_captum):
    """Causal or not, the values are what the attributions are of: of 12, 1.4 by chance."""
    X, y, _ = planted(120, 0)
    classifier = TCNClassifier(n_filters=8, n_blocks=3, max_epochs=20, n_fixed_kernels=0)
    classifier.fit(X, y)
    new, _, inside = planted(100, 1)
    attributions = attribute(classifier, new[::2], target=0, n_steps=20)[:, 0]
    top = np.argsort(-attributions, axis=1)[:, :12]
    assert np.take_along_axis(inside[::2], top, axis=1).mean() > 0.6


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_changed(needs_captum, tiny, data, method):
    X, y = data
    estimator = tiny().fit(X, y)
    before, given = state(estimator), X.copy()
    numbers, noise = np.random.get_state()[1].tolist(), torch.get_rng_state()
    with torch.no_grad():
        attribute(estimator, X[:2], method)
    assert state(estimator) == before
    assert np.random.get_state()[1].tolist() == numbers
    assert torch.equal(torch.get_rng_state(), noise)
    assert torch.is_grad_enabled()
    np.testing.assert_array_equal(X, given)


def test_what_cannot_be_attributed_is_refused(needs_captum, tcn_classifier, labelled):
    X, y = labelled
    with pytest.raises(NotFittedError):
        attribute(tcn_classifier(), X)
    fitted = tcn_classifier().fit(X, y)
    wrong = {
        "method must be .auto. or one of": {"method": "lime"},
        "options of method='saliency' must be among": {"method": "saliency", "n_steps": 9},
        "target must be among": {"target": "circle"},
        r"must be among \['flat', 'wave'\], got target=1": {"target": 1},
        "one for each of 24": {"target": ["flat", "wave"]},
        "one for each of 1 channels": {"baseline": [0.0, 1.0]},
    }
    for message, options in wrong.items():
        with pytest.raises(ValueError, match=message):
            attribute(fitted, X, **options)


def test_without_captum_it_says_what_to_install(tcn_classifier, labelled, monkeypatch):
    X, y = labelled
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(ImportError, match=r'pip install "sktcn\[explain\]"'):
        attribute(tcn_classifier().fit(X, y), X)
