"""Head of pooled features: a norm over series, and one linear map once it is trained."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import POOLINGS, PooledHead
from sktcn.networks.norms import SeriesNorm

EXACT = {"rtol": 1e-9, "atol": 1e-9}


def noise(*shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def trained_head(pooling, n_features=4, n_outputs=3):
    head = PooledHead.build(pooling, n_features, n_outputs, torch.Generator().manual_seed(1))
    head = head.double()
    for seed in range(3):
        head(3 * noise(6, n_features, 9, seed=seed) + 2)
    return head.eval()


def test_the_norm_scales_each_feature_to_a_variance_of_one():
    pooled = noise(8, 4) * torch.tensor([1e-2, 1.0, 10.0, 100.0]) + 5
    normed = SeriesNorm(4).double()(pooled)
    torch.testing.assert_close(normed.mean(0), torch.zeros(4).double(), **EXACT)
    expected = (pooled.var(0, correction=0) / (pooled.var(0, correction=0) + 1e-5)).sqrt()
    torch.testing.assert_close(normed.std(0, correction=0), expected, **EXACT)


def test_the_norm_learns_no_scale():
    assert not list(SeriesNorm(4).parameters())


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=9))
@settings(deadline=None, max_examples=50)
def test_statistics_of_the_first_batches_are_those_of_all_series(sizes):
    norm = SeriesNorm(3).double()
    batches = [3 * noise(size, 3, seed=i) + i for i, size in enumerate(sizes)]
    for batch in batches:
        norm(batch)
    weight = torch.cat([torch.ones(size).double() / size for size in sizes])
    share, rows = weight / weight.sum(), torch.cat(batches)
    torch.testing.assert_close(norm.running_mean, share @ rows, **EXACT)
    torch.testing.assert_close(norm.running_var, share @ (rows - share @ rows).square(), **EXACT)


def test_a_weight_of_two_is_the_series_twice():
    pooled, weight = noise(3, 4), torch.tensor([1.0, 2.0, 1.0]).double()
    weighted, repeated = SeriesNorm(4).double(), SeriesNorm(4).double()
    twice = repeated(pooled[[0, 1, 1, 2]])
    torch.testing.assert_close(weighted(pooled, weight), twice[[0, 1, 3]], **EXACT)
    torch.testing.assert_close(weighted.running_var, repeated.running_var, **EXACT)


def test_training_normalises_as_prediction_does():
    norm, pooled = SeriesNorm(4).double(), noise(8, 4)
    norm(5 * noise(8, 4, seed=3) + 3)
    trained = norm(pooled)
    assert torch.equal(trained, norm.eval()(pooled))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_norm_and_linear_layer_are_one_linear_map(pooling):
    head, h = trained_head(pooling), noise(5, 4, 9, seed=7)
    weight, bias = head.affine()
    torch.testing.assert_close(head(h), head.pooling(h) @ weight.t() + bias, **EXACT)
    contributions = head.contributions(h).sum(2) + head.bias
    torch.testing.assert_close(head(h), contributions, **EXACT)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_streaming_form_normalises_too(pooling):
    head, h = trained_head(pooling), noise(5, 4, 9, seed=7)
    with torch.inference_mode():
        streaming = head.streaming(5)
        for t in range(9):
            torch.testing.assert_close(streaming(h[:, :, t]), head(h[:, :, : t + 1]), **EXACT)
