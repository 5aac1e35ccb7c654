"""Time steps by numba: responses of torch to the bit, and answers of the series so far."""

from __future__ import annotations

import copy
import sys
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktcn import (
    LSTMClassifier,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNRegressor,
    TCNStepClassifier,
    TCNStepRegressor,
)
from sktcn._data.panel import as_panel
from sktcn._fast.streams import (
    FEW,
    FastStreamingRocket,
    FastStreamingTCN,
    FastStreamingThresholdHead,
)
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn.networks import TCN, Positions, StreamingNetwork
from sktcn.networks.norms import BatchNorm
from sktcn.networks.tcn import StreamingTCN
from sktcn.streaming import to_streaming
from tests.networks.test_rocket import build

pytest.importorskip("numba", reason="compiled steps need numba: pip install sktcn[fast]")

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 2, 40))
Y = np.arange(12) % 2
KINDS = {
    "rocket": RocketClassifier(n_kernels=500),
    "tcn": TCNClassifier(n_filters=8, max_epochs=1, dtype="float64"),
}


@settings(deadline=None, max_examples=20)
@given(
    channels=st.sampled_from([(1, None), (2, [[0], [1]]), (4, [[0, 2], [1, 3]]), (3, None)]),
    longest=st.sampled_from([1, 9, 60]),
    n_kernels=st.sampled_from([168, 500, 2000]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 99),
)
def test_steps_are_those_of_the_series(channels, longest, n_kernels, dtype, seed):
    in_channels, groups = channels
    model = build(in_channels, longest, n_kernels, groups=groups, seed=seed).to(dtype)
    model.backbone.streaming_form = FastStreamingRocket
    model.head.streaming_form = FastStreamingThresholdHead
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(3, in_channels, 25, generator=generator, dtype=dtype)
    network, expected = StreamingNetwork(model, 3), model.backbone.features(x)
    with torch.inference_mode():
        for t in range(25):
            responses, _ = network.backbone.features(x[:, :, t], t)
            assert torch.equal(responses, expected[:, :, t])
            outputs = network.head(responses)
    torch.testing.assert_close(outputs, model(x), atol=1e-9, rtol=1e-9)


