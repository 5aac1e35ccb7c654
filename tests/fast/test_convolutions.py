"""Compiled convolutions of a training, and their gradients, beside those of torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import conv1d

pytest.importorskip("numba", reason="the compiled convolutions need numba: pip install sktcn[fast]")

from sktcn._fast.convolutions import convolve, pull_back
from tests.helpers.processors import OTHERS, run_on_processor

TOLERANCES = {"float32": 1e-5, "float64": 1e-13}


def compute(x, kernel, grad, before, dilation, *, needs_input=True):
    """Pad the series, ``(n, t, c)``; return convolution and gradients."""
    n, n_steps, n_channels = x.shape
    n_filters, _, n_taps = kernel.shape
    after = (n_taps - 1) * dilation - before
    padded = np.pad(x, ((0, 0), (before, after), (0, 0)))
    out = np.full((n, n_steps, n_filters), np.nan, x.dtype)
    convolve(padded, kernel, dilation, out, 0, n)
    grad_x = np.full_like(padded if needs_input else padded[:0], np.nan)
    grad_kernel = np.full((n_taps, n_channels, n_filters), np.nan, x.dtype)
    pull_back(grad, padded, (grad_x, before), kernel, dilation, 0, n, grad_kernel)
    return out, grad_x[:, before : before + n_steps], grad_kernel.transpose(2, 1, 0)


def by_torch(x, kernel, grad, before, dilation):
    series, weight = (torch.from_numpy(each).double().requires_grad_() for each in (x, kernel))
    after = (kernel.shape[2] - 1) * dilation - before
    padded = torch.nn.functional.pad(series.transpose(1, 2), (before, after))
    out = conv1d(padded, weight, dilation=dilation).transpose(1, 2)
    out.backward(torch.from_numpy(grad).double())
    return out.detach().numpy(), series.grad.numpy(), weight.grad.numpy()


def draw(seed, dtype, n, n_steps, n_channels, n_filters, n_taps):
    rng = np.random.default_rng(seed)
    shapes = (n, n_steps, n_channels), (n_filters, n_channels, n_taps), (n, n_steps, n_filters)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


widths = st.one_of(st.integers(1, 9), st.sampled_from([16, 24, 32, 40, 48, 65]))


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 150), widths, widths, st.integers(1, 6)),
    dilation=st.integers(1, 9),
    share=st.floats(0, 1),
    dtype=st.sampled_from([*TOLERANCES]),
    seed=st.integers(0, 9),
)
@settings(max_examples=100, deadline=None)
def test_equals_torch(sizes, dilation, share, dtype, seed):
    before = round(share * (sizes[4] - 1) * dilation)
    arrays = draw(seed, dtype, *sizes)
    expected = by_torch(*arrays, before, dilation)
    for own, other in zip(compute(*arrays, before, dilation), expected, strict=True):
        scale = max(1.0, np.abs(other).max())
        np.testing.assert_allclose(own, other, rtol=0, atol=TOLERANCES[dtype] * scale)


@pytest.mark.parametrize("dtype", [*TOLERANCES])
def test_an_output_depends_on_what_it_reads_alone(dtype):
    """To the bit: not on the steps after it, and not on the number of filters beside it."""
    x, kernel, grad = draw(0, dtype, 2, 37, 5, 48, 3)
    whole, _, _ = compute(x, kernel, grad, 4, 2)
    for n_steps, n_filters in ((1, 48), (7, 47), (20, 33), (37, 1)):
        part = x[:, :n_steps].copy(), kernel[:n_filters], grad[:, :n_steps, :n_filters].copy()
        out, _, _ = compute(*part, 4, 2)
        np.testing.assert_array_equal(out, whole[:, :n_steps, :n_filters])


def test_the_gradient_of_the_series_may_be_left_out():
    arrays = draw(0, "float32", 3, 20, 2, 16, 5)
    _, grad_x, grad_kernel = compute(*arrays, 8, 2, needs_input=False)
    assert grad_x.shape == (0, 20, 2)
    np.testing.assert_array_equal(grad_kernel, compute(*arrays, 8, 2)[2])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_reach_what_reads_them(value):
    x, kernel, grad = draw(0, "float32", 2, 20, 3, 32, 3)
    x[1, 7, 0] = value
    out, _, _ = compute(x, kernel, grad, 2, 1)
    reached = ~np.isfinite(out).all(2)
    assert reached.nonzero()[0].tolist() == [1, 1, 1]
    assert reached.nonzero()[1].tolist() == [7, 8, 9]


@pytest.mark.slow
@pytest.mark.parametrize("features", OTHERS)
def test_processors_without_wide_vectors_compute_the_same(features, tmp_path):
    code = (
        "from tests.fast.test_convolutions import *\n"
        "for dtype, width in (('float32', 40), ('float64', 20)):\n"
        "    arrays = draw(0, dtype, 3, 30, width, width + 5, 5)\n"
        "    pairs = zip(compute(*arrays, 4, 2), by_torch(*arrays, 4, 2))\n"
        "    assert all(np.allclose(*pair, rtol=0, atol=1e-3) for pair in pairs)"
    )
    run_on_processor(code, features, tmp_path)
