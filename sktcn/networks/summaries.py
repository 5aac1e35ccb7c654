"""Associative summaries of time steps, by which streams pool features.

A step's summary is combined with those of others in any grouping: with all before it, or with those
of a window. Sums are in float64.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

Parts = dict[str, Tensor]  # of a summary, (n_streams, ..., size) each


class Summary(ABC):
    """Associative summary of time steps, in parts.

    Attributes
    ----------
    start : dict of str to Tensor
        Summary of no step, which changes no other one; ``(size,)`` each.
    """

    start: Parts

    @abstractmethod
    def lift(self, h: Tensor) -> Parts:
        """Summarise one step of each stream, of features ``(n_streams, f)``.

        The parts have the dtypes of ``start``.
        """

    @abstractmethod
    def combine(self, before: Parts, after: Parts) -> Parts:
        """Summarise the steps of two summaries."""

    @abstractmethod
    def fade(self, parts: Parts, factor: float) -> Parts:
        """Multiply the weight of each step by a factor; ValueError if steps have no weight."""

    @abstractmethod
    def result(self, parts: Parts) -> Tensor:
        """Compute the pooled features, ``(n_streams, width)``."""


class MeanSummary(Summary):
    """Sum of the features and number of steps, for their mean."""

    def __init__(self, like: Tensor):
        total = torch.zeros_like(like, dtype=torch.float64)
        self.one = torch.ones_like(total[:1])
        self.start = {"total": total, "count": total[:1]}

    def lift(self, h: Tensor) -> Parts:
        """Count one step."""
        return {"total": h.double(), "count": self.one.expand(h.shape[0], 1)}

    def combine(self, before: Parts, after: Parts) -> Parts:
        """Add sums and numbers."""
        return {name: before[name] + after[name] for name in self.start}

    def fade(self, parts: Parts, factor: float) -> Parts:
        """Multiply both by the factor."""
        return {name: part * factor for name, part in parts.items()}

    def result(self, parts: Parts) -> Tensor:
        """Divide the sum by the number."""
        return parts["total"] / parts["count"]


class MaxSummary(Summary):
    """Largest value of each feature."""

    def __init__(self, like: Tensor):
        self.start = {"largest": torch.full_like(like, torch.finfo(like.dtype).min)}

    def lift(self, h: Tensor) -> Parts:
        """Take the features as they are."""
        return {"largest": h}

    def combine(self, before: Parts, after: Parts) -> Parts:
        """Take the larger values."""
        return {"largest": torch.maximum(before["largest"], after["largest"])}

    def fade(self, parts: Parts, factor: float) -> Parts:
        """Raise ValueError: a maximum weighs no steps."""
        raise ValueError(
            "decay must be None where pooling is 'max' or 'mean+max', since a maximum weighs no "
            "steps and features may be negative: take a window instead"
        )

    def result(self, parts: Parts) -> Tensor:
        """Return the values."""
        return parts["largest"]


class AttentionSummary(Summary):
    """Weighted sum of the features, for online softmax (Milakov & Gimelshein, 2018).

    Weights are relative to the largest score, so that none overflows.

    Parameters
    ----------
    score : Tensor
        Weights of the features in a step's score, ``(f,)``.
    """

    def __init__(self, score: Tensor):
        self.score = score.detach().double()
        total = torch.zeros_like(self.score)
        largest = torch.full_like(total[:1], -1e300)
        self.one = torch.ones_like(total[:1])
        self.start = {"total": total, "mass": total[:1], "largest": largest}

    def lift(self, h: Tensor) -> Parts:
        """Weigh one step by one, relative to its own score."""
        h = h.double()
        score = (h @ self.score).unsqueeze(1)
        return {"total": h, "mass": self.one.expand(h.shape[0], 1), "largest": score}

    def combine(self, before: Parts, after: Parts) -> Parts:
        """Add sums, relative to the larger score."""
        largest = torch.maximum(before["largest"], after["largest"])
        rescale = torch.exp(before["largest"] - largest)
        weight = torch.exp(after["largest"] - largest)
        sums = {name: before[name] * rescale + weight * after[name] for name in ("total", "mass")}
        return sums | {"largest": largest}

    def fade(self, parts: Parts, factor: float) -> Parts:
        """Lower the score to which all weights are relative."""
        return parts | {"largest": parts["largest"] + math.log(factor)}

    def result(self, parts: Parts) -> Tensor:
        """Divide the sum by the weight."""
        return parts["total"] / parts["mass"]
