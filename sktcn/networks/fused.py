"""The training pass of a TCN written out, forwards and backwards.

On small series the modules of `sktcn.networks.tcn` spend a step on calling, not on computing: each
operation is a node of the autograd graph, some views, an allocation. Here the whole network is one
node, which does what they do with as few operations and passes over the memory as it takes: padded
inputs are kept from step to step, dropout is applied while they are filled, and the running
statistics move on together. Tensors have the shape ``(n, c, 1, t)``, in channels-last memory.

What is computed is told by the modules; the tests hold this against them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktcn.networks.flat import flattened
from sktcn.networks.fused_layers import Activation, Block, Convolution, Gradients
from sktcn.networks.norms import BatchNorm, update_running_statistics

if TYPE_CHECKING:
    from sktcn.networks.tcn import TCN


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
        part.norm for block in backbone.blocks for part in (block.conv1, block.conv2)
    ]
    norms = [*norms[1:], backbone.norm]
    with (
        flattened([norm.running_mean for norm in norms]) as means,
        flattened([norm.running_var for norm in norms]) as variances,
        flattened([norm.n_batches for norm in norms]) as n_batches,
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
    kernel = blocks[0].conv2.conv.kernel
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
        self.dropout = blocks[0].conv2.dropout
        convolutions = [conv for block in self.blocks for conv in (block.conv1, block.conv2)][1:]
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
            activated = block.conv1.activate(x)
            if i and self.multiscale:
                scales.append(activated)
            x = block.join(x, activated)
        last = self.last.forward(x)
        means = torch.cat([each.mean for each in self.activations])
        inverse_stds = torch.cat([each.inverse_std for each in self.activations])
        update_running_statistics(self.last.norm, self.running, means, inverse_stds)
        return torch.cat([*scales, last], dim=1) if scales else last

    def backward(self, grad: Tensor) -> list[Tensor]:
        """Take the gradients of all parameters, given that of the features."""
        grads: Gradients = {}
        *scales, grad = torch.split(grad, self.widths, dim=1)
        grad = self.last.backward(grad, grads)
        for block in reversed(self.blocks):
            grad = block.backward(grad, scales.pop() if scales else None, grads)
        return [grads[parameter] for parameter in self.parameters]
