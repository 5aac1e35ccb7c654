"""Interfaces of the two parts of a network: a backbone and a head.

A new architecture is one file with a backbone, its streaming form, and the forms of its layers;
`SequenceModel`, `StreamingNetwork`, export and diagnostics rely on these interfaces alone.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from sktcn.networks.memory import MemoryBuilder
from sktcn.networks.stages import Stage
from sktcn.networks.state import Positions, StreamState


class StreamingBackbone(Protocol):
    """Backbone that reads one time step at a time."""

    states: list[StreamState]

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, Tensor | None]:
        """Map a time step, ``(n_streams, c)``, to its features, ``(n_streams, f)``.

        The second tensor, ``(n_streams, 1)``, is true where a later time step does not change
        these features, so that the head keeps them; None means everywhere.
        """


class Backbone(Protocol):
    """Network from series to features over time.

    Attributes
    ----------
    out_channels : int
        Number of features.
    causal : bool
        True if features depend on no later time step.
    lookahead_parameter : str
        The user's parameter that makes the network depend on later time steps.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import LSTM, TCN, Backbone
    >>> def mean_feature(backbone: Backbone, x: torch.Tensor) -> torch.Tensor:
    ...     return backbone.features(x).mean(dim=2)
    >>> x = torch.randn(5, 3, 20)
    >>> mean_feature(TCN(3, [8, 8]), x).shape, mean_feature(LSTM(3, 8), x).shape
    (torch.Size([5, 16]), torch.Size([5, 8]))
    """

    out_channels: int
    causal: bool
    lookahead_parameter: str

    @property
    def receptive_field(self) -> float:
        """Number of time steps that one feature depends on."""

    @property
    def look_ahead(self) -> float:
        """Number of time steps after its own that a feature depends on."""

    @property
    def stride(self) -> int:
        """Time steps of the series per feature."""

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Compute the number of features over time of series of ``lengths``."""

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map ``(n, c, t)`` to ``(n, f, t')``."""

    def streaming(self, n_streams: int, *, exported: bool) -> StreamingBackbone:
        """Build the streaming form, which for export has functional updates alone."""

    def stages(self) -> list[Stage]:
        """Describe the stages from the series to the features."""


class StreamingHead(Protocol):
    """Head that reads the features of one time step at a time."""

    states: list[StreamState]

    def __call__(self, h: Tensor, keep: Tensor | None) -> Tensor:
        """Map features, ``(n_streams, f)``, to outputs in float64, ``(n_streams, n_outputs)``."""


class Head(Protocol):
    """Network from features over time to outputs.

    Attributes
    ----------
    delay : int
        Features that come before those of the first step; zero but for `StepHead`.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import Head, PooledHead
    >>> def outputs(head: Head, h: torch.Tensor) -> torch.Tensor:
    ...     return head.contributions(h, None).sum(dim=2) + head.bias
    >>> head, h = PooledHead.build("max", 8, 2), torch.randn(5, 8, 20)
    >>> torch.allclose(outputs(head, h), head(h, None), atol=1e-6)
    True
    """

    delay: int

    @property
    def n_outputs(self) -> int:
        """Number of logits or regression targets."""

    @property
    def bias(self) -> Tensor:
        """Constant of each output, ``(n_outputs,)``, which is no step's contribution."""

    def __call__(self, h: Tensor, lengths: Tensor | None) -> Tensor:
        """Map ``(n, f, t')`` to outputs."""

    def contributions(self, h: Tensor, lengths: Tensor | None) -> Tensor:
        """Split the outputs into contributions of time steps, ``(n, n_outputs, t')``."""

    def reset(self, n_outputs: int, generator: torch.Generator | None) -> None:
        """Replace the last layer by an untrained one."""

    def streaming(self, n_streams: int, memory: MemoryBuilder = ...) -> StreamingHead:
        """Build the streaming form, which pools the steps that the memory holds."""

    def stages(self) -> list[Stage]:
        """Describe the stages from the features to the outputs."""
