"""The layers of the training pass that `sktcn.networks.fused` writes out.

Each goes forwards and then backwards, and keeps between the two what the way back needs. Tensors
have the shape ``(n, c, 1, t)``, in channels-last memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.activations import BELOW_ZERO
from sktcn.networks.conv import TemporalConv
from sktcn.networks.norms import BatchNorm

if TYPE_CHECKING:
    from sktcn.networks.residual import PreActivatedConv, ResidualBlock
    from sktcn.networks.tcn import TCN

aten: Any = torch.ops.aten
Gradients = dict[nn.Parameter, Tensor]

# Gradients of activations, given that of the output, and the input; others are left to autograd.
DERIVATIVES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda grad, z: aten.threshold_backward.default(grad, z, BELOW_ZERO),
    "leaky_relu": lambda grad, z: aten.leaky_relu_backward.default(grad, z, 0.01, False),
    "gelu": aten.gelu_backward.default,
    "silu": aten.silu_backward.default,
    "mish": aten.mish_backward.default,
    "hardswish": aten.hardswish_backward.default,
}


class Block:
    """Two convolutions, and the sum with their input."""

    def __init__(self, block: ResidualBlock, n: int, t: int, dtype: torch.dtype):
        self.conv1 = Convolution(block.conv1, n, t, dtype)
        self.conv2 = Convolution(block.conv2, n, t, dtype)
        projection = block.shortcut.projection
        self.kernel = projection.kernel if isinstance(projection, TemporalConv) else None

    def join(self, x: Tensor, activated: Tensor) -> Tensor:
        """Map the block's input, ``activated`` already, to its output."""
        branch = self.conv1.convolve(activated)
        branch = self.conv2.convolve(self.conv2.activate(branch))
        if self.kernel is None:
            return branch.add_(x)
        self.rows = x.permute(0, 2, 3, 1)
        return branch.add_(F.linear(self.rows, self.kernel[:, :, 0]).permute(0, 3, 1, 2))

    def backward(self, grad: Tensor, of_scale: Tensor | None, grads: Gradients) -> Tensor:
        """Turn the gradients of the output and of what was activated into that of the input."""
        branch = self.conv1.backward(self.conv2.backward(grad, None, grads), of_scale, grads)
        if self.kernel is not None:
            weight = self.kernel[:, :, 0]
            rows, read = grad.permute(0, 2, 3, 1).to(weight.dtype), self.rows.to(weight.dtype)
            grads[self.kernel] = torch.einsum("natf,natc->fc", rows, read).unsqueeze(2)
            grad = (rows @ weight).permute(0, 3, 1, 2)
            del self.rows
        return branch if self.conv1.activation is None else branch.add_(grad)


class Convolution:
    """A convolution, and what comes before it; the first one reads the series as they are."""

    def __init__(self, part: PreActivatedConv, n: int, t: int, dtype: torch.dtype):
        conv = part.conv
        self.activation = Activation(part) if isinstance(part.norm, BatchNorm) else None
        self.dilation, self.kernel = (1, conv.dilation), conv.kernel
        self.taps, (before, after) = conv.effective_taps(t)
        self.weights = conv.kernel.detach().unsqueeze(2)[..., self.taps]  # move as they learn
        self.used = None if conv.taps is None else conv.taps.unsqueeze(2)[..., self.taps]
        padded = torch.zeros(n, 1, before + t + after, conv.kernel.shape[1], dtype=dtype)
        self.inputs = padded.permute(0, 3, 1, 2)
        self.inside = slice(before, before + t)
        self.filled = self.inputs[..., self.inside]
        self.kept: Tensor | None = None

    def activate(self, x: Tensor) -> Tensor:
        """Normalise and activate."""
        return x if self.activation is None else self.activation.forward(x)

    def convolve(self, activated: Tensor) -> Tensor:
        """Drop and convolve."""
        if self.kept is None:
            self.filled.copy_(activated)
        else:
            torch.mul(activated, self.kept, out=self.filled)
        weight = self.weights if self.used is None else self.weights * self.used
        self.weight = weight.to(self.inputs.dtype)
        return F.conv2d(self.inputs, self.weight, dilation=self.dilation)

    def backward(self, grad: Tensor, of_scale: Tensor | None, grads: Gradients) -> Tensor:
        """Turn the gradients of the output and of what was activated into that of the input."""
        grad, grad_weight, _ = aten.convolution_backward.default(
            grad, self.inputs, self.weight, None, (1, 1), (0, 0), self.dilation,
            False, (0, 0), 1, (self.activation is not None, True, False),
        )  # fmt: skip
        grads[self.kernel] = self._of_all_taps(grad_weight.squeeze(2))
        if self.activation is None:
            return grad
        grad = grad[..., self.inside]
        grad = grad if self.kept is None else grad * self.kept
        if of_scale is not None:
            grad = grad + of_scale
        return self.activation.backward(grad, grads)

    def _of_all_taps(self, grad: Tensor) -> Tensor:
        if self.used is not None:
            grad = grad * self.used.squeeze(2)
        if grad.shape == self.kernel.shape:
            return grad.to(self.kernel.dtype)
        whole = torch.zeros_like(self.kernel)
        whole[:, :, self.taps] = grad
        return whole


class Activation:
    """Batch norm and an activation."""

    def __init__(self, part: TCN | PreActivatedConv):
        self.norm: Any = part.norm
        self.function = part.activation.forward
        self.derivative = DERIVATIVES.get(getattr(part.activation, "name", ""), self._derivative)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise and activate."""
        norm = self.norm
        self.x = x
        self.z, self.mean, self.inverse_std = torch.native_batch_norm(
            x, norm.weight, norm.bias, None, None, True, 0.0, norm.eps
        )
        activated: Tensor = self.function(self.z)
        return activated

    def backward(self, grad: Tensor, grads: Gradients) -> Tensor:
        """Turn the gradient of the output into that of the input."""
        norm = self.norm
        grad = self.derivative(grad.to(self.z.dtype), self.z)
        grad, grads[norm.weight], grads[norm.bias] = aten.native_batch_norm_backward.default(
            grad, self.x, norm.weight, None, None, self.mean, self.inverse_std,
            True, norm.eps, (True, True, True),
        )  # fmt: skip
        del self.x, self.z  # their memory serves the next layer
        return grad

    def _derivative(self, grad: Tensor, z: Tensor) -> Tensor:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            return torch.autograd.grad(self.function(z), z, grad)[0]
