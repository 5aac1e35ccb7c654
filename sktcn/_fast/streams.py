"""Streaming forms that compute a time step by numba where it can be had."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._fast.shares import load
from sktcn.networks.lags import TAPS
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.rocket import Rocket, StreamingRocket
from sktcn.networks.threshold_head import StreamingThresholdHead, ThresholdHead


class FastStreamingRocket(StreamingRocket):
    """`StreamingRocket` with compiled responses."""

    def __init__(self, rocket: Rocket, n_streams: int, *, exported: bool):
        super().__init__(rocket, n_streams, exported=exported)
        self.kernel: Any = load("steps", "respond", rocket.reads.device)
        if self.kernel is not None:
            places, reads = self.places.view(self.shape), rocket.reads > 0
            self.constants = places.numpy(), reads.numpy(), TAPS.numpy(), self.kept.numpy()
            self.n_responses = rocket.out_channels

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

    def weigh(self, h: Tensor) -> Tensor:
        """Sum the weights of the thresholds that features exceed, ``(n_streams, n_outputs)``."""
        if self.kernel is None:
            return super().weigh(h)
        added = torch.empty(len(h), self.n_outputs, dtype=torch.float64)
        self.kernel(h.numpy(), *self.constants, added.numpy())
        return added
