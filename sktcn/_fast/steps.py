"""One time step of streaming forms of networks, compiled by numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn.networks.lags import N_KERNELS, N_TAPS


@compiled
def prepare(
    x: Any,
    scaling: tuple[Any, Any],
    change_scaling: tuple[Any, Any],
    previous: Any,
    started: Any,
    prepared: Any,
) -> None:
    """Scale a time step of each stream, and append the scaled differences from the step before.

    Parameters
    ----------
    x : ndarray of shape (n_streams, c)
        Values of the time step.
    scaling, change_scaling : tuple of ndarray of shape (c,)
        Mean and scale of the values, and of the differences.
    previous, started : ndarray of shape (n_streams, c) and (n_streams, 1)
        Scaled values of the step before, and whether there is one; they are written to.
    prepared : ndarray of shape (n_streams, 2 * c)
        Result.
    """
    mean, scale = scaling
    change_mean, change_scale = change_scaling
    n = x.shape[1]
    for i in range(len(x)):
        for j in range(n):
            value = (x[i, j] - mean[j]) / scale[j]
            change = (value - previous[i, j]) * started[i, 0]
            prepared[i, j] = value
            prepared[i, n + j] = (change - change_mean[j]) / change_scale[j]
            previous[i, j] = value
        started[i, 0] = 1


@compiled
def respond(window: Any, places: Any, reads: Any, taps: Any, kept: Any, responses: Any) -> None:
    """Compute the responses of all blocks at the latest time step of each stream.

    Parameters
    ----------
    window : ndarray of shape (n_streams, n_values)
        Latest values of each stream.
    places : ndarray of shape (9, n_blocks, n_channels)
        Places of the lags in the window.
    reads : ndarray of shape (n_blocks, n_channels, 84)
        Whether each kernel reads a channel of the group.
    taps : ndarray of shape (3, 84)
        Taps of each kernel that weigh 2.
    kept : ndarray of shape (f,)
        Numbers of the kernels, counted over all blocks, in increasing order.
    responses : ndarray of shape (n_streams, f)
        Result.
    """
    lags = np.empty((places.shape[2], N_TAPS), window.dtype)
    rest = np.empty_like(lags)
    for stream in range(len(window)):
        feature = 0
        for block in range(places.shape[1]):
            for channel in range(len(lags)):
                lag = lags[channel]
                for tap in range(N_TAPS):
                    lag[tap] = window[stream, places[tap, block, channel]]
                even, odd = (
                    (lag[0] + lag[4]) + (lag[2] + lag[6]),
                    (lag[1] + lag[5]) + (lag[3] + lag[7]),
                )
                third = ((even + odd) + lag[8]) / window.dtype.type(3)
                for tap in range(N_TAPS):
                    rest[channel, tap] = lag[tap] - third
            while feature < len(kept) and kept[feature] < (block + 1) * N_KERNELS:
                kernel = kept[feature] - block * N_KERNELS
                first, second, last = taps[0, kernel], taps[1, kernel], taps[2, kernel]
                total = window.dtype.type(0)
                for channel in range(len(lags)):
                    if reads[block, channel, kernel]:
                        pair = lags[channel, first] + lags[channel, second]
                        total += pair + rest[channel, last]
                responses[stream, feature] = total
                feature += 1


@compiled
def weigh(responses: Any, starts: Any, thresholds: Any, table: Any, added: Any) -> None:
    """Sum the weights of all thresholds that the responses exceed.

    Parameters
    ----------
    responses : ndarray of shape (n_streams, f)
        Responses at a time step.
    starts : ndarray of shape (f + 1,)
        First threshold of each feature.
    thresholds : ndarray of shape (n_shares,)
        Thresholds of each feature, in increasing order.
    table : ndarray of shape (n_shares + f, n_outputs)
        Sums of the weights of the first thresholds of each feature, from none to all of them.
    added : ndarray of shape (n_streams, n_outputs)
        Result.
    """
    for stream in range(len(responses)):
        added[stream] = 0
        for feature in range(len(starts) - 1):
            place, stop = starts[feature], starts[feature + 1]
            while place < stop and responses[stream, feature] > thresholds[place]:
                place += 1
            for output in range(added.shape[1]):
                added[stream, output] += table[place + feature, output]


@compiled
def advance(
    x: Any,
    rows: Any,
    steps: Any,
    rings: Any,
    shapes: Any,
    weights: Any,
    bend: tuple[Any, Any],
    multiscale: bool,
    features: Any,
) -> None:
    """Compute the features of a `StreamingTCN` at a time step of some streams.

    Parameters
    ----------
    x : ndarray of shape (m, c)
        Values of the time step.
    rows, steps : ndarray of shape (m,)
        Rows of the streams, and the time steps that each has seen.
    rings : ndarray of shape (n_streams * n_values,)
        Ring buffers of all convolutions, one after the other, which are written to.
    shapes : ndarray of shape (n_blocks, 5)
        Channels, filters, taps and dilation of each block, and whether its shortcut is a product.
    weights : ndarray of shape (n_weights,)
        Weights in the order of their use.
    bend : tuple
        Limit and slope of the activation, which multiplies what is not above the limit by the
        slope.
    multiscale : bool
        Whether the features are those of all blocks.
    features : ndarray of shape (m, f)
        Result.
    """
    n_streams, widest = _measure(rings, shapes)
    current, inputs = np.empty(widest, x.dtype), np.empty(widest, x.dtype)
    hidden = np.empty(widest, x.dtype)
    for i in range(len(x)):
        place = ring = feature = 0
        _copy(x[i], current)
        _copy(x[i], inputs)
        for block in range(len(shapes)):
            width, filters, n_taps, dilation, projects = shapes[block]
            if block:
                place = _normalise(current, weights, place, bend, inputs[:width])
                if multiscale:
                    _copy(inputs[:width], features[i, feature:])
                    feature += width
            _copy(weights[place : place + filters], hidden)
            place += filters
            at = rows[i], steps[i], n_taps, dilation
            place = _convolve(rings[ring:], at, inputs[:width], weights, place, hidden[:filters])
            ring += n_streams * dilation * 2 * n_taps * width
            for j in range(filters):
                hidden[j] = hidden[j] if hidden[j] > bend[0] else hidden[j] * bend[1]
            if projects:
                _copy(current[:width], inputs)
                for j in range(filters):
                    current[j] = 0
                place = _multiply(inputs[:width], weights, place, current[:filters])
            place = _convolve(rings[ring:], at, hidden[:filters], weights, place, current[:filters])
            ring += n_streams * dilation * 2 * n_taps * filters
        _normalise(current, weights, place, bend, features[i, feature:])


@compiled
def _measure(rings: Any, shapes: Any) -> Any:
    """Count the streams, and the channels of the widest layer."""
    size, widest = 0, 0
    for block in range(len(shapes)):
        width, filters, n_taps, dilation, _ = shapes[block]
        size += dilation * 2 * n_taps * (width + filters)
        widest = max(widest, width, filters)
    return len(rings) // size, widest


@compiled
def _copy(x: Any, out: Any) -> None:
    """Copy numbers, which compiles faster as a loop than as an assignment of slices."""
    for j in range(len(x)):
        out[j] = x[j]


@compiled
def _normalise(x: Any, weights: Any, place: int, bend: tuple[Any, Any], out: Any) -> Any:
    """Scale, shift and activate; return the place after the weights."""
    n = len(out)
    scale, shift = weights[place : place + n], weights[place + n : place + 2 * n]
    for j in range(n):
        z = x[j] * scale[j] + shift[j]
        out[j] = z if z > bend[0] else z * bend[1]
    return place + 2 * n


@compiled
def _convolve(
    rings: Any, at: tuple[int, int, int, int], x: Any, weights: Any, place: int, out: Any
) -> Any:
    """Write a time step as `RingBuffer` does, and add the product of its window."""
    row, step, n_taps, dilation = at
    n = len(x)
    start = (row * dilation + step % dilation) * 2 * n_taps * n
    column = step // dilation % n_taps
    ring = rings[start : start + 2 * n_taps * n]
    _copy(x, ring[column * n :])
    _copy(x, ring[(column + n_taps) * n :])
    return _multiply(ring[(column + 1) * n : (column + 1 + n_taps) * n], weights, place, out)


@compiled
def _multiply(x: Any, weights: Any, place: int, out: Any) -> Any:
    """Add the product with a matrix, by four rows at once; return the place after the matrix."""
    n, stop = len(out), place + len(x) * len(out)
    matrix = weights[place:stop].reshape(len(x), n)
    whole = len(x) // 4 * 4
    for i in range(0, whole, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(n):
            out[j] += (a * matrix[i, j] + b * matrix[i + 1, j]) + (
                c * matrix[i + 2, j] + d * matrix[i + 3, j]
            )
    for i in range(whole, len(x)):
        for j in range(n):
            out[j] += x[i] * matrix[i, j]
    return stop
