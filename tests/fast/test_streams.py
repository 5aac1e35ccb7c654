"""Time steps by numba: responses of torch to the bit, and answers of the series so far."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sktcn import RocketClassifier
from sktcn._fast.streams import FastStreamingRocket, FastStreamingThresholdHead
from sktcn.networks import StreamingNetwork
from sktcn.streaming import to_streaming
from tests.networks.test_rocket import build

pytest.importorskip("numba", reason="compiled steps need numba: pip install sktcn[fast]")

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 2, 40))
Y = np.arange(12) % 2


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


@pytest.mark.parametrize("n_kernels", [500, 10_000])
def test_streams_at_different_steps(n_kernels):
    classifier = RocketClassifier(n_kernels=n_kernels).fit(X, Y)
    stream = to_streaming(classifier, n_streams=3)
    stream.push_many(X[[0], :, :7], streams=1)
    stream.push_many(X[:3, :, :20])
    stream.reset(1)
    answers = stream.push_many(X[[5], :, :30], streams=[1])[:, -1]
    assert_allclose(answers, classifier.predict_proba(X[[5], :, :30]), atol=1e-6)


def test_state_of_one_engine_is_resumed_by_the_other(monkeypatch):
    classifier = RocketClassifier(n_kernels=500).fit(X, Y)
    fast = to_streaming(classifier, n_streams=12)
    monkeypatch.setitem(sys.modules, "sktcn._fast.steps", None)
    slow = to_streaming(classifier, n_streams=12)
    fast.push_many(X[:, :, :15])
    slow.load_state_dict(fast.state_dict())
    for t in range(15, 40):
        assert_allclose(fast.push(X[:, :, t]), slow.push(X[:, :, t]), atol=1e-12)


def test_a_stream_is_copied_with_its_state():
    stream = to_streaming(RocketClassifier(n_kernels=500).fit(X, Y), n_streams=12)
    stream.push_many(X[:, :, :15])
    copied = copy.deepcopy(stream)
    for t in range(15, 20):
        assert_array_equal(copied.push(X[:, :, t]), stream.push(X[:, :, t]))
