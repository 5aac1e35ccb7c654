"""Counts of `RocketModel` in one pass over each series, compiled by numba.

Additions are those of `sktcn.networks.lags`, in their order, so that the counts are the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.lanes import MOST, MOST_ROWS, ROW, STEP, TILE, count_sums
from sktcn.networks.lags import N_KERNELS, N_TAPS

LINE = 64  # bytes
_2, _3, _4 = np.uint64(2), np.uint64(3), np.uint64(4)


@compiled
def weigh_steps(
    x: Any, lengths: Any, network: tuple[Any, ...], linear: tuple[Any, ...], outputs: Any
) -> None:
    """Compute the outputs of a `ThresholdHead`, ``(n, n_outputs)``, series by series.

    The first parameters are those of `count_steps`, and ``linear`` is that of `weigh`.
    """
    counts = np.empty((1, len(linear[0])))
    for i in range(len(x)):
        series, length = x[i : i + 1], lengths[i : i + 1]
        count_steps(series, length, network, 0, 1, counts)
        outputs[i] = weigh(counts, length, linear)[0]


@partial(compiled, fastmath={"reassoc"})
def weigh(counts: Any, lengths: Any, linear: tuple[Any, ...]) -> Any:
    """Apply a linear layer to the shares that counts are of lengths, less their center.

    Parameters
    ----------
    counts, lengths : ndarray of shape (n, n_shares), and of shape (n,)
        Counts, and the time steps of each series.
    linear : tuple of ndarray of shape (n_shares,), (n_outputs, n_shares) and (n_outputs,)
        Center, and weight and bias of the layer.
    """
    center, weight, bias = linear
    outputs, shares = np.empty((len(counts), len(weight))), np.empty(len(center))
    for i in range(len(counts)):
        share = 1 / lengths[i]
        for j in range(len(center)):
            shares[j] = share * counts[i, j] - center[j]
        for output in range(len(weight)):
            total = 0.0
            for j in range(len(center)):
                total += shares[j] * weight[output, j]
            outputs[i, output] = total + bias[output]
    return outputs


@compiled
def count_steps(
    x: Any, lengths: Any, network: tuple[Any, ...], tile: int, n_tiled: int, counts: Any
) -> None:
    """Count the steps of each series, ``(n, t, c)``, at which responses exceed thresholds.

    Of each series the tiles ``tile``, ``tile + n_tiled``, ... are read.

    Parameters
    ----------
    x, lengths : ndarray of shape (n, t, c), and of shape (n,)
        Series and their lengths.
    network : tuple of ndarray
        Channels of each block's group, ``(n_blocks, n_channels)``; whether each kernel reads them,
        ``(n_blocks, n_channels, 84)``; dilation, and number of thresholds of each kernel,
        ``(n_blocks, 2)``; taps of each kernel that weigh 2, ``(3, 84)``; and all thresholds.
    counts : ndarray of shape (n, n_shares)
        Result.
    """
    channels, reads, blocks, taps, thresholds = network
    before = (N_TAPS - 1) * blocks[:, 0].max()
    padded = np.zeros((x.shape[2], before + x.shape[1] + STEP), x.dtype)
    rest = _empty((channels.shape[1] * N_TAPS + 1) * ROW, x.dtype)
    third = np.empty(TILE, x.dtype)
    for series in range(len(x)):
        length = lengths[series]
        counts[series] = 0
        padded[:, before : before + length] = x[series, :length].T
        place = 0
        for block in range(len(blocks)):
            dilation, n_thresholds = blocks[block]
            for first in range(tile * TILE, length, n_tiled * TILE):
                n, start = min(TILE, length - first), before + first
                _subtract_thirds(padded, channels[block], start, dilation, n, rest, third)
                own_thresholds, own_counts = thresholds[place:], counts[series, place:]
                if channels.shape[1] == 1:
                    channel = padded[channels[block, 0]]
                    _count_channel(
                        channel,
                        start,
                        dilation,
                        n,
                        rest,
                        taps,
                        own_thresholds,
                        n_thresholds,
                        own_counts,
                    )
                else:
                    _count_channels(
                        padded,
                        channels[block],
                        start,
                        dilation,
                        n,
                        reads[block],
                        rest,
                        taps,
                        own_thresholds,
                        n_thresholds,
                        own_counts,
                    )
            place += N_KERNELS * n_thresholds


@compiled
def _empty(n: int, dtype: Any) -> Any:
    """Reserve memory that begins with a line of the cache, so that no vector lies in two."""
    whole = np.empty(n + LINE, dtype)
    first = (-whole.ctypes.data % LINE) // whole.itemsize
    return whole[first : first + n]


@compiled
def _subtract_thirds(
    padded: Any, channels: Any, start: int, dilation: int, n: int, rest: Any, third: Any
) -> None:
    """Subtract a third of their sum from nine lags of each channel, from step ``start`` on.

    Nine rows a channel have ``n`` entries, and then minus infinity.
    """
    stop, row = np.uint64(_round_up(n)), np.uint64(0)
    for channel in channels:
        series = padded[channel]
        _sum_third(series, start, dilation, n, third)
        for tap in range(N_TAPS):
            lag = _lag(start, dilation, tap)
            for i in range(np.uint64(n)):
                rest[row + i] = series[lag + i] - third[i]
            rest[row + np.uint64(n) : row + stop] = -np.inf
            row += np.uint64(ROW)


@compiled
def _sum_third(series: Any, start: int, dilation: int, n: int, third: Any) -> None:
    """Sum nine lags in the order of the networks, and divide by three."""
    step, l0 = np.uint64(dilation), _lag(start, dilation, 0)
    l1, l2, l3, l4 = l0 + step, l0 + _2 * step, l0 + _3 * step, l0 + _4 * step
    l5, l6, l7, l8 = l4 + step, l4 + _2 * step, l4 + _3 * step, l4 + _4 * step
    for i in range(np.uint64(n)):
        even = (series[l0 + i] + series[l4 + i]) + (series[l2 + i] + series[l6 + i])
        odd = (series[l1 + i] + series[l5 + i]) + (series[l3 + i] + series[l7 + i])
        third[i] = ((even + odd) + series[l8 + i]) / third.dtype.type(3)


@compiled
def _count_channel(
    series: Any,
    start: int,
    dilation: int,
    n: int,
    rest: Any,
    taps: Any,
    thresholds: Any,
    n_thresholds: int,
    counts: Any,
) -> None:
    """Count for all kernels on one channel, some that differ in their last tap alone at once."""
    kernel, stop = 0, _round_up(n)
    while kernel < N_KERNELS:
        last = taps[2, kernel]
        n_rows = min(MOST_ROWS, N_TAPS - last)
        first = _lag(start, dilation, taps[0, kernel])
        second = _lag(start, dilation, taps[1, kernel])
        # not by a tuple of arguments: references to its arrays would be counted
        _count(
            None,
            series,
            first,
            second,
            rest,
            last * ROW,
            n_rows,
            stop,
            thresholds,
            n_thresholds,
            kernel * n_thresholds,
            counts,
        )
        kernel += n_rows


@compiled
def _count_channels(
    padded: Any,
    channels: Any,
    start: int,
    dilation: int,
    n: int,
    reads: Any,
    rest: Any,
    taps: Any,
    thresholds: Any,
    n_thresholds: int,
    counts: Any,
) -> None:
    """Count for all kernels, each of which sums the channels that it reads.

    All but the last of them are summed up in the last row of ``rest``.
    """
    stop, sums = _round_up(n), rest[len(channels) * N_TAPS * ROW :]
    for kernel in range(N_KERNELS):
        first = _lag(start, dilation, taps[0, kernel])
        second = _lag(start, dilation, taps[1, kernel])
        last_read = len(channels) - 1
        while not reads[last_read, kernel]:
            last_read -= 1
        sums[:stop] = 0
        for number in range(last_read):
            if reads[number, kernel]:
                row = np.uint64((number * N_TAPS + taps[2, kernel]) * ROW)
                series = padded[channels[number]]
                for i in range(np.uint64(n)):
                    sums[i] += (series[first + i] + series[second + i]) + rest[row + i]
        _count(
            sums,
            padded[channels[last_read]],
            first,
            second,
            rest,
            (last_read * N_TAPS + taps[2, kernel]) * ROW,
            1,
            stop,
            thresholds,
            n_thresholds,
            kernel * n_thresholds,
            counts,
        )


@partial(compiled, inline="always")
def _count(
    base: Any,
    left: Any,
    first: int,
    second: int,
    right: Any,
    row: int,
    n_rows: int,
    n: int,
    thresholds: Any,
    n_thresholds: int,
    place: int,
    counts: Any,
) -> None:
    """Count as `count_sums`, for any number of thresholds of each row."""
    for done in range(0, n_thresholds, MOST):
        size = min(MOST, n_thresholds - done)
        count_sums(
            base,
            left,
            first,
            second,
            right,
            row,
            n_rows,
            n,
            thresholds,
            size,
            place + done,
            n_thresholds,
            counts,
        )


@compiled
def _lag(start: int, dilation: int, tap: int) -> Any:
    """Compute the place of a lag; numbers without a sign spare the loops a check for one."""
    return np.uint64(start - (N_TAPS - 1 - tap) * dilation)


@compiled
def _round_up(n: int) -> Any:
    """Round up to a multiple of `STEP`."""
    return (n + STEP - 1) // STEP * STEP
