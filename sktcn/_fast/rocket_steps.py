"""One time step of fixed kernels, compiled by numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._fast.compiling import compiled
from sktcn._fast.steps import copy
from sktcn.networks.lags import N_KERNELS, N_TAPS


@compiled
def respond(
    x: Any,
    rows: Any,
    steps: Any,
    rings: Any,
    places: Any,
    reads: Any,
    taps: Any,
    kept: Any,
    responses: Any,
) -> None:
    """Compute the responses of all blocks at a time step of some streams.

    Parameters
    ----------
    x : ndarray of shape (m, c)
        Values of the time step.
    rows, steps : ndarray of shape (m,)
        Rows of the streams, and the time steps that each has seen.
    rings : ndarray of shape (n_streams, 1, 2 * n_steps, c)
        Ring buffer of each stream, which is written to.
    places : ndarray of shape (9, n_blocks, n_channels)
        Places of the lags in the window of a ring buffer.
    reads : ndarray of shape (n_blocks, n_channels, 84)
        Whether each kernel reads a channel of the group.
    taps : ndarray of shape (3, 84)
        Taps of each kernel that weigh 2.
    kept : ndarray of shape (f,)
        Numbers of the kernels, counted over all blocks, in increasing order.
    responses : ndarray of shape (m, f)
        Result.
    """
    lags = np.empty((places.shape[2], N_TAPS), x.dtype)
    rest = np.empty_like(lags)
    for stream in range(len(x)):
        ring = rings[rows[stream], 0]
        n_steps = len(ring) // 2
        column = steps[stream] % n_steps
        copy(x[stream], ring[column])
        copy(x[stream], ring[column + n_steps])
        window = ring[column + 1 : column + 1 + n_steps].reshape(n_steps * x.shape[1])
        feature = 0
        for block in range(places.shape[1]):
            for channel in range(len(lags)):
                lag = lags[channel]
                for tap in range(N_TAPS):
                    lag[tap] = window[places[tap, block, channel]]
                even, odd = (
                    (lag[0] + lag[4]) + (lag[2] + lag[6]),
                    (lag[1] + lag[5]) + (lag[3] + lag[7]),
                )
                third = ((even + odd) + lag[8]) / x.dtype.type(3)
                for tap in range(N_TAPS):
                    rest[channel, tap] = lag[tap] - third
            while feature < len(kept) and kept[feature] < (block + 1) * N_KERNELS:
                kernel = kept[feature] - block * N_KERNELS
                first, second, last = taps[0, kernel], taps[1, kernel], taps[2, kernel]
                total = x.dtype.type(0)
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
