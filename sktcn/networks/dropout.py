"""Dropout with a generator of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChannelDropout(nn.Module):
    """Drop whole channels of a series (Tompson et al., 2015, "spatial" dropout).

    Neighbouring steps of a channel are alike, so dropping single values hides little, and a mask
    a channel costs nothing. The noise comes from `generator`, so that the global one is neither
    read nor moved; it is drawn on the CPU, so that it is the same on every device.

    Parameters
    ----------
    p : float
        Share of the channels that are dropped in training.
    """

    generator: torch.Generator | None = None

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def fill(self, kept: Tensor) -> Tensor:
        """Fill ``kept`` with noise: zero for what is dropped, the others a little above one."""
        return kept.bernoulli_(1 - self.p, generator=self.generator).div_(1 - self.p)

    def forward(self, x: Tensor) -> Tensor:
        """Drop channels of ``x``, ``(n, c, t)``, and scale the others up."""
        if not self.training or self.p == 0:
            return x
        kept = self.fill(torch.empty(*x.shape[:2], 1, dtype=x.dtype, device="cpu"))
        return x * kept.to(x.device)

    def extra_repr(self) -> str:
        """Print the share that is dropped."""
        return f"p={self.p}"
