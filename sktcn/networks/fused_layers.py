"""Layers of the fused training pass of `sktcn.networks.fused`.

Each has a forward and a backward method, between which it saves the tensors that the backward
method needs. Tensors have the shape ``(n, c, 1, t)`` in channels-last memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.activations import RELU_THRESHOLD
from sktcn.networks.conv import TemporalConv
from sktcn.networks.norms import BatchNorm
from sktcn.networks.residual import PreActivatedConv, ResidualBlock
from sktcn.networks.tcn import TCN

aten: Any = torch.ops.aten
Gradients = dict[nn.Parameter, Tensor]

# Gradients of activations from that of the output and the input; autograd computes the others.
DERIVATIVES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda grad, z: aten.threshold_backward.default(grad, z, RELU_THRESHOLD),
    "leaky_relu": lambda grad, z: aten.leaky_relu_backward.default(grad, z, 0.01, False),
    "gelu": aten.gelu_backward.default,
    "silu": aten.silu_backward.default,
    "mish": aten.mish_backward.default,
    "hardswish": aten.hardswish_backward.default,
}


class Block:
    """Fused form of `ResidualBlock`."""

    def __init__(self, block: ResidualBlock, n: int, t: int, dtype: torch.dtype):
        self.conv1 = Convolution(block.conv1, n, t, dtype)
        self.conv2 = Convolution(block.conv2, n, t, dtype)
        projection = block.shortcut.projection
        self.kernel = projection.kernel if isinstance(projection, TemporalConv) else None

    def forward_activated(self, x: Tensor, activated: Tensor) -> Tensor:
        """Compute the output from the input ``x`` and its pre-activation ``activated``."""
        branch = self.conv1.convolve(activated)
        branch = self.conv2.convolve(self.conv2.activate(branch))
        if self.kernel is None:
            return branch.add_(x)
        self.rows = x.permute(0, 2, 3, 1)
        return branch.add_(F.linear(self.rows, self.kernel[:, :, 0]).permute(0, 3, 1, 2))

    def backward(self, grad: Tensor, scale_grad: Tensor | None, grads: Gradients) -> Tensor:
        """Compute the input's gradient from those of the output and of the pre-activation."""
        branch = self.conv1.backward(self.conv2.backward(grad, None, grads), scale_grad, grads)
        if self.kernel is not None:
            weight = self.kernel[:, :, 0]
            rows, inputs = grad.permute(0, 2, 3, 1).to(weight.dtype), self.rows.to(weight.dtype)
            grads[self.kernel] = torch.einsum("natf,natc->fc", rows, inputs).unsqueeze(2)
            grad = (rows @ weight).permute(0, 3, 1, 2)
            del self.rows
        return branch if self.conv1.activation is None else branch.add_(grad)


class Convolution:
    """Fused form of `PreActivatedConv`; the first one has no norm and activation."""

    def __init__(self, layer: PreActivatedConv, n: int, t: int, dtype: torch.dtype):
        conv = layer.conv
        self.activation = Activation(layer) if isinstance(layer.norm, BatchNorm) else None
        self.dilation, self.kernel = (1, conv.dilation), conv.kernel
        self.taps, (before, after) = conv.effective_taps(t)
        self.weights = conv.kernel.detach().unsqueeze(2)[..., self.taps]  # a view of the kernel
        mask = conv.tap_mask
        self.tap_mask = None if mask is None else mask.unsqueeze(2)[..., self.taps]
        padded = torch.zeros(n, 1, before + t + after, conv.kernel.shape[1], dtype=dtype)
        self.inputs = padded.permute(0, 3, 1, 2)
        self.span = slice(before, before + t)
        self.unpadded = self.inputs[..., self.span]
        self.dropout_mask: Tensor | None = None

    def activate(self, x: Tensor) -> Tensor:
        """Normalise and activate."""
        return x if self.activation is None else self.activation.forward(x)

    def convolve(self, activated: Tensor) -> Tensor:
        """Drop channels, and convolve."""
        if self.dropout_mask is None:
            self.unpadded.copy_(activated)
        else:
            torch.mul(activated, self.dropout_mask, out=self.unpadded)
        weight = self.weights if self.tap_mask is None else self.weights * self.tap_mask
        self.weight = weight.to(self.inputs.dtype)
        return F.conv2d(self.inputs, self.weight, dilation=self.dilation)

    def backward(self, grad: Tensor, scale_grad: Tensor | None, grads: Gradients) -> Tensor:
        """Compute the input's gradient from those of the output and of the pre-activation."""
        grad, grad_weight, _ = aten.convolution_backward.default(
            grad, self.inputs, self.weight, None, (1, 1), (0, 0), self.dilation,
            False, (0, 0), 1, (self.activation is not None, True, False),
        )  # fmt: skip
        grads[self.kernel] = self._kernel_grad(grad_weight.squeeze(2))
        if self.activation is None:
            return grad
        grad = grad[..., self.span]
        grad = grad if self.dropout_mask is None else grad * self.dropout_mask
        if scale_grad is not None:
            grad = grad + scale_grad
        return self.activation.backward(grad, grads)

    def _kernel_grad(self, grad: Tensor) -> Tensor:
        """Expand the gradient of the effective taps to all taps."""
        if self.tap_mask is not None:
            grad = grad * self.tap_mask.squeeze(2)
        if grad.shape == self.kernel.shape:
            return grad.to(self.kernel.dtype)
        full = torch.zeros_like(self.kernel)
        full[:, :, self.taps] = grad
        return full


class Activation:
    """Fused form of a batch norm and an activation."""

    def __init__(self, layer: TCN | PreActivatedConv):
        self.norm: Any = layer.norm
        self.function = layer.activation.forward
        self.derivative = DERIVATIVES.get(getattr(layer.activation, "name", ""), self._derivative)

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
        """Compute the input's gradient from that of the output."""
        norm = self.norm
        grad = self.derivative(grad.to(self.z.dtype), self.z)
        grad, grads[norm.weight], grads[norm.bias] = aten.native_batch_norm_backward.default(
            grad, self.x, norm.weight, None, None, self.mean, self.inverse_std,
            True, norm.eps, (True, True, True),
        )  # fmt: skip
        del self.x, self.z  # frees their memory for the next layer
        return grad

    def _derivative(self, grad: Tensor, z: Tensor) -> Tensor:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            return torch.autograd.grad(self.function(z), z, grad)[0]
