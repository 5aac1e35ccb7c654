"""The LSTM against torch's own, and what is built around it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sktcn.networks import LSTM, NORMS, SequenceModel
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.lstm_layers import LSTMLayer, PatchEmbedding

EXACT = {"rtol": 1e-10, "atol": 1e-12}
LENGTHS = torch.tensor([9, 4, 1, 7])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=2):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def layer_and_torch_twin(bidirectional):
    """Build a layer and an ``nn.LSTM`` of the same random weights."""
    layer = LSTMLayer(3, 5, bidirectional=bidirectional, generator=seeded()).double()
    with torch.no_grad():
        for i, parameter in enumerate(layer.parameters()):
            parameter.copy_(0.5 * noise(*parameter.shape, seed=20 + i))
    twin = nn.LSTM(3, 5, batch_first=True, bidirectional=bidirectional).double()
    state = dict(layer.ahead.state_dict())
    if bidirectional:
        state |= {f"{name}_reverse": value for name, value in layer.back.state_dict().items()}
    twin.load_state_dict(state)
    return layer, twin


@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_torch(bidirectional):
    layer, twin = layer_and_torch_twin(bidirectional)
    x = noise(4, 3, 9)
    expected = twin(x.transpose(1, 2))[0].transpose(1, 2)
    torch.testing.assert_close(layer(x), expected, **EXACT)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_lengths_equal_torch_packed(bidirectional):
    layer, twin = layer_and_torch_twin(bidirectional)
    x = noise(4, 3, 9)
    packed = nn.utils.rnn.pack_padded_sequence(
        x.transpose(1, 2), LENGTHS, batch_first=True, enforce_sorted=False
    )
    expected, _ = nn.utils.rnn.pad_packed_sequence(twin(packed)[0], batch_first=True)
    y = layer(x, LENGTHS).transpose(1, 2)
    for i, length in enumerate(LENGTHS):
        torch.testing.assert_close(y[i, :length], expected[i, :length], **EXACT)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_initial_weights(bidirectional):
    layer = LSTMLayer(3, 8, bidirectional=bidirectional, generator=seeded())
    for lstm in [layer.ahead, layer.back] if bidirectional else [layer.ahead]:
        bias = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().view(4, 8)
        assert bias.tolist() == [[0.0] * 8, [1.0] * 8, [0.0] * 8, [0.0] * 8]
        for gate in lstm.weight_hh_l0.detach().chunk(4):
            torch.testing.assert_close(gate @ gate.T, torch.eye(8), atol=1e-5, rtol=0)
        assert 0 < lstm.weight_ih_l0.abs().max().item() <= (6 / (3 + 4 * 8)) ** 0.5


@pytest.mark.parametrize("residual", ["add", "concat", None])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_hidden_size_is_features_per_step_and_direction(bidirectional, residual):
    options = {"bidirectional": bidirectional, "residual": residual}
    width = 6 * (1 + bidirectional)
    assert LSTMLayer(3, 6, bidirectional=bidirectional).out_channels == width
    lstm = LSTM(3, 6, n_layers=3, **options)
    expected = 3 * width if residual == "concat" else width
    assert lstm.out_channels == expected
    assert lstm.features(torch.zeros(2, 3, 7)).shape == (2, expected, 7)


@pytest.mark.parametrize("norm", NORMS)
def test_construction_reads_its_own_generator_alone(norm):
    options = {"n_layers": 2, "bidirectional": True, "patch_size": 3, "norm": norm}
    before = torch.get_rng_state()
    first = LSTM(3, 4, generator=seeded(7), **options)
    assert torch.equal(torch.get_rng_state(), before)
    second = LSTM(3, 4, generator=seeded(7), **options)
    assert all(map(torch.equal, first.parameters(), second.parameters()))


@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), 1e30])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("patch_size", [1, 3])
@pytest.mark.parametrize("norm", NORMS)
def test_padding_is_of_no_concern(garbage, bidirectional, patch_size, norm):
    options = {"bidirectional": bidirectional, "patch_size": patch_size, "norm": norm}
    backbone = LSTM(3, 4, n_layers=2, generator=seeded(), **options)
    model = SequenceModel(backbone, n_outputs=2, generator=seeded(1)).double()
    x = noise(4, 3, 9)
    padding = torch.arange(9) >= LENGTHS[:, None, None]
    expected = model(x.masked_fill(padding, 0.0), LENGTHS)
    assert expected.isfinite().all()
    model(x.masked_fill(padding, garbage), LENGTHS).sum().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
    model.eval()
    alone = [model(x[i : i + 1, :, :length]) for i, length in enumerate(LENGTHS)]
    batched = model(x.masked_fill(padding, garbage), LENGTHS)
    torch.testing.assert_close(batched, torch.cat(alone), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("length", range(1, 11))
def test_patches_are_as_many_as_fit(length):
    embedding = PatchEmbedding(3, 4, patch_size=4, activation="identity")
    n_patches = -(-length // 4)
    assert embedding(torch.zeros(2, 3, length)).shape == (2, 4, n_patches)
    lstm = LSTM(3, 4, patch_size=4)
    assert lstm.feature_lengths(torch.tensor([length])).tolist() == [n_patches]
    assert lstm.features(torch.zeros(2, 3, length)).shape == (2, 4, n_patches)


def test_a_patch_is_embedded_linearly_from_all_its_values():
    options = {"patch_size": 2, "activation": "identity", "generator": seeded()}
    embedding = PatchEmbedding(3, 5, **options).double()
    x = noise(2, 3, 7)
    filled = torch.cat([x, torch.zeros(2, 3, 1, dtype=x.dtype)], dim=2)
    weight = embedding.embed.weight[:, :, 0].view(5, 2, 3)  # step within the patch, channel
    expected = torch.einsum("ncps,fsc->nfp", filled.view(2, 3, 4, 2), weight)
    torch.testing.assert_close(embedding(x), expected, **EXACT)


@pytest.mark.parametrize("patch_size", [1, 3])
@pytest.mark.parametrize("norm", ["layer", "group", "weight", None])
def test_causal_by_patch(patch_size, norm):
    """In training too: features of a patch know nothing of later patches."""
    options = {"patch_size": patch_size, "norm": norm, "activation": "tanh"}
    lstm = LSTM(3, 4, n_layers=2, generator=seeded(), **options).double()
    x = noise(2, 3, 12)
    for step in range(12):
        other = x.clone()
        other[:, :, step] += 10.0
        moved = (lstm.features(x) != lstm.features(other)).any(1)
        assert not moved[:, : step // patch_size].any()
        assert moved[:, step // patch_size :].any(1).all()
    assert lstm.causal


def test_both_directions_see_everything():
    lstm = LSTM(3, 4, bidirectional=True, activation="tanh", generator=seeded()).double()
    x = noise(1, 3, 8)
    for step in (0, 7):
        other = x.clone()
        other[:, :, step] += 10.0
        assert (lstm.features(x) != lstm.features(other)).any(1).all()
    assert not lstm.causal
    assert lstm.receptive_field == float("inf")


def trained_features(seed):
    lstm = LSTM(3, 8, n_layers=2, dropout=0.5, generator=seeded())
    for module in lstm.modules():
        if isinstance(module, ChannelDropout):
            module.generator = seeded(seed)
    return lstm.features(noise(4, 3, 6).float())


def test_dropout_is_reproducible_by_its_generator():
    before = torch.get_rng_state()
    assert torch.equal(trained_features(1), trained_features(1))
    assert not torch.equal(trained_features(1), trained_features(2))
    assert torch.equal(torch.get_rng_state(), before)
