"""Layers of the fused training pass of `sktcn.networks.fused`.

Each has a forward and a backward method, between which it saves what the backward method needs.
Tensors have the shape ``(n, c, 1, t)`` in channels-last memory; layers of another kind, as those of
`sktcn._fast.layers`, may pass them on as arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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
Features = Sequence[Tensor]  # of each activation that has some

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

    def __init__(self, block: ResidualBlock, layers: Layers, n: int, t: int, dtype: torch.dtype):
        self.conv1 = layers.convolution(block.conv1, layers.activation, n, t, dtype)
        self.conv2 = layers.convolution(block.conv2, layers.activation, n, t, dtype)
        projection = block.shortcut.projection
        self.projection = (
            layers.projection(projection.kernel) if isinstance(projection, TemporalConv) else None
        )

    def forward(self, x: Any, shortcut: Any, features: Features) -> tuple[Any, Any]:
        """Compute branch and shortcut, whose sum is the output, from those of the block before."""
        x = self.conv1.read(x, shortcut, features)
        self.conv2.read(self.conv1.convolve(), None, features)
        branch = self.conv2.convolve()
        return branch, x if self.projection is None else self.projection.forward(x)

    def backward(self, grad: Any, features: Features, grads: Gradients) -> Any:
        """Compute the input's gradient from that of the output and of the features."""
        shortcut = grad
        if self.projection is not None:
            needs_input = self.conv1.activation is not None
            shortcut = self.projection.backward(grad, grads, needs_input=needs_input)
        branch = self.conv2.backward(grad, None, features, grads)
        return self.conv1.backward(branch, shortcut, features, grads)


class Projection:
    """Fused form of a convolution of one tap, by which a shortcut changes its width."""

    def __init__(self, kernel: nn.Parameter):
        self.kernel = kernel

    def forward(self, x: Any) -> Any:
        """Multiply each step by the kernel."""
        self.rows = _series(x).permute(0, 2, 3, 1)
        return F.linear(self.rows, self.kernel[:, :, 0]).permute(0, 3, 1, 2)

    def backward(self, grad: Any, grads: Gradients, *, needs_input: bool) -> Any:
        """Compute the gradient of the input, if it is asked for, from that of the output."""
        weight = self.kernel[:, :, 0]
        rows = _series(grad).permute(0, 2, 3, 1).to(weight.dtype)
        inputs = self.rows.to(weight.dtype)
        grads[self.kernel] = torch.einsum("natf,natc->fc", rows, inputs).unsqueeze(2)
        del self.rows
        return (rows @ weight).permute(0, 3, 1, 2) if needs_input else None


class Convolution:
    """Fused form of `PreActivatedConv`; the first one has no norm and activation."""

    def __init__(
        self,
        layer: PreActivatedConv,
        activation: Callable[[Any], Activation],
        n: int,
        t: int,
        dtype: torch.dtype,
    ):
        conv = layer.conv
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
        self.activation = activation(layer) if isinstance(layer.norm, BatchNorm) else None
        if self.activation is not None:
            self.activation.reader = self

    def read(self, x: Any, shortcut: Any, features: Features) -> Any:
        """Fill the padded input, and return the sum of ``x`` and the shortcut."""
        if self.activation is not None:
            return self.activation.forward(x, shortcut, features)
        self.unpadded.copy_(x)
        return x

    @property
    def masked_weights(self) -> Tensor:
        """Weights of the taps that filters have, ``(f, c, 1, taps)``."""
        return self.weights if self.tap_mask is None else self.weights * self.tap_mask

    def convolve(self) -> Any:
        """Convolve the padded input."""
        self.weight = self.masked_weights.to(self.inputs.dtype)
        return F.conv2d(self.inputs, self.weight, dilation=self.dilation)

    def backward(self, grad: Any, residual: Any, features: Features, grads: Gradients) -> Any:
        """Compute the gradient of what was read from those of the output and of the features."""
        grad, grad_weight = self._pull_back(grad)
        grads[self.kernel] = self.kernel_grad(grad_weight)
        if self.activation is None:
            return grad
        return self.activation.backward(grad, residual, features, grads)

    def _pull_back(self, grad: Any) -> tuple[Any, Tensor]:
        """Compute the gradients of the padded input, if it is asked for, and of the taps."""
        grad, grad_weight, _ = aten.convolution_backward.default(
            _series(grad), self.inputs, self.weight, None, (1, 1), (0, 0), self.dilation,
            False, (0, 0), 1, (self.activation is not None, True, False),
        )  # fmt: skip
        return grad, grad_weight.squeeze(2)

    def kernel_grad(self, grad: Tensor) -> Tensor:
        """Expand the gradient of the effective taps to all taps."""
        if self.tap_mask is not None:
            grad = grad * self.tap_mask.squeeze(2)
        if grad.shape == self.kernel.shape:
            return grad.to(self.kernel.dtype)
        full = torch.zeros_like(self.kernel)
        full[:, :, self.taps] = grad
        return full


