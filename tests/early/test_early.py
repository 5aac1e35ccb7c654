"""Series are decided on as soon as the probability suffices, and not before."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktcn import LSTMClassifier, RocketClassifier, TCNClassifier, TCNRegressor
from sktcn.early import EarlyClassifier
from sktcn.early.decisions import decision_steps, threshold_trade_off
from sktcn.early.prefixes import PrefixTemperature, prefix_proba

SMALL = {"n_filters": 8, "n_blocks": 3, "kernel_size": 3, "batch_size": 8, "lr": 0.02}
SMALL |= {"n_fixed_kernels": 0}


# They want accuracy, not earliness.
@parametrize_with_checks(
    [EarlyClassifier(RocketClassifier(n_kernels=840), n_prefixes=0, accuracy=1.0)]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def bumps():
    """Series of 40 steps; of those of "bump" the steps 8 to 15 are higher."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(120) % 2, "bump", "flat")
    X = rng.normal(scale=0.5, size=(120, 40))
    X[y == "bump", 8:16] += 3
    return X, y


@pytest.fixture(scope="module")
def early(bumps):
    X, y = bumps
    classifier = TCNClassifier(**SMALL | {"batch_size": 32}, max_epochs=12)
    return EarlyClassifier(classifier).fit(X[:60], y[:60])


def test_decisions_are_right_and_early(early, bumps):
    X, y = bumps[0][60:], bumps[1][60:]
    decisions = early.decide(X)
    assert np.mean(decisions.labels == y) > 0.95
    assert 8 <= np.mean(decisions.n_timepoints) < 20
    np.testing.assert_array_equal(early.predict(X), decisions.labels)
    np.testing.assert_array_equal(early.predict_proba(X), decisions.probabilities)


def test_an_accuracy_out_of_reach_is_a_warning(bumps):
    X, y = bumps[0][:40], np.random.default_rng(0).permutation(bumps[1][:40])
    early = EarlyClassifier(RocketClassifier(n_kernels=168), n_prefixes=0, accuracy=0.99)
    with pytest.warns(UserWarning, match=r"reaches accuracy=0\.99 .* the most accurate has 0\.\d"):
        early.fit(X, y)
    assert early.set_params(accuracy=1.0).fit(X, y).threshold_ > 0
    with pytest.raises(TypeError, match=r"keep the EarlyClassifier by joblib\.dump"):
        pickle.dumps(early.to_streaming())


def test_nothing_is_decided_before_its_time(bumps):
    X, y = bumps
    early = EarlyClassifier(RocketClassifier(n_kernels=168), threshold=0.5, min_length=25)
    decisions = early.fit(X[:40], y[:40]).decide(X)
    np.testing.assert_array_equal(decisions.n_timepoints, 25)
    assert decisions.decided.all()


def test_what_never_suffices_waits_for_the_end(bumps):
    X, y = bumps
    early = EarlyClassifier(RocketClassifier(n_kernels=168), threshold=1.0)
    decisions = early.fit(X[:40], y[:40]).decide([X[0], X[1, :30]])
    np.testing.assert_array_equal(decisions.n_timepoints, [40, 30])
    assert not decisions.decided.any()


def test_streams_decide_as_series_do(early, bumps):
    X = bumps[0][60:70]
    expected, live = early.decide(X), early.to_streaming(10)
    for t in range(40):
        now = live.push(X[:, t, None])
        np.testing.assert_array_equal(now.decided, (expected.n_timepoints <= t + 1))
        if t == 20:
            state = live.state_dict()
    np.testing.assert_array_equal(now.labels, expected.labels)
    np.testing.assert_array_equal(now.n_timepoints, expected.n_timepoints)
    np.testing.assert_allclose(now.probabilities, expected.probabilities, atol=1e-5)
    restarted = early.to_streaming(10)
    restarted.load_state_dict(state)
    for t in range(21, 40):
        again = restarted.push(X[:, t, None])
    np.testing.assert_array_equal(again.probabilities, now.probabilities)


