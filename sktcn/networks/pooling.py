"""Poolings of features over time, ``(n, f, t)``, to features of the series, ``(n, width)``.

The streaming forms sum in float64, so that a mean over ten million steps is as exact as one over
ten.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from sktcn.networks.masks import step_mask
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.state import StreamState
from sktcn.networks.summaries import AttentionSummary, MaxSummary, MeanSummary, Summary


class StreamingPooling(Protocol):
    """Pooling that reads the features of one time step at a time."""

    states: list[StreamState]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Pool the features ``h``, ``(n_streams, f)``, of a time step with those before it.

        The state is updated in the rows where ``keep``, ``(n_streams, 1)``, is true; None means
        all rows.
        """


class RememberedSummary:
    """Streaming form of a pooling that summarises the steps which a memory holds."""

    def __init__(self, summary: Summary, n_streams: int, memory: MemoryBuilder):
        self.summary = summary
        self.memory = memory(summary, n_streams)
        self.states: list[StreamState] = self.memory.states

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Pool the features of a time step with those remembered."""
        return self.summary.result(self.memory(self.summary.lift(h), keep))


class Pooling(nn.Module, ABC):
    """Base of the poolings, each of which is a sum of contributions of time steps.

    Attributes
    ----------
    name : str
        Value of the parameter ``pooling``.
    n_statistics : int
        Pooled features per feature.
    """

    name: str
    n_statistics = 1

    @abstractmethod
    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> StreamingPooling:
        """Build the streaming form for features like those of one step, ``(f,)``."""

    @abstractmethod
    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Split the pooled features into contributions of the steps of ``h``, ``(n, f, t)``.

        Their sum over time, of ``(n, width, t)``, equals the pooled features. They are zero on
        padding, of which there is none if ``lengths``, ``(n,)``, is None.
        """


class MeanPooling(Pooling):
    """Mean over the time steps (global average pooling, Lin et al., 2014)."""

    name = "mean"

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        if lengths is None:
            return h.mean(2)
        return h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0).sum(2) / lengths[:, None]

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Divide the features of each step by the length."""
        if lengths is None:
            return h / h.shape[2]
        return h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0) / lengths[:, None, None]

    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> RememberedSummary:
        """Build the streaming form."""
        return RememberedSummary(MeanSummary(like), n_streams, memory)


class MaxPooling(Pooling):
    """Maximum over the time steps."""

    name = "max"

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        return _fill_padding(h, lengths).amax(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Assign each maximum to the first step that attains it."""
        h = _fill_padding(h, lengths)
        return _select_step(h, h.argmax(2, keepdim=True))

    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> RememberedSummary:
        """Build the streaming form."""
        return RememberedSummary(MaxSummary(like), n_streams, memory)


class StreamingLast:
    """Streaming form of `LastPooling`, of which any memory holds the last step."""

    def __init__(self, n_streams: int):
        self.states = [StreamState(n_streams, {})]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return the features."""
        return h


class LastPooling(Pooling):
    """Features of the last time step, which in a causal network depend on all steps before."""

    name = "last"

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        return h[:, :, -1] if lengths is None else h.gather(2, _last_step(h, lengths)).squeeze(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Assign all features to the last step."""
        if lengths is None:
            lengths = torch.full(h.shape[:1], h.shape[2], device=h.device)
        return _select_step(h, _last_step(h, lengths))

    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> StreamingLast:
        """Build the streaming form."""
        return StreamingLast(n_streams)


class AttentionPooling(Pooling):
    """Weighted mean over the time steps, by learned scores (Bahdanau et al., 2015).

    The initial scores are zero, which makes it the mean.

    Parameters
    ----------
    n_features : int
        Features per time step.
    """

    name = "attention"

    def __init__(self, n_features: int):
        super().__init__()
        self.score = nn.Parameter(torch.zeros(n_features))

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        h, weights = self._attend(h, lengths)
        return (h @ weights.unsqueeze(2)).squeeze(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Multiply the features of each step by its weight."""
        h, weights = self._attend(h, lengths)
        return h * weights.unsqueeze(1)

    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> RememberedSummary:
        """Build the streaming form."""
        return RememberedSummary(AttentionSummary(self.score), n_streams, memory)

    def _attend(self, h: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        scores = self.score @ h
        if lengths is not None:
            scores = scores.masked_fill(~step_mask(lengths, h.shape[2])[:, 0], -torch.inf)
            h = h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0)
        return h, scores.softmax(1)


class StreamingMeanMax:
    """Streaming form of `MeanMaxPooling`."""

    def __init__(self, poolings: Sequence[RememberedSummary]):
        self.poolings = poolings
        self.states = [state for each in poolings for state in each.states]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Concatenate the pooled features."""
        return torch.cat([pooling(h, keep).double() for pooling in self.poolings], dim=1)


class MeanMaxPooling(Pooling):
    """Mean and maximum, concatenated: ``(n, 2 * f)``."""

    name = "mean+max"
    n_statistics = 2

    def __init__(self) -> None:
        super().__init__()
        self.mean = MeanPooling()
        self.max = MaxPooling()

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, 2 * f)``."""
        return torch.cat([self.mean(h, lengths), self.max(h, lengths)], dim=1)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Concatenate the contributions to mean and maximum."""
        poolings: tuple[Pooling, ...] = (self.mean, self.max)
        return torch.cat([pooling.contributions(h, lengths) for pooling in poolings], dim=1)

    def streaming(
        self, n_streams: int, like: Tensor, memory: MemoryBuilder = Running
    ) -> StreamingMeanMax:
        """Build the streaming form."""
        parts = (self.mean, self.max)
        return StreamingMeanMax([part.streaming(n_streams, like, memory) for part in parts])


def _fill_padding(h: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return h
    return h.masked_fill(~step_mask(lengths, h.shape[2]), -torch.inf)


def _last_step(h: Tensor, lengths: Tensor) -> Tensor:
    return (lengths - 1)[:, None, None].expand(-1, h.shape[1], 1)


def _select_step(h: Tensor, step: Tensor) -> Tensor:
    return torch.zeros_like(h).scatter(2, step, h.gather(2, step))


_KINDS: tuple[type[Pooling], ...] = (MeanPooling, MaxPooling, LastPooling, MeanMaxPooling)
#: Names of the poolings over time.
POOLINGS = ("mean", "max", "last", "attention", "mean+max")


def build_pooling(pooling: str, n_features: int) -> Pooling:
    """Build a pooling from its name in `POOLINGS`."""
    if pooling == "attention":
        return AttentionPooling(n_features)
    return next(kind() for kind in _KINDS if kind.name == pooling)
