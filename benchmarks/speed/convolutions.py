"""Convolutions of a TCN's training, without anything else: a lower bound of its time."""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.common.task import Task


def convolutions_alone(task: Task) -> list[float]:
    """Compute the convolutions of a training, forward and backward, as sktcn computes them.

    A training on torch's convolutions takes at least their time.
    """
    shares = [len(part) for part in np.array_split(np.arange(task.n_series), task.n_updates)]
    batches = [_layers(task, n) for n in shares]
    seconds = []
    for _ in range(1 + task.n_epochs):
        start = time.perf_counter()
        for layers in batches:
            for x, weight, grad, dilation, first in layers:
                F.conv2d(x, weight, dilation=dilation)
                torch.ops.aten.convolution_backward(
                    *(grad, x, weight, None, (1, 1), (0, 0), dilation, False, (0, 0), 1),
                    (not first, True, False),
                )
        seconds.append(time.perf_counter() - start)
    return seconds


def _layers(task: Task, n: int) -> list[tuple[Tensor, Tensor, Tensor, tuple[int, int], bool]]:
    """Draw the input, weights and output gradient of each convolution."""
    layers, width = [], task.n_channels
    for i in range(2 * task.n_blocks):
        dilation = 2 ** (i // 2)
        padded = task.length + (task.kernel_size - 1) * dilation
        x = torch.randn(n, 1, padded, width).permute(0, 3, 1, 2)
        weight = torch.randn(task.n_filters, 1, task.kernel_size, width).permute(0, 3, 1, 2)
        grad = torch.randn(n, 1, task.length, task.n_filters).permute(0, 3, 1, 2)
        layers.append((x, weight, grad, (1, dilation), i == 0))
        width = task.n_filters
    return layers
