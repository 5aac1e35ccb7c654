"""The blocks of a TCN, one time step at a time.

What follows a convolution directly and is linear, a batch norm, is part of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sktcn.networks.norms import BatchNorm
from sktcn.networks.residual import PreActivatedConv, ResidualBlock
from sktcn.networks.stepwise.rows import activated, affine, contiguous, norm_rows, shortcut_rows
from sktcn.networks.stepwise.state import Positions
from sktcn.networks.tcn import TCN


class StreamingTCN:
    """The blocks of a `TCN`.

    Parameters
    ----------
    tcn : TCN
        A causal one.
    n_streams : int
        Rows.
    state : type
        `RingBuffer` or `ShiftBuffer`.
    """

    def __init__(self, tcn: TCN, n_streams: int, state: type[Any]):
        blocks: Any = tcn.blocks
        self.blocks = [
            StreamingBlock(block, n_streams, state, follows=i > 0) for i, block in enumerate(blocks)
        ]
        self.last = activated(tcn.norm, tcn.activation)
        self.multiscale = tcn.multiscale
        self.states = [state for block in self.blocks for state in block.states]

    def features(self, x: Tensor, clock: int | Positions) -> tuple[Tensor, None]:
        """Features of a time step, all of which are to be remembered."""
        scales: list[Tensor] = []
        for i, block in enumerate(self.blocks):
            read = block.before(x)
            if i and self.multiscale:
                scales.append(read)
            x = block.join(x, read, clock)
        last = self.last(x)
        return (torch.cat([*scales, last], dim=1) if scales else last), None


class StreamingBlock:
    """A `ResidualBlock`; one that ``follows`` another may write over what it is given."""

    def __init__(self, block: ResidualBlock, n_streams: int, state: type[Any], *, follows: bool):
        inner, outer = block.conv2, block.conv1
        self.before = activated(outer.norm, outer.activation)
        folded = isinstance(inner.norm, BatchNorm)
        self.conv1 = StreamingConv(outer, n_streams, state, inner.norm if folded else None)
        self.between = activated(None if folded else inner.norm, inner.activation)
        self.conv2 = StreamingConv(inner, n_streams, state)
        self.shortcut = shortcut_rows(block.shortcut, self.conv2.bias)
        self.concatenates = block.shortcut.residual == "concat"
        own = follows and block.shortcut.residual == "add" and norm_rows(outer.norm) is not None
        self.conv2.add = Tensor.addmm_ if own else torch.addmm
        self.states = [*self.conv1.states, *self.conv2.states]

    def join(self, x: Tensor, read: Tensor, clock: int | Positions) -> Tensor:
        """Do what is left when the input ``x`` is activated, which is ``read``."""
        between = self.between(self.conv1(read, self.conv1.bias, clock))
        branch = self.conv2(between, self.shortcut(x), clock)
        return torch.cat([x, branch], dim=1) if self.concatenates else branch


class StreamingConv:
    """A convolution as a product of the row of its taps and a matrix.

    Parameters
    ----------
    part : PreActivatedConv
        Has the convolution.
    n_streams : int
        Rows.
    state : type
        `RingBuffer` or `ShiftBuffer`.
    following : BatchNorm or None, default=None
        A norm to fold in.
    """

    def __init__(
        self,
        part: PreActivatedConv,
        n_streams: int,
        state: type[Any],
        following: Any = None,
    ):
        conv = part.conv
        weight = conv.weight.detach()
        n_filters, n_channels, kernel_size = weight.shape
        self.matrix = contiguous(weight.permute(2, 1, 0).flatten(0, 1))
        self.bias = weight.new_zeros(n_filters) if conv.bias is None else conv.bias.detach().clone()
        if following is not None:
            scale, shift = affine(following)
            self.matrix, self.bias = self.matrix * scale, self.bias * scale + shift
        self.past = state(n_streams, n_channels, kernel_size, conv.dilation, weight)
        self.states = [self.past]
        self.add: Any = torch.addmm

    def __call__(self, x: Tensor, base: Tensor, clock: int | Positions) -> Tensor:
        """Convolve up to the step ``x``, and add ``base``."""
        return self.add(base, self.past.read(x, clock), self.matrix)
