"""The training pass written out is that of the modules: answers, gradients, running statistics."""

from __future__ import annotations

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._fast.training import fast_passes
from sktcn.networks import (
    ACTIVATIONS,
    LSTM,
    TCN,
    SequenceModel,
    StreamingNetwork,
    fused,
    fused_passes,
)
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.masks import step_mask

networks = st.fixed_dictionaries(
    {
        "n_filters": st.lists(st.integers(1, 5), min_size=1, max_size=4),
        "kernel_size": st.one_of(st.integers(1, 6), st.sampled_from([[1, 3], [5, 1, 3], [2, 6]])),
        "dilation_base": st.integers(1, 4),
        "causal": st.booleans(),
        "activation": st.sampled_from([*ACTIVATIONS, torch.nn.Softsign, torch.sin]),
        "zero_init_residual": st.booleans(),
        "multiscale": st.booleans(),
    }
)


def build(*, seed=0, dtype=torch.float64, in_channels=2, pooling="mean", delay=0, **options):
    """Build a network in training mode whose every parameter is random."""
    generator = torch.Generator().manual_seed(seed)
    backbone = TCN(in_channels, generator=generator, **options)
    model = SequenceModel(backbone, pooling=pooling, delay=delay, n_outputs=3, generator=generator)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.2)
    return model.to(dtype)


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def trained(model, batches, lengths=None, weight=None):
    """Take the gradients of some batches, one after the other; return all that comes of it."""
    results = []
    for x in batches:
        model.zero_grad()
        answers = model(x, lengths, weight)
        if lengths is not None and answers.ndim == 3:
            answers = answers * step_mask(lengths, answers.shape[2])
        answers.square().sum().backward()
        results += [answers.detach(), *(p.grad for p in model.parameters())]
    return results + [buffer.double() for buffer in model.buffers()]


# What norms divide by can be next to nothing, which multiplies rounding errors; test_exactness.py
# says by how much.
def assert_same(ours, expected, tolerance=1e-10):
    for one, other in zip(ours, expected, strict=True):
        atol = tolerance * max(1.0, other.abs().max().item())
        torch.testing.assert_close(one, other, rtol=0, atol=atol)


@given(
    network=networks,
    head=st.sampled_from([{"pooling": "mean"}, {"pooling": "max"}])
    | st.fixed_dictionaries({"pooling": st.none(), "delay": st.integers(0, 3)}),
    n_series=st.integers(2, 6),
    n_steps=st.integers(1, 20),
)
@settings(max_examples=100, deadline=None)
def test_equals_the_modules(network, head, n_series, n_steps):
    model = build(**network, **head)
    twin = copy.deepcopy(model)
    shapes = [(n_series, 2, n_steps), (n_series + 1, 2, n_steps), (n_series, 2, n_steps)]
    batches = [noise(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    with fused_passes(model):
        ours = trained(model, batches)
    assert_same(ours, trained(twin, batches))


@pytest.mark.parametrize("name", ["relu", "identity", "gelu"])
def test_a_function_of_the_user_is_not_taken_for_another_of_its_name(name):
    def square(x):
        return x * x

    square.__name__ = name
    model = build(n_filters=[4, 4], activation=square)
    twin, batches = copy.deepcopy(model), [noise(4, 2, 9)]
    with fast_passes(model):
        ours = trained(model, batches)
    assert_same(ours, trained(twin, batches))
    network = StreamingNetwork(model.eval(), n_streams=4)
    with torch.no_grad():
        streamed = [network(batches[0][:, :, t], t) for t in range(9)]
        assert_same(streamed[-1:], [model(batches[0])])


@pytest.mark.parametrize("passes", [fused_passes, fast_passes])
@pytest.mark.parametrize("kernel_size", [1, 5])
def test_dropout_is_applied_where_the_modules_apply_it(kernel_size, passes, monkeypatch):
    monkeypatch.setattr(ChannelDropout, "fill", lambda self, kept: kept.fill_(0.7))
    model = build(n_filters=[4, 4], kernel_size=kernel_size, dropout=0.3)
    twin, batches = copy.deepcopy(model), [noise(4, 2, 9)]
    with passes(model):
        ours = trained(model, batches)
    assert_same(ours, trained(twin, batches))


def test_each_convolution_and_each_step_drops_other_channels():
    model = build(n_filters=[8, 8, 8], dropout=0.5)
    with fused_passes(model):
        tcn = model.backbone.fused
        model(noise(16, 2, 9))
        (run,) = tcn.passes.values()
        first = run.noise.clone()
        parts = [conv.dropout_mask for block in run.blocks for conv in (block.conv1, block.conv2)][
            1:
        ]
        assert not any(torch.equal(a, b) for a, b in pairwise(parts))
        model(noise(16, 2, 9))
        assert not torch.equal(run.noise, first)
    assert set(first.unique().tolist()) == {0.0, 2.0}


def test_is_taken_for_what_it_knows_alone():
    known = {"n_filters": [4], "norm": "batch", "residual": "add"}
    for options in (
        {"norm": "layer"},
        {"residual": "concat"},
        {"activation": "prelu"},
        {"causal": False, "kernel_size": 4},
    ):
        with fused_passes(build(**known | options)) as _:
            pass
        model = build(**known | options)
        with fused_passes(model):
            assert model.backbone.fused is None, options
    model = build(**known)
    with fused_passes(model):
        assert model.backbone.fused is not None
    assert model.backbone.fused is None
    lstm = SequenceModel(LSTM(2, 4), n_outputs=3)
    with fused_passes(lstm):
        assert lstm(noise(3, 2, 9).float()).shape == (3, 3)


def test_padding_and_weights_go_the_way_of_the_modules():
    model, lengths = build(n_filters=[4, 4]), torch.tensor([9, 4, 7])
    twin, x = copy.deepcopy(model), noise(3, 2, 9)
    with fused_passes(model):
        assert_same([model(x, lengths)], [twin(x, lengths)])
        weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
        assert_same([model(x, weight=weight)], [twin(x, weight=weight)])
        assert not model.backbone.fused.passes


def test_a_gradient_that_comes_too_late_is_refused():
    model = build(n_filters=[4, 4])
    with fused_passes(model):
        first = model(noise(3, 2, 9))
        model(noise(3, 2, 9))
        with pytest.raises(RuntimeError, match="backwards before the next one forwards"):
            first.sum().backward()


@pytest.mark.parametrize("parameters", [{}, {"activation": "elu"}, {"causal": False}])
def test_a_fit_is_the_same_without_it(tcn_classifier, labelled, monkeypatch, parameters):
    make = {"dtype": "float64", "dropout": 0.0, "max_epochs": 20} | parameters
    ours = tcn_classifier(**make).fit(*labelled).predict_proba(labelled[0])
    monkeypatch.setattr(fused, "can_fuse", lambda tcn: False)
    plain = tcn_classifier(**make).fit(*labelled).predict_proba(labelled[0])
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-8)


def test_nothing_of_it_stays_with_a_fitted_estimator(tcn_classifier, labelled):
    classifier = tcn_classifier().fit(*labelled)
    assert classifier.net_.module_.backbone.fused is None
    copied = pickle.loads(pickle.dumps(classifier))
    assert (copied.predict_proba(labelled[0]) == classifier.predict_proba(labelled[0])).all()
