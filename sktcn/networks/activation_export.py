"""Activations in float64 for ONNX: onnxruntime lacks double kernels for these.

It also lacks one for the error function of gelu, which has no replacement here.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sktcn.networks.linear import frozen


def _elu(x: Tensor, alpha: float = 1.0, scale: float = 1.0) -> Tensor:
    negative = _scalar(scale * alpha, x) * torch.expm1(x.clamp(max=0))
    return torch.where(x > 0, _scalar(scale, x) * x, negative)


def _leaky_relu(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, _scalar(0.01, x) * x)


def _softplus(x: Tensor) -> Tensor:
    return x.clamp(min=0) + torch.log(1 + torch.exp(-x.abs()))


def _scalar(value: float, x: Tensor) -> Tensor:
    return torch.tensor(value, dtype=x.dtype)  # ONNX would convert a Python float to float32


FLOAT64_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": lambda x: _elu(x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946),
    "mish": lambda x: x * _softplus(x).tanh(),
    "softplus": _softplus,
    "hardswish": lambda x: x * (x + 3).clamp(0, 6) / 6,
}


class Float64PReLU(nn.Module):
    """Export form of ``nn.PReLU`` in float64."""

    def __init__(self, prelu: nn.PReLU):
        super().__init__()
        self.slope = frozen(prelu.weight[:, None])

    def forward(self, x: Tensor) -> Tensor:
        """Activate ``x``, ``(n, c, t)``."""
        return torch.where(x > 0, x, x * self.slope)
