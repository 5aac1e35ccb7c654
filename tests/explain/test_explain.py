"""Contributions of time steps: they are found where the pattern is, and sum to the answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktcn import LSTMClassifier, TCNClassifier
from sktcn._model import inference
from sktcn.explain import class_activation
from sktcn.networks import LSTM, NORMS, POOLINGS, TCN, SequenceModel
from tests.helpers import plain
from tests.helpers.explained import LENGTHS, draw, planted, state

EXACT = {"float64": 1e-10, "float32": 1e-4}
BACKBONES = {
    "TCN": lambda norm: TCN(2, [4, 6], 3, norm=norm),
    "centred": lambda norm: TCN(2, [4, 4], 4, norm=norm, causal=False, residual="concat"),
    "one scale": lambda norm: TCN(2, [4, 4], 3, norm=norm, multiscale=False),
    "LSTM": lambda norm: LSTM(2, 4, n_layers=2, norm=norm),
    "both ways, by patches": lambda norm: LSTM(2, 4, bidirectional=True, norm=norm, patch_size=3),
}
PREPARATIONS = (
    {},
    {"scaling": "series", "pooling": "max"},
    {"scaling": None, "differences": False, "pooling": "last"},
    {"missing": "mask", "pooling": "attention", "n_estimators": 2},
    {"missing": "interpolate", "pooling": "mean+max"},
    {"missing": "trim"},
)


def answers(estimator, X):
    """Logits, but for a constant each, or targets."""
    answer = getattr(estimator, "predict_log_proba", estimator.predict)(X)
    return answer.reshape(len(X), -1)


def assert_sums(estimator, X, activation, tolerance):
    expected, outputs = answers(estimator, X), activation.outputs
    if activation.classes is not None:
        outputs = outputs - np.logaddexp.reduce(outputs, axis=1)[:, None]
    atol = tolerance * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=atol)


def build(backbone, norm, pooling, seed):
    """A float64 network whose every parameter and statistic is drawn."""
    model = SequenceModel(BACKBONES[backbone](norm), pooling=pooling, n_outputs=3).double().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype))
                tensor.sub_(0.4 if tensor.ndim > 1 else -0.1)
    return model


@given(
    backbone=st.sampled_from(list(BACKBONES)),
    norm=st.sampled_from(list(NORMS)),
    pooling=st.sampled_from(POOLINGS),
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=60)
@torch.no_grad()
def test_contributions_and_bias_are_the_answer(backbone, norm, pooling, lengths, seed):
    model = build(backbone, norm, pooling, seed)
    generator = torch.Generator().manual_seed(seed)
    series = [torch.randn(2, n, generator=generator, dtype=torch.float64) for n in lengths]
    x = torch.nn.utils.rnn.pad_sequence([s.T for s in series], batch_first=True).transpose(1, 2)
    contributions = model.contributions(x, torch.tensor(lengths))
    answer = contributions.sum(2) + model.head.bias
    torch.testing.assert_close(answer, plain.answers(model, series), rtol=1e-10, atol=1e-10)
    for each, alone in zip(contributions, series, strict=True):
        by_itself = model.contributions(alone[None])[0]
        padded = torch.nn.functional.pad(by_itself, (0, each.shape[1] - by_itself.shape[1]))
        torch.testing.assert_close(each, padded, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("options", PREPARATIONS, ids=str)
@pytest.mark.parametrize("dtype", EXACT)
def test_of_an_estimator_they_sum_to_what_it_answers(tiny, options, dtype):
    missing = options.get("missing", "error")
    series, y = draw(LENGTHS, 0, missing), np.arange(len(LENGTHS)) % 3
    estimator = tiny(**options, dtype=dtype).fit(series, y)
    new = draw((16, 1, 2, 40, 7), 1, missing)
    activation = class_activation(estimator, new)
    shapes = [each.shape for each in activation.contributions]
    assert shapes == [(len(activation.bias), length) for length in (16, 1, 2, 40, 7)]
    assert_sums(estimator, new, activation, EXACT[dtype])
    alike = class_activation(estimator, new[3:4])
    assert alike.contributions.shape == (1, len(activation.bias), 40)
    np.testing.assert_allclose(
        alike.contributions[0], activation.contributions[3], rtol=0, atol=EXACT[dtype]
    )


def test_of_tables_they_sum_to_what_it_answers(tiny, data):
    X, y = data
    estimator = tiny(dtype="float64").fit(X, y)
    activation = class_activation(estimator, X)
    assert activation.contributions.shape == (24, len(activation.bias), 16)
    assert_sums(estimator, X, activation, 1e-10)


def test_several_targets_have_their_own_units(tiny_regressor, measured):
    X, y = measured
    targets = np.column_stack([1000 * y + 5000, y - 3])
    estimator = tiny_regressor(dtype="float64").fit(X, targets)
    activation = class_activation(estimator, X)
    assert activation.classes is None
    assert_sums(estimator, X, activation, 1e-10)


def test_what_is_computed_at_a_time_is_bounded(tiny, monkeypatch):
    series = draw(LENGTHS, 0)
    estimator = tiny(dtype="float64").fit(series, np.arange(len(LENGTHS)) % 3)
    whole = class_activation(estimator, series).contributions
    monkeypatch.setattr(inference, "PART_STEPS", 31)
    monkeypatch.setattr(inference, "BATCH_STEPS", 20)
    in_parts = class_activation(estimator, series).contributions
    for ours, expected in zip(in_parts, whole, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)


def test_of_a_mean_each_step_adds_its_features_share(tcn_classifier):
    series = draw(LENGTHS, 0)
    estimator = tcn_classifier(dtype="float64", scaling=None, differences=False)
    estimator.fit(series, np.arange(len(LENGTHS)) % 3)
    model = estimator.net_.module_
    tensors = [torch.tensor(x) for x in series]
    with torch.no_grad():
        features = plain.tcn(model.backbone, tensors, [1.0] * len(series))
        expected = [(model.head.linear.weight @ h / h.shape[1]).numpy() for h in features]
    found = class_activation(estimator, series).contributions
    for ours, by_hand in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, by_hand, rtol=0, atol=1e-12)


def test_steps_of_a_patch_share_what_it_adds(labelled):
    X, y = labelled
    estimator = LSTMClassifier(hidden_size=4, patch_size=5, max_epochs=2, n_fixed_kernels=0)
    estimator.fit(X, y)
    contributions = class_activation(estimator, X).contributions
    for patch in (slice(0, 5), slice(5, 10), slice(10, 15)):
        assert np.ptp(contributions[:, :, patch], axis=2).max() == 0
    assert len(np.unique(contributions[0, 0])) == 4  # the last patch has one step


@pytest.mark.parametrize("pooling", ["last", "max"])
def test_of_other_poolings_the_steps_that_count_add_all(tcn_classifier, labelled, pooling):
    X, y = labelled
    estimator = tcn_classifier(pooling=pooling, multiscale=False).fit(X, y)
    adding = (class_activation(estimator, X).contributions != 0).any(axis=1)
    if pooling == "last":
        assert not adding[:, :-1].any()
    assert adding.sum(axis=1).max() <= (1 if pooling == "last" else 4)  # as many as filters


@pytest.mark.parametrize(("causal", "least"), [(False, 0.7), (True, 0.3)])
def test_a_planted_pattern_is_found_where_it_was_planted(causal, least):
    """Of the 12 steps that speak most for the pattern, 12 of 100 would be in it by chance.

    A causal network has seen the pattern at its end, and speaks of it for some steps more.
    """
    X, y, _ = planted(120, 0)
    classifier = TCNClassifier(
        n_filters=8, n_blocks=3, causal=causal, max_epochs=20, n_fixed_kernels=0
    ).fit(X, y)
    new, y_new, inside = planted(100, 1)
    assert classifier.score(new, y_new) > 0.95
    contributions = class_activation(classifier, new[::2]).contributions
    evidence = contributions[:, 0] - contributions[:, 1]
    top = np.argsort(-evidence, axis=1)[:, :12]
    hits = np.take_along_axis(inside[::2], top, axis=1).mean(axis=1)
    assert len(hits) == 50
    assert hits.mean() > least


def test_nothing_is_changed(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    before, given = state(estimator), X.copy()
    class_activation(estimator, X)
    assert state(estimator) == before
    np.testing.assert_array_equal(X, given)


def test_what_cannot_be_explained_is_refused(tcn_classifier, labelled):
    X, y = labelled
    with pytest.raises(NotFittedError):
        class_activation(tcn_classifier(), X)
    fitted = tcn_classifier().fit(X, y)
    pipeline = make_pipeline(FunctionTransformer(), fitted)
    with pytest.raises(TypeError, match=r"got Pipeline: pass estimator\[-1\]"):
        class_activation(pipeline, X)
    with pytest.raises(ValueError, match="must have 1 channels"):
        class_activation(fitted, np.zeros((3, 2, 16)))
    with pytest.raises(ValueError, match="contains NaN"):
        class_activation(fitted, np.full((1, 16), np.nan))
