"""Rocket estimators: the ridge against plain refits, and what the other estimators promise."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from sktcn import RocketClassifier, RocketRegressor
from sktcn._data.panel import as_panel
from sktcn._model.classification import PRIOR
from sktcn._training import ridge
from sktcn._training.shares import ComputedShares
from sktcn.estimators import rocket
from sktcn.explain import attribute, class_activation
from sktcn.persistence import load, save
from sktcn.preflight import preflight
from sktcn.streaming import to_streaming

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 2, 30))
Y = np.arange(24) % 3
X[Y == 1, 0] += 2 * np.sin(np.arange(30) / 2)
SMALL = {"n_kernels": 252}


def shares_of(estimator, X):
    """Compute the standardised shares that the ridge of an estimator reads."""
    model = estimator.model_
    panel = model.preprocessor.transform(as_panel(X))
    network = model.networks[0]
    rows = np.empty((len(X), network.head.linear.in_features))
    with torch.inference_mode():
        for places, shares in ComputedShares(network, panel):
            rows[places.numpy()] = shares.numpy()
    return rows


def standardised(rows, weight):
    """Standardise shares as the ridge does."""
    mean = np.average(rows, axis=0, weights=weight)
    variance = np.average((rows - mean) ** 2, axis=0, weights=weight)
    return (rows - mean) / np.sqrt(variance + ridge.MIN_SCALE**2)


@pytest.mark.parametrize("kind", [ridge.DualRidge, ridge.PrimalRidge])
@pytest.mark.parametrize("weighted", [False, True])
def test_leave_one_out_answers_are_those_of_refits(kind, weighted):
    weight = rng.uniform(0.5, 2, len(X)) if weighted else np.ones(len(X))
    weight /= weight.mean()
    classifier = RocketClassifier(**SMALL).fit(X, Y, sample_weight=weight)
    rows, target = standardised(shares_of(classifier, X), weight), np.eye(3)[Y]
    panel = classifier.model_.preprocessor.transform(as_panel(X))
    own = kind(
        ComputedShares(classifier.model_.networks[0], panel),
        torch.tensor(target - np.average(target, axis=0, weights=weight)),
        torch.tensor(weight),
    )
    offset = np.average(target, axis=0, weights=weight)
    for alpha, answers in zip((3.0, 100.0), own.leave_one_out([3.0, 100.0]), strict=True):
        for i in range(len(X)):
            rest = np.arange(len(X)) != i
            plain = Ridge(alpha).fit(rows[rest], target[rest], sample_weight=weight[rest])
            assert_allclose(
                answers[i].numpy() + offset, plain.predict(rows[i : i + 1])[0], atol=1e-8
            )


def test_both_forms_of_the_ridge_agree(monkeypatch):
    long = RocketClassifier(**SMALL).fit(X, Y)
    monkeypatch.setattr(ridge, "DualRidge", ridge.PrimalRidge)
    wide = RocketClassifier(**SMALL).fit(X, Y)
    assert wide.alpha_ == long.alpha_
    assert_allclose(wide.decision_function(X), long.decision_function(X), rtol=1e-5, atol=1e-6)


def test_more_series_than_shares():
    many, labels = np.tile(X, (12, 1, 1)), np.tile(Y, 12)
    many = many + 0.1 * rng.normal(size=many.shape)
    assert RocketClassifier(n_kernels=168).fit(many, labels).score(many, labels) > 0.9


def test_the_strength_has_the_least_leave_one_out_loss():
    alphas = [1.0, 100.0, 1e5]
    losses = [RocketClassifier(**SMALL, alphas=[alpha]).fit(X, Y).loo_loss_ for alpha in alphas]
    chosen = RocketClassifier(**SMALL, alphas=alphas).fit(X, Y)
    assert chosen.loo_loss_ == pytest.approx(min(losses))
    assert chosen.alpha_ == alphas[int(np.argmin(losses))]


def test_calibration_finds_the_scale_of_least_log_loss():
    task = RocketClassifier(**SMALL).fit(X, Y).model_.task
    answers = np.eye(3)[Y] + rng.normal(size=(24, 3))
    weight = rng.uniform(0.5, 2, 24)
    loss, factor = task.calibrate(answers, Y, weight, weight)
    smoothing = PRIOR / (24 + PRIOR)

    def plain(factor):
        proba = softmax(factor * answers, axis=1)
        own, *others = (
            log_loss(labels, proba, sample_weight=weight, labels=[0, 1, 2])
            for labels in (Y, *np.full((24, 3), [0, 1, 2]).T)
        )
        return (1 - smoothing) * own + smoothing * np.mean(others)

    best = minimize_scalar(plain, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-10})
    assert factor == pytest.approx(best.x, rel=1e-5)
    assert loss == pytest.approx(best.fun)


def test_answers_that_are_all_right_are_not_certain():
    answers, weight = np.eye(2)[Y[:20] % 2], np.ones(20)
    _, factor = (
        RocketClassifier(**SMALL)
        .fit(X, Y % 2)
        .model_.task.calibrate(answers, Y[:20] % 2, weight, weight)
    )
    assert 0.95 < softmax([0.0, factor])[1] < 0.995


@pytest.mark.parametrize("kind", [ridge.DualRidge, ridge.PrimalRidge])
def test_equal_weights_are_none(kind, monkeypatch):
    monkeypatch.setattr(ridge, "DualRidge", kind)
    one, other = (
        RocketClassifier(**SMALL).fit(X, Y, sample_weight=weight)
        for weight in (None, np.full(24, 2.0))
    )
    assert_array_equal(one._outputs(X), other._outputs(X))


@pytest.mark.parametrize("kind", [RocketClassifier, RocketRegressor])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_are_repeats_in_any_order(kind, dtype):
    weight = rng.integers(0, 4, len(X))
    weighted = kind(**SMALL, dtype=dtype).fit(X, Y, sample_weight=weight)
    places = rng.permutation(np.repeat(np.arange(len(X)), weight))
    repeated = kind(**SMALL, dtype=dtype).fit(X[places], Y[places])
    assert_allclose(weighted._outputs(X), repeated._outputs(X), rtol=1e-5, atol=1e-6)


def test_order_of_the_series_changes_nothing():
    order = rng.permutation(len(X))
    one, other = (
        RocketClassifier(**SMALL).fit(X, Y),
        RocketClassifier(**SMALL).fit(X[order], Y[order]),
    )
    assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-6)


def test_class_weight_multiplies_sample_weight():
    by_class = RocketClassifier(**SMALL, class_weight={0: 2, 1: 1, 2: 3}).fit(X, Y)
    by_series = RocketClassifier(**SMALL).fit(X, Y, sample_weight=np.array([2, 1, 3])[Y])
    assert_allclose(by_class.predict_proba(X), by_series.predict_proba(X), atol=1e-9)


def test_classes_of_one_series_each_are_told_apart():
    classifier = RocketClassifier().fit(X[:3], ["a", "b", "c"])
    assert_array_equal(classifier.predict(X[:3]), ["a", "b", "c"])
    assert classifier.predict_proba(X[:3]).max() < 1


@pytest.mark.parametrize("missing", ["error", "mask"])
@pytest.mark.parametrize("differences", [True, False])
def test_streams_answer_as_for_the_series_so_far(missing, differences):
    series = X.copy()
    if missing == "mask":
        series[rng.random(series.shape) < 0.2] = np.nan
    classifier = RocketClassifier(missing=missing, differences=differences).fit(series, Y)
    stream = to_streaming(classifier, n_streams=len(series))
    for t in range(series.shape[2]):
        answers = stream.push(series[:, :, t])
        if t in (0, 11, 29):
            assert_allclose(answers, classifier.predict_proba(series[:, :, : t + 1]), atol=1e-6)


def test_series_of_any_length():
    ragged = [series[:, : 5 + i] for i, series in enumerate(X)]
    classifier = RocketClassifier(**SMALL).fit(ragged, Y)
    together = classifier.predict_proba(ragged)
    for i, series in enumerate(ragged):
        assert_allclose(classifier.predict_proba([series])[0], together[i], atol=1e-12)
    assert classifier.predict([X[0][:, :1]]).shape == (1,)


def test_one_time_step_and_constant_series():
    constant = np.zeros((6, 1, 20))
    with_steps = RocketClassifier(**SMALL).fit(constant, [0, 1] * 3)
    assert_allclose(with_steps.predict_proba(constant), 0.5)
    assert RocketRegressor(**SMALL).fit(X[:, :1, :1], X[:, 0, 0]).predict(X[:, :1, :1]).shape == (
        24,
    )


def test_saved_and_loaded(tmp_path):
    for estimator in (RocketClassifier(**SMALL), RocketRegressor(**SMALL, missing="mask")):
        estimator.fit(X, Y)
        save(estimator, tmp_path / "rocket")
        loaded = load(tmp_path / "rocket")
        assert_array_equal(loaded._outputs(X), estimator._outputs(X))
        assert loaded.alpha_ == estimator.alpha_


def test_class_activation_adds_up_to_the_logits():
    classifier = RocketClassifier(**SMALL).fit(X, Y)
    activation = class_activation(classifier, X)
    logits = activation.contributions.sum(axis=2) + activation.bias
    assert_allclose(log_softmax(logits, axis=1), classifier.predict_log_proba(X), atol=1e-9)


def test_attribution_by_gradients_is_refused():
    classifier = RocketClassifier(**SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="needs gradients, which the thresholds"):
        attribute(classifier, X[:1], "saliency")
    assert attribute(classifier, X[:1]).shape == (1, 2, 30)


@pytest.mark.parametrize("alphas", [[], [0.0], [-1.0, 1.0], [[1.0]], [np.nan], "many", 3.0])
def test_wrong_alphas_are_refused(alphas):
    with pytest.raises(ValueError, match="alphas"):
        RocketClassifier(alphas=alphas).fit(X, Y)


def test_too_few_kernels_are_refused():
    with pytest.raises(ValueError, match="n_kernels"):
        RocketClassifier(n_kernels=100).fit(X, Y)


@pytest.mark.parametrize("kind", [RocketClassifier, RocketRegressor])
def test_partial_fits_are_one_fit_with_the_first_thresholds(kind):
    classes = {"classes": [0, 1, 2]} if kind is RocketClassifier else {}
    weight = rng.uniform(0.5, 2, len(X))
    parts = kind(**SMALL).partial_fit(X[:9], Y[:9], **classes, sample_weight=weight[:9])
    parts.partial_fit(X[9:11], Y[9:11], sample_weight=weight[9:11])
    parts.partial_fit(X[11:], Y[11:], sample_weight=weight[11:])
    model = parts.model_
    network = copy.deepcopy(model.networks[0])
    shares = ComputedShares(network, model.preprocessor.transform(as_panel(X)))
    own = network.head, shares, model.task.encode(Y), weight
    fit = ridge.fit_ridge(*own, model.task, rocket.ALPHAS)
    assert fit.alpha == parts.alpha_
    assert fit.loss == pytest.approx(parts.loo_loss_)
    weights = network.head.linear.weight, model.networks[0].head.linear.weight
    torch.testing.assert_close(*weights, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", [RocketClassifier, RocketRegressor])
def test_few_responses_are_kept(kind, tmp_path):
    estimator = kind(**SMALL, kept_fraction=0.1).fit(X, Y)
    head = estimator.model_.networks[0].head
    used = torch.zeros(len(head.responses.unique()), dtype=torch.bool)
    used[head.responses[(head.linear.weight != 0).any(0)]] = True
    assert used.sum() == round(0.1 * len(used))
    assert estimator.score(X, Y) > 0.5
    save(estimator, tmp_path / "rocket")
    assert_array_equal(load(tmp_path / "rocket")._outputs(X), estimator._outputs(X))


@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_compact_forms_answer_as_the_whole(engine, monkeypatch):
    if engine == "torch":
        monkeypatch.setitem(sys.modules, "sktcn._fast.steps", None)
    whole = RocketClassifier(n_kernels=500, kept_fraction=0.05).fit(X, Y)
    network = whole.model_.networks[0]
    compact = network.compact()
    assert compact.backbone.out_channels == round(0.05 * network.backbone.out_channels)
    x = torch.randn(5, 4, 30)
    torch.testing.assert_close(compact(x), network(x), atol=1e-12, rtol=0)
    assert compact.compact() is compact
    stream = to_streaming(whole, n_streams=len(X))
    for t in range(30):
        answers = stream.push(X[:, :, t])
    assert_allclose(answers, whole.predict_proba(X), atol=1e-9)


def test_ridges_of_fewer_responses_by_either_form(monkeypatch):
    long = RocketClassifier(**SMALL, kept_fraction=0.3).fit(X, Y)
    monkeypatch.setattr(ridge, "DualRidge", ridge.PrimalRidge)
    wide = RocketClassifier(**SMALL, kept_fraction=0.3).fit(X, Y)
    assert_allclose(wide.decision_function(X), long.decision_function(X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fraction", [0, 1.5, -0.1, "some"])
def test_wrong_fractions_are_refused(fraction):
    with pytest.raises(ValueError, match="kept_fraction"):
        RocketClassifier(kept_fraction=fraction).fit(X, Y)


def test_first_partial_fit_is_fit():
    first = RocketClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1, 2])
    assert_array_equal(first.predict_proba(X), RocketClassifier(**SMALL).fit(X, Y).predict_proba(X))


def test_partial_fit_goes_on_after_a_file(tmp_path):
    classifier = RocketClassifier(**SMALL).partial_fit(X[:12], Y[:12], classes=[0, 1, 2])
    save(classifier, tmp_path / "rocket")
    loaded = load(tmp_path / "rocket")
    for each in (classifier, loaded):
        each.partial_fit(X[12:], Y[12:])
    assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


def test_classes_may_come_late():
    classifier = RocketClassifier(**SMALL).partial_fit(X[Y == 0], Y[Y == 0], classes=[0, 1, 2])
    assert np.isfinite(classifier.predict_proba(X)).all()
    classifier.partial_fit(X[Y > 0], Y[Y > 0])
    assert classifier.score(X, Y) > 0.9


def test_partial_fit_refuses_what_it_cannot_take():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        RocketClassifier(**SMALL).partial_fit(X, Y)
    begun = RocketRegressor(**SMALL).partial_fit(X, Y)
    with pytest.raises(ValueError, match="n_kernels was 252 and is 500"):
        begun.set_params(n_kernels=500).partial_fit(X, Y)


def test_partial_fit_after_fit_starts_anew():
    fitted = RocketClassifier(**SMALL).fit(X, Y)
    with pytest.warns(UserWarning, match="partial_fit starts anew"):
        fitted.partial_fit(X[:12], Y[:12])
    assert len(fitted.kept_.rows) == 12
    assert not hasattr(fitted.fit(X, Y), "kept_")


def test_searched_like_any_estimator():
    search = GridSearchCV(RocketClassifier(), {"n_kernels": [168, 500]}, cv=2).fit(X, Y)
    assert search.best_score_ > 0.5


def test_preflight_has_no_cost_of_training():
    report = preflight(RocketClassifier(**SMALL), X, Y)
    assert report.cost is None
    assert "receptive field: 26 time steps" in str(report)


def test_mps_is_left_for_a_device_with_float64(monkeypatch):
    monkeypatch.setattr(rocket, "resolve_device", lambda device: torch.device("mps"))
    assert RocketClassifier(**SMALL).fit(X, Y).device_ == torch.device("cpu")
    with pytest.raises(ValueError, match="device must be a CPU or a CUDA device"):
        rocket.choose_device("mps")
