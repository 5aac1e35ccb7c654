"""From features over time to features of the series: ``(n, f, t)`` and lengths to ``(n, f)``."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


def step_mask(lengths: Tensor, n_steps: int) -> Tensor:
    """Tell the time steps of series from padding.

    Parameters
    ----------
    lengths : Tensor
        Length of each series, ``(n,)``.
    n_steps : int
        Length to which they are padded, on the right.

    Returns
    -------
    Tensor
        Booleans, ``(n, 1, n_steps)``.

    Examples
    --------
    >>> import torch
    >>> step_mask(torch.tensor([1, 3]), 3)[:, 0]
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    return (torch.arange(n_steps, device=lengths.device) < lengths[:, None])[:, None]


class Pooling(nn.Module, ABC):
    """Base of the poolings, each of which is a sum of what its time steps give."""

    @abstractmethod
    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Tell what each step of ``h`` gives to the pooled features.

        Parameters
        ----------
        h : Tensor
            Features, ``(n, f, t)``.
        lengths : Tensor, default=None
            Length of each series, ``(n,)``; None where there is no padding.

        Returns
        -------
        Tensor
            One row a pooled feature, ``(n, width, t)``; zero on padding. The sum over time are
            the pooled features.
        """


class MeanPooling(Pooling):
    """Mean over the time steps (global average pooling, Lin et al., 2014)."""

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        if lengths is None:
            return h.mean(2)
        return h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0).sum(2) / lengths[:, None]

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give each step its share."""
        if lengths is None:
            return h / h.shape[2]
        return h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0) / lengths[:, None, None]


class MaxPooling(Pooling):
    """Largest value over the time steps."""

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        if lengths is not None:
            h = h.masked_fill(~step_mask(lengths, h.shape[2]), -torch.inf)
        return h.amax(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give all of a feature to the first step that holds its maximum."""
        if lengths is not None:
            h = h.masked_fill(~step_mask(lengths, h.shape[2]), -torch.inf)
        return _only(h, h.argmax(2, keepdim=True))


class LastPooling(Pooling):
    """Features of the last time step, which in a causal network has seen all others."""

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        return h[:, :, -1] if lengths is None else h.gather(2, _last(h, lengths)).squeeze(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give all to the last step."""
        if lengths is None:
            lengths = torch.full(h.shape[:1], h.shape[2], device=h.device)
        return _only(h, _last(h, lengths))


def _last(h: Tensor, lengths: Tensor) -> Tensor:
    return (lengths - 1)[:, None, None].expand(-1, h.shape[1], 1)


def _only(h: Tensor, step: Tensor) -> Tensor:
    return torch.zeros_like(h).scatter(2, step, h.gather(2, step))


class AttentionPooling(Pooling):
    """Weighted mean over the time steps, by learned scores (Bahdanau et al., 2015).

    It starts as the mean: all scores are zero.

    Parameters
    ----------
    n_features : int
        Features a time step.
    """

    def __init__(self, n_features: int):
        super().__init__()
        self.score = nn.Parameter(torch.zeros(n_features))

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, f)``."""
        h, shares = self._attend(h, lengths)
        return (h @ shares.unsqueeze(2)).squeeze(2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give each step what its score earns."""
        h, shares = self._attend(h, lengths)
        return h * shares.unsqueeze(1)

    def _attend(self, h: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        scores = self.score @ h
        if lengths is not None:
            scores = scores.masked_fill(~step_mask(lengths, h.shape[2])[:, 0], -torch.inf)
            h = h.masked_fill(~step_mask(lengths, h.shape[2]), 0.0)
        return h, scores.softmax(1)


class MeanMaxPooling(Pooling):
    """Mean and maximum side by side: ``(n, 2 * f)``."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = MeanPooling()
        self.max = MaxPooling()

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Pool ``h``, ``(n, f, t)``, to ``(n, 2 * f)``."""
        return torch.cat([self.mean(h, lengths), self.max(h, lengths)], dim=1)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give what both give, side by side."""
        return torch.cat(
            [self.mean.contributions(h, lengths), self.max.contributions(h, lengths)], dim=1
        )


POOLINGS = ("mean", "max", "last", "attention", "mean+max")


def build_pooling(pooling: str, n_features: int) -> tuple[Pooling, int]:
    """Make the pooling called ``pooling``.

    Parameters
    ----------
    pooling : {"mean", "max", "last", "attention", "mean+max"}
        The name.
    n_features : int
        Features a time step.

    Returns
    -------
    module : Pooling
        Called with the features, ``(n, f, t)``, and the lengths of the series, ``(n,)`` or None.
    width : int
        Features of the pooled series.
    """
    if pooling == "attention":
        return AttentionPooling(n_features), n_features
    if pooling == "mean+max":
        return MeanMaxPooling(), 2 * n_features
    simple: dict[str, type[Pooling]] = {"mean": MeanPooling, "max": MaxPooling, "last": LastPooling}
    return simple[pooling](), n_features
