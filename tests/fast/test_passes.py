"""Training passes by numba: answers, gradients and running statistics of the modules."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._fast.training import STRAIGHT, choose_passes, fast_passes
from sktcn.networks import LSTM, TCN, SequenceModel, fused_passes
from tests.networks.test_fused import assert_same, build, networks, noise, trained
from tests.training.test_mixed_precision import gradients, needs_bfloat16

pytest.importorskip("numba", reason="the compiled passes need numba: pip install sktcn[fast]")

# by widths of whole vectors (eight numbers of float64) convolutions are compiled as well
filters = st.lists(st.sampled_from([3, 8, 16, 24]), min_size=1, max_size=3)
networks = st.one_of(
    networks, st.builds(dict.__or__, networks, st.builds(lambda n: {"n_filters": n}, filters))
)


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@given(
    network=networks,
    activation=st.sampled_from([*STRAIGHT]),
    pooling=st.sampled_from(["mean", "max", None]),
    n_series=st.integers(2, 6),
    n_steps=st.sampled_from([1, 2, 9, 20, 128, 129, 300]),
)
@settings(max_examples=50, deadline=None)
def test_equals_the_modules(network, activation, pooling, n_series, n_steps):
    model = build(**network | {"activation": activation}, pooling=pooling)
    twin = copy.deepcopy(model)
    batches = [noise(n, 2, n_steps, seed=n) for n in (n_series, n_series + 1, n_series)]
    with fast_passes(model):
        ours = trained(model, batches)
    assert_same(ours, trained(twin, batches))


@given(
    network=networks,
    activation=st.sampled_from([*STRAIGHT]),
    pooling=st.sampled_from(["mean", "max", "last", "attention", None]),
    lengths=st.lists(st.sampled_from([1, 2, 9, 20, 128, 129, 300]), min_size=2, max_size=6),
    padded=st.booleans(),
    weighted=st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_padding_and_weights_of_series(network, activation, pooling, lengths, padded, weighted):
    model = build(**network | {"activation": activation}, pooling=pooling)
    twin, n = copy.deepcopy(model), len(lengths)
    batches = [noise(n, 2, max(lengths) + padded, seed=seed) for seed in range(2)]
    given = {
        "lengths": torch.tensor(lengths) if padded else None,
        "weight": noise(n).square() if weighted else None,
    }
    with fast_passes(model):
        ours = trained(model, batches, **given)
    assert_same(ours, trained(twin, batches, **given))


def test_buffers_of_few_shapes_are_kept():
    model = build(n_filters=[4])
    with fast_passes(model):
        for n_steps in range(5, 40):
            model(noise(3, 2, n_steps), torch.tensor([n_steps, 2, 1])).sum().backward()
        assert 0 < len(model.backbone.fused.passes) <= 2


@pytest.mark.parametrize("level", [1e3, 1e6])
def test_a_level_far_above_the_differences(level):
    """Sums of squares would lose them."""
    model = build(n_filters=[4, 4], kernel_size=1).float()
    exact, x = copy.deepcopy(model).double(), level + noise(4, 2, 200)
    with fast_passes(model):
        ours = trained(model, [x.float()])
    with fused_passes(twin := copy.deepcopy(exact).float()):
        of_torch = trained(twin, [x.float()])
    expected = trained(exact, [x])
    off = [
        max((a - b).abs().max() for a, b in zip(each, expected, strict=True))
        for each in (ours, of_torch)
    ]
    assert off[0] <= 2 * off[1]


@pytest.mark.parametrize("n_threads", [2, 3, 64])
@pytest.mark.parametrize("lengths", [None, torch.tensor([50, 1, 1, 1, 30, 2, 49])])
def test_threads_share_the_series(lengths, n_threads, threads, monkeypatch):
    for limit in ("PART", "PART_PRODUCTS"):
        monkeypatch.setattr(f"sktcn._fast.layers.{limit}", 1)
    model, batches = build(n_filters=[16, 5]), [noise(7, 2, 50), noise(7, 2, 50, seed=2)]
    twin = copy.deepcopy(model)
    threads(n_threads)
    with fast_passes(model):
        ours = trained(model, batches, lengths)
    assert_same(ours, trained(twin, batches, lengths))
    again = copy.deepcopy(twin)
    with fast_passes(twin):
        first = trained(twin, batches, lengths)
    with fast_passes(again):
        assert all(map(torch.equal, first, trained(again, batches, lengths)))


@needs_bfloat16
@pytest.mark.parametrize("pooling", ["mean", "max"])
@pytest.mark.parametrize("lengths", [None, torch.tensor([200, 1, 150, 3, 199, 200, 20, 80, 7])])
def test_bfloat16_is_as_near_as_that_of_torch(pooling, lengths):
    generator = torch.Generator().manual_seed(0)
    backbone = TCN(2, [16, 16, 12], generator=generator)
    model = SequenceModel(backbone, pooling=pooling, n_outputs=3, generator=generator)
    plain, fast = copy.deepcopy(model), copy.deepcopy(model)
    x = torch.randn(9, 2, 200, generator=generator)
    model(x, lengths).square().sum().backward()
    exact = torch.cat([p.grad.flatten() for p in model.parameters()])
    with fused_passes(plain):
        of_torch = gradients(plain, x, lengths)
    with fast_passes(fast):
        ours = gradients(fast, x, lengths)
    assert 0 < (ours - exact).norm() <= 1.2 * (of_torch - exact).norm()


def test_values_that_are_not_finite_stay_so():
    model, x = build(n_filters=[4, 4]), noise(3, 2, 9)
    x[1, 0, 4] = torch.nan
    with fast_passes(model):
        assert model(x).isnan().all()


def test_torch_is_asked_for_what_numba_does_not_know(monkeypatch):
    assert choose_passes(build(n_filters=[4])) == "numba"
    for options in ({"activation": "gelu"}, {"activation": "prelu"}, {"norm": "layer"}):
        assert choose_passes(build(n_filters=[4], **options)) == "torch"
    assert choose_passes(SequenceModel(LSTM(2, 4))) == "torch"
    monkeypatch.setitem(sys.modules, "sktcn._fast.layers", None)
    model = build(n_filters=[4])
    assert choose_passes(model) == "torch"
    with fast_passes(model):
        assert model(noise(3, 2, 9)).shape == (3, 3)


@pytest.mark.parametrize("parameters", [{}, {"activation": "leaky_relu"}, {"causal": False}])
def test_a_fit_is_the_same_without_it(tcn_classifier, labelled, monkeypatch, parameters):
    make = {"dtype": "float64", "dropout": 0.0, "max_epochs": 20} | parameters
    ours, plain = tcn_classifier(**make), tcn_classifier(**make)
    probabilities = ours.fit(*labelled).predict_proba(labelled[0])
    assert ours.engine_ == "numba"
    monkeypatch.setitem(sys.modules, "sktcn._fast.layers", None)
    expected = plain.fit(*labelled).predict_proba(labelled[0])
    assert plain.engine_ == "torch"
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-8)
