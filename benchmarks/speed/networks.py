"""Networks of the estimators in plain torch, and a minimal training loop."""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.common.task import LR, WEIGHT_DECAY, Task


class BareTCN(nn.Module):
    """Network of `TCNClassifier`: pre-activation residual blocks, mean over time, a linear map.

    The convolutions are ``Conv1d``, or, with ``channels_last``, ``Conv2d`` on images of one row, in
    the memory layout that is fastest for torch's convolutions.
    """

    def __init__(self, task: Task, channels_last: bool = False):
        super().__init__()
        self.channels_last = channels_last
        width = task.n_channels
        blocks = []
        for i in range(task.n_blocks):
            blocks.append(BareBlock(task, width, 2**i, channels_last))
            width = task.n_filters
        self.blocks = nn.Sequential(*blocks)
        self.norm = _norm(width, channels_last)
        self.head = nn.Linear(width, task.n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c, t)`` to ``(n, n_classes)``."""
        if self.channels_last:
            x = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.norm(self.blocks(x)))
        return self.head(x.mean(tuple(range(2, x.ndim))))


class BareBlock(nn.Module):
    """Norm, ReLU, dropout, convolution, twice; the first block starts with its convolution."""

    def __init__(self, task: Task, width: int, dilation: int, channels_last: bool):
        super().__init__()
        n, k = task.n_filters, task.kernel_size
        first = width != n
        before = [] if first else _before(task, width, channels_last)
        conv = _conv(width, n, k, dilation, channels_last)
        pad = nn.ConstantPad1d(((k - 1) * dilation, 0), 0.0)
        again = _conv(n, n, k, dilation, channels_last)
        self.branch = nn.Sequential(
            *before, pad, conv, *_before(task, n, channels_last), pad, again
        )
        self.shortcut = _conv(width, n, 1, 1, channels_last) if first else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch to the shortcut."""
        return self.shortcut(x) + self.branch(x)


def _before(task: Task, width: int, channels_last: bool) -> list[nn.Module]:
    drop = nn.Dropout2d if channels_last else nn.Dropout1d
    return [_norm(width, channels_last), nn.ReLU(), drop(task.dropout)]


def _norm(width: int, channels_last: bool) -> nn.Module:
    return nn.BatchNorm2d(width) if channels_last else nn.BatchNorm1d(width)


def _conv(width: int, filters: int, taps: int, dilation: int, channels_last: bool) -> nn.Module:
    if not channels_last:
        return nn.Conv1d(width, filters, taps, dilation=dilation, bias=False)
    conv = nn.Conv2d(width, filters, (1, taps), dilation=(1, dilation), bias=False)
    return conv.to(memory_format=torch.channels_last)


class BareLSTM(nn.Module):
    """Network of `LSTMClassifier` without patches: one layer, norm, a dense map, pooling."""

    def __init__(self, task: Task):
        super().__init__()
        width = task.hidden_size
        self.lstm = nn.LSTM(task.n_channels, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout1d(task.dropout)
        self.dense = nn.Linear(width, width)
        self.head = nn.Linear(2 * width, task.n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c, t)`` to ``(n, n_classes)``."""
        h = self.norm(self.lstm(x.transpose(1, 2))[0])
        h = self.dropout(h.transpose(1, 2)).transpose(1, 2)
        h = F.relu(self.dense(h))
        return self.head(torch.cat([h.mean(1), h.amax(1)], dim=1))


def train_bare(module: nn.Module, task: Task, device: str = "cpu") -> list[float]:
    """Train by a minimal loop; return the seconds of each epoch, the first included."""
    series, classes = task.data()
    x, y = torch.from_numpy(series).to(device), torch.from_numpy(classes).to(device)
    module.to(device)
    optimizer = torch.optim.AdamW(module.parameters(), lr=LR, weight_decay=WEIGHT_DECAY, fused=True)
    seconds = []
    for _ in range(1 + task.n_epochs):
        start = time.perf_counter()
        for index in torch.randperm(len(x)).split(task.batch_size):
            optimizer.zero_grad()
            F.cross_entropy(module(x[index]), y[index]).backward()
            optimizer.step()
        float(module.head.weight[0, 0])  # synchronizes with the device
        seconds.append(time.perf_counter() - start)
    return seconds
