"""Missing values, which are NaN: masked or interpolated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn._data.panel import FloatArray, Floats, Panel
from sktcn._preprocessing.step import MaskedSeries, StreamingStep
from sktcn.networks import StreamState


@dataclass(frozen=True)
class MissingMask:
    """Replace missing values by zero, and append a channel for each that marks observed values.

    Values are scaled before, so that zero is the mean (Lipton et al., 2016).
    """

    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = None

    def transform(self, panel: Panel) -> Panel:
        """Mask the missing values of a panel."""
        observed = ~np.isnan(panel.values)
        filled = np.where(observed, panel.values, 0)
        return panel.with_values(np.concatenate([filled, observed], axis=1))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _MissingMask()

    def streaming(self, n_streams: int, device: torch.device) -> StreamingMask:
        """Build the streaming form."""
        return StreamingMask()


class _MissingMask(nn.Module):
    def forward(self, series: MaskedSeries) -> MaskedSeries:
        x, observed, valid, _ = series
        marked = torch.cat([x.masked_fill(~observed, 0.0), observed.double()], 1)
        return series._replace(values=marked, observed=valid.expand_as(marked))


class StreamingMask:
    """Streaming form of `MissingMask`."""

    def __init__(self) -> None:
        self.states: list[StreamState] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Mask the newest time step, ``(n_streams, c)``."""
        observed = ~x.isnan()
        return torch.cat([torch.where(observed, x, 0.0), observed.to(x.dtype)], dim=1)


@dataclass(frozen=True)
class Interpolation:
    """Fill gaps linearly from the values before and after them.

    ``empty``, ``(n_channels,)``, has the value of a channel in which nothing was observed.
    """

    empty: Floats
    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = "missing='interpolate'"

    def transform(self, panel: Panel) -> Panel:
        """Fill the gaps of a panel."""
        return interpolate(panel, self.empty)

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _Interpolation(self.empty)

    def streaming(self, n_streams: int, device: torch.device) -> StreamingStep:
        """Raise: interpolation needs the next value."""
        raise ValueError(f"a step that looks ahead can't be streamed: {self.lookahead_parameter}")


class _Interpolation(nn.Module):
    empty: Tensor

    def __init__(self, empty: Floats):
        super().__init__()
        self.register_buffer("empty", torch.tensor(empty, dtype=torch.float64)[:, None])

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        x, observed, valid, _ = series
        step = torch.arange(x.shape[2], device=x.device).expand_as(x)
        rank = observed.long().cumsum(2)  # number of observed values up to each step
        total = rank[:, :, -1:]
        places = F.pad(torch.zeros_like(rank), (1, 0)).scatter(2, rank * observed, step)
        left = places.gather(2, torch.minimum(rank.clamp(min=1), total))
        right = places.gather(2, torch.minimum(rank + 1, total))
        before, after = x.gather(2, left), x.gather(2, right)
        share = (step - left) / (right - left).clamp(min=1).to(x.dtype)
        filled = torch.where(observed, x, before + (after - before) * share)
        filled = torch.where(total > 0, filled, self.empty)
        return series._replace(values=filled, observed=valid.expand_as(x))


def interpolate(panel: Panel, empty: FloatArray) -> Panel:
    """Fill gaps linearly, and take the nearest observed value before the first and after the last.

    ``empty``, ``(n_channels,)``, has the value of a channel in which nothing was observed.
    """
    values = panel.values.copy()
    steps, channels = np.nonzero(np.isnan(values))
    for index, channel in set(zip(panel.series_of(steps), channels, strict=True)):
        start = panel.starts[index]
        column = values[start : start + panel.lengths[index], channel]
        gap = np.isnan(column)
        seen = np.flatnonzero(~gap)
        filled = np.interp(np.flatnonzero(gap), seen, column[seen]) if len(seen) else empty[channel]
        column[gap] = filled
    return panel.with_values(values)
