"""One time step of streaming forms of networks, compiled by numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled


@compiled
def prepare(
    x: Any,
    rows: Any,
    scaling: tuple[Any, Any],
    change_scaling: tuple[Any, Any],
    previous: Any,
    started: Any,
    prepared: Any,
) -> None:
    """Scale a time step of some streams, and append the scaled differences from the step before.

    Parameters
    ----------
    x : ndarray of shape (m, c)
        Values of the time step.
    rows : ndarray of shape (m,)
        Rows of the streams.
    scaling, change_scaling : tuple of ndarray of shape (c,)
        Mean and scale of the values, and of the differences.
    previous, started : ndarray of shape (n_streams, c) and (n_streams, 1)
        Scaled values of the step before, and whether there is one; they are written to.
    prepared : ndarray of shape (m, 2 * c)
        Result.
    """
    mean, scale = scaling
    change_mean, change_scale = change_scaling
    n = x.shape[1]
    for i in range(len(x)):
        row = rows[i]
        for j in range(n):
            value = (x[i, j] - mean[j]) / scale[j]
            change = (value - previous[row, j]) * started[row, 0]
            prepared[i, j] = value
            prepared[i, n + j] = (change - change_mean[j]) / change_scale[j]
            previous[row, j] = value
        started[row, 0] = 1


@compiled
def average(
    h: Any,
    rows: Any,
    factor: float,
    total: Any,
    count: Any,
    weight: Any,
    bias: Any,
    out: Any,
) -> None:
    """Average the features of some streams over their time steps, and apply a linear layer.

    Parameters
    ----------
    h : ndarray of shape (m, f)
        Features of a time step.
    rows : ndarray of shape (m,)
        Rows of the streams.
    factor : float
        Weight of a step relative to that of the next one.
    total, count : ndarray of shape (n_streams, f) and (n_streams, 1)
        Sums of the features, and of the weights of the steps; they are written to.
    weight : ndarray of shape (f, n_outputs) or None
        Weights; None for outputs that are the means.
    bias : ndarray of shape (n_outputs,)
        Constant of each output.
    out : ndarray of shape (m, n_outputs)
        Result.
    """
    for i in range(len(h)):
        row = rows[i]
        count[row, 0] = factor * count[row, 0] + 1
        copy(bias, out[i])
        for j in range(h.shape[1]):
            total[row, j] = factor * total[row, j] + h[i, j]
            _add_feature(total[row, j] / count[row, 0], j, weight, out[i])


@compiled
def average_window(
    h: Any,
    rows: Any,
    size: int,
    chunk: int,
    slots: Any,
    recent: tuple[Any, Any],
    ring: tuple[Any, Any],
    later: tuple[Any, Any],
    weight: Any,
    bias: Any,
    out: Any,
) -> bool:
    """Average the features of some streams over a `Window`, as `average` does.

    Return whether a chunk has ended, which is then to be closed.

    Parameters
    ----------
    h, rows : ndarray
        As of `average`.
    size, chunk : int
        Time steps of the window and of its chunks.
    slots : ndarray of shape (n_streams, 1)
        Place of the time step in the block of each stream, which is written to.
    recent, ring, later : tuple of ndarray of shape (n_streams, ..., f) and (n_streams, ..., 1)
        Sums and numbers of the summaries of the window; they are written to.
    weight, bias, out : ndarray
        As of `average`.
    """
    ended = False
    for i in range(len(h)):
        row, slot = rows[i], slots[rows[i], 0]
        following = slot + 1
        place = following // chunk
        ring[1][row, slot, 0] = 1
        recent[1][row, 0] += 1
        count = (ring[1][row, following, 0] + later[1][row, place, 0]) + recent[1][row, 0]
        copy(bias, out[i])
        for j in range(h.shape[1]):
            ring[0][row, slot, j] = h[i, j]
            recent[0][row, j] += h[i, j]
            total = (ring[0][row, following, j] + later[0][row, place, j]) + recent[0][row, j]
            _add_feature(total / count, j, weight, out[i])
        slots[row, 0] = following
        ended |= following == size or following % chunk == 0
    return ended


@compiled
def _add_feature(mean: Any, j: int, weight: Any, out: Any) -> None:
    """Add the part of a feature to the outputs."""
    if weight is None:
        out[j] += mean
    else:
        for output in range(len(out)):
            out[output] += mean * weight[j, output]


@compiled
def soften(outputs: Any) -> Any:
    """Compute the softmax of outputs, ``(m, n_outputs)``."""
    answers = np.empty_like(outputs)
    for i in range(len(outputs)):
        largest, total = outputs[i].max(), 0.0
        for j in range(outputs.shape[1]):
            answers[i, j] = math.exp(outputs[i, j] - largest)
            total += answers[i, j]
        for j in range(outputs.shape[1]):
            answers[i, j] /= total
    return answers


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
        copy(x[i], current)
        copy(x[i], inputs)
        for block in range(len(shapes)):
            width, filters, n_taps, dilation, projects = shapes[block]
            if block:
                place = _normalise(current, weights, place, bend, inputs[:width])
                if multiscale:
                    copy(inputs[:width], features[i, feature:])
                    feature += width
            copy(weights[place : place + filters], hidden)
            place += filters
            at = rows[i], steps[i], n_taps, dilation
            place = _convolve(rings[ring:], at, inputs[:width], weights, place, hidden[:filters])
            ring += n_streams * dilation * 2 * n_taps * width
            for j in range(filters):
                hidden[j] = hidden[j] if hidden[j] > bend[0] else hidden[j] * bend[1]
            if projects:
                copy(current[:width], inputs)
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
def copy(x: Any, out: Any) -> None:
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
    copy(x, ring[column * n :])
    copy(x, ring[(column + n_taps) * n :])
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
