"""Poolings of features over time, ``(n, f, t)``, to features of the series, ``(n, width)``.

The streaming forms sum in float64, so that a mean over ten million steps is as exact as one over
ten.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from sktcn.networks.masks import step_mask
from sktcn.networks.state import StreamState


class StreamingPooling(ABC):
    """Base of the streaming forms; ``like`` has the shape of a step's features, ``(f,)``."""

    states: list[StreamState]

    @abstractmethod
    def __init__(self, pooling: Any, n_streams: int, like: Tensor): ...

    @abstractmethod
    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Pool the features ``h``, ``(n_streams, f)``, of a time step with those before it.

        The state is updated in the rows where ``keep``, ``(n_streams, 1)``, is true; None means
        all rows.
        """


class Pooling(nn.Module, ABC):
    """Base of the poolings, each of which is a sum of contributions of time steps.

    Attributes
    ----------
    name : str
        Value of the parameter ``pooling``.
    n_statistics : int
        Pooled features per feature.
    streaming_form : type
        Class of the streaming form.
    """

    name: str
    n_statistics = 1
    streaming_form: type[StreamingPooling]

    def streaming(self, n_streams: int, like: Tensor) -> StreamingPooling:
        """Build the streaming form for features like those of one step, ``(f,)``."""
        return self.streaming_form(self, n_streams, like)

    @abstractmethod
    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Split the pooled features into contributions of the steps of ``h``, ``(n, f, t)``.

        Their sum over time, of ``(n, width, t)``, equals the pooled features. They are zero on
        padding, of which there is none if ``lengths``, ``(n,)``, is None.
        """


class RunningMean(StreamingPooling):
    """Streaming form of `MeanPooling`."""

    def __init__(self, pooling: Any, n_streams: int, like: Tensor):
        total = torch.zeros_like(like, dtype=torch.float64)
        self.one = torch.ones_like(total[0])  # a Python number would become a tensor at each step
        self.states = [StreamState(n_streams, {"total": total, "count": total[:1]})]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        tensors = self.states[0].tensors
        total, count = tensors["total"] + h, tensors["count"] + self.one
        self.states[0].update(keep, total=total, count=count)
        return total / count


class MeanPooling(Pooling):
    """Mean over the time steps (global average pooling, Lin et al., 2014)."""

    name = "mean"
    streaming_form = RunningMean

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


class RunningMax(StreamingPooling):
    """Streaming form of `MaxPooling`."""

    def __init__(self, pooling: Any, n_streams: int, like: Tensor):
        smallest = torch.full_like(like, torch.finfo(like.dtype).min)
        self.states = [StreamState(n_streams, {"largest": smallest})]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        largest = torch.maximum(self.states[0].tensors["largest"], h)
        self.states[0].update(keep, largest=largest)
        return largest


class MaxPooling(Pooling):
    """Maximum over the time steps."""

    name = "max"
    streaming_form = RunningMax

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        return _fill_padding(h, lengths).amax(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Assign each maximum to the first step that attains it."""
        h = _fill_padding(h, lengths)
        return _select_step(h, h.argmax(2, keepdim=True))


class RunningLast(StreamingPooling):
    """Streaming form of `LastPooling`."""

    def __init__(self, pooling: Any, n_streams: int, like: Tensor):
        self.states = [StreamState(n_streams, {})]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        return h


class LastPooling(Pooling):
    """Features of the last time step, which in a causal network depend on all steps before."""

    name = "last"
    streaming_form = RunningLast

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        return h[:, :, -1] if lengths is None else h.gather(2, _last_step(h, lengths)).squeeze(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Assign all features to the last step."""
        if lengths is None:
            lengths = torch.full(h.shape[:1], h.shape[2], device=h.device)
        return _select_step(h, _last_step(h, lengths))


class RunningAttention(StreamingPooling):
    """Streaming form of `AttentionPooling`, by online softmax (Milakov & Gimelshein, 2018)."""

    def __init__(self, pooling: Any, n_streams: int, like: Tensor):
        self.score = pooling.score.detach().double()
        total = torch.zeros_like(like, dtype=torch.float64)
        start = {"total": total, "mass": total[:1], "largest": torch.full_like(total[:1], -1e300)}
        self.states = [StreamState(n_streams, start)]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        tensors = self.states[0].tensors
        score = (h.double() @ self.score).unsqueeze(1)
        largest = torch.maximum(tensors["largest"], score)
        rescale, weight = torch.exp(tensors["largest"] - largest), torch.exp(score - largest)
        total, mass = tensors["total"] * rescale + weight * h, tensors["mass"] * rescale + weight
        self.states[0].update(keep, total=total, mass=mass, largest=largest)
        return total / mass


class AttentionPooling(Pooling):
    """Weighted mean over the time steps, by learned scores (Bahdanau et al., 2015).

    The initial scores are zero, which makes it the mean.

    Parameters
    ----------
    n_features : int
        Features per time step.
    """

    name = "attention"
    streaming_form = RunningAttention

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

    def _attend(self, h: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        scores = self.score @ h
        if lengths is not None:
            scores = scores.masked_fill(~step_mask(lengths, h.shape[2])[:, 0], -torch.inf)
            h = h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0)
        return h, scores.softmax(1)


class RunningMeanMax(StreamingPooling):
    """Streaming form of `MeanMaxPooling`."""

    def __init__(self, pooling: Any, n_streams: int, like: Tensor):
        self.poolings = [each.streaming(n_streams, like) for each in (pooling.mean, pooling.max)]
        self.states = [state for each in self.poolings for state in each.states]

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        return torch.cat([pooling(h, keep).double() for pooling in self.poolings], dim=1)


class MeanMaxPooling(Pooling):
    """Mean and maximum, concatenated: ``(n, 2 * f)``."""

    name = "mean+max"
    streaming_form = RunningMeanMax
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


def _fill_padding(h: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return h
    return h.masked_fill(~step_mask(lengths, h.shape[2]), -torch.inf)


def _last_step(h: Tensor, lengths: Tensor) -> Tensor:
    return (lengths - 1)[:, None, None].expand(-1, h.shape[1], 1)


def _select_step(h: Tensor, step: Tensor) -> Tensor:
    return torch.zeros_like(h).scatter(2, step, h.gather(2, step))


_KINDS: tuple[type[Pooling], ...] = (MeanPooling, MaxPooling, LastPooling, MeanMaxPooling)
POOLINGS = ("mean", "max", "last", "attention", "mean+max")


def build_pooling(pooling: str, n_features: int) -> Pooling:
    """Build a pooling from its name in `POOLINGS`."""
    if pooling == "attention":
        return AttentionPooling(n_features)
    return next(kind() for kind in _KINDS if kind.name == pooling)
