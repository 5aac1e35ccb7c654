"""Shortcut around the branch of a residual block or an LSTM layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sktcn.networks.conv import TemporalConv
from sktcn.networks.linear import contiguous_copy
from sktcn.networks.state import StepFunction


class Shortcut(nn.Module):
    """Combine the input and the output of a branch.

    Parameters
    ----------
    residual : {"add", "concat", None}
        Sum (He et al., 2016), concatenation (Huang et al., 2017), or the branch alone.
    in_channels, out_channels : int
        Channels of the input and of the branch.
    bias : bool, default=True
        Add a constant in the projection.
    generator : torch.Generator, default=None
        Source of the projection's initial weights.

    Attributes
    ----------
    projection : TemporalConv or nn.Identity
        A 1x1 convolution where the summands differ in width.
    out_channels : int
        Channels of the output.
    """

    def __init__(
        self,
        residual: str | None,
        in_channels: int,
        out_channels: int,
        *,
        bias: bool = True,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.residual = residual
        self.out_channels = out_channels + (in_channels if residual == "concat" else 0)
        self.projection: nn.Module = nn.Identity()
        if residual == "add" and in_channels != out_channels:
            self.projection = TemporalConv(
                in_channels, out_channels, 1, bias=bias, generator=generator
            )

    def forward(self, x: Tensor, branch: Tensor) -> Tensor:
        """Combine the input ``x`` and the ``branch``."""
        if self.residual == "add":
            return self.projection(x) + branch
        if self.residual == "concat":
            return torch.cat([x, branch], dim=1)
        return branch

    def extra_repr(self) -> str:
        """Return the kind of shortcut."""
        return repr(self.residual)

    def step_function(self, bias: Tensor) -> StepFunction:
        """Build the streaming form: the summand beside the branch, plus the branch's bias."""
        if self.residual != "add":
            return lambda x: bias
        if isinstance(self.projection, TemporalConv):
            matrix = contiguous_copy(self.projection.weight[:, :, 0].t())
            if self.projection.bias is not None:
                bias = bias + self.projection.bias.detach()
            return lambda x: torch.addmm(bias, x, matrix)
        return (lambda x: x + bias) if bias.any() else (lambda x: x)
