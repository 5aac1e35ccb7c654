"""A series' answer depends on the series alone, and padding changes no training step."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import as_panel
from sktcn._model.inference import forward
from sktcn.networks import LSTM, NORMS, POOLINGS, TCN, SequenceModel
from tests.helpers import plain

N_CLASSES = 3
GARBAGE = (1e30, float("inf"), float("nan"))

# Sums are taken in another order in a batch. That moves the answers by some units in the last
# place, 1e-16 and 1e-7; in thousands of these networks never by a third of what is allowed here.
DTYPES = [(torch.float64, 1e-12), (torch.float32, 1e-5)]
# A gradient goes through each norm backwards too, which multiplies by up to 300, one by the root
# of eps, where what it divides by is next to nothing. Most are right to 1e-15, the worst to 1e-13.
GRADIENTS = 1e-10

COMMON = {
    "norm": st.sampled_from(list(NORMS)),
    "residual": st.sampled_from(["add", "concat", None]),
    "activation": st.sampled_from(["relu", "gelu", "tanh", "prelu"]),
    "pooling": st.sampled_from(POOLINGS),
    "n_channels": st.integers(1, 3),
    "width": st.integers(1, 4),
    "seed": st.integers(0, 2**16),
}
TCNS = {
    "n_blocks": st.integers(1, 3),
    "kernel_size": st.one_of(st.integers(1, 6), st.sampled_from([[1, 3], [5, 1, 3], [2, 6]])),
    "dilation_base": st.integers(1, 3),
    "causal": st.booleans(),
    "multiscale": st.booleans(),
}
LSTMS = {
    "n_layers": st.integers(1, 2),
    "bidirectional": st.booleans(),
    "patch_size": st.integers(1, 5),
}
networks = st.fixed_dictionaries(TCNS | COMMON) | st.fixed_dictionaries(LSTMS | COMMON)

# Of steps that relu makes the same zero each has its share of the maximum's gradient, of steps
# that are the same but for rounding one has it all: there is no single right answer.
differentiable = networks.filter(
    lambda network: not (network["activation"] == "relu" and "max" in network["pooling"])
)
ragged = st.lists(st.sampled_from([*range(1, 13), 40, 100]), min_size=1, max_size=6)
thorough = settings(max_examples=60, deadline=None)

# The shortcut makes the gradient's memory another than the output's, of which torch's batch norm
# makes a wrong gradient if it is of one series, as nn.LSTM lays it out.
CONCATENATED = {
    "n_layers": 2,
    "bidirectional": False,
    "patch_size": 1,
    "norm": "batch",
    "residual": "concat",
    "activation": "tanh",
    "pooling": "mean",
    "n_channels": 1,
    "width": 2,
    "seed": 0,
}


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def build(seed, width, n_channels, pooling, *, dtype=torch.float64, **options):
    """Build a network in training mode, whose parameters are none of them zero or one."""
    options["generator"] = generator = seeded(seed)
    if options["norm"] in ("layer", "group"):
        width = 16  # of few channels, alike by chance, these norms would see rounding errors alone
    if "n_blocks" in options:
        backbone = TCN(n_channels, [width] * options.pop("n_blocks"), **options)
    else:
        backbone = LSTM(n_channels, width, **options)
    model = SequenceModel(backbone, pooling=pooling, n_outputs=N_CLASSES, generator=generator)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise, alpha=0.5 * parameter[0].numel() ** -0.5)
    return model.to(dtype)


def trained(**network):
    """Build a network that has seen a batch, by whose statistics it predicts."""
    model = build(**network)
    batch = torch.randn(8, network["n_channels"], 20, generator=seeded(network["seed"] + 1))
    model(batch.to(model.head.bias.dtype))
    return model.eval()


def draw_series(network, lengths, dtype=torch.float64):
    generator = seeded(network["seed"] + 2)
    return [torch.randn(network["n_channels"], n, generator=generator).to(dtype) for n in lengths]


def draw_weights(network, n_series):
    generator = seeded(network["seed"] + 3)
    return 0.1 + 3 * torch.rand(n_series, generator=generator, dtype=torch.float64)


def padded(series, padding=0.0, extra=0):
    """Make one batch of all series, and their lengths."""
    lengths = torch.tensor([x.shape[1] for x in series])
    x = series[0].new_full((len(series), len(series[0]), int(lengths.max()) + extra), padding)
    for row, one in zip(x, series, strict=True):
        row[:, : one.shape[1]] = one
    return x, lengths


def dataset_of(series):
    panel = as_panel([x.numpy() for x in series])
    return SeriesDataset(panel, dtype=series[0].dtype, device=torch.device("cpu"))


def learnt(model, answers, weight=None):
    """All that comes of a training step: answers, loss, gradients and running statistics."""
    target = torch.arange(len(answers)) % N_CLASSES
    losses = F.cross_entropy(answers, target, reduction="none")
    loss = (losses if weight is None else losses * weight).mean()
    loss.backward()
    gradients = {f"gradient of {name}": p.grad for name, p in model.named_parameters()}
    return {"answers": answers, "loss": loss} | gradients | dict(model.named_buffers())


def assert_near(tolerance, ours, expected, what="answers"):
    """Compare, relatively to the largest number expected, or to one."""
    ours, expected = (torch.as_tensor(x).detach().double() for x in (ours, expected))
    atol = tolerance * max(1.0, expected.abs().max().item())
    torch.testing.assert_close(
        ours, expected, rtol=0, atol=atol, msg=lambda message: f"{what}: {message}"
    )


def assert_same_step(ours, expected):
    for name, value in expected.items():
        assert_near(GRADIENTS, ours[name], value, name)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@given(network=networks, lengths=ragged)
@thorough
def test_a_series_is_answered_alone_as_in_a_batch(dtype, tolerance, network, lengths):
    model, series = trained(**network, dtype=dtype), draw_series(network, lengths, dtype)
    with torch.inference_mode():
        alone = torch.cat([model(x[None]) for x in series])
        assert_near(tolerance, model(*padded(series)), alone)
    predicted = np.concatenate([forward(model, dataset_of([x])) for x in series])
    assert_near(tolerance, predicted, alone)
    assert_near(tolerance, forward(model, dataset_of(series)), alone)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@given(network=networks, lengths=ragged, batch_size=st.integers(1, 6), data=st.data())
@thorough
def test_in_any_order_and_any_batches(dtype, tolerance, network, lengths, batch_size, data):
    model, series = trained(**network, dtype=dtype), draw_series(network, lengths, dtype)
    order = data.draw(st.permutations(range(len(series))))
    expected = forward(model, dataset_of(series))[order]
    assert_near(tolerance, forward(model, dataset_of([series[i] for i in order])), expected)
    cuts = range(batch_size, len(order), batch_size)
    dataset, parts = dataset_of(series), np.split(np.array(order), cuts)
    with torch.inference_mode():
        answers = torch.cat([model(**dataset.batch(part)[0]) for part in parts])
    assert_near(tolerance, answers, expected)


@given(network=networks, lengths=ragged)
@thorough
def test_the_answers_are_those_of_the_plain_network(network, lengths):
    model, series = trained(**network), draw_series(network, lengths)
    assert_near(1e-12, model(*padded(series)), plain.answers(model, series))


@given(network=differentiable, n_steps=st.integers(1, 12))
@example(network=CONCATENATED, n_steps=3)
@thorough
def test_a_series_gradient_is_alone_as_in_a_batch(network, n_steps):
    model, series = trained(**network), draw_series(network, [n_steps] * 3)
    for x in series:
        x.requires_grad_()
    together = torch.autograd.grad(model(torch.stack(series)).sum(), series)
    alone = [torch.autograd.grad(model(x[None]).sum(), x)[0] for x in series]
    assert_near(GRADIENTS, torch.stack(together), torch.stack(alone))


@given(network=differentiable, lengths=ragged, weighted=st.booleans(), extra=st.integers(0, 3))
@thorough
def test_padding_changes_no_training_step(network, lengths, weighted, extra):
    model, series = build(**network), draw_series(network, lengths)
    weight, twin = draw_weights(network, len(series)) if weighted else None, copy.deepcopy(model)
    ours = learnt(model, model(*padded(series, extra=extra), weight), weight)
    assert_same_step(ours, learnt(twin, plain.answers(twin, series, weight), weight))


@given(
    network=differentiable,
    n_series=st.integers(1, 6),
    n_steps=st.integers(1, 12),
    weighted=st.booleans(),
)
@example(network=CONCATENATED, n_series=1, n_steps=2, weighted=False)
@thorough
def test_a_training_step_without_padding(network, n_series, n_steps, weighted):
    model, series = build(**network), draw_series(network, [n_steps] * n_series)
    weight, twin = draw_weights(network, n_series) if weighted else None, copy.deepcopy(model)
    ours = learnt(model, model(torch.stack(series), weight=weight), weight)
    assert_same_step(ours, learnt(twin, plain.answers(twin, series, weight), weight))


@given(network=differentiable, lengths=st.lists(ragged, min_size=2, max_size=13))
@settings(max_examples=50, deadline=None)
def test_running_statistics_of_many_steps(network, lengths):
    model, twin = build(**network), copy.deepcopy(build(**network))
    for part in lengths:
        series = draw_series(network, part)
        model(*padded(series))
        plain.answers(twin, series)
    assert_same_step(dict(model.named_buffers()), dict(twin.named_buffers()))


@given(
    network=networks,
    lengths=ragged,
    weighted=st.booleans(),
    extra=st.integers(0, 3),
    garbage=st.sampled_from(GARBAGE),
)
@thorough
def test_what_the_padding_holds_changes_not_a_bit(network, lengths, weighted, extra, garbage):
    series, steps = draw_series(network, lengths), []
    weight = draw_weights(network, len(series)) if weighted else None
    for padding in (0.0, garbage):
        model, (x, n_steps) = build(**network), padded(series, padding, extra)
        step = learnt(model, model(x, n_steps, weight), weight)
        steps.append(step | {"predicted": model.eval()(x, n_steps)})
    for name, value in steps[0].items():
        assert value.isfinite().all(), name
        assert torch.equal(steps[1][name], value), name
