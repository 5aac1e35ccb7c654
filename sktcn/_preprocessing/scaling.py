"""Scaling by statistics of the training series, or of each series by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.panel import Panel
from sktcn._preprocessing.statistics import Standardizer
from sktcn._preprocessing.step import MaskedSeries
from sktcn.networks import StreamState


@dataclass(frozen=True)
class ChannelScaling:
    """Standardise each channel by statistics of the training series."""

    statistics: Standardizer
    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = None

    def transform(self, panel: Panel) -> Panel:
        """Standardise the channels of a panel."""
        return panel.with_values(self.statistics.transform(panel.values))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _ChannelScaling(self.statistics)

    def streaming(self, n_streams: int, device: torch.device) -> StreamingScaling:
        """Build the streaming form."""
        return StreamingScaling(self.statistics, device)


class _ChannelScaling(nn.Module):
    mean: Tensor
    scale: Tensor

    def __init__(self, statistics: Standardizer):
        super().__init__()
        for name in ("mean", "scale"):
            column = torch.tensor(getattr(statistics, name), dtype=torch.float64)[:, None]
            self.register_buffer(name, column)

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        return series._replace(values=(series.values - self.mean) / self.scale)


class StreamingScaling:
    """Streaming form of `ChannelScaling`."""

    def __init__(self, statistics: Standardizer, device: torch.device):
        self.states: list[StreamState] = []
        self.mean, self.scale = (
            torch.tensor(column, dtype=torch.float64, device=device)
            for column in (statistics.mean, statistics.scale)
        )

    def __call__(self, x: Tensor) -> Tensor:
        """Standardise the newest time step, ``(n_streams, c)``."""
        return (x - self.mean) / self.scale


@dataclass(frozen=True)
class SeriesScaling:
    """Standardise each channel of each series by its own statistics.

    A channel whose standard deviation is at most ``smallest`` counts as constant.
    """

    smallest: float = 0.0
    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = "scaling='series'"

    def transform(self, panel: Panel) -> Panel:
        """Standardise each series of a panel."""
        series = map(panel.series, range(len(panel)))
        scaled = [Standardizer.fit(x, smallest=self.smallest).transform(x) for x in series]
        return panel.with_values(np.concatenate(scaled))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _SeriesScaling(self.smallest)

    def streaming(self, n_streams: int, device: torch.device) -> StreamingScaling:
        """Raise: the statistics of a series are those of its future, too."""
        raise ValueError(f"a step that looks ahead can't be streamed: {self.lookahead_parameter}")


class _SeriesScaling(nn.Module):
    def __init__(self, smallest: float):
        super().__init__()
        self.smallest = smallest

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        x, observed, _, eps = series
        count = observed.sum(2, keepdim=True).clamp(min=1)
        mean = x.masked_fill(~observed, 0.0).sum(2, keepdim=True) / count
        centred = (x - mean).masked_fill(~observed, 0.0)
        peak = centred.abs().amax(2, keepdim=True)
        peak = torch.where(peak > 0, peak, 1.0)
        variance = (centred / peak).square().sum(2, keepdim=True) / count
        std = peak * torch.where(variance > 0, variance, 1.0).sqrt()  # sqrt(0) has no gradient
        std = torch.where(variance > 0, std, 0.0)
        rounding = 10 * eps * mean.abs()
        varies = std > rounding.clamp(min=self.smallest)
        scaled = centred / torch.where(varies, std, rounding.clamp(min=1.0))
        return series._replace(values=scaled)
