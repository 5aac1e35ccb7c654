"""Differences from step to step, as channels beside the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.panel import Panel
from sktcn._preprocessing.scaling import ChannelScaling, SeriesScaling
from sktcn._preprocessing.step import MaskedSeries, StreamingStep
from sktcn.networks import StreamState


@dataclass(frozen=True)
class Differences:
    """Append each channel's difference from the step before, scaled by itself."""

    scaling: ChannelScaling | SeriesScaling | None
    n_channels: int
    look_back: ClassVar[int] = 1

    @property
    def lookahead_parameter(self) -> str | None:
        """Parameter that makes the scaling look ahead."""
        return None if self.scaling is None else self.scaling.lookahead_parameter

    def transform(self, panel: Panel) -> Panel:
        """Append the differences of a panel."""
        changes = differences_of(panel)
        if self.scaling is not None:
            changes = self.scaling.transform(changes)
        return panel.with_values(np.concatenate([panel.values, changes.values], axis=1))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _Differences(nn.Identity() if self.scaling is None else self.scaling.module())

    def streaming(self, n_streams: int, device: torch.device) -> StreamingDifferences:
        """Build the streaming form."""
        scaling = None if self.scaling is None else self.scaling.streaming(n_streams, device)
        return StreamingDifferences(scaling, n_streams, self.n_channels, device)


class _Differences(nn.Module):
    def __init__(self, scaling: nn.Module):
        super().__init__()
        self.scaling = scaling

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        x, observed, _, _ = series
        before = (torch.arange(x.shape[2], device=x.device) - 1).clamp(min=0)
        both = observed & observed[:, :, before]
        eps = torch.finfo(x.dtype).eps
        scaled = self.scaling(
            series._replace(values=x - x[:, :, before], observed=both, eps=eps)
        ).values
        return series._replace(
            values=torch.cat([x, scaled], 1), observed=torch.cat([observed, both], 1)
        )


class StreamingDifferences:
    """Streaming form of `Differences`, for time steps ``(n_streams, n_channels)``."""

    def __init__(
        self,
        scaling: StreamingStep | None,
        n_streams: int,
        n_channels: int,
        device: torch.device,
    ):
        self.scaling = scaling
        start = torch.zeros(n_channels, dtype=torch.float64, device=device)
        self.states = [StreamState(n_streams, {"previous": start, "started": start[:1]})]

    def __call__(self, x: Tensor) -> Tensor:
        """Append the differences of the newest time step, ``(n_streams, c)``."""
        (state,) = self.states
        previous, started = state.tensors["previous"], state.tensors["started"]
        change = (x - previous) * started  # of the first step zero, or NaN if that is NaN
        state.update(None, previous=x, started=torch.ones_like(started))
        return torch.cat([x, change if self.scaling is None else self.scaling(change)], dim=1)


def differences_of(panel: Panel) -> Panel:
    """Compute the difference of each value from the step before: zero at the start of a series.

    The difference is NaN where one of the two values is.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn._data.panel import as_panel
    >>> differences_of(as_panel([np.array([3.0, 4.0, 9.0]), np.array([7.0, 5.0])])).values.T
    array([[ 0.,  1.,  5.,  0., -2.]])
    """
    values = panel.values
    changes = np.empty(values.shape)  # in double precision: float32 may have no such number
    np.subtract(values[1:], values[:-1], out=changes[1:], dtype=np.float64)
    first = values[panel.starts]
    changes[panel.starts] = first - first
    return panel.with_values(changes)
