"""Fixed kernels: against a plain convolution, and in all their forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import SequenceModel, StreamingNetwork
from sktcn.networks.rocket import Rocket, RocketModel, spread_dilations
from sktcn.networks.threshold_head import ThresholdHead


def build(in_channels=1, longest=40, n_kernels=500, groups=None, n_outputs=3, seed=0):
    """Build a network with random thresholds and weights."""
    generator = torch.Generator().manual_seed(seed)
    rocket = Rocket(in_channels, longest, n_kernels, groups=groups, generator=generator)
    blocks = [
        torch.randn(84, block.n_thresholds, generator=generator).sort(1).values
        for block in rocket.blocks
    ]
    model = RocketModel(rocket, ThresholdHead(blocks, n_outputs))
    model.head.linear.weight.normal_(generator=generator)
    model.head.center.uniform_(generator=generator)
    return model.eval()


def plain_responses(rocket, x):
    """Convolve series with each kernel by torch, channels of each kernel summed beforehand."""
    taps = sorted(combinations(range(9), 3), key=lambda taps: (taps[1], taps[0], taps[2]))
    weight = torch.full((84, 9), -1.0, dtype=torch.float64)
    for kernel, chosen in enumerate(taps):
        weight[kernel, list(chosen)] = 2.0
    rows = []
    for block, reads in zip(rocket.blocks, rocket.reads, strict=True):
        padded = torch.nn.functional.pad(x[:, block.channels].double(), (8 * block.dilation, 0))
        for kernel in range(84):
            total = (padded * reads[:, kernel, None].double()).sum(1, keepdim=True)
            row = torch.conv1d(total, weight[kernel].view(1, 1, 9), dilation=block.dilation)
            rows.append(row[:, 0] / 3)
    return torch.stack(rows, 1)


@pytest.mark.parametrize(("in_channels", "groups"), [(1, None), (4, None), (4, [[0, 2], [1, 3]])])
def test_responses_are_dilated_convolutions(in_channels, groups):
    model, x = build(in_channels, groups=groups), torch.randn(5, in_channels, 33)
    for response, plain in zip(
        model.backbone.features(x).unbind(1),
        plain_responses(model.backbone, x).unbind(1),
        strict=True,
    ):
        torch.testing.assert_close(response.double(), plain, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("in_channels", [1, 3])
def test_shares_block_by_block_equal_those_of_all_responses(in_channels):
    model, x = build(in_channels), torch.randn(6, in_channels, 40)
    lengths = torch.tensor([40, 31, 9, 2, 1, 40])
    for given_lengths in (None, lengths):
        plain = SequenceModel.forward(model, x, given_lengths)
        torch.testing.assert_close(model(x, given_lengths), plain, atol=0, rtol=0)


def test_a_share_counts_steps_above_the_threshold():
    model, x = build(), torch.randn(4, 1, 40)
    responses, head = model.backbone.features(x), model.head
    shares, thresholds = head.split(model.shares(x)), head.split(head.thresholds)
    for block in range(len(shares)):
        own = responses[:, 84 * block : 84 * (block + 1), None]
        above = (own > thresholds[block][None, :, :, None]).double().mean(3)
        torch.testing.assert_close(shares[block], above, atol=1e-15, rtol=0)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(1, 60), st.sampled_from([168, 500, 2000]), st.integers(0, 99))
def test_stream_equals_the_series_so_far(in_channels, longest, n_kernels, seed):
    model = build(in_channels, longest, n_kernels, seed=seed)
    x = torch.randn(3, in_channels, 25, generator=torch.Generator().manual_seed(seed))
    for exported in (False, True):
        network = StreamingNetwork(model, 3, exported=exported)
        with torch.inference_mode():
            for t in range(25):
                outputs = network(x[:, :, t], t)
        torch.testing.assert_close(outputs, model(x), atol=1e-9, rtol=1e-9)


def test_padding_and_company_change_nothing():
    model, x = build(2), torch.randn(4, 2, 40)
    lengths = torch.tensor([40, 20, 7, 1])
    together = model(x, lengths)
    for i, length in enumerate(lengths.tolist()):
        alone = model(x[i : i + 1, :, :length])
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-12, rtol=0)


def test_no_later_step_changes_a_response():
    model, x = build(2), torch.randn(1, 2, 40)
    changed = x.clone()
    changed[:, :, 25:] += 1.0
    before, after = model.backbone.features(x), model.backbone.features(changed)
    assert torch.equal(before[:, :, :25], after[:, :, :25])
    assert not torch.equal(before[:, :, 25:], after[:, :, 25:])


def test_contributions_and_bias_add_up_to_the_outputs():
    model, x = build(), torch.randn(3, 1, 40)
    for lengths in (None, torch.tensor([40, 12, 1])):
        total = model.contributions(x, lengths).sum(2) + model.head.bias
        torch.testing.assert_close(total, model(x, lengths), atol=1e-9, rtol=1e-9)


def test_receptive_field_is_exact():
    model = build(longest=100)
    field = model.backbone.receptive_field
    x = torch.zeros(1, 1, 2 * field)
    x[0, 0, 3] = 1.0
    responses = model.backbone.features(x).abs().sum((0, 1))
    assert np.flatnonzero(responses.numpy()).max() == 3 + field - 1


@given(st.integers(1, 5000), st.integers(1, 200))
def test_thresholds_are_all_shared_out(longest, n_thresholds):
    shared = spread_dilations(longest, n_thresholds)
    assert sum(shared.values()) == n_thresholds
    assert min(shared) == 1
    assert all(n > 0 for n in shared.values())
    assert longest < 10 or 8 * max(shared) < longest


def test_channels_without_choice_are_all_read():
    assert build(1).backbone.reads.min() == 1


def test_reset_head_changes_the_number_of_outputs():
    model = build()
    model.reset_head(5)
    assert model(torch.randn(2, 1, 40)).tolist() == [[0.0] * 5] * 2
