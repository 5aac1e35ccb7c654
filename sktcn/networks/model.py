"""Backbone, pooling and head: a network that answers for whole series."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from sktcn.networks.linear import Linear
from sktcn.networks.pooling import build_pooling, step_mask


class Backbone(Protocol):
    """What `SequenceModel` asks of the network below it."""

    out_channels: int
    causal: bool

    @property
    def receptive_field(self) -> float:
        """Number of time steps that one feature sees."""

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Lengths of the features of series of ``lengths``."""

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map ``(n, c, t)`` to ``(n, f, t')``."""


class SequenceModel(nn.Module):
    """Features of every step by a backbone, pooled over time, and a linear answer.

    Parameters
    ----------
    backbone : Backbone
        `TCN` or `LSTM`.
    pooling : {"mean", "max", "last", "attention", "mean+max"}
        How the features are pooled.
    n_outputs : int
        Logits or regression targets.
    generator : torch.Generator, default=None
        Source of the head's initial weights.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks.tcn import TCN
    >>> model = SequenceModel(TCN(3, n_filters=[16, 16]), pooling="mean", n_outputs=2)
    >>> model(torch.randn(8, 3, 50)).shape
    torch.Size([8, 2])

    Series of other lengths are padded on the right; what the padding holds is of no concern:

    >>> x = torch.full((2, 3, 50), torch.nan)
    >>> x[0, :, :30], x[1] = torch.randn(3, 30), torch.randn(3, 50)
    >>> alone = model.eval()(x[:1, :, :30])
    >>> torch.allclose(model(x, torch.tensor([30, 50]))[:1], alone, atol=1e-6)
    True
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        pooling: str = "mean",
        n_outputs: int,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.backbone = backbone
        self.pooling, width = build_pooling(pooling, backbone.out_channels)
        self.head = Linear(width, n_outputs, generator=generator)

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Answer for series.

        Parameters
        ----------
        x : Tensor
            Series, ``(n, c, t)``, padded on the right.
        lengths : Tensor, default=None
            Length of each series, ``(n,)``; None where there is no padding.
        weight : Tensor, default=None
            What each series counts in batch statistics, ``(n,)``; None if all count alike.

        Returns
        -------
        Tensor
            Logits or targets, ``(n, n_outputs)``.
        """
        return self.head(self.pooling(*self.features(x, lengths, weight)))

    def features(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Compute what is pooled.

        Parameters
        ----------
        x, lengths, weight : Tensor
            As in `forward`.

        Returns
        -------
        h : Tensor
            Features over time, ``(n, f, t')``.
        lengths : Tensor or None
            How many of the ``t'`` are not padding, ``(n,)``.
        """
        mask = None if lengths is None else step_mask(lengths, x.shape[2])
        if mask is not None:
            x = x.masked_fill(~mask, 0.0)
        h = self.backbone.features(x, mask, step_weight(x, mask, weight))
        return h, None if lengths is None else self.backbone.feature_lengths(lengths)

    def contributions(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Tell what each step of the features adds to the answers (Zhou et al., 2016).

        Parameters
        ----------
        x, lengths, weight : Tensor
            As in `forward`.

        Returns
        -------
        Tensor
            Addends of the answers, ``(n, n_outputs, t')``; their sum over time and the head's
            bias are what `forward` returns.
        """
        return self.head.weight @ self.pooling.contributions(*self.features(x, lengths, weight))


def step_weight(x: Tensor, mask: Tensor | None, weight: Tensor | None) -> Tensor | None:
    """Tell what each time step counts in batch statistics.

    Parameters
    ----------
    x : Tensor
        Series, ``(n, c, t)``.
    mask : Tensor or None
        False on padding, ``(n, 1, t)``.
    weight : Tensor or None
        What each series counts, ``(n,)``.

    Returns
    -------
    Tensor or None
        Floats, ``(n, 1, t)``; None if all steps count alike.
    """
    if weight is None:
        return None if mask is None else mask.to(x.dtype)
    steps = weight[:, None, None].expand(-1, 1, x.shape[2])
    return steps if mask is None else steps * mask