class Activation:
    """Sum, batch norm, activation, dropout and padding before a convolution, or the sum alone.

    Attributes
    ----------
    reader : Convolution or None
        Convolution that reads the activated; None after the last block.
    part : int or None
        Part of the network's features that are the activated ones, before dropout.
    lengths, weights : Tensor
        Length of each series of the batch, and its weight in batch statistics, ``(n,)``.
    mean, inverse_std : Tensor
        Statistics of the latest batch.
    """

    reader: Convolution | None = None
    part: int | None = None
    lengths: Tensor
    weights: Tensor
    mean: Tensor
    inverse_std: Tensor

    def __init__(self, layer: TCN | PreActivatedConv):
        self.norm: Any = layer.norm
        self.function = layer.activation.forward
        self.derivative = DERIVATIVES.get(
            getattr(layer.activation, "builtin", None) or "", self._derivative
        )

    def forward(self, x: Any, shortcut: Any, features: Features) -> Any:
        """Return the sum of ``x``, which is overwritten, and the shortcut.

        ``features`` are those of each step, ``(n, c, 1, t)``, or their means, ``(n, c, 1, 1)``.
        """
        self.x = x if shortcut is None else x.add_(shortcut)
        norm = self.norm
        self.z, self.mean, self.inverse_std = torch.native_batch_norm(
            x, norm.weight, norm.bias, None, None, True, 0.0, norm.eps
        )
        activated: Tensor = self.function(self.z)
        if self.part is not None:
            own = features[self.part]
            own.copy_(activated if own.shape == activated.shape else activated.mean(3, True))
        if self.reader is not None:
            mask, unpadded = self.reader.dropout_mask, self.reader.unpadded
            unpadded.copy_(activated) if mask is None else torch.mul(activated, mask, out=unpadded)
        return x

    def backward(self, grad: Any, residual: Any, features: Features, grads: Gradients) -> Any:
        """Compute the gradient of the sum from that of the padded input and of the features.

        The residual is one more gradient of the sum. That of means is divided by the steps.
        """
        parts = [] if self.part is None else [features[self.part].expand_as(self.z)]
        if grad is not None and self.reader is not None:
            grad, mask = grad[..., self.reader.span], self.reader.dropout_mask
            parts.append(grad if mask is None else grad * mask)
        norm = self.norm
        grad = self.derivative(functools.reduce(torch.add, parts).to(self.z.dtype), self.z)
        grad, grads[norm.weight], grads[norm.bias] = aten.native_batch_norm_backward.default(
            grad, self.x, norm.weight, None, None, self.mean, self.inverse_std,
            True, norm.eps, (True, True, True),
        )  # fmt: skip
        del self.x, self.z  # frees their memory for the next layer
        return grad if residual is None else grad.add_(residual)

    def _derivative(self, grad: Tensor, z: Tensor) -> Tensor:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            return torch.autograd.grad(self.function(z), z, grad)[0]


class Layers(NamedTuple):
    """Builders of the layers of a fused pass."""

    convolution: Callable[..., Convolution] = Convolution
    projection: Callable[[nn.Parameter], Projection] = Projection
    activation: Callable[[Any], Activation] = Activation


def _series(rows: Any) -> Tensor:
    """View rows of time steps, ``(n, t, c)``, as series, ``(n, c, 1, t)``; return series."""
    if isinstance(rows, Tensor):
        return rows
    x = torch.from_numpy(rows[:, None].transpose(0, 3, 1, 2))
    return x.view(torch.bfloat16) if x.dtype == torch.int16 else x
