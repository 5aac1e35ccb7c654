"""The linear layer, initialised from a generator of one's own."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Linear(nn.Linear):
    """``nn.Linear`` whose first weights come from ``generator``, not from the global one.

    Parameters
    ----------
    in_features, out_features : int
        Widths of input and output.
    gain : float, default=1.0
        The weights are drawn with variance ``gain**2 / in_features``; the bias is zero.
    generator : torch.Generator, default=None
        Source of the initial weights.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        gain: float = 1.0,
        generator: torch.Generator | None = None,
    ):
        nn.Module.__init__(self)  # nn.Linear's own would draw from the global generator
        self.in_features = in_features
        self.out_features = out_features
        weight = torch.empty(out_features, in_features, dtype=torch.float32)
        weight.normal_(0.0, gain * in_features**-0.5, generator=generator)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., in_features)`` to ``(..., out_features)``.

        Products and sums, not a matrix product: its order of summation, and so the last digit,
        would depend on how many rows there are.
        """
        return (x.unsqueeze(-2) * self.weight).sum(-1) + self.bias
