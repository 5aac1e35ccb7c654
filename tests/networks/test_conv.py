"""The temporal convolution against explicit loops."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import TemporalConv

N_STEPS = 14

convolutions = st.fixed_dictionaries(
    {
        "kernel_size": st.integers(1, 6),
        "dilation": st.sampled_from([1, 2, 3, 5]),
        "causal": st.booleans(),
        "mirrored": st.booleans(),
        "bias": st.booleans(),
        "weight_norm": st.booleans(),
    }
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def build(seed=0, **options):
    """Build a float64 convolution, 3 to 4 channels, whose every parameter is random."""
    conv = TemporalConv(3, 4, generator=seeded(seed), **options).double()
    with torch.no_grad():
        for parameter in conv.parameters():
            parameter.normal_(generator=seeded(seed + 1))
    return conv


def noise(*shape, seed=2):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def steps_ahead(kernel_size, dilation, causal, mirrored):
    """Count the future steps that one output may see."""
    reach = (kernel_size - 1) * dilation
    if causal:
        return 0
    return -(-reach // 2) if mirrored else reach // 2


def by_loops(x, weight, bias, dilation, ahead):
    n_filters, n_channels, n_taps = weight.shape
    y = torch.zeros(len(x), n_filters, x.shape[2], dtype=x.dtype)
    for step in range(x.shape[2]):
        for tap in range(n_taps):
            read = step + ahead - (n_taps - 1 - tap) * dilation
            if 0 <= read < x.shape[2]:
                for channel in range(n_channels):
                    y[:, :, step] += x[:, channel, read, None] * weight[:, channel, tap]
    return y if bias is None else y + bias[:, None]


@given(options=convolutions, n_steps=st.integers(1, N_STEPS))
@settings(deadline=None, max_examples=80)
def test_equals_the_sum_over_taps(options, n_steps):
    conv, x = build(**options), noise(2, 3, n_steps)
    ahead = steps_ahead(*(options[k] for k in ("kernel_size", "dilation", "causal", "mirrored")))
    expected = by_loops(x, conv.weight, conv.bias, options["dilation"], ahead)
    torch.testing.assert_close(conv(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("causal", [True, False])
def test_short_series_are_not_padded_to_the_reach_of_the_kernel(causal):
    conv = build(kernel_size=5, dilation=10**9, causal=causal)  # else terabytes of padding
    x = noise(2, 3, N_STEPS)
    middle = conv.weight[:, :, -1 if causal else 2]
    expected = middle @ x + conv.bias[:, None]
    torch.testing.assert_close(conv(x), expected, rtol=1e-12, atol=1e-12)


@given(options=convolutions, length=st.integers(1, N_STEPS))
@settings(deadline=None, max_examples=40)
def test_masked_equals_cut(options, length):
    """Values behind the end of a series have no effect."""
    conv, x = build(**options), noise(2, 3, N_STEPS)
    mask = torch.arange(N_STEPS)[None, None] < torch.tensor([length, N_STEPS])[:, None, None]
    y = conv(x, mask)
    torch.testing.assert_close(y[:1, :, :length], conv(x[:1, :, :length]), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(y[1:], conv(x[1:]), rtol=1e-12, atol=1e-12)


@given(options=convolutions)
@settings(deadline=None, max_examples=40)
def test_receptive_field_is_what_an_output_reacts_to(options):
    conv, step, n_steps = build(**options), 25, 51  # as far on either side as any of them looks
    x = torch.zeros(n_steps, 3, n_steps, dtype=torch.float64)
    pulses = torch.arange(n_steps)
    x[pulses, :, pulses] = 1.0  # series i is nothing but a pulse at step i
    answers = conv(x)[:, :, step] - conv(torch.zeros_like(x))[:, :, step]
    moved = (answers != 0).any(1).nonzero().flatten()
    assert int(moved.max() - moved.min()) + 1 == conv.receptive_field
    assert int(moved.max()) - step == steps_ahead(
        *(options[k] for k in ("kernel_size", "dilation", "causal", "mirrored"))
    )


@given(options=convolutions, sizes=st.sampled_from([[1, 3], [5, 1, 3], [2, 6, 4, 2], [3, 3]]))
@settings(deadline=None, max_examples=60)
def test_several_sizes_are_as_many_convolutions(options, sizes):
    options = options | {"kernel_size": sizes}
    conv, x = build(**options), noise(2, 3, N_STEPS)
    y = conv(x)
    for i in range(4):
        size = sorted(sizes)[i % len(sizes)]
        alone = build(**options | {"kernel_size": size})
        first = (max(sizes) - size) // (1 if options["causal"] else 2)
        with torch.no_grad():
            for name, parameter in alone.named_parameters():
                taken = getattr(conv, name)[i]
                parameter.copy_(taken[:, first : first + size] if name == "kernel" else taken)
        torch.testing.assert_close(y[:, i], alone(x)[:, i], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("n_filters", "sizes"), [(1, (9,)), (2, (5, 9)), (4, (3, 5, 9))])
def test_few_filters_see_as_far(n_filters, sizes):
    conv = TemporalConv(2, n_filters, (9, 3, 5), generator=seeded())
    assert conv.kernel_sizes == sizes
    assert conv.receptive_field == conv.weight.abs().sum((0, 1)).count_nonzero() == 9


@pytest.mark.parametrize("weight_norm", [False, True])
def test_filters_of_several_sizes_start_alike_and_stay_short(weight_norm):
    conv = TemporalConv(16, 300, (2, 5, 9), weight_norm=weight_norm, generator=seeded())
    optimizer = torch.optim.AdamW(conv.parameters(), weight_decay=0.5)
    for _ in range(3):
        for i, size in enumerate(conv.kernel_sizes):
            some = conv.weight[i::3]
            assert not some[:, :, :-size].any()
            assert some[:, :, -size:].std().item() == pytest.approx((16 * size) ** -0.5, rel=0.1)
            assert not conv.kernel[i::3, :, :-size].any()
        conv(torch.randn(4, 16, 20, generator=seeded())).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_initialisation_reaches_the_weights_under_weight_norm(gain):
    plain = TemporalConv(16, 32, 5, gain=gain, generator=seeded())
    normed = TemporalConv(16, 32, 5, gain=gain, weight_norm=True, generator=seeded())
    torch.testing.assert_close(normed.weight, plain.weight)
    assert normed.weight.std().item() == pytest.approx(gain * (16 * 5) ** -0.5, rel=0.05)


def test_weight_norm_learns_length_and_direction_apart():
    conv = build(kernel_size=3, weight_norm=True)
    lengths = conv.weight.flatten(1).norm(dim=1)
    torch.testing.assert_close(lengths, conv.gain.abs().flatten())
    direction = conv.weight / lengths[:, None, None]
    with torch.no_grad():
        conv.gain.mul_(3.0)
        conv.kernel.mul_(7.0)
    torch.testing.assert_close(conv.weight, 3 * direction * lengths[:, None, None])


@pytest.mark.parametrize("weight_norm", [False, True])
@pytest.mark.parametrize("twin", [copy.deepcopy, lambda conv: pickle.loads(pickle.dumps(conv))])
def test_copies(weight_norm, twin):
    conv, x = build(kernel_size=3, weight_norm=weight_norm), noise(2, 3, N_STEPS)
    other = twin(conv)
    assert torch.equal(other(x), conv(x))
    with torch.no_grad():
        next(other.parameters()).add_(1.0)
    assert not torch.equal(other(x), conv(x))


@pytest.mark.parametrize("weight_norm", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_zeroed_is_nothing_and_still_learns(weight_norm, bias):
    options = {"bias": bias, "weight_norm": weight_norm, "generator": seeded()}
    conv, x = TemporalConv(3, 4, 3, **options).double(), noise(2, 3, N_STEPS)
    conv.zero_()
    assert torch.equal(conv(x), torch.zeros(2, 4, N_STEPS, dtype=torch.float64))
    (conv(x) - noise(2, 4, N_STEPS, seed=3)).square().mean().backward()
    torch.optim.SGD(conv.parameters(), lr=0.1).step()
    assert (conv.weight.flatten(1).norm(dim=1) > 0).all()


@pytest.mark.parametrize("weight_norm", [False, True])
def test_a_generator_of_its_own_leaves_the_global_one_alone(weight_norm):
    before = torch.get_rng_state()
    first = TemporalConv(3, 4, 3, weight_norm=weight_norm, generator=seeded(5))
    assert torch.equal(torch.get_rng_state(), before)
    second = TemporalConv(3, 4, 3, weight_norm=weight_norm, generator=seeded(5))
    assert torch.equal(first.weight, second.weight)


@pytest.mark.parametrize("layout", ["channels first", "channels last"])
def test_memory_layout_changes_nothing(layout):
    conv, x = build(kernel_size=3, causal=False), noise(2, 3, N_STEPS)
    laid_out = x.transpose(1, 2).contiguous().transpose(1, 2) if layout == "channels last" else x
    torch.testing.assert_close(conv(laid_out), conv(x.clone()), rtol=1e-12, atol=1e-12)
