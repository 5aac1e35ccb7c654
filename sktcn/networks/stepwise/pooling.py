"""Pooling of features that come one time step at a time.

Sums are in double precision, and so are means: one over ten million steps is as exact as one over
ten.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from sktcn.networks.pooling import (
    AttentionPooling,
    LastPooling,
    MaxPooling,
    MeanMaxPooling,
    MeanPooling,
)
from sktcn.networks.stepwise.state import StreamState


class RunningMean:
    """Mean of the features so far.

    Parameters
    ----------
    module : MeanPooling
        What it does as the features come.
    n_streams : int
        Rows.
    like : Tensor
        Features of one step, ``(f,)``.
    """

    def __init__(self, module: nn.Module, n_streams: int, like: Tensor):
        total = torch.zeros_like(like, dtype=torch.float64)
        self.one = torch.ones_like(total[0])  # a number would be made a tensor at each step
        self.states = [StreamState(n_streams, {"total": total, "count": total[:1]})]

    def __call__(self, h: Tensor, kept: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n_streams, f)``, with what came before; remember it where ``kept``."""
        tensors = self.states[0].tensors
        total, count = tensors["total"] + h, tensors["count"] + self.one
        self.states[0].put(kept, total=total, count=count)
        return total / count


class RunningMax:
    """Largest of the features so far; parameters are `RunningMean`'s."""

    def __init__(self, module: nn.Module, n_streams: int, like: Tensor):
        self.states = [
            StreamState(n_streams, {"largest": torch.full_like(like, torch.finfo(like.dtype).min)})
        ]

    def __call__(self, h: Tensor, kept: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n_streams, f)``, with what came before; remember it where ``kept``."""
        largest = torch.maximum(self.states[0].tensors["largest"], h)
        self.states[0].put(kept, largest=largest)
        return largest


class RunningLast:
    """Newest features; parameters are `RunningMean`'s."""

    def __init__(self, module: nn.Module, n_streams: int, like: Tensor):
        self.states = [StreamState(n_streams, {})]

    def __call__(self, h: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return ``h``."""
        return h


class RunningAttention:
    """Weighted mean of the features so far, by scores whose largest is taken off beforehand.

    Parameters are `RunningMean`'s. As in online softmax (Milakov & Gimelshein, 2018).
    """

    def __init__(self, module: Any, n_streams: int, like: Tensor):
        self.score = module.score.detach().double()
        total = torch.zeros_like(like, dtype=torch.float64)
        start = {"total": total, "mass": total[:1], "largest": torch.full_like(total[:1], -1e300)}
        self.states = [StreamState(n_streams, start)]

    def __call__(self, h: Tensor, kept: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n_streams, f)``, with what came before; remember it where ``kept``."""
        tensors = self.states[0].tensors
        score = (h.double() @ self.score).unsqueeze(1)
        largest = torch.maximum(tensors["largest"], score)
        before, now = torch.exp(tensors["largest"] - largest), torch.exp(score - largest)
        total, mass = tensors["total"] * before + now * h, tensors["mass"] * before + now
        self.states[0].put(kept, total=total, mass=mass, largest=largest)
        return total / mass


class RunningMeanMax:
    """Both, side by side; parameters are `RunningMean`'s."""

    def __init__(self, module: nn.Module, n_streams: int, like: Tensor):
        self.parts = RunningMean(module, n_streams, like), RunningMax(module, n_streams, like)
        self.states = [state for part in self.parts for state in part.states]

    def __call__(self, h: Tensor, kept: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n_streams, f)``, with what came before; remember it where ``kept``."""
        return torch.cat([part(h, kept).double() for part in self.parts], dim=1)


RUNNING: dict[type[nn.Module], Any] = {
    MeanPooling: RunningMean,
    MaxPooling: RunningMax,
    LastPooling: RunningLast,
    AttentionPooling: RunningAttention,
    MeanMaxPooling: RunningMeanMax,
}
