"""Lags of series, and the responses of the 84 kernels of MiniRocket to them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

N_TAPS = 9
N_KERNELS = math.comb(N_TAPS, 3)

PAIRS = [(first, second) for second in range(N_TAPS - 1) for first in range(second)]
# a tensor each, since torch.export stores no views
FIRST, SECOND = (torch.tensor(taps) for taps in zip(*PAIRS, strict=True))
TRIPLES = [(pair, last) for pair, (_, second) in enumerate(PAIRS) for last in range(second + 1, 9)]
PAIR, LAST = (torch.tensor(taps) for taps in zip(*TRIPLES, strict=True))
ALL_KERNELS = torch.arange(N_KERNELS)
TAPS = torch.stack([FIRST[PAIR], SECOND[PAIR], LAST])  # of each kernel, those that weigh 2


class Block(NamedTuple):
    """Kernels of one dilation on the channels of one group.

    Attributes
    ----------
    channels : list of int
        Channels of the group.
    dilation : int
        Time steps between two taps.
    n_thresholds : int
        Thresholds of each kernel's response.
    kernels : Tensor
        Numbers of the kernels, all 84 but where some were detached.
    """

    channels: list[int]
    dilation: int
    n_thresholds: int
    kernels: Tensor = ALL_KERNELS


def stack_lags(x: Tensor, block: Block) -> Tensor:
    """Stack nine lags of the group's channels, the oldest first: ``(9, c, n, t)``."""
    padded = _pad(x, block)
    starts = [tap * block.dilation for tap in range(N_TAPS)]
    return torch.stack([padded[..., start : start + x.shape[2]] for start in starts])


def view_lags(x: Tensor, block: Block) -> Tensor:
    """View the lags of `stack_lags` in one tensor, which ONNX can't."""
    return _pad(x, block).unfold(2, x.shape[2], block.dilation).movedim(2, 0)


def _pad(x: Tensor, block: Block) -> Tensor:
    """Pad the group's channels with what the first step reads: ``(c, n, t')``."""
    channels = x[:, block.channels].transpose(0, 1)
    return pad(channels, ((N_TAPS - 1) * block.dilation, 0))


def sum_lags(lags: Tensor) -> Tensor:
    """Compute the responses of all kernels, ``(84, ...)``, to nine lags, ``(9, ...)``.

    A kernel weighs three taps by 2 and six by -1. Its response is three times the sum of three
    lags less the sum of nine, here divided by three. Additions have a fixed order: the responses
    to a series and to a stream are equal to the bit, and so is what they exceed.
    """
    device = lags.device
    pairs = lags.index_select(0, FIRST.to(device)) + lags.index_select(0, SECOND.to(device))
    rest = lags - sum_third(lags)
    return pairs.index_select(0, PAIR.to(device)) + rest.index_select(0, LAST.to(device))


def sum_third(lags: Tensor) -> Tensor:
    """Sum nine lags in a fixed order, and divide by three."""
    fours = lags[:4] + lags[4:8]
    twos = fours[:2] + fours[2:]
    return (twos[0] + twos[1] + lags[8]) / 3


def sum_taps(lags: Tensor, taps: Iterable[Any]) -> Tensor:
    """Compute the responses of kernels as `sum_lags`; the three ``taps`` index the lags."""
    first, second, last = (lags[tap] for tap in taps)
    return (first + second) + (last - sum_third(lags))


def sum_channels(responses: Iterable[Tensor], reads: Tensor) -> Tensor:
    """Sum the responses of each kernel to the channels that it reads, in their order.

    There are responses, ``(k, ...)``, to each channel; ``reads``, ``(c, k, ...)``, is one where a
    kernel reads a channel, or else zero.
    """
    if len(reads) == 1:
        return next(iter(responses))
    return sum(each * read for each, read in zip(responses, reads, strict=True))
