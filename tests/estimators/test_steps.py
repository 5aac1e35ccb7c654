"""Estimators of time steps: their answers, their targets, and their training."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skorch.callbacks import EpochScoring

from sktcn import (
    LSTMStepClassifier,
    LSTMStepRegressor,
    TCNStepClassifier,
    TCNStepRegressor,
)
from sktcn._data.windows import Cutting
from sktcn._model import inference
from sktcn.networks import fused_passes
from sktcn.persistence import load, save
from sktcn.streaming import to_streaming
from tests.helpers import plain

SMALL = {"max_epochs": 3, "batch_size": 4, "dropout": 0.0}
TCN = SMALL | {"n_filters": 4, "n_blocks": 2, "kernel_size": 3}
LSTM = SMALL | {"hidden_size": 4}
KINDS = {
    "TCNStepClassifier": partial(TCNStepClassifier, **TCN),
    "TCNStepRegressor": partial(TCNStepRegressor, **TCN),
    "LSTMStepClassifier": partial(LSTMStepClassifier, **LSTM),
    "LSTMStepRegressor": partial(LSTMStepRegressor, **LSTM),
}
LOOKAHEAD = {"TCN": {"causal": False}, "LSTM": {"bidirectional": True}}


def make(kind, **parameters):
    estimator = KINDS[kind]
    return estimator.func(**estimator.keywords | parameters)


def recordings(n=8, seed=0, lengths=(12, 40)):
    """Series of two channels, and the activity of each step, which their levels tell."""
    rng = np.random.default_rng(seed)
    X, y = [], []
    for n_steps in rng.integers(*lengths, size=n):
        labels = np.repeat(rng.choice(["rest", "run", "walk"], size=n_steps // 5 + 1), 5)[:n_steps]
        level = np.array([labels == "run", labels == "walk"])
        X.append(rng.normal(size=(2, n_steps)) + 2 * level)
        y.append(labels)
    return X, y


def targets(kind, X, y):
    """Labels for a classifier, a moving sum of a channel for a regressor."""
    return y if kind.endswith("Classifier") else [np.convolve(x[0], [1, 1])[: len(x[0])] for x in X]


@cache
def fitted(kind, *options):
    X, y = recordings()
    return make(kind, **dict(options)).fit(X, targets(kind, X, y))


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def kinds_and_options(*more):
    """Each network: causal, with a delay, looking ahead, with other policies."""
    for kind in KINDS:
        yield kind, ()
        yield kind, (("delay", 3),)
        yield kind, (("delay", 2), ("missing", "mask"), ("norm", "layer"), ("differences", False))
        if "look ahead" in more:
            (ahead,) = LOOKAHEAD[kind[: kind.index("Step")]].items()
            yield kind, (ahead,)


CAUSAL = list(kinds_and_options())
ALL = list(kinds_and_options("look ahead"))
series = st.lists(st.integers(1, 30), min_size=1, max_size=4)


def draw(lengths, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(2, length)) for length in lengths]


@pytest.mark.parametrize(("kind", "options"), CAUSAL)
@settings(max_examples=10, deadline=None)
@given(n_steps=st.integers(1, 30), data=st.data())
def test_no_answer_depends_on_steps_after_its_own_and_the_delay(kind, options, n_steps, data):
    estimator = fitted(kind, *options)
    (x,) = draw([n_steps], 1)
    step = data.draw(st.integers(0, n_steps - 1))
    changed = x.copy()
    changed[:, step + estimator.delay + 1 :] += 100
    before, after = answers(estimator, x[None])[0], answers(estimator, changed[None])[0]
    assert_array_equal(after[: step + 1], before[: step + 1])


@pytest.mark.parametrize(("kind", "options"), ALL)
@settings(max_examples=10, deadline=None)
@given(lengths=series)
def test_company_changes_no_answer(kind, options, lengths):
    estimator, X = fitted(kind, *options), draw(lengths, 2)
    for x, together in zip(X, answers(estimator, X), strict=True):
        assert len(together) == x.shape[1]
        assert_allclose(together, answers(estimator, [x])[0], atol=1e-5)


@pytest.mark.parametrize(("kind", "options"), ALL)
@settings(max_examples=10, deadline=None)
@given(lengths=series)
def test_the_network_computes_what_the_plain_reference_does(kind, options, lengths):
    network = fitted(kind, *options).model_.networks[0]
    X = [torch.randn(network_channels(network), n) for n in lengths]
    padded = torch.nn.utils.rnn.pad_sequence([x.T for x in X], batch_first=True).transpose(1, 2)
    with torch.no_grad():
        outputs = network(padded, torch.tensor(lengths))
        for row, expected in zip(outputs, plain.step_answers(network, X), strict=True):
            assert_allclose(row[:, : expected.shape[1]], expected, atol=1e-5)


def network_channels(network):
    weights = next(network.backbone.parameters())
    return weights.shape[1]


@pytest.mark.parametrize(("kind", "options"), CAUSAL)
@settings(max_examples=5, deadline=None)
@given(n_steps=st.integers(1, 25), n_streams=st.integers(1, 3))
def test_a_stream_answers_for_the_step_some_steps_ago(kind, options, n_steps, n_streams):
    estimator = fitted(kind, *options)
    X = np.stack(draw([n_steps] * n_streams, 3))
    streaming, delay = to_streaming(estimator, n_streams), estimator.delay
    pushed = streaming.push_many(X)
    assert np.isnan(pushed[:, :delay]).all()
    kept = max(0, n_steps - delay)
    assert_allclose(pushed[:, delay:], answers(estimator, X)[:, :kept], atol=1e-5)
    streaming.reset([0])
    assert np.isnan(streaming.push(X[:, :, 0])[0]).all() == (delay > 0)


@pytest.mark.parametrize(("kind", "options"), ALL)
def test_pieces_are_the_whole(kind, options, monkeypatch):
    estimator, X = fitted(kind, *options), draw([1, 70, 200, 39], 4)
    whole = answers(estimator, X)
    monkeypatch.setattr(inference, "BATCH_STEPS", 32)
    for piece, expected in zip(answers(estimator, X), whole, strict=True):
        assert_allclose(piece, expected, atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    size=st.integers(1, 20),
    before=st.integers(0, 20),
    after=st.integers(0, 5),
    seed=st.one_of(st.none(), st.integers(0, 9)),
)
def test_windows_score_each_step_once_and_read_its_context(lengths, size, before, after, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    windows = Cutting(size, before, after).cut(np.array(lengths), rng)
    scored = [np.zeros(n, dtype=int) for n in lengths]
    for i, start, stop, first, last in zip(
        *(windows.series, windows.start, windows.stop, windows.first, windows.last), strict=True
    ):
        scored[i][first:last] += 1
        assert 0 < last - first <= size
        assert start <= max(0, first - before)
        assert stop >= min(lengths[i], last + after)
        assert stop - start == min(size + before + after, lengths[i])
    assert all((each == 1).all() for each in scored)


@pytest.mark.parametrize(("kind", "options"), [each for each in ALL if each[0].startswith("TCN")])
def test_crops_are_the_whole(kind, options):
    estimator, X = fitted(kind, *options), draw([50, 80, 9], 5)
    model = estimator.model_
    network, dataset = model.networks[0], model.dataset(model.read(X))
    before, after = network.context
    windows = Cutting(20, before, after).cut(dataset.panel_lengths, np.random.default_rng(0))
    view, whole = dataset.windows(windows), model.outputs(model.read(X))
    starts = np.cumsum(dataset.panel_lengths) - dataset.panel_lengths
    for i in range(len(windows)):
        inputs, _ = view.batch(np.array([i]))
        with torch.no_grad():
            outputs = network(**inputs)[0].T.numpy()
        first, last = windows.first[i] - windows.start[i], windows.last[i] - windows.start[i]
        place = starts[windows.series[i]] + windows.first[i]
        assert_allclose(outputs[first:last], whole[place : place + last - first], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_come_in_the_container_of_the_series(kind):
    estimator = fitted(kind)
    X = draw([10, 10, 10], 6)
    listed, stacked = estimator.predict(X), estimator.predict(np.stack(X))
    assert isinstance(listed, list)
    assert stacked.shape == (3, 10)
    assert_array_equal(np.stack(listed), stacked)
    assert isinstance(estimator.predict(draw([3, 10], 6)), list)


@pytest.mark.parametrize("kind", ["TCNStepClassifier", "LSTMStepClassifier"])
def test_probabilities_belong_to_the_labels(kind):
    classifier, X = fitted(kind), np.stack(draw([10, 10], 7))
    assert classifier.classes_.tolist() == ["rest", "run", "walk"]
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (2, 10, 3)
    assert_allclose(probabilities.sum(2), 1)
    assert_array_equal(classifier.classes_[probabilities.argmax(2)], classifier.predict(X))
    assert_allclose(np.exp(classifier.predict_log_proba(X)), probabilities)
    logits = classifier.decision_function(X)
    assert_allclose(np.exp(logits) / np.exp(logits).sum(2, keepdims=True), probabilities)


@pytest.mark.parametrize("kind", KINDS)
def test_out_takes_the_answers(kind):
    estimator, X = fitted(kind), draw([5, 8], 8)
    expected = estimator.predict(X)
    out = [np.empty_like(each) for each in expected]
    assert estimator.predict(X, out=out) is out
    assert all(map(np.array_equal, out, expected))
    stacked = np.stack([x[:, :5] for x in X])
    array = np.empty((2, 5), dtype=expected[0].dtype)
    assert_array_equal(estimator.predict(stacked, out=array), estimator.predict(stacked))
    with pytest.raises(ValueError, match="out must have the shape"):
        estimator.predict(stacked, out=array[:, :3])
    with pytest.raises(ValueError, match="list of an array for each of 2 series"):
        estimator.predict(X, out=array)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_that_of_the_labelled_steps(kind):
    X, y = recordings()
    estimator, y = fitted(kind), targets(kind, X, y)
    measure = accuracy_score if kind.endswith("Classifier") else r2_score
    predicted = np.concatenate(estimator.predict(X))
    assert estimator.score(X, y) == pytest.approx(measure(np.concatenate(y), predicted))
    weight = [np.where(np.arange(len(each)) < 10, 1.0, 0.0) for each in y]
    parts = np.concatenate([each[:10] for each in y])
    predicted = np.concatenate([each[:10] for each in estimator.predict(X)])
    assert estimator.score(X, y, weight) == pytest.approx(measure(parts, predicted))


def test_steps_without_a_target_are_read_and_not_scored():
    X, y = recordings()
    unknown = [np.where(np.arange(len(each)) % 3, each, "none") for each in y]
    classifier = make("TCNStepClassifier", ignore_label="none").fit(X, unknown)
    assert classifier.classes_.tolist() == ["rest", "run", "walk"]
    kept = [np.arange(len(each)) % 3 > 0 for each in y]
    answered = np.concatenate([p[k] for p, k in zip(classifier.predict(X), kept, strict=True)])
    known = np.concatenate([t[k] for t, k in zip(y, kept, strict=True)])
    expected = accuracy_score(known, answered)
    assert classifier.score(X, unknown) == pytest.approx(expected)


def test_nan_and_ignore_label_are_the_same():
    X, y = recordings()
    codes = [np.unique(each, return_inverse=True)[1].astype(float) for each in y]
    nan = [np.where(np.arange(len(c)) % 3, c, np.nan) for c in codes]
    named = [np.where(np.arange(len(c)) % 3, c, -1) for c in codes]
    by_nan = make("TCNStepClassifier").fit(X, nan)
    by_name = make("TCNStepClassifier", ignore_label=-1).fit(X, named)
    assert_array_equal(np.concatenate(by_nan.predict(X)), np.concatenate(by_name.predict(X)))


def test_the_loss_is_the_mean_over_the_labelled_steps_of_a_batch():
    X, y = recordings(lengths=(12, 13))
    X, y = np.stack(X), np.stack(y).astype(object)
    y[:4, 5:] = "none"
    classifier = make(
        "TCNStepClassifier",
        ignore_label="none",
        max_epochs=1,
        batch_size=8,
        label_smoothing=0.0,
        norm="layer",
        lr=1e-9,
    ).fit(X, y)
    logits = torch.from_numpy(classifier.decision_function(X)[y != "none"])
    code = torch.from_numpy(np.searchsorted(classifier.classes_, y[y != "none"].astype(str)))
    expected = float(F.cross_entropy(logits, code))
    assert classifier.history_["train_loss"][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_step", [False, True])
def test_a_weight_of_two_is_the_series_twice(kind, by_step):
    X, y = recordings(4)
    y = targets(kind, X, y)
    exact = {"dtype": "float64", "batch_size": 100, "norm": "layer" if by_step else "batch"}
    exact |= {"scaling": None, "differences": False} if by_step else {}
    weight = [2.0, 1.0, 1.0, 1.0]
    if by_step:
        weight = [np.full(len(each), w) for each, w in zip(y, weight, strict=True)]
    if kind.startswith("LSTM"):
        exact["norm"] = "layer"
    weighted = make(kind, **exact).fit(X, y, sample_weight=weight)
    doubled = make(kind, **exact).fit([X[0], *X], [y[0], *y])
    for one, other in zip(answers(weighted, X), answers(doubled, X), strict=True):
        assert_allclose(one, other, atol=1e-7)


def test_balanced_classes_count_steps():
    X, y = recordings()
    labels, counts = np.unique(np.concatenate(y), return_counts=True)
    weight = dict(zip(labels.tolist(), counts.sum() / (3 * counts), strict=True))
    one = make("TCNStepClassifier", class_weight="balanced").fit(X, y)
    other = make("TCNStepClassifier", class_weight=weight).fit(X, y)
    assert_allclose(np.concatenate(one.predict_proba(X)), np.concatenate(other.predict_proba(X)))


def test_smoothness_lessens_the_changes():
    X, y = recordings(16)

    def changes(smoothness):
        classifier = make("TCNStepClassifier", smoothness=smoothness, max_epochs=20).fit(X, y)
        return np.concatenate([np.diff(p, axis=0) for p in classifier.predict_proba(X)]).std()

    assert changes(10.0) < 0.8 * changes(0.0)


@pytest.mark.parametrize("kind", ["TCNStepRegressor", "LSTMStepRegressor"])
def test_several_targets_a_step(kind):
    X, _ = recordings()
    regressor = make(kind).fit(X, X)
    assert [each.shape for each in regressor.predict(X)] == [x.shape for x in X]
    target, predicted = np.concatenate(X, axis=1).T, np.concatenate(regressor.predict(X), axis=1).T
    assert regressor.score(X, X) == pytest.approx(r2_score(target, predicted))
    stacked = np.stack([x[:, :12] for x in X])
    assert regressor.predict(stacked).shape == stacked.shape
    assert to_streaming(regressor).push([[0.0, 1.0]]).shape == (1, 2)


def test_several_labels_a_step():
    X, _ = recordings()
    y = [(x > 1).astype(int) for x in X]
    classifier = make("TCNStepClassifier", max_epochs=20, label_smoothing=0.0).fit(X, y)
    assert classifier.classes_.tolist() == [0, 1]
    predicted, probabilities = classifier.predict(X), classifier.predict_proba(X)
    assert all(p.shape == t.shape for p, t in zip(predicted, y, strict=True))
    assert_array_equal(predicted[0], probabilities[0].T > 0.5)
    right = np.concatenate([(p == t).all(axis=0) for p, t in zip(predicted, y, strict=True)])
    assert classifier.score(X, y) == pytest.approx(right.mean())
    assert classifier.score(X, y) > 0.5
    streaming = to_streaming(classifier)
    assert_allclose(streaming.push(X[0][None, :, 0])[0], probabilities[0][0], atol=1e-5)


def test_a_constant_target_is_predicted_exactly():
    X, _ = recordings()
    y = [np.full(x.shape[1], 3.25) for x in X]
    assert set(np.concatenate(make("TCNStepRegressor").fit(X, y).predict(X))) == {3.25}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("parameters", [{}, {"crop": 10}, {"n_estimators": 2, "delay": 2}])
def test_a_fit_is_reproducible_and_saved(kind, parameters, tmp_path):
    X, y = recordings()
    y = targets(kind, X, y)
    estimator = make(kind, **parameters, n_blocks=1) if "TCN" in kind else make(kind, **parameters)
    estimator.fit(X, y)
    again = clone(estimator).fit(X, y)
    save(estimator, tmp_path / "model")
    loaded = load(tmp_path / "model")
    for each in (again, loaded):
        assert_array_equal(np.concatenate(each.predict(X)), np.concatenate(estimator.predict(X)))
    assert loaded.get_params() == estimator.get_params()
    more = [each.partial_fit(X, y) for each in (estimator, loaded)]
    assert_array_equal(*(np.concatenate(each.predict(X)) for each in more))


def test_crops_train_as_whole_series_do():
    X, y = recordings(12, lengths=(60, 90))
    whole = make("TCNStepClassifier", max_epochs=50, n_blocks=1).fit(X, y)
    cropped = make("TCNStepClassifier", max_epochs=10, crop=20, n_blocks=1).fit(X, y)
    assert cropped.score(X, y) > whole.score(X, y) - 0.1
    assert len(cropped.history_["train_loss"]) == 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crop", [None, 15])
def test_early_stopping_holds_out_series(kind, crop):
    X, y = recordings(10)
    y, own = targets(kind, X, y), {"n_blocks": 1} if "TCN" in kind else {}
    estimator = make(kind, early_stopping=True, n_iter_no_change=1, crop=crop, **own).fit(X, y)
    metric = "accuracy" if kind.endswith("Classifier") else "r2"
    assert {"valid_loss", f"valid_{metric}"} <= set(estimator.history_)
    passed = make(kind, **own).fit(X[:6], y[:6], X_val=X[6:], y_val=y[6:])
    assert "valid_loss" in passed.history_
    refit = make(kind, early_stopping=True, refit=True, **own).fit(X, y)
    assert refit.n_iter_ >= 1


@pytest.mark.parametrize("caching", [True, False])
def test_callbacks_score_the_labelled_steps(caching):
    X, y = recordings(10)
    unknown = [np.where(np.arange(len(each)) % 3, each, "none") for each in y]
    names = {"name": "own", "use_caching": caching, "lower_is_better": False}
    callback = EpochScoring("accuracy", on_train=False, **names)
    classifier = make(
        "TCNStepClassifier", ignore_label="none", early_stopping=True, callbacks=[callback]
    ).fit(X, unknown)
    assert_allclose(classifier.history_["own"], classifier.history_["valid_accuracy"])


def test_the_net_predicts_as_the_estimator():
    X, y = recordings()
    classifier = fitted("TCNStepClassifier")
    assert_array_equal(classifier.net_.predict(X), np.concatenate(classifier.predict(X)))
    assert classifier.net_.score(X, y) == pytest.approx(classifier.score(X, y))


@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_start_goes_on(kind):
    X, y = recordings()
    y = targets(kind, X, y)
    estimator = make(kind, warm_start=True).fit(X, y)
    first = estimator.score(X, y)
    assert estimator.set_params(max_epochs=20).fit(X, y).score(X, y) > first
    with pytest.raises(ValueError, match="delay was 0 and is 1"):
        estimator.set_params(delay=1).fit(X, y)


def test_partial_fit_takes_batches_of_series():
    X, y = recordings()
    classifier = make("TCNStepClassifier")
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier.partial_fit(X, y)
    for _ in range(20):
        classifier.partial_fit(X[:4], y[:4], classes=["rest", "run", "walk"])
        classifier.partial_fit(X[4:], y[4:])
    assert classifier.score(X, y) > 0.6
    labels = [(x > 1).astype(int) for x in X]
    several = make("TCNStepClassifier").partial_fit(X, labels)
    assert several.predict(X)[0].shape == X[0].shape
    numbered = make("TCNStepClassifier").partial_fit(X, labels, classes=[0, 1])
    assert_array_equal(numbered.predict(X)[0], several.predict(X)[0])
    with pytest.raises(ValueError, match="classes must be None with several labels"):
        make("TCNStepClassifier").partial_fit(X, labels, classes=["a", "b"])


@pytest.mark.parametrize("crop", [None, 8])
def test_a_killed_fit_goes_on_from_its_checkpoint(tmp_path, crop):
    X, y = recordings()
    parameters = {"checkpoint": tmp_path / "folder", "checkpoint_every": 1, "crop": crop}
    parameters |= {"n_blocks": 1, "max_epochs": 4, "dropout": 0.1}

    class Kill(EpochScoring):
        def on_epoch_end(self, net, **kwargs):
            if net.history[-1, "epoch"] == 3 and not (tmp_path / "killed").exists():
                (tmp_path / "killed").touch()
                raise RuntimeError("killed")

    kill = Kill("accuracy", on_train=True, name="own")
    killed = make("TCNStepClassifier", **parameters, callbacks=[kill])
    with pytest.raises(RuntimeError, match="killed"):
        killed.fit(X, y)
    resumed = killed.fit(X, y)
    whole = make("TCNStepClassifier", **parameters | {"checkpoint": None}).fit(X, y)
    assert_array_equal(
        np.concatenate(resumed.predict_proba(X)), np.concatenate(whole.predict_proba(X))
    )


def test_series_on_disk_and_in_memory_give_the_same_network(tmp_path, monkeypatch):
    X, y = recordings(lengths=(30, 31))
    X, y = np.stack(X), np.stack(y)
    codes = np.searchsorted(np.unique(y), y)
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", codes)
    mapped = [np.load(tmp_path / name, mmap_mode="r") for name in ("X.npy", "y.npy")]
    monkeypatch.setattr("sktcn._data.chunked.CHUNK_VALUES", 200)
    for parameters in ({}, {"crop": 12, "n_blocks": 1}):
        stored = make("TCNStepClassifier", **parameters).fit(*mapped)
        held = make("TCNStepClassifier", **parameters).fit(X, codes)
        assert_array_equal(stored.predict(mapped[0]), held.predict(X))


def test_searches_and_pipelines_take_lists_and_arrays():
    X, y = recordings(9)
    classifier = make("TCNStepClassifier", max_epochs=2)
    groups = np.arange(9) // 3
    scores = cross_val_score(classifier, X, y, groups=groups, cv=GroupKFold(3))
    assert len(scores) == 3
    search = GridSearchCV(classifier, {"delay": [0, 2]}, cv=2).fit(X, y)
    assert search.best_estimator_.delay in (0, 2)
    double = FunctionTransformer(lambda X: [2 * x for x in X])
    pipeline = make_pipeline(double, classifier).fit(X, y)
    assert [len(each) for each in pipeline.predict(X)] == [len(each) for each in y]
    stacked = np.stack([x[:, :12] for x in X]), np.stack([each[:12] for each in y])
    assert len(cross_val_score(classifier, *stacked, cv=3)) == 3


def as_frame(X, y):
    """One frame of all series, and the column of their labels."""
    pd = pytest.importorskip("pandas")
    index = [(i, t) for i, each in enumerate(y) for t in range(len(each))]
    index = pd.MultiIndex.from_tuples(index)
    frame = pd.DataFrame(np.concatenate(X, axis=1).T, index=index, columns=["a", "b"])
    return frame, pd.Series(np.concatenate(y), index=index)


def test_a_frame_has_its_targets_in_a_column():
    X, y = recordings(4)
    frame, column = as_frame(X, y)
    framed = make("TCNStepClassifier").fit(frame, column)
    listed = make("TCNStepClassifier").fit(X, y)
    assert_array_equal(np.concatenate(framed.predict(frame)), np.concatenate(listed.predict(X)))
    with pytest.raises(ValueError, match="index of X"):
        make("TCNStepClassifier").fit(frame, column[::-1])


def test_a_frame_has_its_weights_in_a_column():
    X, y = recordings(4)
    frame, column = as_frame(X, y)
    weight = np.random.default_rng(0).uniform(size=len(column))
    weights = type(column)(weight, index=column.index)
    listed = np.split(weight, np.cumsum([len(each) for each in y])[:-1])
    framed = make("TCNStepClassifier").fit(frame, column, weights)
    expected = make("TCNStepClassifier").fit(X, y, listed)
    for one, other in zip(framed.predict_proba(frame), expected.predict_proba(X), strict=True):
        assert_array_equal(one, other)
    assert framed.score(frame, column, weights) == expected.score(X, y, listed)
    with pytest.raises(ValueError, match="sample_weight must have the index of X"):
        make("TCNStepClassifier").fit(frame, column, weights[::-1])


def test_targets_in_a_list_of_frames_have_a_row_a_step():
    pd = pytest.importorskip("pandas")
    X, _ = recordings(4)
    frames = [pd.DataFrame(x.T) for x in X]
    framed, listed = (make("TCNStepRegressor").fit(X, y) for y in (frames, X))
    assert_array_equal(*(np.concatenate(each.predict(X), axis=1) for each in (framed, listed)))
    assert framed.score(X, frames) == listed.score(X, X)


@pytest.mark.parametrize("absent", [None, np.nan, "NA"])
def test_absent_labels_of_any_form_are_not_scored(absent):
    pd = pytest.importorskip("pandas")
    absent = pd.NA if absent == "NA" else absent
    X, y = recordings(4)
    some = [y[0], *(each.astype(object) for each in y[1:])]
    for each in some[1:]:
        each[::3] = absent
    ignored = [y[0], *(np.where(np.arange(len(each)) % 3 == 0, "none", each) for each in y[1:])]
    classifier = make("TCNStepClassifier").fit(X, some)
    expected = make("TCNStepClassifier", ignore_label="none").fit(X, ignored)
    assert_array_equal(np.concatenate(classifier.predict(X)), np.concatenate(expected.predict(X)))


def test_nan_among_labels_that_are_text_is_none():
    X, y = recordings(4)
    expected = [y[0], [None, *y[1][1:]], *y[2:3], np.full(len(y[3]), None)]
    given = [y[0], [np.nan, *y[1][1:]], *y[2:3], np.full(len(y[3]), np.nan)]
    assert "rest" in y[2]
    for order in (slice(None), slice(None, None, -1)):
        one, other = (make("TCNStepClassifier").fit(X[order], y[order]) for y in (given, expected))
        assert one.classes_.tolist() == ["rest", "run", "walk"]
        assert_array_equal(np.concatenate(one.predict(X)), np.concatenate(other.predict(X)))


def test_a_series_of_no_weight_may_be_shorter_than_the_delay():
    X, y = recordings(4)
    more = [*X, np.zeros((2, 2))], [*y, np.array(["rest", "run"])]
    weighted = make("TCNStepClassifier", delay=3).fit(*more, sample_weight=[1, 1, 1, 1, 0])
    absent = make("TCNStepClassifier", delay=3).fit(X, y)
    assert_array_equal(np.concatenate(weighted.predict(X)), np.concatenate(absent.predict(X)))


def test_trimmed_series_have_answers_for_the_steps_that_are_left():
    X, y = recordings(lengths=(20, 21))
    X, y = np.stack(X), np.stack(y)
    X[2, :, 15:] = np.nan
    classifier = make("TCNStepClassifier", missing="trim").fit(X, y)
    assert [len(each) for each in classifier.predict(X)] == [20, 20, 15, *[20] * 5]
    assert 0 <= classifier.score(X, y) <= 1
    weight = np.ones(y.shape)
    weight[2, 15:] = 9.0
    weighted = make("TCNStepClassifier", missing="trim").fit(X, y, weight)
    assert_array_equal(np.concatenate(weighted.predict(X)), np.concatenate(classifier.predict(X)))
    assert weighted.score(X, y, weight) == classifier.score(X, y)


@pytest.mark.parametrize("chunk_values", [2**23, 100])
def test_out_of_trimmed_series_is_a_list(chunk_values, monkeypatch):
    X, y = (np.stack(each) for each in recordings(lengths=(20, 21)))
    X[2, :, 1:] = np.nan
    monkeypatch.setattr("sktcn._data.chunked.CHUNK_VALUES", chunk_values)
    classifier = make("TCNStepClassifier", missing="trim").fit(X, y)
    expected = classifier.predict(X)
    out = [np.empty_like(each) for each in expected]
    assert classifier.predict(X, out=out) is out
    assert all(map(np.array_equal, out, expected))
    with pytest.raises(ValueError, match="list of an array for each of 8 series"):
        classifier.predict(X, out=np.empty_like(y))


X, Y = recordings(4, lengths=(12, 13))
SHORT = [y[:-1] for y in Y]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([Y[0], *SHORT[1:]], "got 11 targets for the 12 steps of series 1"),
        ([each[0] for each in Y], r"got one for series 0.*\[x\.pop\(column\) for x in X\]"),
        (Y[0], r"of one series are passed as \[y\]"),
        (Y[:3], "inconsistent numbers"),
        ([np.full(12, np.nan)] * 4, "or NaN alone"),
        ([np.full(12, "none")] * 4, "ignore_label='none' or NaN alone"),
        ([np.full(12, "rest")] * 4, "at least two classes"),
        ([np.stack([each] * 2) for each in Y], "of 0 and 1, got rest.*; one label of each"),
        ([np.full((2, 12), 2)] * 4, "of 0 and 1, got 2"),
        (np.zeros((4, 12, 1)), r"got 1 targets for .*pass y\.transpose\(0, 2, 1\)"),
        ([np.zeros((2, 12)), *Y[1:]], "equally many targets a step"),
        ([np.zeros(12), *Y[1:]], "of one kind, got numbers in series 0 and text in series 1"),
        ({"a": 1}, "got dict"),
        (np.zeros((4, 2, 2, 12)), "must be of shape"),
        (None, "requires y"),
    ],
)
def test_bad_labels_are_refused(y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make("TCNStepClassifier", ignore_label="none").fit(X, y)


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("TCNStepClassifier", {"delay": 12}, "shortest series, 12, got delay=12"),
        ("TCNStepClassifier", {"delay": -1}, "delay"),
        ("TCNStepClassifier", {"delay": 1, "causal": False}, "past alone, got delay=1 with causal"),
        ("LSTMStepClassifier", {"delay": 1, "bidirectional": True}, "with bidirectional=True"),
        ("TCNStepClassifier", {"crop": 0}, "crop"),
        ("TCNStepClassifier", {"smoothness": -1.0}, "smoothness"),
        ("TCNStepClassifier", {"class_weight": {"rest": -1}}, "class_weight"),
    ],
)
def test_bad_parameters_are_refused(kind, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(kind, **parameters).fit(X, Y)


def test_a_delay_is_checked_at_each_fit():
    short = [x[:, :4] for x in X], [y[:4] for y in Y]
    classifier = make("TCNStepClassifier", delay=5, warm_start=True)
    with pytest.raises(ValueError, match="shortest series, 4, got delay=5"):
        classifier.partial_fit(*short, classes=["rest", "run", "walk"])
    with pytest.raises(ValueError, match="shortest series, 4, got delay=5"):
        classifier.fit(X, Y).fit(*short)


def test_text_is_no_target_of_a_regressor():
    with pytest.raises(ValueError, match="numbers for a regressor"):
        make("TCNStepRegressor").fit(X, Y)


def test_unknown_labels_are_refused():
    classifier = make("TCNStepClassifier", warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match="labels of the classes known"):
        classifier.fit(X, [np.where(each == "rest", "sit", each) for each in Y])
    with pytest.raises(ValueError, match="one label a step as in the first fit"):
        classifier.fit(X, [np.zeros((2, 12))] * 4)


def test_bad_weights_are_refused():
    for weight in ([np.ones(12), *[np.ones(11)] * 3], np.ones((4, 2, 12)), [-1.0, 1, 1, 1]):
        with pytest.raises(ValueError, match=r"sample_weight|Negative values"):
            make("TCNStepClassifier").fit(X, Y, sample_weight=weight)


def test_a_short_crop_warns_of_what_it_costs():
    with pytest.warns(UserWarning, match=r"crop=5 is shorter .* is lost"):
        make("TCNStepClassifier", crop=5).fit(X, Y)


@pytest.mark.parametrize("name", ["pooling", "patch_size"])
def test_parameters_without_effect_do_not_exist(name):
    for kind, make_one in KINDS.items():
        assert name not in make_one().get_params()
        with pytest.raises(TypeError, match=f"{kind}.__init__.. got an unexpected"):
            make_one.func(**{name: 1})


def test_the_fused_pass_serves_steps():
    classifier = fitted("TCNStepClassifier", ("delay", 2))
    network = classifier.model_.networks[0]
    with fused_passes(network):
        assert network.backbone.fused is not None
