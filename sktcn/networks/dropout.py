"""Dropout with a generator of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChannelDropout(nn.Module):
    """Drop whole channels of a series (spatial dropout, Tompson et al., 2015).

    Neighbouring steps of a channel are correlated, so that dropping single values has little
    effect. The mask is drawn from `generator`, on the CPU: the same on every device, and without
    a change to the global generator.

    Parameters
    ----------
    p : float
        Probability that training drops a channel.
    """

    generator: torch.Generator | None = None

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def fill(self, mask: Tensor) -> Tensor:
        """Draw a mask in place: zero for a dropped channel, ``1 / (1 - p)`` for the others."""
        return mask.bernoulli_(1 - self.p, generator=self.generator).div_(1 - self.p)

    def forward(self, x: Tensor) -> Tensor:
        """Drop channels of ``x``, ``(n, c, t)``, and scale the others up."""
        if not self.training or self.p == 0:
            return x
        mask = self.fill(torch.empty(*x.shape[:2], 1, dtype=x.dtype, device="cpu"))
        return x * mask.to(x.device)

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"
