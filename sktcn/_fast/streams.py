"""Streaming forms that compute a time step by numba where it can be had."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._fast.shares import load
from sktcn._fast.training import STRAIGHT, is_straight
from sktcn.networks.conv import TemporalConv
from sktcn.networks.lags import TAPS
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.residual import StreamingBlock
from sktcn.networks.rocket import Rocket, StreamingRocket
from sktcn.networks.state import Positions, RingBuffer, SharedArrays
from sktcn.networks.tcn import TCN, StreamingTCN
from sktcn.networks.threshold_head import StreamingThresholdHead, ThresholdHead

FEW = 4  # streams, for more of which products of matrices are faster


class FastStreamingRocket(StreamingRocket):
    """`StreamingRocket` with compiled responses."""

    def __init__(self, rocket: Rocket, n_streams: int, *, exported: bool):
        super().__init__(rocket, n_streams, exported=exported)
        known = None if exported else load("rocket_steps", "respond", rocket.reads.device)
        self.kernel: Any = known
        if self.kernel is not None:
            places, reads = self.places.view(self.shape), rocket.reads > 0
            self.constants = places.numpy(), reads.numpy(), TAPS.numpy(), self.kept.numpy()
            self.n_features = rocket.out_channels
            first = np.zeros((1, rocket.in_channels), rocket.reads.numpy().dtype)
            self.advance(first, *_first_step())  # compiles it before the first push
            self.buffer.reset([0])

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, None]:
        """Compute the responses at a time step, ``(n_streams, f)``."""
        if self.kernel is None:
            return super().features(x, positions)
        return torch.from_numpy(self.advance(x.numpy(), *_as_arrays(positions, len(x)))), None

    def advance(self, x: Any, rows: Any, steps: Any) -> Any:
        """Compute the responses of some streams at a time step, ``(m, c)``, in arrays."""
        responses = np.empty((len(x), self.n_features), x.dtype)
        self.kernel(x, rows, steps, *self.buffer.arrays, *self.constants, responses)
        return responses


class FastStreamingThresholdHead(StreamingThresholdHead):
    """`StreamingThresholdHead` with compiled sums, whose table has no gaps."""

    def __init__(self, head: ThresholdHead, n_streams: int, memory: MemoryBuilder = Running):
        super().__init__(head, n_streams, memory)
        self.kernel: Any = load("rocket_steps", "weigh", head.thresholds.device)
        if self.kernel is not None:
            sizes = np.concatenate([np.full(features, n) for features, n in head.shapes])
            starts = np.concatenate([[0], sizes.cumsum()])
            sums = [
                torch.nn.functional.pad(part, (1, 0)).cumsum(2) for part in head.split(head.weight)
            ]
            table = torch.cat([each.flatten(1) for each in sums], dim=1).t().contiguous()
            self.n_outputs = head.n_outputs
            self.constants = starts, head.thresholds.numpy().copy(), table.numpy()
            self.weigh(head.thresholds.new_zeros(1, len(sizes)))  # compiles it

    def weigh(self, h: Tensor) -> Tensor:
        """Sum the weights of the thresholds that features exceed, ``(n_streams, n_outputs)``."""
        if self.kernel is None:
            return super().weigh(h)
        return torch.from_numpy(self.weigh_arrays(h.numpy()))

    def weigh_arrays(self, h: Any) -> Any:
        """Sum the weights as `weigh`, in arrays."""
        added = np.empty((len(h), self.n_outputs))
        self.kernel(h, *self.constants, added)
        return added


class FastStreamingTCN(StreamingTCN):
    """`StreamingTCN` with compiled time steps, if these are of few streams."""

    def __init__(self, tcn: TCN, n_streams: int, *, exported: bool):
        super().__init__(tcn, n_streams, exported=exported)
        known = not exported and is_straight(tcn)
        self.kernel: Any = load("steps", "advance", torch.device("cpu")) if known else None
        if self.kernel is not None:
            self.rings = SharedArrays([RingBuffer.join(self.states)])
            self.n_features = tcn.out_channels
            self.constants = *_describe(self.blocks, tcn), tcn.multiscale
            shapes, *_ = self.constants
            first = np.zeros((1, shapes[0, 0]), self.rings.arrays[0].dtype)
            self.advance(first, *_first_step())  # compiles it
            self.rings.arrays[0].fill(0)

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, None]:
        """Compute the features of a time step, all of which the pooling keeps."""
        if self.kernel is None or len(x) > FEW:
            return super().features(x, positions)
        return torch.from_numpy(self.advance(x.numpy(), *_as_arrays(positions, len(x)))), None

    def advance(self, x: Any, rows: Any, steps: Any) -> Any:
        """Compute the features of some streams at a time step, ``(m, c)``, in arrays."""
        features = np.empty((len(x), self.n_features), x.dtype)
        self.kernel(x, rows, steps, *self.rings.arrays, *self.constants, features)
        return features


def _first_step() -> tuple[Any, Any]:
    """Return the row of the first stream, and its number of time steps."""
    return np.zeros(1, np.int64), np.zeros(1, np.int64)


def _as_arrays(positions: int | Positions, n_streams: int) -> tuple[Any, Any]:
    """Convert positions to rows of the streams, and their numbers of time steps."""
    if isinstance(positions, Positions):
        return positions.rows.numpy(), positions.steps.numpy()
    return np.arange(n_streams), np.full(n_streams, positions)


def _describe(forms: list[StreamingBlock], tcn: Any) -> tuple[Any, ...]:
    """Describe a network for `sktcn._fast.steps.advance`: shapes, weights, and activation."""
    shapes: list[tuple[Any, ...]] = []
    weights: list[Tensor] = []
    for i, (form, block) in enumerate(zip(forms, tcn.blocks, strict=True)):
        conv, projection = block.conv1.conv, block.shortcut.projection
        filters, width, n_taps = conv.kernel.shape
        projects = isinstance(projection, TemporalConv)
        shapes.append((width, filters, n_taps, conv.dilation, projects))
        weights += block.conv1.norm.affine() if i else []
        weights += [form.conv1.bias, form.conv1.matrix]
        weights += [projection.weight[:, :, 0].t()] if projects else []
        weights += [form.conv2.matrix]
    weights += tcn.norm.affine()
    joined = torch.cat([each.flatten() for each in weights]).detach().numpy()
    return np.array(shapes), joined, tuple(map(joined.dtype.type, STRAIGHT[tcn.activation.builtin]))