@settings(deadline=None, max_examples=20)
@given(
    n_streams=st.integers(1, 5),
    n_channels=st.integers(1, 3),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    scale=st.sampled_from([1e-150, 1.0, 1e150]),
    missing=st.sampled_from(["trim", "mask"]),
    differences=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_step_is_prepared_as_by_torch(
    n_streams, n_channels, dtype, scale, missing, differences, seed
):
    rng = np.random.default_rng(seed)
    panel = as_panel(scale * rng.normal(3, size=(4, n_channels, 9)))
    given = {"scaling": "channel", "missing": missing, "differences": differences}
    fitted = Preprocessor.fit(panel, np.ones(4), **given)
    plain, fast = (
        fitted.streaming(n_streams, torch.device("cpu"), dtype, exported=exported)
        for exported in (True, False)
    )
    assert fast.kernel is not None
    for step in scale * rng.normal(3, size=(6, n_streams, n_channels)):
        step[rng.random(step.shape) < 0.1] = np.nan
        for rows in (torch.arange(n_streams), torch.tensor([n_streams - 1])):
            found, expected = (_prepare(form, step, rows) for form in (fast, plain))
            assert found.dtype == dtype
            assert_array_equal(found, expected)
    for name, expected in plain.states[0].tensors.items():
        assert_array_equal(fast.states[0].tensors[name], expected)


def _prepare(form, step, rows):
    with torch.inference_mode(), form.states[0].select(rows):
        return form(torch.tensor(step)[rows])


@settings(deadline=None, max_examples=20)
@given(
    n_filters=st.lists(st.sampled_from([1, 4, 7]), min_size=1, max_size=4),
    kernel_size=st.sampled_from([1, 2, 5, [3, 5]]),
    dilation_base=st.sampled_from([1, 2, 3]),
    multiscale=st.booleans(),
    activation=st.sampled_from(["relu", "leaky_relu"]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 99),
)
def test_steps_of_a_network_are_those_of_torch(
    n_filters, kernel_size, dilation_base, multiscale, activation, dtype, seed
):
    generator = torch.Generator().manual_seed(seed)
    sizes = {"kernel_size": kernel_size, "dilation_base": dilation_base, "multiscale": multiscale}
    tcn = TCN(2, n_filters, **sizes, activation=activation, generator=generator).to(dtype)
    for norm in filter(lambda module: isinstance(module, BatchNorm), tcn.modules()):
        norm.running_mean.normal_(generator=generator)
        norm.running_var.uniform_(0.5, 2.0, generator=generator)
    fast, plain = (
        kind(tcn.eval(), FEW, exported=False) for kind in (FastStreamingTCN, StreamingTCN)
    )
    assert fast.kernel is not None
    x = torch.randn(40, FEW, 2, generator=generator, dtype=dtype)
    with torch.inference_mode():
        for t, step in enumerate(x):
            some = Positions(torch.tensor([2, 0]), torch.tensor([t + 7, t]))
            for positions, own in ((t, step), (some, step[:2])):
                found, expected = (form.features(own, positions)[0] for form in (fast, plain))
                torch.testing.assert_close(found, expected)
    for ours, theirs in zip(fast.states, plain.states, strict=True):
        torch.testing.assert_close(ours.tensors, theirs.tensors)


@pytest.mark.parametrize(
    "options", [{"norm": "layer"}, {"residual": "concat"}, {"activation": "elu"}]
)
def test_other_networks_are_left_to_torch(options):
    assert FastStreamingTCN(TCN(2, [4], **options), 1, exported=False).kernel is None


@pytest.mark.parametrize("n_kernels", [500, 10_000])
def test_streams_at_different_steps(n_kernels):
    classifier = RocketClassifier(n_kernels=n_kernels).fit(X, Y)
    stream = to_streaming(classifier, n_streams=3)
    stream.push_many(X[[0], :, :7], streams=1)
    stream.push_many(X[:3, :, :20])
    stream.reset(1)
    answers = stream.push_many(X[[5], :, :30], streams=[1])[:, -1]
    assert_allclose(answers, classifier.predict_proba(X[[5], :, :30]), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_state_of_one_engine_is_resumed_by_the_other(kind, monkeypatch):
    classifier = KINDS[kind].fit(X, Y)
    fast = to_streaming(classifier, n_streams=3)
    for module in ("steps", "rocket_steps"):
        monkeypatch.setitem(sys.modules, f"sktcn._fast.{module}", None)
    slow = to_streaming(classifier, n_streams=3)
    fast.push_many(X[:3, :, :15])
    slow.load_state_dict(fast.state_dict())
    for t in range(15, 40):
        assert_allclose(fast.push(X[:3, :, t]), slow.push(X[:3, :, t]), atol=1e-12)


NETWORK = {"n_filters": 8, "n_blocks": 2, "max_epochs": 1}
STEP_LABELS = np.where(X[:, 0] > 0, "high", "low")
IN_ARRAYS = {
    "classifier": (TCNClassifier(**NETWORK, n_fixed_kernels=500), Y),
    "networks": (TCNClassifier(**NETWORK, n_fixed_kernels=0, n_estimators=2), Y),
    "labels": (TCNStepClassifier(**NETWORK), (X > 0).astype(int)),
    "maximum": (TCNClassifier(**NETWORK, n_fixed_kernels=0, pooling="mean+max"), Y),
    "gaps": (TCNClassifier(**NETWORK, missing="mask"), Y),
    "regressor": (TCNRegressor(**NETWORK, n_fixed_kernels=0, differences=False), Y + 0.5),
    "targets": (RocketRegressor(n_kernels=500), rng.normal(3, size=(12, 2))),
}
UNPOOLED = {
    "labels": (TCNStepClassifier(**NETWORK), (X > 0).astype(int)),
    "step classifier": (TCNStepClassifier(**NETWORK), STEP_LABELS),
    "step regressor": (TCNStepRegressor(**NETWORK, delay=2), X[:, 1]),
}


SPANS = [{}, {"window": 1}, {"window": 5}, {"window": 6}, {"decay": 0.8}]


@settings(deadline=None, max_examples=30)
@given(
    kind=st.sampled_from(sorted(IN_ARRAYS | UNPOOLED)),
    streams=st.lists(st.sampled_from([None, [0], [2, 0], [1, 2]]), min_size=1, max_size=25),
    dtype=st.sampled_from(["float32", "float64"]),
    span=st.sampled_from(SPANS),
)
def test_steps_in_arrays_are_those_of_torch(kind, streams, dtype, span):
    fitted, span = _fit_in_arrays(kind, dtype), {} if kind in UNPOOLED else span
    if kind == "maximum" and "decay" in span:
        return
    fast, plain = (to_streaming(fitted, n_streams=3, **span) for _ in range(2))
    assert fast._model.in_arrays is not None
    plain._model.in_arrays = None
    for t, some in enumerate(streams):
        x = X[:3, :, t] if some is None else X[some, :, t]
        assert_allclose(fast.push(x, some), plain.push(x, some), rtol=1e-5, atol=1e-6)
    fast.reset(2)
    plain.reset(2)
    assert_allclose(fast.push(X[:3, :, 30]), plain.push(X[:3, :, 30]), rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(fast._model.states, plain._model.states, strict=True):
        torch.testing.assert_close(ours.tensors, theirs.tensors)


@cache
def _fit_in_arrays(kind, dtype):
    estimator, y = (IN_ARRAYS | UNPOOLED)[kind]
    return clone(estimator).set_params(dtype=dtype).fit(X, y)


@pytest.mark.parametrize(
    "estimator",
    [
        LSTMClassifier(hidden_size=4, max_epochs=1),
        TCNClassifier(**NETWORK, norm="layer"),
        TCNClassifier(**NETWORK, scaling=None),
    ],
)
def test_steps_of_other_models_are_left_to_torch(estimator):
    assert to_streaming(estimator.fit(X, Y))._model.in_arrays is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_copied_with_its_state(kind):
    stream = to_streaming(KINDS[kind].fit(X, Y), n_streams=3)
    stream.push_many(X[:3, :, :15])
    copied = copy.deepcopy(stream)
    for t in range(15, 20):
        assert_array_equal(copied.push(X[:3, :, t]), stream.push(X[:3, :, t]))
    for name, array in copied.state_dict().items():
        assert_array_equal(array, stream.state_dict()[name])


@pytest.mark.parametrize("kind", IN_ARRAYS)
def test_torch_and_arrays_take_turns_on_one_state(kind):
    fast, plain = (to_streaming(_fit_in_arrays(kind, "float32"), n_streams=6) for _ in range(2))
    plain._model.in_arrays = None
    for t in range(12):
        some = [None, [4], [1, 5]][t % 3]  # torch is faster for all six
        x = X[:6, :, t] if some is None else X[some, :, t]
        assert_allclose(fast.push(x, some), plain.push(x, some), rtol=1e-5, atol=1e-6)
