"""Convolutions by operations that do not depend on the length of the series, for export."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.linear import frozen


class GatheredConv(nn.Module):
    """Export form of a convolution in float64: a matrix product of gathered windows.

    ``weight`` is ``(out_channels, kernel_size * in_channels)``, channels of the first tap first.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        kernel_size: int,
        *,
        padding: tuple[int, int] = (0, 0),
        dilation: int = 1,
        stride: int = 1,
    ):
        super().__init__()
        self.weight = frozen(weight)
        self.bias = None if bias is None else frozen(bias)
        self.kernel_size = kernel_size
        self.padding = padding
        self.dilation = dilation
        self.stride = stride

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, n_outputs)``."""
        if mask is not None and self.padding[1]:
            x = x * mask
        span = (self.kernel_size - 1) * self.dilation
        n_outputs = (x.shape[2] + sum(self.padding) - span - 1) // self.stride + 1
        outputs = torch.arange(n_outputs, device=x.device) * self.stride
        taps = torch.arange(self.kernel_size, device=x.device) * self.dilation
        windows = F.pad(x, self.padding)[:, :, outputs[:, None] + taps]
        rows = windows.permute(0, 2, 3, 1).flatten(2)
        return F.linear(rows, self.weight, self.bias).transpose(1, 2)
