"""Convolutions of a training, and their gradients, compiled by numba.

On small series a call of torch's takes several times as long. Series are convolved one after the
other, so that what a convolution reads stays in a cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.lanes import VECTOR
from sktcn._fast.tiles import HEIGHTS, add_products

LEAST = HEIGHTS[-1]
BLOCK = 3072  # numbers of a series that are multiplied at once, so that they stay in a cache

@compiled
def convolve(x: Any, kernel: Any, dilation: int, out: Any, first: int, last: int) -> None:
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
    first, last : int
        Range of the series.
    """
    n_filters, n_channels, n_taps = kernel.shape
    weight = _arrange(kernel)
    offsets = _offsets(n_taps, dilation * n_channels, n_channels)
    for series in range(first, last):
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
    first: int,
    last: int,
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
    first, last : int
        Range of the series.
    grad_kernel : ndarray of shape (taps, c, f)
        Gradient of the kernel, from these series.
    """
    n_filters, n_channels, n_taps = kernel.shape
    n_steps, after = grad.shape[1], (n_taps - 1) * dilation - before
    padded = np.zeros((before + n_steps + after, n_filters), grad.dtype)
    weight = _arrange(kernel.transpose(1, 0, 2)[:, :, ::-1])
    offsets = _offsets(n_taps, dilation * n_filters, n_filters)
    steps = np.arange(n_steps) * n_channels
    size = max(BLOCK // n_filters, 1)
    grad_kernel[:] = 0
    for series in range(first, last):
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
        for start in range(0, n_steps, size):
            block = steps[: min(size, n_steps - start)]
            for tap in range(n_taps):
                _multiply(
                    own[(start + tap * dilation) * n_channels :],
                    1,
                    block,
                    own_grad[start * n_filters :],
                    n_filters,
                    grad_kernel[tap].reshape(-1),
                    n_channels,
                    True,
                )


@compiled
def _arrange(kernel: Any) -> Any:
    """Arrange weights as `_multiply` reads them: those of a tile's columns, by tap and channel."""
    n_filters, n_channels, n_taps = kernel.shape
    weight = np.empty(kernel.size, kernel.dtype)
    place = first = 0
    while first < n_filters:
        last = first + _width(n_filters - first, kernel.itemsize)
        for tap in range(n_taps):
            for channel in range(n_channels):
                for filter_ in range(first, last):
                    weight[place] = kernel[filter_, channel, tap]
                    place += 1
        first = last
    return weight


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
    """Multiply all rows and columns, of which `add_products` says more.

    What is added to has a matrix ``b`` as it is, and else it is arranged as by `_arrange`.
    """
    column = 0
    while column < n_columns:
        width = _width(n_columns - column, a.itemsize)
        row = 0
        while row < n_rows:
            height = _height(n_rows - row)
            if height == 1 and n_rows >= LEAST and not adds:
                height, row = LEAST, n_rows - LEAST  # some rows again, which is faster
            add_products(
                a,
                row * distance,
                distance,
                offsets,
                len(offsets),
                b,
                column if adds else column * len(offsets),
                n_columns if adds else width,
                out,
                row * n_columns + column,
                n_columns,
                height,
                width,
                adds,
            )
            row += height
        column += width


@compiled
def _width(left: int, itemsize: int) -> int:
    """Choose the columns of the next tile: two vectors, one, or a single column."""
    one = VECTOR // itemsize
    return 2 * one if left >= 2 * one else one if left >= one else 1


@compiled
def _height(left: int) -> int:
    """Choose the rows of the next tile, of which it leaves none, or enough for another one."""
    for height in HEIGHTS:
        if left == height or left >= height + LEAST or left >= height == LEAST:
            return height
    return 1
