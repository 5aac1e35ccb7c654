"""Streams of signals without end answer for the newest time steps.

By definition an answer is that of the head for the features of these steps, which the network
computes from the whole signal.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sktcn import (
    LSTMClassifier,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNStepClassifier,
)
from sktcn._model.inference import combine
from sktcn.early import EarlyClassifier
from sktcn.networks import POOLINGS
from sktcn.streaming import to_streaming
from tests.streaming.test_streaming import assert_same, estimators, fitted, make_series

rockets = st.fixed_dictionaries(
    {
        "n_kernels": st.just(168),
        "differences": st.booleans(),
        "missing": st.sampled_from(["error", "mask", "trim"]),
        "dtype": st.sampled_from(["float32", "float64"]),
    }
)
all_estimators = st.one_of(
    estimators,
    rockets.map(lambda p: RocketClassifier(**p)),
    rockets.map(lambda p: RocketRegressor(**p)),
)


def fit(estimator):
    if hasattr(estimator, "max_epochs"):
        return fitted(estimator)
    y = np.arange(9) % 3 if isinstance(estimator, RocketClassifier) else np.arange(9) / 3.0
    return estimator.fit(make_series(9, 12), y)


def features(model, x):
    """Features of each time step, or patch, that each network computes from a whole signal."""
    values = model.preprocessor.transform(model.read([x])).values.T[None]
    x = torch.from_numpy(np.ascontiguousarray(values)).to(model.torch_dtype)
    with torch.inference_mode():
        return [member.features(x)[0] for member in model.members]


def by_definition(estimator, x, window):
    model = estimator.model_
    outputs = []
    for member, h in zip(model.members, features(model, x), strict=True):
        size = window // member.backbone.stride
        with torch.inference_mode():
            outputs.append(member.head(h[:, :, -size:], None).double().numpy())
    return model.task.decode(combine(outputs, model.shares))[0]


def with_gaps(estimator, X):
    if estimator.missing == "mask":
        X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    return X


@settings(deadline=None, max_examples=30)
@given(all_estimators, st.integers(1, 9), st.data())
def test_an_answer_is_that_for_the_newest_features(estimator, n_features, data):
    """Streams come on together or apart, and start anew."""
    fit(estimator)
    window = n_features * estimator.model_.networks[0].backbone.stride
    n_streams = data.draw(st.integers(1, 3))
    X = with_gaps(estimator, make_series(n_streams, 40, seed=1))
    streaming = to_streaming(estimator, n_streams, window=window)
    starts, ends = np.zeros((2, n_streams), dtype=int)
    for _ in range(30):
        if data.draw(st.integers(0, 3)):
            rows, streams = np.arange(n_streams), None
        else:
            streams = rows = np.array([data.draw(st.integers(0, n_streams - 1))])
        newest = np.stack([X[row, :, ends[row]] for row in rows])
        ends[rows] += 1
        streamed = streaming.push(newest, streams)
        expected = [by_definition(estimator, X[r, :, starts[r] : ends[r]], window) for r in rows]
        assert_same(estimator, streamed, np.array(expected))
        assert_array_equal(streaming.n_timepoints, ends - starts)
        assert_array_equal(streaming.is_full, ends - starts >= window)
        if not data.draw(st.integers(0, 9)):
            streaming.reset(rows[:1])
            starts[rows[:1]] = ends[rows[:1]]


@pytest.mark.parametrize("pooling", ["mean", "attention", "last"])
def test_a_decay_weighs_time_steps_and_not_patches(pooling):
    estimator = fitted(
        LSTMClassifier(patch_size=3, hidden_size=4, pooling=pooling, n_fixed_kernels=0)
    )
    x = make_series(1, 30, seed=1)
    streaming = to_streaming(estimator, decay=0.9)
    streamed = streaming.push_many(x)[0, -1]
    (h,), head = features(estimator.model_, x[0]), estimator.net_.module_.head
    score = 3 * torch.arange(9, -1, -1) * np.log(0.9)
    with torch.inference_mode():
        if pooling == "attention":
            score = score + head.pooling.score @ h[0]
        pooled = h[0, :, -1] if pooling == "last" else h[0] @ score.softmax(0)
        outputs = head.linear(pooled[None]).double().numpy()
    expected = estimator.model_.task.decode(outputs)[0]
    assert_same(estimator, streamed, expected)


@pytest.mark.parametrize("span", [{"window": 8}, {"decay": 0.8}])
def test_streams_go_on_after_a_restart(span, tiny):
    estimator, X = fitted(tiny(pooling="mean")), make_series(3, 40)
    running, restarted = (to_streaming(estimator, 3, **span) for _ in range(2))
    running.push_many(X[:, :, :17])
    running.push_many(X[:2, :, :5], [2, 0])
    running.reset(1)
    restarted.load_state_dict(running.state_dict())
    assert_array_equal(restarted.is_full, running.is_full)
    assert_array_equal(restarted.push_many(X), running.push_many(X))


def test_a_state_of_another_span_is_refused(tcn_classifier):
    estimator = fitted(tcn_classifier(pooling="mean"))
    spans = [{}, {"window": 4}, {"window": 8}, {"decay": 0.5}, {"decay": 0.6}]
    states = [to_streaming(estimator, **span).state_dict() for span in spans]
    for i, span in enumerate(spans):
        for j, state in enumerate(states):
            if i != j:
                with pytest.raises(ValueError, match="window"):
                    to_streaming(estimator, **span).load_state_dict(state)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_series_that_ended_keeps_its_answer(pooling, tcn_classifier):
    estimator = fitted(tcn_classifier(missing="trim", pooling=pooling))
    X = make_series(2, 30)
    streaming = to_streaming(estimator, 2, window=6)
    kept = streaming.push_many(X)[:, -1]
    nothing = np.full((2, 2, 9), np.nan)
    nothing[1] = X[1, :, :9]
    streamed = streaming.push_many(nothing)
    np.testing.assert_array_equal(streamed[0], np.tile(kept[0], (9, 1)))
    expected = by_definition(estimator, np.hstack([X[1], X[1, :, :9]]), 6)
    assert_same(estimator, streamed[1, -1], expected)
    streaming.reset(0)
    fresh = to_streaming(estimator, 2, window=6)
    assert_array_equal(streaming.push_many(X[:1], 0), fresh.push_many(X[:1], 0))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_state_is_as_large_after_any_number_of_steps(pooling, tcn_classifier):
    streaming = to_streaming(fitted(tcn_classifier(pooling=pooling)), window=10)
    sizes = set()
    for _ in range(4):
        streaming.push_many(make_series(1, 25))
        sizes.add(sum(array.nbytes for array in streaming.state_dict().values()))
    assert len(sizes) == 1


def gestures(n_series, n_timepoints=60, seed=0):
    """Series of two classes that differ by one event, at about the same place."""
    rng = np.random.default_rng(seed)
    X, y = 0.2 * rng.normal(size=(n_series, 1, n_timepoints)), np.arange(n_series) % 2
    steps = np.arange(n_timepoints)
    for x, label in zip(X, y, strict=True):
        centre = 30 + rng.integers(-5, 6)
        x += np.exp(-(((steps - centre) / 4) ** 2)) * (2 if label else -2)
    return X, y


@pytest.mark.parametrize(
    "estimator",
    [
        TCNClassifier(n_filters=8, n_blocks=3, max_epochs=15, lr=0.01),
        TCNClassifier(n_filters=8, n_blocks=3, max_epochs=15, lr=0.01, pooling="attention"),
        LSTMClassifier(hidden_size=16, pooling="attention", max_epochs=30, lr=0.01),
        RocketClassifier(n_kernels=840),
    ],
    ids=["tcn", "attention", "lstm", "rocket"],
)
def test_ten_of_one_class_and_ten_of_another_switch_within_a_window(estimator):
    X, y = gestures(40)
    estimator.fit(X, y)
    new, labels = gestures(40, seed=1)
    signal = np.concatenate([*new[labels == 0][:10], *new[labels == 1][:10]], axis=1)
    codes = to_streaming(estimator, window=60).push_many(signal[None])[0].argmax(1)
    ends = codes[59::60]  # where a series has just ended
    assert_array_equal(ends[:10], 0)
    assert_array_equal(ends[10:], 1)
    endless = to_streaming(estimator, decay=0.5 ** (1 / 30)).push_many(signal[None])[0].argmax(1)
    assert endless[60 * 10 - 1] == 0
    assert endless[-1] == 1


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"window": 0}, "window must be a positive integer or None, got window=0"),
        ({"window": -3}, "got window=-3"),
        ({"window": 2.0}, "got window=2.0"),
        ({"window": True}, "got window=True"),
        ({"window": "all"}, "got window='all'"),
        ({"decay": 0}, "decay must be a number between 0 and 1, both excluded.*got decay=0"),
        ({"decay": 1.0}, r"got decay=1\.0"),
        ({"decay": float("nan")}, "got decay=nan"),
        ({"decay": True}, "got decay=True"),
        ({"decay": "0.9"}, "got decay='0.9'"),
        ({"window": 8, "decay": 0.9}, r"at most one .* got window=8 and decay=0\.9"),
    ],
)
def test_wrong_spans_are_refused(given, match, tiny):
    with pytest.raises(ValueError, match=match):
        to_streaming(fitted(tiny()), **given)


def test_a_window_must_be_made_of_patches():
    estimator = fitted(LSTMClassifier(patch_size=4, hidden_size=2))
    with pytest.raises(ValueError, match="multiple of patch_size, got window=6, patch_size=4"):
        to_streaming(estimator, window=6)
    assert to_streaming(estimator, window=np.int64(8)).window == 8


@pytest.mark.parametrize("span", [{"window": 4}, {"decay": 0.5}])
def test_estimators_of_time_steps_have_no_window(span):
    X = make_series(4, 12)
    steps = TCNStepClassifier(n_filters=2, n_blocks=1, max_epochs=1).fit(X, X[:, 0] > 3)
    with pytest.raises(ValueError, match="None for an estimator of time steps"):
        to_streaming(steps, **span)


@pytest.mark.parametrize("pooling", ["max", "mean+max"])
def test_a_maximum_has_no_decay(pooling, tiny):
    with pytest.raises(ValueError, match="take a window instead"):
        to_streaming(fitted(tiny(pooling=pooling)), decay=0.5)


def test_without_a_window_streams_are_always_full(tiny):
    assert to_streaming(fitted(tiny()), 2).is_full.all()


@pytest.fixture(scope="module")
def early():
    X, y = gestures(40)
    classifier = TCNClassifier(n_filters=8, n_blocks=3, max_epochs=5, lr=0.01)
    return EarlyClassifier(classifier, cv=2, min_length=5, threshold=0.8).fit(X, y)


def test_early_decisions_by_a_window(early):
    """A decision is that on the newest steps, calibrated as for a prefix of so many."""
    X, y = gestures(4, seed=3)
    signal = np.concatenate([*X[y == 0], *X[y == 1]], axis=1)
    live = early.to_streaming(window=30)
    plain = to_streaming(early.estimator_, window=30)
    for t, step in enumerate(signal.T, 1):
        newest, proba = live.push(step[:, None]), plain.push(step[:, None])
        assert live.streaming.is_full[0] == (t >= 30)
        if not decided_before(live, t):
            expected = early.temperature_.transform(proba, np.array([min(t, 30)]))
            np.testing.assert_allclose(newest.probabilities, expected)
        if newest.decided[0]:
            live.reset()
            plain.reset()
            break
    assert newest.decided[0]
    assert newest.labels[0] == 0


def decided_before(live, t):
    return live.streaming.n_timepoints[0] != t


def test_an_early_window_is_no_shorter_than_a_decision(early):
    with pytest.raises(ValueError, match="at least min_length, got window=3, min_length=5"):
        early.to_streaming(window=3)
