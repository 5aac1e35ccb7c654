"""The training pass of a TCN written out, forwards and backwards.

On small series the modules of `sktcn.networks.tcn` spend a step on calling, not on computing: each
operation is a node of the autograd graph, some views, an allocation. Here the whole network is one
node, which does what they do with as few operations and passes over the memory as it takes: padded
inputs are kept from step to step, dropout is applied while they are filled, and the running
statistics move on together. Tensors have the shape ``(n, c, 1, t)``, in channels-last memory.

What is computed is told by the modules; the tests hold this against them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktcn.networks.activations import BELOW_ZERO
from sktcn.networks.conv import TemporalConv
from sktcn.networks.joined import joined
from sktcn.networks.norms import BatchNorm, track

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


@contextmanager
def fused_passes(model: nn.Module) -> Iterator[None]:
    """Train a model's backbone in fused passes, if that is a TCN which they know, on a CPU.

    Within, the gradient of a pass must be taken before there is another one.

    Parameters
    ----------
    model : nn.Module
        A `SequenceModel`.

    Yields
    ------
    None
        Within, training passes without padding or weights are fused.
    """
    backbone: Any = model.backbone
    if not (hasattr(backbone, "fused") and can_fuse(backbone)):
        yield
        return
    norms: list[Any] = [
        part.norm for block in backbone.blocks for part in (block.outer, block.inner)
    ]
    norms = [*norms[1:], backbone.norm]
    with (
        joined([norm.running_mean for norm in norms]) as means,
        joined([norm.running_var for norm in norms]) as variances,
        joined([norm.n_batches for norm in norms]) as n_batches,
    ):
        backbone.fused = FusedTCN(backbone, (means, variances, n_batches))
        try:
            yield
        finally:
            backbone.fused = None


def can_fuse(tcn: TCN) -> bool:
    """Tell whether a network is one that is written out here.

    Parameters
    ----------
    tcn : TCN
        The network.

    Returns
    -------
    bool
        True for one on a CPU with batch norm, sums as shortcuts, and an activation without
        parameters; if it is centred, with odd kernels.
    """
    blocks: Any = tcn.blocks
    kernel = blocks[0].inner.conv.kernel
    return (
        kernel.device.type == "cpu"
        and isinstance(tcn.norm, BatchNorm)
        and all(block.shortcut.residual == "add" for block in blocks)
        and next(tcn.activation.parameters(), None) is None
        and (tcn.causal or kernel.shape[2] % 2 == 1)
    )


class FusedTCN:
    """A network's training passes, one at a time: forwards, then backwards.

    Parameters
    ----------
    tcn : TCN
        One that `can_fuse`. It stays as it is, but for its running statistics.
    running : tuple of Tensor
        These, joined: means, variances, and numbers of batches.
    """

    def __init__(self, tcn: TCN, running: tuple[Tensor, Tensor, Tensor]):
        self.tcn = tcn
        self.running = running
        self.passes: dict[tuple[Any, ...], Pass] = {}

    def __call__(self, x: Tensor) -> Tensor:
        """Map series of one length, ``(n, c, t)``, to features, ``(n, f, t)``."""
        mixed = torch.is_autocast_enabled("cpu")
        dtype = torch.get_autocast_dtype("cpu") if mixed else x.dtype
        key = (x.shape, dtype)
        if key not in self.passes:
            self.passes[key] = Pass(self.tcn, self.running, x.shape[0], x.shape[2], dtype)
        run = self.passes[key]
        features: Tensor = _Node.apply(x, run, *run.parameters)  # type: ignore[no-untyped-call]
        return features


class _Node(torch.autograd.Function):
    """The node of the graph; the work is done by `Pass`. The series get no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, run: Pass, *parameters: nn.Parameter) -> Tensor:
        features = run.forward(x.unsqueeze(2)).squeeze(2)
        ctx.run, ctx.count = run, run.count
        return features

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.count != ctx.run.count:
            raise RuntimeError("a fused pass must go backwards before the next one forwards")
        return None, None, *ctx.run.backward(grad.unsqueeze(2))


