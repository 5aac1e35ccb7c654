"""The residual block: what it starts as, and how wide it is."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sktcn.networks import ACTIVATIONS, NORMS, ResidualBlock

WIDTHS = st.integers(1, 6)
HAS_BIAS = {"batch": 0, "layer": 1, "group": 1, "weight": 1, None: 1}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=2):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def conv_count(in_channels, n_filters, kernel_size, norm):
    """Weights, biases unless batch norm would take them away, and weight norm's gains."""
    per_filter = in_channels * kernel_size + HAS_BIAS[norm] + (norm == "weight")
    return n_filters * per_filter


def norm_count(channels, norm):
    return 2 * channels if norm in ("batch", "layer", "group") else 0


def block_count(in_channels, n_filters, kernel_size, norm, residual, first):
    total = conv_count(in_channels, n_filters, kernel_size, norm)
    total += conv_count(n_filters, n_filters, kernel_size, norm)
    total += norm_count(n_filters, norm) + (0 if first else norm_count(in_channels, norm))
    if residual == "add" and in_channels != n_filters:
        total += n_filters * (in_channels + HAS_BIAS[norm])
    return total


@given(
    in_channels=WIDTHS,
    n_filters=WIDTHS,
    kernel_size=st.integers(1, 4),
    norm=st.sampled_from(list(NORMS)),
    residual=st.sampled_from(["add", "concat", None]),
    first=st.booleans(),
)
@settings(deadline=None, max_examples=50)
def test_width_and_parameters(in_channels, n_filters, kernel_size, norm, residual, first):
    options = {"norm": norm, "residual": residual, "first": first}
    block = ResidualBlock(in_channels, n_filters, kernel_size, **options)
    width = n_filters + (in_channels if residual == "concat" else 0)
    assert block.out_channels == width
    assert block.eval()(torch.zeros(2, in_channels, 5)).shape == (2, width, 5)
    assert count(block) == block_count(in_channels, n_filters, kernel_size, **options)


@pytest.mark.parametrize("residual", ["add", "concat", None])
@pytest.mark.parametrize("in_channels", [3, 4])
def test_projection_only_where_a_sum_needs_one(residual, in_channels):
    block = ResidualBlock(in_channels, 4, 3, residual=residual)
    needs_one = residual == "add" and in_channels != 4
    assert isinstance(block.shortcut.projection, nn.Identity) is not needs_one


def zeroed_block(norm, activation, residual, in_channels=4, first=False):
    return ResidualBlock(
        in_channels,
        4,
        3,
        norm=norm,
        activation=activation,
        residual=residual,
        zero_init_residual=True,
        first=first,
        generator=seeded(),
    ).double()


def shortcut_of(block, x, residual):
    projected = block.shortcut.projection(x)
    if residual == "add":
        return projected
    return torch.cat([x, torch.zeros(len(x), 4, x.shape[2], dtype=x.dtype)], dim=1)


@pytest.mark.parametrize("residual", ["add", "concat"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("norm", NORMS)
def test_zeroed_branch_starts_as_the_shortcut_and_learns(norm, activation, residual):
    for in_channels, first, training in [(4, False, True), (3, False, False), (3, True, True)]:
        block = zeroed_block(norm, activation, residual, in_channels, first).train(training)
        x = noise(4, in_channels, 9)
        expected = shortcut_of(block, x, residual)
        y = block(x)
        assert torch.equal(y, expected)
        (y - noise(*y.shape, seed=3)).square().mean().backward()
        torch.optim.SGD(block.parameters(), lr=0.1).step()
        branch = block.conv2(block.conv1(x, None, None), None, None)
        assert branch.abs().max().item() > 1e-4


@pytest.mark.parametrize("norm", NORMS)
def test_without_a_shortcut_nothing_is_zeroed(norm):
    options = {"norm": norm, "residual": None}
    zeroed = ResidualBlock(3, 4, 3, zero_init_residual=True, generator=seeded(), **options)
    plain = ResidualBlock(3, 4, 3, generator=seeded(), **options)
    x = noise(2, 3, 9).float()
    assert torch.equal(zeroed(x), plain(x))
    assert plain(x).abs().max().item() > 0


@pytest.mark.parametrize("residual", ["add", "concat", None])
def test_output_is_shortcut_and_branch(residual):
    block = ResidualBlock(4, 4, 3, residual=residual, generator=seeded()).double().eval()
    x = noise(2, 4, 9)
    branch = block.conv2(block.conv1(x, None, None), None, None)
    joined = {"add": x + branch, "concat": torch.cat([x, branch], 1), None: branch}
    assert torch.equal(block(x), joined[residual])


def test_dropout_has_its_own_generator_and_drops_whole_channels():
    block = ResidualBlock(8, 8, 1, norm=None, dropout=0.5, residual=None)
    block.conv1.dropout.generator = seeded(1)
    before = torch.get_rng_state()
    x = torch.ones(64, 8, 6)
    dropped = block.conv1.dropout(x)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(dropped, dropped[:, :, :1].expand_as(dropped))
    assert set(dropped.flatten().tolist()) == {0.0, 2.0}
    assert 0.4 < float((dropped == 0).float().mean()) < 0.6
    assert torch.equal(block.eval().conv1.dropout(x), x)
