"""The interface of a preprocessing step: one class with its panel, torch and streaming forms."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from sktcn._data.panel import Panel
from sktcn.networks import StreamState


class MaskedSeries(NamedTuple):
    """Padded series in torch, on their way through the preprocessing modules.

    Attributes
    ----------
    values : Tensor
        Values in float64, ``(n, c, t)``.
    observed : Tensor
        Whether each value is neither missing nor padding, ``(n, c, t)``.
    valid : Tensor
        Whether each step is no padding, ``(n, 1, t)``.
    eps : float
        Relative rounding error of the values as the user gave them.
    """

    values: Tensor
    observed: Tensor
    valid: Tensor
    eps: float


class StreamingStep(Protocol):
    """Streaming form of a step: maps ``(n_streams, c)`` of one time step."""

    states: list[StreamState]

    def __call__(self, x: Tensor) -> Tensor:
        """Transform the newest time step of each stream."""


class PreprocessingStep(Protocol):
    """One transformation of series, in its three forms."""

    @property
    def look_back(self) -> int:
        """Time steps before its own that an output step depends on."""

    @property
    def lookahead_parameter(self) -> str | None:
        """User's parameter that makes the step depend on later time steps."""

    def transform(self, panel: Panel) -> Panel:
        """Transform series in numpy."""

    def module(self) -> nn.Module:
        """Build the torch form, which maps `MaskedSeries` and has gradients."""

    def streaming(self, n_streams: int, device: torch.device) -> StreamingStep:
        """Build the streaming form."""
