"""Linear layer, initialised from a generator of its own, and copies of weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Linear(nn.Linear):
    """``nn.Linear`` whose initial weights come from ``generator``, not from the global one.

    Parameters
    ----------
    in_features, out_features : int
        Widths of input and output.
    gain : float, default=1.0
        Standard deviation of the initial weights times ``sqrt(in_features)``; the bias is zero.
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

        A matrix product's order of summation, and so the last digit, would depend on the number
        of rows; sums of products have one order.
        """
        return (x.unsqueeze(-2) * self.weight).sum(-1) + self.bias


def contiguous_copy(weight: Tensor) -> Tensor:
    """Copy a weight, detached and contiguous in memory."""
    return weight.detach().clone(memory_format=torch.contiguous_format)


def frozen(weight: Tensor) -> nn.Parameter:
    """Copy a weight into a contiguous parameter that is not trained."""
    return nn.Parameter(contiguous_copy(weight), requires_grad=False)
