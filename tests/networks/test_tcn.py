"""Causality, receptive field and learning of whole TCNs, as properties."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import ACTIVATIONS, NORMS, TCN, blocks_to_cover

SMOOTH = ("tanh", "gelu", "silu", "softplus", "sigmoid", "mish", "elu", "selu", "identity")
STEPWISE = ("layer", "group", "weight", None)  # whose training mode looks at one step at a time
N_CHANNELS = 2


def networks(activations=tuple(ACTIVATIONS), norms=tuple(NORMS), max_kernel=6):
    return st.fixed_dictionaries(
        {
            "kernel_size": st.integers(1, max_kernel),
            "dilation_base": st.integers(1, 3),
            "n_blocks": st.integers(1, 3),
            "norm": st.sampled_from(norms),
            "activation": st.sampled_from(activations),
            "residual": st.sampled_from(["add", "concat", None]),
            "zero_init_residual": st.booleans(),
            "multiscale": st.booleans(),
        }
    )


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=2):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def build(n_blocks, causal=True, seed=0, **options):
    """Build a float64 TCN in evaluation mode."""
    generator = seeded(seed)
    return (
        TCN(N_CHANNELS, [5] * n_blocks, causal=causal, generator=generator, **options)
        .double()
        .eval()
    )


@torch.no_grad()
def randomised(tcn, seed=0):
    """Draw every parameter anew, so that no path through the network starts out closed."""
    generator = seeded(seed)
    for parameter in tcn.parameters():
        scale = max(parameter[0].numel(), 1) ** -0.5
        parameter.normal_(0.0, scale, generator=generator)
        parameter.add_(parameter.sign() * scale / 2)
    return tcn


@torch.no_grad()
def moved_steps(tcn, step, length):
    """Find the features that react when one input step is moved."""
    x = noise(1, N_CHANNELS, length)
    other = x.clone()
    other[:, :, step] += 1.0
    return (tcn.features(x) != tcn.features(other)).any(1)[0].nonzero().flatten()


@torch.no_grad()
def assert_past_is_untouched(tcn, step):
    x = noise(2, N_CHANNELS, 24)
    other = x.clone()
    other[:, :, step + 1 :] = 1e3 * noise(2, N_CHANNELS, 24 - step - 1, seed=3)
    before, after = tcn.features(x), tcn.features(other)
    assert torch.equal(before[:, :, : step + 1], after[:, :, : step + 1])


@given(options=networks(), step=st.integers(0, 22))
@settings(deadline=None, max_examples=80)
def test_the_future_changes_no_causal_feature(options, step):
    assert_past_is_untouched(build(**options), step)


@given(options=networks(norms=STEPWISE), step=st.integers(0, 22))
@settings(deadline=None, max_examples=60)
def test_nor_in_training(options, step):
    assert_past_is_untouched(build(**options).train(), step)


@given(options=networks(max_kernel=4))
@settings(deadline=None, max_examples=60)
def test_causal_features_beyond_the_receptive_field_stay(options):
    tcn = randomised(build(**options))
    moved = moved_steps(tcn, step=3, length=tcn.receptive_field + 10)
    assert (moved >= 3).all()
    assert (moved < 3 + tcn.receptive_field).all()


@given(options=networks(activations=SMOOTH))
@settings(deadline=None, max_examples=60)
def test_receptive_field_is_the_measured_one(options):
    tcn = randomised(build(**options))
    moved = moved_steps(tcn, step=3, length=tcn.receptive_field + 10)
    assert int(moved.min()) == 3
    assert int(moved.max()) == 3 + tcn.receptive_field - 1


@given(options=networks(activations=SMOOTH))
@settings(deadline=None, max_examples=60)
def test_centred_features_see_both_sides_equally(options):
    tcn = randomised(build(causal=False, **options))
    side = (tcn.receptive_field - 1) // 2
    assert tcn.receptive_field == 2 * side + 1
    moved = moved_steps(tcn, step=side + 2, length=2 * side + 5)
    assert moved.tolist()[0] == 2
    assert moved.tolist()[-1] == 2 * side + 2


@given(options=networks())
@settings(deadline=None, max_examples=40)
def test_receptive_field_by_formula(options):
    tcn = build(**options)
    dilations = [options["dilation_base"] ** i for i in range(options["n_blocks"])]
    assert tcn.receptive_field == 1 + 2 * (options["kernel_size"] - 1) * sum(dilations)
    assert build(causal=False, **options).receptive_field == tcn.receptive_field


@given(length=st.integers(1, 3000), kernel_size=st.integers(1, 9), dilation_base=st.integers(1, 4))
@settings(deadline=None, max_examples=100)
def test_fewest_blocks_that_cover(length, kernel_size, dilation_base):
    def field(n_blocks):
        return 1 + 2 * (kernel_size - 1) * sum(dilation_base**i for i in range(n_blocks))

    n_blocks = blocks_to_cover(length, kernel_size, dilation_base)
    assert n_blocks >= 1
    if kernel_size == 1:
        assert n_blocks == 1
    else:
        assert field(n_blocks) >= length
        assert n_blocks == 1 or field(n_blocks - 1) < length


@pytest.mark.parametrize("residual", ["add", "concat", None])
def test_widths_may_differ_by_block(residual):
    tcn = TCN(3, [4, 8, 8], residual=residual)
    widths = [3 + 4, 3 + 4 + 8, 3 + 4 + 8 + 8] if residual == "concat" else [4, 8, 8]
    assert tcn.out_channels == sum(widths)
    assert TCN(3, [4, 8, 8], residual=residual, multiscale=False).out_channels == widths[-1]
    assert tcn.features(torch.zeros(2, 3, 7)).shape == (2, tcn.out_channels, 7)


@pytest.mark.parametrize("residual", ["add", "concat"])
@pytest.mark.parametrize("norm", NORMS)
def test_deeper_blocks_have_the_parameters_of_a_dense_net(norm, residual):
    """Concat: block ``i`` reads the series' channels and all filters before it."""
    tcn = TCN(3, [4] * 3, kernel_size=2, norm=norm, residual=residual)
    for i, block in enumerate(tcn.blocks):
        width = 3 + 4 * i if residual == "concat" else (4 if i else 3)
        assert block.conv1.conv.weight.shape == (4, width, 2)
        assert block.conv2.conv.weight.shape == (4, 4, 2)


@pytest.mark.parametrize("norm", list(NORMS))
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("residual", ["add", "concat"])
def test_every_zeroed_branch_of_a_network_learns(norm, activation, residual):
    options = {"norm": norm, "activation": activation, "residual": residual}
    tcn = build(3, kernel_size=3, zero_init_residual=True, **options).train()
    optimizer = torch.optim.Adam(tcn.parameters(), lr=1e-2)
    x = noise(6, N_CHANNELS, 12)
    target = noise(6, tcn.out_channels, 12, seed=3)
    for _ in range(2):
        optimizer.zero_grad()
        (tcn.features(x) - target).square().mean().backward()
        optimizer.step()
    for block in tcn.blocks:
        assert block.conv2.conv.weight.abs().max().item() > 0


@pytest.mark.parametrize("norm", NORMS)
def test_construction_reads_its_own_generator_alone(norm):
    before = torch.get_rng_state()
    first = TCN(3, [4, 8], norm=norm, generator=seeded(7))
    assert torch.equal(torch.get_rng_state(), before)
    second = TCN(3, [4, 8], norm=norm, generator=seeded(7))
    assert all(map(torch.equal, first.parameters(), second.parameters()))
