"""Convolutions of a training, and their gradients, compiled by numba.

On small series a call of torch's takes several times as long. Series are convolved one after the
other, so that what a convolution reads stays in a cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.lanes import VECTOR
from sktcn._fast.tiles import ROWS, add_products


@compiled
def convolve(x: Any, kernel: Any, dilation: int, out: Any) -> None:
    """Convolve series.

    Parameters
    ----------
    x : ndarray of shape (n, t', c)
        Padded series.
    kernel : ndarray of shape (f, c, taps)
        Weights of each filter.
    dilation : int
        Time steps between two taps.
    out : ndarray of shape (n, t, f)
        Result.
    """
    n_filters, n_channels, n_taps = kernel.shape
    weight = _arrange(kernel)
    offsets = _offsets(n_taps, dilation * n_channels, n_channels)
    for series in range(len(x)):
        _multiply(
            x[series].reshape(-1),
            n_channels,
            offsets,
            weight,
            n_filters,
            out[series].reshape(-1),
            out.shape[1],
            False,
        )


@compiled
def pull_back(
    grad: Any,
    x: Any,
    kernel: Any,
    dilation: int,
    before: int,
    grad_x: Any,
    grad_kernel: Any,
) -> None:
    """Compute the gradients of `convolve`.

    Parameters
    ----------
    grad : ndarray of shape (n, t, f)
        Gradient of the result.
    x, kernel, dilation : ndarray and int
        As in `convolve`.
    before : int
        Steps of padding before each series.
    grad_x : ndarray of shape (n, t', c) or (0, 0, c)
        Gradient of the series, or nothing, if that is not asked for; that of padding is not set.
    grad_kernel : ndarray of shape (taps, c, f)
        Gradient of the kernel.
    """
    n_filters, n_channels, n_taps = kernel.shape
    n_steps, after = grad.shape[1], (n_taps - 1) * dilation - before
    padded = np.zeros((before + n_steps + after, n_filters), grad.dtype)
    weight = _arrange(kernel.transpose(1, 0, 2)[:, :, ::-1])
    offsets = _offsets(n_taps, dilation * n_filters, n_filters)
    steps = np.arange(n_steps) * n_channels
    grad_kernel[:] = 0
    for series in range(len(x)):
        if len(grad_x):
            padded[after : after + n_steps] = grad[series]
            _multiply(
                padded.reshape(-1),
                n_filters,
                offsets,
                weight,
                n_channels,
                grad_x[series, before : before + n_steps].reshape(-1),
                n_steps,
                False,
            )
        own, own_grad = x[series].reshape(-1), grad[series].reshape(-1)
        for tap in range(n_taps):
            _multiply(
                own[tap * dilation * n_channels :],
                1,
                steps,
                own_grad,
                n_filters,
                grad_kernel[tap].reshape(-1),
                n_channels,
                True,
            )


@compiled
def _arrange(kernel: Any) -> Any:
    """Arrange weights by tap, channel and filter, in a flat array."""
    n_filters, n_channels, n_taps = kernel.shape
    weight = np.empty((n_taps, n_channels, n_filters), kernel.dtype)
    for filter_ in range(n_filters):
        for channel in range(n_channels):
            for tap in range(n_taps):
                weight[tap, channel, filter_] = kernel[filter_, channel, tap]
    return weight.reshape(-1)


@compiled
def _offsets(n_taps: int, distance: int, n_channels: int) -> Any:
    """Compute the places of what a step reads, one tap after the other."""
    offsets = np.empty(n_taps * n_channels, np.int64)
    for tap in range(n_taps):
        for channel in range(n_channels):
            offsets[tap * n_channels + channel] = tap * distance + channel
    return offsets


@compiled
def _multiply(
    a: Any, distance: int, offsets: Any, b: Any, n_columns: int, out: Any, n_rows: int, adds: bool
) -> None:
    """Multiply all rows and columns, of which `add_products` says more."""
    two = 2 * (VECTOR // a.itemsize)
    column = 0
    while column < n_columns:
        left = n_columns - column
        width = two if left >= two else two // 2 if left >= two // 2 else 1
        row = 0
        while row < n_rows:
            height = ROWS if n_rows - row >= ROWS else 1
            if height == 1 and n_rows >= ROWS and not adds:
                height, row = ROWS, n_rows - ROWS  # some rows again, which is faster
            add_products(
                a,
                row * distance,
                distance,
                offsets,
                len(offsets),
                b,
                column,
                n_columns,
                out,
                row * n_columns + column,
                n_columns,
                height,
                width,
                adds,
            )
            row += height
        column += width
