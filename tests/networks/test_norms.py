"""Normalisation: weights of steps, running statistics, and never over time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sktcn.networks import NORMS
from sktcn.networks.norms import BatchNorm, GroupNorm, build_norm

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def noise(*shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def build(norm, n_channels):
    """Build a float64 norm whose scale and shift are random."""
    module = build_norm(norm, n_channels).double()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(noise(*parameter.shape, seed=10 + i))
    return module


def step_weights(weights, n_steps):
    return torch.tensor(weights, dtype=torch.float64)[:, None, None].expand(-1, 1, n_steps)


def assert_same_statistics(first, second):
    torch.testing.assert_close(first.running_mean, second.running_mean, **EXACT)
    torch.testing.assert_close(first.running_var, second.running_var, **EXACT)


@pytest.mark.parametrize("weighted", [False, True])
def test_batch_norm_trains_as_torch_does(weighted):
    ours, theirs = build("batch", 4), nn.BatchNorm1d(4).double()
    theirs.load_state_dict(ours.state_dict(), strict=False)
    x, slope = noise(6, 4, 9), noise(6, 4, 9, seed=3)
    weight = torch.full((6, 1, 9), 0.7, dtype=torch.float64) if weighted else None
    ours_x, theirs_x = (x.clone().requires_grad_() for _ in range(2))
    y, expected = ours(ours_x, weight), theirs(theirs_x)
    torch.testing.assert_close(y, expected, **EXACT)
    (y * slope).sum().backward()
    (expected * slope).sum().backward()
    torch.testing.assert_close(ours_x.grad, theirs_x.grad, **EXACT)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, **EXACT)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, **EXACT)


@given(
    counts=st.lists(st.integers(0, 3), min_size=2, max_size=6).filter(any),
    n_steps=st.integers(2, 7),
)
@settings(deadline=None, max_examples=50)
def test_a_weight_is_a_repetition_and_no_weight_absence(counts, n_steps):
    x = noise(len(counts), 3, n_steps)
    weighted, repeated = build("batch", 3), build("batch", 3)
    y = weighted(x, step_weights(counts, n_steps))
    index = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    torch.testing.assert_close(y[index], repeated(x[index]), rtol=1e-12, atol=1e-11)
    assert_same_statistics(weighted, repeated)


def test_steps_of_weight_zero_are_absent():
    """Padding, whatever it holds."""
    padded, cut = build("batch", 3), build("batch", 3)
    x = noise(4, 3, 9)
    x[:, :, 6:] = 1e6
    weight = (torch.arange(9) < 6).double().expand(4, 1, 9)
    torch.testing.assert_close(padded(x, weight)[:, :, :6], cut(x[:, :, :6]), **EXACT)
    assert_same_statistics(padded, cut)


@pytest.mark.parametrize("weighted", [False, True])
def test_running_statistics_are_plain_averages_of_ten_batches(weighted):
    norm = build("batch", 3)
    weight = torch.ones(5, 1, 8, dtype=torch.float64) if weighted else None
    batches = [3 + 2 * noise(5, 3, 8, seed=i) for i in range(10)]
    for i, batch in enumerate(batches):
        norm(batch, weight)
        seen = torch.stack(batches[: i + 1])
        torch.testing.assert_close(norm.running_mean, seen.mean((0, 1, 3)), **EXACT)
        variances = seen.transpose(1, 2).flatten(2).var(2, correction=0)
        torch.testing.assert_close(norm.running_var, variances.mean(0), **EXACT)


def test_later_running_statistics_are_exponential():
    norm = build("batch", 3)
    for i in range(10):
        norm(noise(5, 3, 8, seed=i))
    before, newest = norm.running_mean.clone(), noise(5, 3, 8, seed=11)
    norm(newest)
    expected = 0.9 * before + 0.1 * newest.mean((0, 2))
    torch.testing.assert_close(norm.running_mean, expected, **EXACT)


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    norm, x = build("batch", 3), noise(5, 3, 8)
    norm(3 + 2 * x)
    mean, var = norm.running_mean.clone(), norm.running_var.clone()
    scaled = (x - mean[:, None]) / (var[:, None] + norm.eps).sqrt()
    expected = scaled * norm.weight[:, None] + norm.bias[:, None]
    torch.testing.assert_close(norm.eval()(x), expected, **EXACT)
    torch.testing.assert_close(norm(x[:1, :, :1]), expected[:1, :, :1], **EXACT)
    assert torch.equal(norm.running_mean, mean)
    assert torch.equal(norm.running_var, var)


def test_a_constant_channel_gives_no_nan():
    norm = BatchNorm(2).double()
    y = norm(torch.full((4, 2, 5), 7.0, dtype=torch.float64))
    torch.testing.assert_close(y, torch.zeros_like(y), atol=1e-10, rtol=0)
    assert (norm.running_var >= 0).all()


@given(
    norm=st.sampled_from(["layer", "group", "weight", None]),
    n_channels=st.sampled_from([4, 12, 16, 24]),
    order=st.permutations(range(8)),
)
@settings(deadline=None, max_examples=40)
def test_each_step_stands_alone(norm, n_channels, order):
    module, x = build(norm, n_channels), noise(3, n_channels, 8)
    y = module(x)
    torch.testing.assert_close(module(x[:, :, order]), y[:, :, order], **EXACT)
    other = 1e3 * noise(3, n_channels, 8, seed=3)
    other[:, :, order[0]] = x[:, :, order[0]]
    torch.testing.assert_close(module(other)[:, :, order[0]], y[:, :, order[0]], **EXACT)


@given(n_channels=st.integers(2, 200))
@settings(deadline=None, max_examples=60)
def test_groups_divide_the_channels(n_channels):
    norm = GroupNorm(n_channels)
    assert n_channels % norm.num_groups == 0
    assert n_channels // norm.num_groups >= min(8, n_channels)


@pytest.mark.parametrize(("n_channels", "n_groups"), [(4, 1), (8, 1), (16, 2), (32, 4), (64, 8)])
def test_group_norm_by_the_formula(n_channels, n_groups):
    x = noise(2, n_channels, 5)
    grouped = x.view(2, n_groups, -1, 5)
    mean, var = grouped.mean(2, keepdim=True), grouped.var(2, correction=0, keepdim=True)
    expected = ((grouped - mean) / (var + 1e-5).sqrt()).view_as(x)
    torch.testing.assert_close(GroupNorm(n_channels).double()(x), expected, **EXACT)


def test_layer_norm_takes_all_channels_of_a_step():
    y = build_norm("layer", 6).double()(5 + 3 * noise(2, 6, 7))
    torch.testing.assert_close(y.mean(1), torch.zeros(2, 7, dtype=torch.float64), **EXACT)
    torch.testing.assert_close(
        y.var(1, correction=0), torch.ones(2, 7, dtype=torch.float64), rtol=1e-4, atol=0
    )


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("n_channels", [2, 5, 16])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1)])
def test_any_shape_gives_finite_numbers(norm, n_channels, shape):
    n_series, n_steps = shape
    y = build_norm(norm, n_channels).double()(noise(n_series, n_channels, n_steps))
    assert y.shape == (n_series, n_channels, n_steps)
    assert y.isfinite().all()


@pytest.mark.parametrize("norm", ["layer", "weight", None])
def test_a_single_value_gives_a_finite_number(norm):
    assert build_norm(norm, 1).double()(noise(1, 1, 1)).isfinite().all()


def test_group_norm_of_a_single_value():
    assert build_norm("group", 1).double()(noise(1, 1, 1)).isfinite().all()
