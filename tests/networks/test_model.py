"""Backbone, pooling and head together."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from sktcn.networks import (
    LSTM,
    NORMS,
    POOLINGS,
    TCN,
    PooledHead,
    SequenceModel,
    Stage,
    StreamingNetwork,
    TemporalConv,
    exportable,
)
from sktcn.networks.conv import StreamingConv

LENGTHS = torch.tensor([11, 4, 1, 8])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=2):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def backbone_of(kind, norm="batch", residual="add", activation="gelu"):
    common = {"norm": norm, "residual": residual, "activation": activation, "generator": seeded()}
    if kind.startswith("tcn"):
        return TCN(3, [4, 5], 3, causal=kind == "tcn", **common)
    bidirectional = kind == "bilstm"
    return LSTM(3, 4, n_layers=2, patch_size=2, bidirectional=bidirectional, **common)


def build(kind, pooling="mean", **options):
    """Build a float64 model that has already seen a batch."""
    backbone = backbone_of(kind, **options)
    model = SequenceModel(backbone, pooling=pooling, n_outputs=2, generator=seeded(1)).double()
    model(2 * noise(5, 3, 11, seed=9) + 1)
    return model.eval()


def garbled(x, garbage):
    return x.masked_fill(torch.arange(x.shape[2]) >= LENGTHS[:, None, None], garbage)


KINDS = ("tcn", "tcn centred", "lstm", "bilstm")
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("norm", NORMS)
def test_alone_as_in_a_batch(kind, pooling, norm):
    model, x = build(kind, pooling, norm=norm), noise(4, 3, 11)
    alone = [model(x[i : i + 1, :, :length]) for i, length in enumerate(LENGTHS)]
    for garbage in (float("nan"), 1e30):
        batched = model(garbled(x, garbage), LENGTHS)
        torch.testing.assert_close(batched, torch.cat(alone), rtol=1e-12, atol=1e-12)


@kinds
@pytest.mark.parametrize("norm", NORMS)
def test_garbage_in_padding_changes_no_training(kind, norm):
    answers = []
    for garbage in (0.0, float("nan")):
        model = build(kind, norm=norm).train()
        answer = model(garbled(noise(4, 3, 11), garbage), LENGTHS)
        answer.square().sum().backward()
        gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
        answers.append(
            torch.cat([answer.flatten(), *gradients, *map(torch.ravel, model.buffers())])
        )
    assert answers[0].isfinite().all()
    assert torch.equal(*answers)


@kinds
def test_more_padding_changes_no_training(kind):
    """Batch statistics are of the series alone, however far they are padded."""
    x, statistics = garbled(noise(4, 3, 11), 0.0), []
    for extra in (0, 6):
        model = build(kind).train()
        answer = model(torch.nn.functional.pad(x, (0, extra)), LENGTHS)
        statistics.append(torch.cat([answer.flatten(), *map(torch.ravel, model.buffers())]))
    torch.testing.assert_close(*statistics, rtol=1e-12, atol=1e-12)


@kinds
@pytest.mark.parametrize("ragged", [False, True])
def test_weights_are_repetitions(kind, ragged):
    x, weight = noise(4, 3, 11), torch.tensor([2.0, 1.0, 0.0, 3.0], dtype=torch.float64)
    index = torch.tensor([0, 0, 1, 3, 3, 3])
    weighted, repeated = build(kind).train(), build(kind).train()
    answer = weighted(x, LENGTHS if ragged else None, weight)
    expected = repeated(x[index], LENGTHS[index] if ragged else None)
    torch.testing.assert_close(answer[index], expected, rtol=1e-10, atol=1e-10)
    for ours, theirs in zip(weighted.buffers(), repeated.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@kinds
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("residual", ["add", "concat", None])
def test_copies(kind, norm, residual):
    assert_copies(build(kind, "attention", norm=norm, residual=residual))


@kinds
@pytest.mark.parametrize("activation", ["relu", "prelu", torch.nn.Softsign, torch.sin])
def test_copies_with_any_activation(kind, activation):
    assert_copies(build(kind, activation=activation))


def assert_copies(model):
    x = noise(4, 3, 11)
    answer = model(x, LENGTHS)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x, LENGTHS), answer)
        with torch.no_grad():
            other.head.linear.weight.add_(1.0)
        assert not torch.equal(other(x, LENGTHS), answer)
    assert torch.equal(model(x, LENGTHS), answer)


@kinds
@pytest.mark.parametrize("pooling", POOLINGS)
def test_construction_reads_its_own_generators_alone(kind, pooling):
    before = torch.get_rng_state()
    options = {"pooling": pooling, "n_outputs": 2}
    first, second = (
        SequenceModel(backbone_of(kind), generator=seeded(3), **options) for _ in range(2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))


@kinds
@pytest.mark.parametrize("n_steps", [1, 2, 100])
def test_any_length(kind, n_steps):
    model = build(kind)
    answer = model(noise(2, 3, n_steps))
    assert answer.shape == (2, 2)
    assert answer.isfinite().all()


@kinds
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_head_that_is_given_is_that_of_the_names(kind, pooling):
    expected = build(kind, pooling)
    backbone = backbone_of(kind)
    head = PooledHead.build(pooling, backbone.out_channels, 2, seeded(1))
    model = SequenceModel(backbone, head).double()
    model(2 * noise(5, 3, 11, seed=9) + 1)
    x = noise(4, 3, 11)
    assert torch.equal(model.eval()(x, LENGTHS), expected(x, LENGTHS))


@kinds
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_new_head_has_other_outputs_and_leaves_the_rest(kind, pooling):
    model, x = build(kind, pooling), noise(4, 3, 11)
    before = model.features(x)[0]
    model.reset_head(5, seeded(7))
    assert model(x, LENGTHS).shape == (4, 5)
    assert model(x, LENGTHS).dtype == torch.float64
    assert torch.equal(model.features(x)[0], before)
    twin = build(kind, pooling)
    twin.reset_head(5, seeded(7))
    assert torch.equal(twin(x, LENGTHS), model(x, LENGTHS))


class Differences(torch.nn.Module):
    """Steps beside their difference from the step before: an architecture of one convolution."""

    causal, lookahead_parameter, stride, receptive_field = True, "", 1, 2

    def __init__(self, n_channels):
        super().__init__()
        self.conv = TemporalConv(n_channels, 2 * n_channels, 2, generator=seeded())
        self.out_channels = 2 * n_channels

    def feature_lengths(self, lengths):
        return lengths

    def features(self, x, mask=None, weight=None):
        return self.conv(x, mask)

    def streaming(self, n_streams, *, exported):
        return StreamingDifferences(self.conv, n_streams, exported=exported)

    def stages(self):
        return [Stage("differences", "", self.out_channels, 2, (self.conv,))]


class StreamingDifferences:
    def __init__(self, conv, n_streams, *, exported):
        self.conv = StreamingConv(conv, n_streams, exported=exported)
        self.states = [self.conv.buffer]

    def features(self, x, positions):
        return self.conv(x, self.conv.bias, positions), None


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("exported", [False, True])
def test_an_architecture_needs_no_more_than_the_protocol(pooling, exported):
    model = SequenceModel(Differences(3), pooling=pooling, n_outputs=2, generator=seeded(1))
    model, x = model.double().eval(), noise(4, 3, 11)
    network = StreamingNetwork(model, 4, exported=exported)
    with torch.inference_mode():
        for t in range(11):
            outputs = network(x[:, :, t], t)
            torch.testing.assert_close(outputs, model(x[:, :, : t + 1]))
        for float64 in (False, True):
            torch.testing.assert_close(exportable(model, float64=float64)(x), outputs)
