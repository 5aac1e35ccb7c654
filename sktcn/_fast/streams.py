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
from sktcn.networks.state import Positions, RingBuffer
from sktcn.networks.tcn import TCN, StreamingTCN
from sktcn.networks.threshold_head import StreamingThresholdHead, ThresholdHead

FEW = 4  # streams, for more of which products of matrices are faster


class FastStreamingRocket(StreamingRocket):
    """`StreamingRocket` with compiled responses."""

    def __init__(self, rocket: Rocket, n_streams: int, *, exported: bool):
        super().__init__(rocket, n_streams, exported=exported)
        self.kernel: Any = load("steps", "respond", rocket.reads.device)
        if self.kernel is not None:
            places, reads = self.places.view(self.shape), rocket.reads > 0
            self.constants = places.numpy(), reads.numpy(), TAPS.numpy(), self.kept.numpy()
            self.n_responses = rocket.out_channels
            width = rocket.receptive_field * rocket.in_channels
            self.respond(rocket.reads.new_zeros(1, width))  # compiles it before the first push

    def respond(self, window: Tensor) -> Tensor:
        """Compute the responses to the latest time steps, ``(n_streams, steps and channels)``."""
        if self.kernel is None:
            return super().respond(window)
        responses = torch.empty(len(window), self.n_responses, dtype=window.dtype)
        self.kernel(window.numpy(), *self.constants, responses.numpy())
        return responses


class FastStreamingThresholdHead(StreamingThresholdHead):
    """`StreamingThresholdHead` with compiled sums, whose table has no gaps."""

    def __init__(self, head: ThresholdHead, n_streams: int, memory: MemoryBuilder = Running):
        super().__init__(head, n_streams, memory)
        self.kernel: Any = load("steps", "weigh", head.thresholds.device)
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
        added = torch.empty(len(h), self.n_outputs, dtype=torch.float64)
        self.kernel(h.numpy(), *self.constants, added.numpy())
        return added


class FastStreamingTCN(StreamingTCN):
    """`StreamingTCN` with compiled time steps, if these are of few streams."""

    def __init__(self, tcn: TCN, n_streams: int, *, exported: bool):
        super().__init__(tcn, n_streams, exported=exported)
        known = not exported and is_straight(tcn)
        self.kernel: Any = load("steps", "advance", torch.device("cpu")) if known else None
        if self.kernel is not None:
            self.rings = RingBuffer.join(self.states)
            self.rows, self.steps = np.arange(n_streams), np.zeros(n_streams, np.int64)
            self.n_features = tcn.out_channels
            self.constants = *_describe(self.blocks, tcn), tcn.multiscale
            shapes, *_ = self.constants
            first = Positions(*torch.zeros(2, 1, dtype=torch.int64))
            self.features(self.rings.new_zeros(1, shapes[0, 0]), first)  # compiles it
            self.rings.zero_()

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, None]:
        """Compute the features of a time step, all of which the pooling keeps."""
        if self.kernel is None or len(x) > FEW:
            return super().features(x, positions)
        if isinstance(positions, Positions):
            rows, steps = positions.rows.numpy(), positions.steps.numpy()
        else:
            rows, steps = self.rows, self.steps
            steps[:] = positions
        features = torch.empty(len(x), self.n_features, dtype=x.dtype)
        self.kernel(x.numpy(), rows, steps, self.rings.numpy(), *self.constants, features.numpy())
        return features, None


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