class Pass:
    """What is computed for batches of one shape, and kept for the next one.

    Parameters
    ----------
    tcn : TCN
        The network.
    running : tuple of Tensor
        Its running statistics, joined.
    n, t : int
        Series in a batch, and their time steps.
    dtype : torch.dtype
        What convolutions and activations are computed in.
    """

    def __init__(
        self, tcn: TCN, running: tuple[Tensor, Tensor, Tensor], n: int, t: int, dtype: torch.dtype
    ):
        blocks: Any = tcn.blocks
        self.running = running
        self.blocks = [Block(block, n, t, dtype) for block in blocks]
        self.last = Activation(tcn)
        self.parameters = list(tcn.parameters())
        self.multiscale, self.widths = tcn.multiscale, tcn.widths
        self.dropout = blocks[0].inner.dropout
        convolutions = [conv for block in self.blocks for conv in (block.outer, block.inner)][1:]
        self.activations = [*filter(None, (c.activation for c in convolutions)), self.last]
        self.noise = self._share_noise(convolutions, n) if self.dropout.p else None
        self.count = 0

    def _share_noise(self, convolutions: list[Convolution], n: int) -> Tensor:
        """Make one tensor of noise, of which each convolution has its part."""
        sizes = [n * conv.kernel.shape[1] for conv in convolutions]
        noise = convolutions[0].kernel.new_empty(sum(sizes))
        for conv, part in zip(convolutions, torch.split(noise, sizes), strict=True):
            conv.kept = part.view(n, -1, 1, 1)
        return noise

    def forward(self, x: Tensor) -> Tensor:
        """Map series, ``(n, c, 1, t)``, to features."""
        self.count += 1
        if self.noise is not None:
            self.dropout.fill(self.noise)
        scales: list[Tensor] = []
        for i, block in enumerate(self.blocks):
            activated = block.outer.activate(x)
            if i and self.multiscale:
                scales.append(activated)
            x = block.join(x, activated)
        last = self.last.forward(x)
        means = torch.cat([each.mean for each in self.activations])
        inverse_stds = torch.cat([each.inverse_std for each in self.activations])
        track(self.last.norm, self.running, means, inverse_stds)
        return torch.cat([*scales, last], dim=1) if scales else last

    def backward(self, grad: Tensor) -> list[Tensor]:
        """Take the gradients of all parameters, given that of the features."""
        grads: Gradients = {}
        *scales, grad = torch.split(grad, self.widths, dim=1)
        grad = self.last.backward(grad, grads)
        for block in reversed(self.blocks):
            grad = block.backward(grad, scales.pop() if scales else None, grads)
        return [grads[parameter] for parameter in self.parameters]


class Block:
    """Two convolutions, and the sum with their input."""

    def __init__(self, block: ResidualBlock, n: int, t: int, dtype: torch.dtype):
        self.outer = Convolution(block.outer, n, t, dtype)
        self.inner = Convolution(block.inner, n, t, dtype)
        projection = block.shortcut.projection
        self.kernel = projection.kernel if isinstance(projection, TemporalConv) else None

    def join(self, x: Tensor, activated: Tensor) -> Tensor:
        """Map the block's input, ``activated`` already, to its output."""
        branch = self.outer.convolve(activated)
        branch = self.inner.convolve(self.inner.activate(branch))
        if self.kernel is None:
            return branch.add_(x)
        self.rows = x.permute(0, 2, 3, 1)
        return branch.add_(F.linear(self.rows, self.kernel[:, :, 0]).permute(0, 3, 1, 2))

    def backward(self, grad: Tensor, of_scale: Tensor | None, grads: Gradients) -> Tensor:
        """Turn the gradients of the output and of what was activated into that of the input."""
        branch = self.outer.backward(self.inner.backward(grad, None, grads), of_scale, grads)
        if self.kernel is not None:
            weight = self.kernel[:, :, 0]
            rows, read = grad.permute(0, 2, 3, 1).to(weight.dtype), self.rows.to(weight.dtype)
            grads[self.kernel] = torch.einsum("natf,natc->fc", rows, read).unsqueeze(2)
            grad = (rows @ weight).permute(0, 3, 1, 2)
            del self.rows
        return branch if self.outer.activation is None else branch.add_(grad)


class Convolution:
    """A convolution, and what comes before it; the first one reads the series as they are."""

    def __init__(self, part: PreActivatedConv, n: int, t: int, dtype: torch.dtype):
        conv = part.conv
        self.activation = Activation(part) if isinstance(part.norm, BatchNorm) else None
        self.dilation, self.kernel = (1, conv.dilation), conv.kernel
        self.taps, (before, after) = conv.taps_within(t)
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
