"""Convolutions of a training, and their gradients, compiled by numba.

On small series a call of torch's takes several times as long. Series are convolved one after the
other, so that what a convolution reads stays in a cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.lanes import VECTOR
from sktcn._fast.passes import activate, add_up_gradients
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
    weight, offsets = _arrange(kernel, dilation)
    for series in range(first, last):
        _multiply_steps(x[series], offsets, weight, out[series])


@compiled
def activate_and_convolve(
    given: Any, kernel: Any, dilation: int, out: Any, first: int, last: int
) -> None:
    """Activate each series by `activate`, whose first arguments are ``given``, and convolve it.

    The other parameters are those of `convolve`.
    """
    x, layer, steps, padded, features = given
    weight, offsets = _arrange(kernel, dilation)
    for series in range(first, last):
        activate(x, layer, steps, padded, features, series, series + 1)
        _multiply_steps(padded[0][series], offsets, weight, out[series])


@compiled
def pull_back(
    grad: Any,
    x: Any,
    padded: Any,
    kernel: Any,
    dilation: int,
    first: int,
    last: int,
    grad_kernel: Any,
) -> None:
    """Compute the gradients of `convolve`.

    Parameters
    ----------
    grad : ndarray of shape (n, t, f)
        Gradient of the result.
    x : ndarray of shape (n, t', c)
        Padded series.
    padded : tuple
        Gradient of the series, ``(n, t', c)``, or nothing, ``(0, 0, c)``, if that is not asked for,
        and the steps of padding before each series, whose gradient is not set.
    kernel, dilation : ndarray and int
        As in `convolve`.
    first, last : int
        Range of the series.
    grad_kernel : ndarray of shape (taps, c, f)
        Gradient of the kernel, from these series.
    """
    grad_x, before = padded
    grad_kernel[:] = 0
    weight, offsets = _arrange_backwards(kernel, dilation)
    buffer = _allocate(grad, kernel, dilation)
    for series in range(first, last):
        if len(grad_x):
            _pull_back_series(grad[series], before, weight, offsets, buffer, grad_x[series])
        _add_kernel(grad[series], x[series], dilation, grad_kernel)


@compiled
def pull_back_and_add_up(
    grad: Any,
    inputs: Any,
    given: Any,
    kernel: Any,
    dilation: int,
    first: int,
    last: int,
    grad_kernel: Any,
    sums: Any,
) -> None:
    """Compute the gradient of the kernel in `activate_and_convolve`, and of its padded input.

    The latter is filled in ``given``, which are the first arguments of `add_up_gradients`, and
    ``sums`` is its result. The others are those of `pull_back`, with padded series ``inputs``.
    """
    x, layer, steps, padded, features = given
    grad_x, before = padded
    grad_kernel[:] = 0
    sums[:] = 0
    own = np.empty_like(sums)
    weight, offsets = _arrange_backwards(kernel, dilation)
    buffer = _allocate(grad, kernel, dilation)
    for series in range(first, last):
        _pull_back_series(grad[series], before, weight, offsets, buffer, grad_x[series])
        add_up_gradients(x, layer, steps, padded, features, series, series + 1, own)
        sums += own
        _add_kernel(grad[series], inputs[series], dilation, grad_kernel)


@compiled
def _multiply_steps(x: Any, offsets: Any, weight: Any, out: Any) -> None:
    """Multiply what each step of a padded series reads by arranged weights."""
    a, width, (n_steps, n_filters) = x.reshape(-1), x.shape[1], out.shape
    _multiply(a, width, offsets, weight, n_filters, out.reshape(-1), n_steps, False)


@compiled
def _allocate(grad: Any, kernel: Any, dilation: int) -> Any:
    """Allocate zeros for the gradient of a series with padding on either side."""
    n_steps = grad.shape[1] + (kernel.shape[2] - 1) * dilation
    return np.zeros((n_steps, grad.shape[2]), grad.dtype)


@compiled
def _pull_back_series(
    grad: Any, before: int, weight: Any, offsets: Any, buffer: Any, grad_x: Any
) -> None:
    """Compute the gradient of a padded series, but that of its padding."""
    n_steps = len(grad)
    after = len(buffer) - n_steps - before
    buffer[after : after + n_steps] = grad
    _multiply_steps(buffer, offsets, weight, grad_x[before : before + n_steps])


@compiled
def _add_kernel(grad: Any, x: Any, dilation: int, grad_kernel: Any) -> None:
    """Add the gradient of the kernel that a series brings, `BLOCK` numbers of it at once."""
    n_taps, n_channels, n_filters = grad_kernel.shape
    n_steps, flat, flat_grad = len(grad), x.reshape(-1), grad.reshape(-1)
    size = max(BLOCK // n_filters, 1)
    steps = np.arange(min(size, n_steps)) * n_channels
    for start in range(0, n_steps, size):
        for tap in range(n_taps):
            _multiply(
                flat[(start + tap * dilation) * n_channels :],
                1,
                steps[: n_steps - start],
                flat_grad[start * n_filters :],
                n_filters,
                grad_kernel[tap].reshape(-1),
                n_channels,
                True,
            )


@compiled
def _arrange(kernel: Any, dilation: int) -> Any:
    """Arrange weights as `_multiply` reads them: those of a tile's columns, by tap and channel.

    The second result is the places of what a step reads, in the same order.
    """
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
    offsets = np.empty(n_taps * n_channels, np.int64)
    for tap in range(n_taps):
        for channel in range(n_channels):
            offsets[tap * n_channels + channel] = (tap * dilation) * n_channels + channel
    return weight, offsets


@compiled
def _arrange_backwards(kernel: Any, dilation: int) -> Any:
    """Arrange the weights by which the gradient of a convolution is convolved."""
    return _arrange(kernel.transpose(1, 0, 2)[:, :, ::-1], dilation)


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
