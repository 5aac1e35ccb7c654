"""Pooling over time, masked by length."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import POOLINGS
from sktcn.networks.pooling import build_pooling

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def noise(*shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def build(pooling, n_features=4):
    """Build a float64 pooling whose scores, if it has any, are random."""
    module = build_pooling(pooling, n_features)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(noise(*parameter.shape, seed=5))
    return module.double(), n_features * module.n_statistics


@given(
    pooling=st.sampled_from(POOLINGS), lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5)
)
@settings(deadline=None, max_examples=80)
def test_masked_equals_cut(pooling, lengths):
    module, width = build(pooling)
    h = noise(len(lengths), 4, max(lengths))
    y = module(h, torch.tensor(lengths))
    assert y.shape == (len(lengths), width)
    cut = [module(h[i : i + 1, :, :length]) for i, length in enumerate(lengths)]
    torch.testing.assert_close(y, torch.cat(cut), **EXACT)


@given(
    pooling=st.sampled_from(POOLINGS), lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5)
)
@settings(deadline=None, max_examples=80)
def test_pooled_features_are_the_sum_of_what_steps_give(pooling, lengths):
    module, _ = build(pooling)
    h, lengths = noise(len(lengths), 4, 9), torch.tensor(lengths)
    padding = torch.arange(9) >= lengths[:, None, None]
    given = module.contributions(h.masked_fill(padding, float("nan")), lengths)
    torch.testing.assert_close(given.sum(2), module(h, lengths), **EXACT)
    assert not given[padding.expand_as(given)].any()
    torch.testing.assert_close(module.contributions(h).sum(2), module(h), **EXACT)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("garbage", [1e30, -1e30])
def test_padding_is_of_no_concern(pooling, garbage):
    module, _ = build(pooling)
    h, lengths = noise(3, 4, 6), torch.tensor([6, 2, 1])
    padding = torch.arange(6) >= lengths[:, None, None]
    expected = module(h, lengths)
    assert torch.equal(module(h.masked_fill(padding, garbage), lengths), expected)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), -float("inf")])
def test_nor_if_it_is_no_number(pooling, garbage):
    test_padding_is_of_no_concern(pooling, garbage)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_no_gradient_reaches_padding(pooling):
    h, lengths = noise(3, 4, 6).requires_grad_(), torch.tensor([6, 2, 1])
    build(pooling)[0](h, lengths).square().sum().backward()
    padding = (torch.arange(6) >= lengths[:, None, None]).expand_as(h)
    assert h.grad.isfinite().all()
    assert not h.grad[padding].any()
    assert h.grad[~padding].any()


def test_by_definition():
    h = noise(3, 4, 6)
    torch.testing.assert_close(build("mean")[0](h), h.sum(2) / 6, **EXACT)
    assert torch.equal(build("max")[0](h), h.max(2).values)
    assert torch.equal(build("last")[0](h), h[:, :, 5])
    both = torch.cat([h.sum(2) / 6, h.max(2).values], dim=1)
    torch.testing.assert_close(build("mean+max")[0](h), both, **EXACT)


def test_attention_is_a_mean_weighted_by_scores():
    module, h = build("attention")[0], noise(3, 4, 6)
    scores = torch.einsum("f,nft->nt", module.score, h).exp()
    expected = (h * (scores / scores.sum(1, keepdim=True))[:, None]).sum(2)
    torch.testing.assert_close(module(h), expected, **EXACT)


def test_attention_starts_as_the_mean():
    h, lengths = noise(3, 4, 6), torch.tensor([6, 2, 1])
    fresh = build_pooling("attention", 4).double()
    torch.testing.assert_close(fresh(h, lengths), build("mean")[0](h, lengths), **EXACT)
