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
def add_up(
    x: Any, residual: Any, constants: Any, steps: Any, first: int, last: int, sums: Any
) -> None:
    """Add the residual, and sum steps and their squares, for each channel.

    Parameters
    ----------
    x, residual : ndarray of shape (n, t, c), and of that shape or (0, 0, c)
        Convolution's output, which becomes the sum, and the residual, if there is one.
    constants : ndarray of shape (4, c)
        Array of the dtype of the arithmetic.
    steps : tuple of ndarray of shape (n,)
        Length and weight of each series; later steps are padding.
    first, last : int
        Range of the series.
    sums : ndarray of shape (3, c), float64
        Weighted mean of the range, squared deviations from it, and the weight of all steps.
    """
    lengths, weights = steps
    n_channels = x.shape[2]
    mean, squares = np.empty_like(constants[0]), np.empty_like(constants[0])
    sums[:] = 0
    for series in range(first, last):
        for start in range(0, lengths[series], ROWS):
            stop = min(lengths[series], start + ROWS)
            mean[:] = 0
            for i in range(start, stop):
                if len(residual):
                    for j in range(n_channels):
                        added = widen(x[series, i, j]) + widen(residual[series, i, j])
                        x[series, i, j] = narrow(added, x)
                for j in range(n_channels):
                    mean[j] += widen(x[series, i, j])
            for j in range(n_channels):
                mean[j] /= stop - start
            squares[:] = 0
            for i in range(start, stop):
                for j in range(n_channels):
                    squares[j] += (widen(x[series, i, j]) - mean[j]) ** 2
            _combine(sums, mean, squares, weights[series], stop - start)


@compiled
def _combine(sums: Any, mean: Any, squares: Any, weight: float, n_steps: float) -> None:
    """Combine sums with those of steps of one weight (Chan et al., 1983)."""
    seen, added = sums[2, 0], weight * n_steps
    if added == 0:
        return
    share = added / (seen + added)
    for j in range(len(mean)):
        change = mean[j] - sums[0, j]
        sums[0, j] += change * share
        sums[1, j] += squares[j] * weight + change * change * seen * share
        sums[2, j] = seen + added


@compiled
def describe(sums: Any, eps: float, weight: Any, bias: Any, constants: Any) -> None:
    """Compute the constants of a norm from the sums of parts, and combine these in the first.

    Parameters
    ----------
    sums : ndarray of shape (n_parts, 3, c), float64
        Those of `add_up`.
    eps : float
        Added to the variance.
    weight, bias : ndarray of shape (c,)
        Those of the norm.
    constants : ndarray of shape (4, c)
        Result: mean, scale, shift, and inverse standard deviation.
    """
    for part in range(1, len(sums)):
        _combine(sums[0], sums[part, 0], sums[part, 1], 1.0, sums[part, 2, 0])
    for j in range(constants.shape[1]):
        inverse_std = 1 / np.sqrt(sums[0, 1, j] / sums[0, 2, j] + eps)
        constants[MEAN, j] = sums[0, 0, j]
        constants[SCALE, j] = weight[j] * inverse_std
        constants[SHIFT, j] = bias[j]
        constants[INVERSE_STD, j] = inverse_std


@compiled
def activate(
    x: Any, layer: Any, steps: Any, padded: Any, features: Any, first: int, last: int
) -> None:
    """Normalise, activate, drop and pad series ``first`` to ``last``, with zeros after their ends.

    Parameters
    ----------
    x : ndarray of shape (n, t, c)
        Convolution's output.
    layer : tuple
        Constants of `describe`, limit and slope of the activation, which multiplies what is not
        above the limit by the slope, and the factor of each channel, ``(n, 1, c)`` or
        ``(1, 1, c)``.
    steps : tuple of ndarray of shape (n,)
        Length and weight of each series.
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
        length = steps[0][series]
        total[:] = 0
        for i in range(length):
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
                features[series, 0, j] = narrow(total[j] / length, features)
        elif len(features):
            features[series, length:] = 0
        if len(inputs):
            inputs[series, before + length : before + n_steps] = 0


@compiled
def add_up_gradients(
    x: Any,
    layer: Any,
    steps: Any,
    padded: Any,
    features: Any,
    first: int,
    last: int,
    sums: Any,
) -> None:
    """Sum the gradients before the activation, and their products with the centred input.

    Parameters
    ----------
    x, layer, steps : ndarray and tuples
        As in `activate`.
    padded : tuple
        Gradient of the next convolution's padded input, ``(n, before + t + after, c)``, or zeros,
        ``(1, 1, c)``, if there is none, and the steps ``before``.
    features : ndarray of shape (n, t, c), (n, 1, c) or (0, 0, c)
        Gradient of the features of each step; that of means is divided by the number of steps.
    sums : ndarray of shape (2, c), float64
        Result, for series ``first`` to ``last``.
    """
    n_channels = x.shape[2]
    constants, limit, slope, mask = layer
    grad, before = padded
    mean, scale, shift = constants[MEAN], constants[SCALE], constants[SHIFT]
    own, some = np.zeros_like(mean), int(len(grad) > 1 or grad.shape[1] > 1)
    total, products = np.empty_like(mean), np.empty_like(mean)
    sums[:] = 0
    for series in range(first, last):
        factor = mask[series if len(mask) > 1 else 0, 0]
        length = steps[0][series]
        for start in range(0, length, ROWS):
            total[:] = 0
            products[:] = 0
            for i in range(start, min(length, start + ROWS)):
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
    total: float,
    residual: Any,
    x: Any,
    layer: Any,
    steps: Any,
    padded: Any,
    features: Any,
    first: int,
    last: int,
) -> None:
    """Replace the input by its gradient, for series ``first`` to ``last``, zero on padding.

    Parameters
    ----------
    sums : ndarray of shape (2, c), float64
        Those of `add_up_gradients`, of all series.
    total : float
        Weight of all steps.
    residual : ndarray of shape (n, t, c), or (1, 1, c)
        Gradient that is added; zeros if there is none.
    x, layer, steps, padded, features : ndarray or tuple
        As in `add_up_gradients`.
    """
    n_channels = x.shape[2]
    lengths, weights = steps
    constants, limit, slope, mask = layer
    grad, before = padded
    mean, scale, shift = constants[MEAN], constants[SCALE], constants[SHIFT]
    own, some = np.zeros_like(mean), int(len(grad) > 1 or grad.shape[1] > 1)
    adds = int(len(residual) > 1 or residual.shape[1] > 1)
    level, share = np.empty_like(mean), np.empty_like(mean)
    for series in range(first, last):
        factor = mask[series if len(mask) > 1 else 0, 0]
        for j in range(n_channels):
            each = scale[j] * (weights[series] / total)
            level[j] = sums[0, j] * each
            share[j] = sums[1, j] * each * constants[INVERSE_STD, j] ** 2
        for i in range(lengths[series]):
            if i == 0 or features.shape[1] > 1:
                _read(features, series, i, own)
            for j in range(n_channels):
                centred = widen(x[series, i, j]) - mean[j]
                g = widen(grad[series * some, (before + i) * some, j]) * factor[j] + own[j]
                g = _pull_back(g, centred * scale[j] + shift[j], limit, slope)
                change = widen(residual[series * adds, i * adds, j]) - level[j]
                x[series, i, j] = narrow(g * scale[j] - centred * share[j] + change, x)
        x[series, lengths[series] :] = 0
