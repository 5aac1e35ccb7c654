"""Memories of streams: windows and fading steps, against sums over the steps themselves."""

from __future__ import annotations

import math
from contextlib import ExitStack
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn.networks import POOLINGS
from sktcn.networks.memory import Fading, Running, ShiftedWindow, Window
from sktcn.networks.pooling import build_pooling

EXACT = {"rtol": 1e-12, "atol": 1e-12}
LIKE = torch.zeros(3, dtype=torch.float64)


def noise(*shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def build(pooling):
    """Build a float64 pooling whose scores, if it has any, are random and large."""
    module = build_pooling(pooling, 3)
    for parameter in module.parameters():
        parameter.data = 20 * noise(*parameter.shape, seed=5)
    return module.double()


@pytest.fixture(autouse=True)
def _inference():
    with torch.inference_mode():
        yield


@given(
    pooling=st.sampled_from(POOLINGS),
    kind=st.sampled_from([Window, ShiftedWindow]),
    size=st.integers(1, 30),
    data=st.data(),
)
@settings(deadline=None, max_examples=50)
def test_a_window_pools_the_newest_steps(pooling, kind, size, data):
    """Rows keep some steps and not others, and one starts anew."""
    module, h = build(pooling), noise(3, 80, 3)
    streaming = module.streaming(3, LIKE, partial(kind, size=size))
    kept = [[], [], []]
    renewed = data.draw(st.integers(0, 79))
    keeps = data.draw(st.one_of(st.none(), st.integers(0, 9)))
    drawn = noise(3, 80, seed=keeps or 0) > -0.5
    for t in range(80):
        if t == renewed:
            kept[1] = []
            for state in streaming.states:
                state.reset([1])
        keep = None if keeps is None else drawn[:, t : t + 1]
        pooled = streaming(h[:, t], keep)
        for row, past in enumerate(kept):
            newest = torch.stack([*past, h[row, t]][-size:], dim=1)
            torch.testing.assert_close(pooled[row], module(newest[None])[0], **EXACT)
            if keep is None or keep[row]:
                past.append(h[row, t])


@given(
    pooling=st.sampled_from(["mean", "attention", "last"]),
    factor=st.floats(0.01, 0.999),
)
@settings(deadline=None, max_examples=60)
def test_a_fading_step_weighs_a_power_of_the_factor(pooling, factor):
    module, h = build(pooling), noise(2, 60, 3)
    streaming = module.streaming(2, LIKE, partial(Fading, factor=factor))
    for t in range(60):
        pooled = streaming(h[:, t])
    age = torch.arange(59, -1, -1, dtype=torch.float64)
    score = age * torch.tensor(factor, dtype=torch.float64).log()
    if pooling == "attention":
        score = score + h @ module.score
    if pooling == "last":
        score = torch.where(age == 0, 0.0, -torch.inf)
    weight = score.expand(2, 60).softmax(1)
    torch.testing.assert_close(pooled, (weight[:, :, None] * h).sum(1), **EXACT)


@pytest.mark.parametrize("pooling", ["max", "mean+max"])
def test_a_maximum_does_not_fade(pooling):
    with pytest.raises(ValueError, match=r"decay must be None .* take a window instead"):
        build(pooling).streaming(1, LIKE, partial(Fading, factor=0.5))


@pytest.mark.parametrize("pooling", ["mean", "attention", "mean+max"])
@pytest.mark.parametrize("size", [7, 16, 50])
def test_a_window_forgets_to_the_bit(pooling, size):
    """So that a window can't drift: twice its length after, all is as if nothing had been."""
    module = build(pooling)
    old, new = (module.streaming(1, LIKE, partial(Window, size=size)) for _ in range(2))
    for t in range(3 * size):
        old(1e6 * noise(1, 3, seed=t))
    for t in range(4 * size):
        h = noise(1, 3, seed=t)
        after, fresh = old(h), new(h)
        if t >= size:
            torch.testing.assert_close(after, fresh, rtol=0, atol=0)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_scores_of_any_size_overflow_nowhere(pooling):
    module = build(pooling)
    streaming = module.streaming(1, LIKE, partial(Window, size=5))
    for t in range(40):
        h = noise(1, 3, seed=t) * 10.0 ** ((t * 7) % 60 - 30)
        assert streaming(h).isfinite().all()


@pytest.mark.parametrize("memory", [Running, partial(Window, size=300)], ids=["running", "window"])
def test_selecting_rows_advances_them_alone(memory):
    module, h = build("mean+max"), noise(4, 40, 3)
    some, all_ = (module.streaming(4, LIKE, memory) for _ in range(2))
    rows = torch.tensor([2, 0])
    for t in range(40):
        expected = all_(h[:, t])
        with ExitStack() as stack:
            for state in some.states:
                stack.enter_context(state.select(rows))
            pooled = some(h[rows, t])
        torch.testing.assert_close(pooled, expected[rows], rtol=0, atol=0)
    torch.testing.assert_close(some(h[:, 0])[1], module(h[1:2, :1].transpose(1, 2))[0], **EXACT)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_a_window_is_flat_over_a_million_steps(pooling):
    """Memory is what it was, and the pooled features are those of the newest steps."""
    module, size, period = build(pooling), 150, noise(1000, 1, 3)
    streaming = module.streaming(1, LIKE, partial(Window, size=size))
    held = {id(state): sum(t.numel() for t in state.tensors.values()) for state in streaming.states}
    steps = list(period)
    for _ in range(1000):
        for h in steps:
            pooled = streaming(h)
    expected = module(period[-size:, 0].T[None])
    torch.testing.assert_close(pooled, expected, rtol=1e-12, atol=1e-12)
    for state in streaming.states:
        assert sum(t.numel() for t in state.tensors.values()) == held[id(state)]


def test_a_sum_of_ten_million_steps_has_not_drifted():
    """Numpy's cumulative sum adds one step after the other, as the memory does."""
    h = np.random.default_rng(0).normal(1, 1, 10_000_000).astype(np.float32)
    running = np.cumsum(h, dtype=np.float64)
    streaming = build("mean").streaming(1, LIKE[:1], Running)
    for t in range(100):
        pooled = streaming(torch.tensor([[h[t]]]))
    assert pooled.item() == running[99] / 100
    assert abs(running[-1] / len(h) - math.fsum(h) / len(h)) < 1e-6
