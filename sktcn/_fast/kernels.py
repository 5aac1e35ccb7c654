"""Counts of `RocketModel` in one pass over each series, compiled by numba.

Additions are those of `sktcn.networks.lags`, in their order, so that the counts are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.lanes import STEP, count_sums
from sktcn.networks.lags import N_KERNELS, N_TAPS

TILE = 512  # steps whose responses the first cache of a processor holds
ROW = TILE + 16  # distance of two rows: by a power of two, they would share places of the cache

_2, _3, _4 = np.uint64(2), np.uint64(3), np.uint64(4)
_count_1, _count_2, _count_3, _count_4 = map(count_sums, range(1, 5))


@compiled
def count_steps(
    x: Any,
    lengths: Any,
    channels: Any,
    reads: Any,
    blocks: Any,
    taps: Any,
    thresholds: Any,
    tile: int,
    n_tiled: int,
    counts: Any,
) -> None:
    """Count the steps of each series, ``(n, c, t)``, at which responses exceed thresholds.

    Of each series the tiles ``tile``, ``tile + n_tiled``, ... are read.

    Parameters
    ----------
    x, lengths : ndarray of shape (n, c, t), and of shape (n,)
        Series and their lengths.
    channels, reads : ndarray of shape (n_blocks, n_channels), and (n_blocks, n_channels, 84)
        Channels of each block's group, and whether each kernel reads them.
    blocks : ndarray of shape (n_blocks, 2)
        Dilation, and number of thresholds of each kernel.
    taps : ndarray of shape (3, 84)
        Taps of each kernel that weigh 2.
    thresholds : ndarray of shape (n_shares,)
        Thresholds, as in `ThresholdHead`.
    counts : ndarray of shape (n, n_shares)
        Zeros, to which the counts are added.
    """
    before = (N_TAPS - 1) * blocks[:, 0].max()
    padded = np.zeros((x.shape[1], before + x.shape[2] + STEP), x.dtype)
    rest = np.empty((channels.shape[1] * N_TAPS + 1) * ROW, x.dtype)
    scratch = np.empty(TILE, x.dtype)
    for series in range(len(x)):
        length = lengths[series]
        padded[:, before : before + length] = x[series, :, :length]
        place = 0
        for block in range(len(blocks)):
            dilation, n_thresholds = blocks[block]
            for first in range(tile * TILE, length, n_tiled * TILE):
                n = min(TILE, length - first)
                inputs = padded, channels[block], before + first, dilation, n
                _subtract_thirds(*inputs, rest, scratch)
                own = taps, thresholds[place:], n_thresholds, counts[series, place:]
                if channels.shape[1] == 1:
                    _count_channel(*inputs, rest, scratch, *own)
                else:
                    _count_channels(*inputs, reads[block], rest, scratch, *own)
            place += N_KERNELS * n_thresholds


@compiled
def _subtract_thirds(
    padded: Any, channels: Any, start: int, dilation: int, n: int, rest: Any, third: Any
) -> None:
    """Subtract a third of their sum from nine lags of each channel, from step ``start`` on.

    Nine rows a channel have ``n`` entries, and then minus infinity, and so has a last row of zeros.
    """
    stop, row = _round_up(n), np.uint64(0)
    for channel in channels:
        series = padded[channel]
        _sum_third(series, start, dilation, n, third)
        for tap in range(N_TAPS):
            lag = _lag(start, dilation, tap)
            for i in range(np.uint64(n)):
                rest[row + i] = series[lag + i] - third[i]
            rest[row + np.uint64(n) : row + stop] = -np.inf
            row += np.uint64(ROW)
    rest[row : row + np.uint64(n)] = 0
    rest[row + np.uint64(n) : row + stop] = -np.inf


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
    padded: Any,
    channels: Any,
    start: int,
    dilation: int,
    n: int,
    rest: Any,
    pairs: Any,
    taps: Any,
    thresholds: Any,
    n_thresholds: int,
    counts: Any,
) -> None:
    """Count for all kernels on one channel, those of the same first two taps from one sum."""
    series, stop = padded[channels[0]], _round_up(n)
    latest = -1, -1
    for kernel in range(N_KERNELS):
        if taps[0, kernel] != latest[0] or taps[1, kernel] != latest[1]:
            latest = taps[0, kernel], taps[1, kernel]
            first, second = _lag(start, dilation, latest[0]), _lag(start, dilation, latest[1])
            for i in range(stop):
                pairs[i] = series[first + i] + series[second + i]
        own = thresholds, kernel * n_thresholds, (kernel + 1) * n_thresholds, counts
        _count(pairs, rest, taps[2, kernel] * ROW, np.int64(stop), *own)


@compiled
def _count_channels(
    padded: Any,
    channels: Any,
    start: int,
    dilation: int,
    n: int,
    reads: Any,
    rest: Any,
    sums: Any,
    taps: Any,
    thresholds: Any,
    n_thresholds: int,
    counts: Any,
) -> None:
    """Count for all kernels, each of which sums the channels that it reads."""
    stop, last_row = _round_up(n), len(channels) * N_TAPS * ROW
    for kernel in range(N_KERNELS):
        sums[:stop] = 0
        first = _lag(start, dilation, taps[0, kernel])
        second = _lag(start, dilation, taps[1, kernel])
        for number, channel in enumerate(channels):
            if reads[number, kernel]:
                series, row = padded[channel], np.uint64((number * N_TAPS + taps[2, kernel]) * ROW)
                for i in range(np.uint64(n)):
                    sums[i] += (series[first + i] + series[second + i]) + rest[row + i]
        place = kernel * n_thresholds
        _count(
            sums, rest, last_row, np.int64(stop), thresholds, place, place + n_thresholds, counts
        )


@compiled
def _lag(start: int, dilation: int, tap: int) -> Any:
    """Compute the place of a lag; numbers without a sign spare the loops a check for one."""
    return np.uint64(start - (N_TAPS - 1 - tap) * dilation)


@compiled
def _round_up(n: int) -> Any:
    """Round up to a multiple of `STEP`."""
    return np.uint64((n + STEP - 1) // STEP * STEP)


@compiled
def _count(
    left: Any, right: Any, row: int, n: int, thresholds: Any, place: int, stop: int, counts: Any
) -> None:
    """Count the sums of ``n`` entries above each threshold from ``place`` to ``stop``."""
    while place + 4 <= stop:
        _count_4(left, right, row, n, thresholds, place, counts)
        place += 4
    if stop - place == 3:
        _count_3(left, right, row, n, thresholds, place, counts)
    elif stop - place == 2:
        _count_2(left, right, row, n, thresholds, place, counts)
    elif stop - place == 1:
        _count_1(left, right, row, n, thresholds, place, counts)
