"""Norm, activation, dropout and padding in one pass over memory, each way, compiled by numba.

A convolution's output has the shape ``(n, t, c)``. Forwards it is read for its statistics, which a
residual is added for on the way, and once more to write the next convolution's padded input.
Backwards it is read with the gradient, for the sums that batch norm needs, and once more to be
replaced by its own gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.bfloat16 import narrow, widen
from sktcn._fast.compiling import compiled

ROWS = 128  # time steps whose sums are added up in their own dtype, and stay in a cache
MEAN, SCALE, SHIFT, INVERSE_STD = range(4)  # rows of the constants of a norm


@compiled
def add_up(x: Any, residual: Any, constants: Any, first: int, last: int, sums: Any) -> None:
    """Add the residual, and sum steps and their squares, for each channel.

    Parameters
    ----------
    x, residual : ndarray of shape (n_steps, c), and of that shape or (0, c)
        Convolution's output, which becomes the sum, and the residual, if there is one.
    constants : ndarray of shape (4, c)
        Array of the dtype of the arithmetic.
    first, last : int
        Range of the steps.
    sums : ndarray of shape (2, c), float64
        Mean of the range, and squared deviations from it.
    """
    n_channels = x.shape[1]
    mean, squares = np.empty_like(constants[0]), np.empty_like(constants[0])
    sums[:] = 0
    seen = 0
    for start in range(first, last, ROWS):
        stop = min(last, start + ROWS)
        n_steps = stop - start
        mean[:] = 0
        for i in range(start, stop):
            if len(residual):
                for j in range(n_channels):
                    x[i, j] = narrow(widen(x[i, j]) + widen(residual[i, j]), x)
            for j in range(n_channels):
                mean[j] += widen(x[i, j])
        for j in range(n_channels):
            mean[j] /= n_steps
        squares[:] = 0
        for i in range(start, stop):
            for j in range(n_channels):
                squares[j] += (widen(x[i, j]) - mean[j]) ** 2
        for j in range(n_channels):
            _combine(sums[:, j], seen, mean[j], squares[j], n_steps)
        seen += n_steps


@compiled
def _combine(sums: Any, seen: int, mean: Any, squares: Any, n_steps: int) -> None:
    """Combine mean and squared deviations of two parts (Chan et al., 1983)."""
    change = mean - sums[0]
    sums[0] += change * n_steps / (seen + n_steps)
    sums[1] += squares + change * change * seen * n_steps / (seen + n_steps)


@compiled
def describe(sums: Any, sizes: Any, eps: float, weight: Any, bias: Any, constants: Any) -> None:
    """Compute the constants of a norm from the sums of parts of so many steps.

    Parameters
    ----------
    sums, sizes : ndarray of shape (n_parts, 2, c), float64, and of shape (n_parts,)
        Those of `add_up`, and the number of steps of each.
    eps : float
        Added to the variance.
    weight, bias : ndarray of shape (c,)
        Those of the norm.
    constants : ndarray of shape (4, c)
        Result: mean, scale, shift, and inverse standard deviation.
    """
    for j in range(constants.shape[1]):
        total, seen = sums[0, :, j].copy(), sizes[0]
        for part in range(1, len(sums)):
            _combine(total, seen, sums[part, 0, j], sums[part, 1, j], sizes[part])
            seen += sizes[part]
        inverse_std = 1 / np.sqrt(total[1] / seen + eps)
        constants[MEAN, j] = total[0]
        constants[SCALE, j] = weight[j] * inverse_std
        constants[SHIFT, j] = bias[j]
        constants[INVERSE_STD, j] = inverse_std


@compiled
def activate(x: Any, layer: Any, padded: Any, features: Any, first: int, last: int) -> None:
    """Normalise, activate, drop and pad series ``first`` to ``last``.

    Parameters
    ----------
    x : ndarray of shape (n, t, c)
        Convolution's output.
    layer : tuple
        Constants of `describe`, limit and slope of the activation, which multiplies what is not
        above the limit by the slope, and the factor of each channel, ``(n, 1, c)`` or
        ``(1, 1, c)``.
    padded : tuple
        Next convolution's input, ``(n, before + t + after, c)``, or ``(0, 0, c)`` if there is none,
        and the steps ``before``.
    features : ndarray of shape (n, t, c), (n, 1, c) or (0, 0, c)
        Features of each step, or their means.
    """
    n_steps, n_channels = x.shape[1:]
    constants, limit, slope, mask = layer
    inputs, before = padded
    mean, scale, shift = constants[MEAN], constants[SCALE], constants[SHIFT]
    row, total = np.empty_like(mean), np.empty(n_channels, np.float64)
    for series in range(first, last):
        factor = mask[series if len(mask) > 1 else 0, 0]
        total[:] = 0
        for i in range(n_steps):
            for j in range(n_channels):
                z = (widen(x[series, i, j]) - mean[j]) * scale[j] + shift[j]
                row[j] = z if z > limit else z * slope
            if len(inputs):
                for j in range(n_channels):
                    inputs[series, before + i, j] = narrow(row[j] * factor[j], inputs)
            if features.shape[1] == 1:
                for j in range(n_channels):
                    total[j] += row[j]
            elif len(features):
                for j in range(n_channels):
                    features[series, i, j] = narrow(row[j], features)
        if features.shape[1] == 1:
            for j in range(n_channels):
                features[series, 0, j] = narrow(total[j] / n_steps, features)


@compiled
def add_up_gradients(
    x: Any,
    layer: Any,
    padded: Any,
    features: Any,
    first: int,
    last: int,
    sums: Any,
) -> None:
    """Sum the gradients before the activation, and their products with the centred input.

    Parameters
    ----------
    x, layer : ndarray and tuple
        As in `activate`.
    padded : tuple
        Gradient of the next convolution's padded input, ``(n, before + t + after, c)``, or zeros,
        ``(1, 1, c)``, if there is none, and the steps ``before``.
    features : ndarray of shape (n, t, c), (n, 1, c) or (0, 0, c)
        Gradient of the features of each step; that of means is divided by the number of steps.
    sums : ndarray of shape (2, c), float64
        Result, for series ``first`` to ``last``.
    """
    n_steps, n_channels = x.shape[1:]
    constants, limit, slope, mask = layer
    grad, before = padded
    mean, scale, shift = constants[MEAN], constants[SCALE], constants[SHIFT]
    own, some = np.zeros_like(mean), int(len(grad) > 1 or grad.shape[1] > 1)
    total, products = np.empty_like(mean), np.empty_like(mean)
    sums[:] = 0
    for series in range(first, last):
        factor = mask[series if len(mask) > 1 else 0, 0]
        for start in range(0, n_steps, ROWS):
            total[:] = 0
            products[:] = 0
            for i in range(start, min(n_steps, start + ROWS)):
                if i == 0 or features.shape[1] > 1:
                    _read(features, series, i, own)
                for j in range(n_channels):
                    centred = widen(x[series, i, j]) - mean[j]
                    g = widen(grad[series * some, (before + i) * some, j]) * factor[j] + own[j]
                    g = _pull_back(g, centred * scale[j] + shift[j], limit, slope)
                    total[j] += g
                    products[j] += g * centred
            for j in range(n_channels):
                sums[0, j] += total[j]
                sums[1, j] += products[j]


@compiled
def _read(features: Any, series: int, i: int, out: Any) -> None:
    """Read the gradient of the features of a step, if there are features."""
    if len(features):
        for j in range(len(out)):
            out[j] = widen(features[series, i, j])


@compiled
def _pull_back(grad: Any, z: Any, limit: Any, slope: Any) -> Any:
    """Compute the gradient before the activation from that after it."""
    return grad if z > limit else grad * slope


@compiled
def replace_by_gradients(
    sums: Any,
    residual: Any,
    x: Any,
    layer: Any,
    padded: Any,
    features: Any,
    first: int,
    last: int,
) -> None:
    """Replace the input by its gradient, for series ``first`` to ``last``.

    Parameters
    ----------
    sums : ndarray of shape (2, c), float64
        Those of `add_up_gradients`, of all series.
    residual : ndarray of shape (n, t, c), or (1, 1, c)
        Gradient that is added; zeros if there is none.
    x, layer, padded, features : ndarray or tuple
        As in `add_up_gradients`.
    """
    n_steps, n_channels = x.shape[1:]
    constants, limit, slope, mask = layer
    grad, before = padded
    mean, scale, shift = constants[MEAN], constants[SCALE], constants[SHIFT]
    own, some = np.zeros_like(mean), int(len(grad) > 1 or grad.shape[1] > 1)
    adds = int(len(residual) > 1 or residual.shape[1] > 1)
    level, share = np.empty_like(mean), np.empty_like(mean)
    for j in range(n_channels):
        each = scale[j] / (len(x) * n_steps)
        level[j] = sums[0, j] * each
        share[j] = sums[1, j] * each * constants[INVERSE_STD, j] ** 2
    for series in range(first, last):
        factor = mask[series if len(mask) > 1 else 0, 0]
        for i in range(n_steps):
            if i == 0 or features.shape[1] > 1:
                _read(features, series, i, own)
            for j in range(n_channels):
                centred = widen(x[series, i, j]) - mean[j]
                g = widen(grad[series * some, (before + i) * some, j]) * factor[j] + own[j]
                g = _pull_back(g, centred * scale[j] + shift[j], limit, slope)
                change = widen(residual[series * adds, i * adds, j]) - level[j]
                x[series, i, j] = narrow(g * scale[j] - centred * share[j] + change, x)