@pytest.mark.parametrize("window", [None, 15])
def test_several_steps_at_once_are_decided_as_one_by_one(early, bumps, window):
    X = bumps[0][60:64, None]
    one_by_one, at_once = (early.to_streaming(4, window=window) for _ in range(2))
    for t in range(30):
        expected = one_by_one.push(X[:, :, t])
    at_once.push_many(X[:2, :, :9], [0, 1])
    at_once.push_many(X[2:, :, :20], [2, 3])
    at_once.push_many(X[:2, :, 9:20], [0, 1])
    got = at_once.push_many(X[:, :, 20:30])
    for name in ("labels", "n_timepoints", "decided"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name))
    np.testing.assert_allclose(got.probabilities, expected.probabilities, atol=1e-6)


def test_streams_decide_in_their_own_time(early, bumps):
    X = bumps[0][60:63]
    expected, live = early.decide(X), early.to_streaming(3)
    for t in range(40):
        one = live.push(X[[1], t, None], 1)
        if t % 2:
            two = live.push(X[[2, 0], t // 2, None], [2, 0])
    assert one.n_timepoints[0] == expected.n_timepoints[1]
    np.testing.assert_array_equal(one.labels, expected.labels[[1]])
    np.testing.assert_allclose(one.probabilities, expected.probabilities[[1]], atol=1e-5)
    halves = early.decide(X[[2, 0], :20])
    np.testing.assert_array_equal(two.n_timepoints, halves.n_timepoints)
    np.testing.assert_array_equal(two.decided, halves.decided)
    np.testing.assert_allclose(two.probabilities, halves.probabilities, atol=1e-5)


def test_a_stream_that_is_reset_decides_anew(early, bumps):
    X = bumps[0][60:62]
    live = early.to_streaming(2)
    for t in range(40):
        first = live.push(X[:, t, None])
    live.reset(1)
    for t in range(40):
        second = live.push(X[::-1, t, None])
        assert second.decided[0]
    np.testing.assert_array_equal(second.labels, first.labels[[0, 0]])
    assert second.n_timepoints[1] == first.n_timepoints[0]


def test_prefixes_are_answered_for_as_series(bumps):
    X, y = bumps
    classifier = TCNClassifier(**SMALL, max_epochs=2).fit(X, y)
    series = [X[0], X[1, :7], X[2, :1]]
    prefixes = prefix_proba(classifier, series)
    for x, prefix in zip(series, prefixes, strict=True):
        expected = classifier.predict_proba([x[: t + 1] for t in range(len(x))])
        np.testing.assert_allclose(prefix, expected, atol=1e-5)


def test_a_frozen_classifier_is_left_as_it_is(bumps):
    X, y = bumps
    classifier = TCNClassifier(**SMALL, max_epochs=5).fit(X[:60], y[:60])
    early = EarlyClassifier(FrozenEstimator(classifier)).fit(X[60:], y[60:])
    assert early.estimator_ is classifier


def test_the_wanted_accuracy_or_cost_decides(bumps):
    X, y = bumps
    frozen = FrozenEstimator(TCNClassifier(**SMALL, max_epochs=3).fit(X[:60], y[:60]))
    early = EarlyClassifier(frozen)
    table = early.fit(X[60:], y[60:]).trade_off_

    def chosen(**parameters):
        threshold = early.set_params(**parameters).fit(X[60:], y[60:]).threshold_
        return np.flatnonzero(table["threshold"] == threshold)[0]

    row = chosen(accuracy=0.7, waiting_cost=None)
    assert table["accuracy"][row] >= 0.7
    assert (table["earliness"] >= table["earliness"][row])[table["accuracy"] >= 0.7].all()
    row = chosen(accuracy=None, waiting_cost=0.5)
    cost = 1 - table["accuracy"] + 0.5 * table["earliness"]
    assert cost[row] == cost.min()
    assert early.set_params(threshold=0.8).fit(X[60:], y[60:]).threshold_ == 0.8


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.integers(1, 5))
def test_a_higher_threshold_never_decides_sooner(seed, min_length):
    rng = np.random.default_rng(seed)
    prefixes = [softmax(2 * rng.normal(size=(t, 3)), axis=1) for t in rng.integers(1, 9, size=6)]
    table = threshold_trade_off(prefixes, rng.integers(0, 3, size=6), min_length)
    assert (np.diff(table["threshold"]) > 0).all()
    assert (np.diff(table["earliness"]) >= 0).all()
    low, _ = decision_steps(prefixes, 0.4, min_length)
    high, decided = decision_steps(prefixes, 0.6, min_length)
    assert (low <= high).all()
    for prefix, step, sure in zip(prefixes, high, decided, strict=True):
        assert sure == (len(prefix) >= min_length and prefix[min_length - 1 :].max() >= 0.6)
        assert not sure or prefix[step - 1].max() >= 0.6


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.3, 3.0))
def test_temperatures_undo_what_was_multiplied(seed, factor):
    """Labels drawn from the true probabilities calibrate ones that are too sure, or too unsure."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(4000, 3))
    true = softmax(logits, axis=1)
    codes = (true.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    wrong = softmax(logits * factor, axis=1)
    scaling = PrefixTemperature.fit(list(wrong[:, None]), codes)
    np.testing.assert_allclose(scaling.temperature, factor, rtol=0.12)
    np.testing.assert_allclose(scaling.transform(wrong, np.ones(4000)), true, atol=0.06)


def assert_same_fit(found, expected, X):
    assert found.threshold_ == expected.threshold_
    np.testing.assert_array_equal(found.temperature_.temperature, expected.temperature_.temperature)
    for name, column in expected.trade_off_.items():
        np.testing.assert_array_equal(found.trade_off_[name], column)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("form", [np.asarray, list])
def test_a_weight_of_zero_is_the_absence_of_a_series(form, frozen, bumps):
    X, y = bumps[0][:40], bumps[1][:40].copy()
    weight = np.random.default_rng(0).integers(0, 3, 40).astype(float)
    y[np.flatnonzero(weight == 0)[0]] = "rare"  # a class of one series, which does not count
    used = np.flatnonzero(weight)
    classifier = TCNClassifier(**SMALL, max_epochs=2)
    if frozen:
        classifier = FrozenEstimator(classifier.fit(X[used], y[used]))
        y[weight == 0] = "flat"
    early = EarlyClassifier(classifier, n_prefixes=1)
    expected = early.fit(X[used], y[used], sample_weight=weight[used])
    found = EarlyClassifier(classifier, n_prefixes=1).fit(form(X), y, sample_weight=weight.tolist())
    assert_same_fit(found, expected, X)
    assert found.classes_.tolist() == ["bump", "flat"]


def test_a_weight_of_two_is_the_series_twice_in_calibration_and_threshold(bumps):
    X, y = bumps
    frozen = FrozenEstimator(TCNClassifier(**SMALL, max_epochs=10).fit(X[:60], y[:60]))
    X, y, weight = X[60:], y[60:].copy(), np.arange(60) % 4
    y[1::9], y[3::10] = "flat", "bump"  # so that no classifier is right
    for parameters in ({"accuracy": 0.8}, {"waiting_cost": 0.5}):
        weighted, repeated = (EarlyClassifier(frozen, **parameters) for _ in range(2))
        weighted.fit(X, y, sample_weight=weight)
        repeated.fit(X.repeat(weight, axis=0), y.repeat(weight))
        temperatures = weighted.temperature_.temperature
        np.testing.assert_allclose(temperatures, repeated.temperature_.temperature, rtol=1e-6)
        assert weighted.threshold_ == pytest.approx(repeated.threshold_, rel=1e-6)
        unweighted = EarlyClassifier(frozen).fit(X, y).temperature_.temperature
        assert not np.allclose(temperatures, unweighted, rtol=0.01)


def test_the_scale_of_weights_is_no_matter(bumps):
    X, y = bumps
    frozen = FrozenEstimator(TCNClassifier(**SMALL, max_epochs=2).fit(X[:60], y[:60]))
    one, other = (EarlyClassifier(frozen).fit(X, y, np.full(120, w)) for w in (1.0, 2.0**-9))
    assert_same_fit(other, one, X[:5])


def test_weights_are_checked_and_need_an_estimator_that_takes_them(bumps):
    X, y = bumps

    class NoWeights(TCNClassifier):
        def fit(self, X, y):
            raise AssertionError("no work before the error")

    with pytest.raises(TypeError, match=r"must take sample_weight in fit.*got NoWeights"):
        EarlyClassifier(NoWeights()).fit(X, y, sample_weight=np.ones(120))
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(119,\)"):
        EarlyClassifier(NoWeights()).fit(X, y, sample_weight=np.ones(119))
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        EarlyClassifier(NoWeights()).fit(X, y, sample_weight=-np.ones(120))


def test_estimators_of_other_kinds_are_refused_before_a_fit(bumps):
    X, y = bumps
    for other in (LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(TypeError, match=f"classifier of sktcn, .*got {type(other).__name__}"):
            EarlyClassifier(other).fit(X, y)
    search = GridSearchCV(TCNClassifier(**SMALL, max_epochs=1), {"lr": [0.01]}, cv=2)
    assert EarlyClassifier(search, n_prefixes=0, cv=2).fit(X[:20], y[:20]).decide(X[:1]).labels.size


@pytest.mark.parametrize(
    "estimator",
    [
        TCNClassifier(causal=False),
        make_pipeline(LSTMClassifier(bidirectional=True)),
        RocketClassifier(scaling="series"),
        TCNClassifier(missing="interpolate"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_estimators_that_look_ahead_are_refused_before_a_fit(estimator, bumps):
    with pytest.raises(ValueError, match=r"see the past alone to decide early, got \w+="):
        EarlyClassifier(estimator).fit(*bumps)


def test_streams_are_shown_by_their_size(early):
    shown = "EarlyStreaming(StreamingEstimator(n_streams=3, n_channels=1, window=20), threshold="
    assert repr(early.to_streaming(3, window=20)).startswith(shown)


def test_any_partition_holds_series_out(bumps):
    X, y = bumps[0][:40], bumps[1][:40]
    classifier = TCNClassifier(**SMALL, max_epochs=1)
    folds = KFold(2)
    by_splitter, by_list = (
        EarlyClassifier(classifier, n_prefixes=0, cv=cv).fit(X, y)
        for cv in (folds, list(folds.split(X)))
    )
    assert_same_fit(by_list, by_splitter, X)
    with pytest.raises(ValueError, match="each of the 40 series out once, got 1 splits that hold"):
        EarlyClassifier(classifier, cv=[(np.arange(20), np.arange(20, 39))]).fit(X, y)
    with pytest.raises(ValueError, match="20 series out once, got 2 splits that hold out 40: "):
        EarlyClassifier(classifier, cv=list(folds.split(X))).fit(X[:20], y[:20])
    y = np.repeat(["a", "b"], 20)
    with pytest.raises(ValueError, match="cv must leave each class in each training part"):
        EarlyClassifier(classifier, cv=folds).fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": "high"}, "threshold"),
        ({"min_length": 0}, "min_length"),
        ({"n_prefixes": -1}, "n_prefixes"),
        ({"accuracy": 0.9, "waiting_cost": 0.1}, "got both: accuracy=0.9, waiting_cost=0.1"),
    ],
)
def test_parameters_are_checked(parameters, match, bumps):
    with pytest.raises(ValueError, match=match):
        EarlyClassifier(TCNClassifier(**SMALL), **parameters).fit(*bumps)


def test_a_class_of_one_series_cannot_be_held_back(bumps):
    X, y = bumps
    with pytest.raises(ValueError, match="one of class 'rare'"):
        EarlyClassifier(TCNClassifier(**SMALL)).fit(X, np.append(y[:-1], "rare"))


def test_regressors_have_no_probabilities(bumps):
    X, _ = bumps
    with pytest.raises(TypeError, match="takes a classifier, got TCNRegressor"):
        prefix_proba(TCNRegressor(**SMALL, max_epochs=1).fit(X, X[:, 0]), X)
