"""Fused training pass of a TCN: forward and backward as one node of the autograd graph.

On small series the modules of `sktcn.networks.tcn` spend most of a training step on Python calls,
autograd nodes and allocations. The fused pass computes the same with as few operations as
possible: padded inputs are reused between passes, filling them applies dropout, and all running
statistics are updated together. Before mean pooling, the pass itself averages the features over
time. Tensors have the shape ``(n, c, 1, t)`` in channels-last memory.

The modules define the computation; tests compare the fused pass with them. `sktcn._fast.layers` has
`Activation` in fewer passes over memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktcn.networks.flat import flattened
from sktcn.networks.fused_layers import Block, Convolution, Gradients, Layers
from sktcn.networks.norms import BatchNorm, update_running_statistics
from sktcn.networks.pooling import MeanPooling
from sktcn.networks.step_head import StepHead
from sktcn.networks.tcn import TCN

MAX_PASSES = 2  # kept with their buffers: whole batches, and the last, smaller one


@contextmanager
def fused_passes(
    model: nn.Module, layers: Layers | None = None, *, ragged: bool = False
) -> Iterator[None]:
    """Fuse the training passes of a `SequenceModel` within the context, if `can_fuse` allows it.

    Each forward pass must be followed by its backward pass before the next one. ``layers`` builds
    the layers, by default those of torch. Passes with padding or weights are fused if these are
    ``ragged``, which torch's are not.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import TCN, PooledHead, SequenceModel, fused_passes
    >>> model = SequenceModel(TCN(1, [4, 4]), PooledHead.build("mean", 8, 2))
    >>> with fused_passes(model):
    ...     model(torch.randn(8, 1, 20)).sum().backward()
    >>> model.head.linear.weight.grad.shape
    torch.Size([2, 8])
    """
    backbone: Any = model.backbone
    if not can_fuse(backbone):
        yield
        return
    blocks: Any = backbone.blocks
    norms: list[Any] = [conv.norm for block in blocks for conv in (block.conv1, block.conv2)]
    norms = [*norms[1:], backbone.norm]
    with (
        flattened([norm.running_mean for norm in norms]) as means,
        flattened([norm.running_var for norm in norms]) as variances,
        flattened([norm.n_batches for norm in norms]) as n_batches,
    ):
        head: Any = model.head
        # Outputs of many classes would take more memory for each part than its features.
        parts = isinstance(head, StepHead) and head.n_outputs < min(backbone.widths)
        averages = isinstance(getattr(head, "pooling", None), MeanPooling)
        running = means, variances, n_batches
        options = {"averages": averages, "parts": parts, "ragged": ragged}
        backbone.fused = FusedTCN(backbone, running, layers or Layers(), **options)
        try:
            yield
        finally:
            backbone.fused = None


def can_fuse(tcn: Any) -> bool:
    """Test whether the fused pass implements a backbone.

    It does that of a TCN on a CPU, with batch norm, additive shortcuts, and an activation without
    parameters; a centred network must have odd kernels.
    """
    if not isinstance(tcn, TCN):
        return False
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
    """Fused training passes of a network for which `can_fuse` is true.

    A pass changes the network's running statistics alone. ``running`` concatenates those of all
    norms: means, variances, and numbers of batches. With ``averages`` the features are means over
    time, with ``parts`` they are a tuple of those of each block, which are not copied together.
    """

    def __init__(
        self,
        tcn: TCN,
        running: tuple[Tensor, Tensor, Tensor],
        layers: Layers,
        *,
        averages: bool = False,
        parts: bool = False,
        ragged: bool = False,
    ):
        self.tcn = tcn
        self.running = running
        self.averages, self.parts, self.ragged, self.layers = averages, parts, ragged, layers
        self.passes: dict[tuple[Any, ...], Pass] = {}

    def __call__(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        """Map series, ``(n, c, t)``, to features, ``(n, f, t)`` or ``(n, f, 1)``.

        Mask and weights are as in `TCN.features`, of padding after each series alone.
        """
        mixed = torch.is_autocast_enabled("cpu")
        dtype = torch.get_autocast_dtype("cpu") if mixed else x.dtype
        key = (x.shape, dtype)
        if key not in self.passes:
            if len(self.passes) == MAX_PASSES:
                del self.passes[next(iter(self.passes))]
            self.passes[key] = Pass(self, x.shape[0], x.shape[2], dtype)
        fused = self.passes[key]
        fused.describe(mask, weight)
        parts: tuple[Tensor, ...] = _Node.apply(x, fused, *fused.parameters)  # type: ignore[no-untyped-call]
        if self.parts:
            return parts
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]


class _Node(torch.autograd.Function):
    """Node of the autograd graph that calls `Pass`, without a gradient for the series."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, fused: Pass, *parameters: nn.Parameter) -> tuple[Tensor, ...]:
        features = fused.forward(x.unsqueeze(2))
        ctx.fused, ctx.count = fused, fused.count
        return tuple(each.squeeze(2) for each in features)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.count != ctx.fused.count:
            raise RuntimeError("a fused pass must go backwards before the next one forwards")
        return None, None, *ctx.fused.backward([grad.unsqueeze(2) for grad in grads])


class Pass:
    """Fused pass for batches of ``n`` series of ``t`` time steps, whose buffers are reused."""

    def __init__(self, fused: FusedTCN, n: int, t: int, dtype: torch.dtype):
        tcn, self.running = fused.tcn, fused.running
        blocks: Any = tcn.blocks
        self.blocks = [Block(block, fused.layers, n, t, dtype) for block in blocks]
        self.last = fused.layers.activation(tcn)
        self.parameters = list(tcn.parameters())
        n_steps = 1 if fused.averages else t
        self.shapes = [(n, 1, n_steps, width) for width in tcn.widths]
        self.dtype = self.parameters[0].dtype if fused.averages else dtype
        self.averages = fused.averages
        self.full = torch.full((n,), t), torch.ones(n, dtype=torch.float64)
        self.dropout = blocks[0].conv2.dropout
        convolutions = [conv for block in self.blocks for conv in (block.conv1, block.conv2)][1:]
        self.activations = [*filter(None, (c.activation for c in convolutions)), self.last]
        firsts = (block.conv1.activation for block in self.blocks[1:]) if tcn.multiscale else ()
        for part, activation in enumerate([*filter(None, firsts), self.last]):
            activation.part = part
        self.noise = _shared_masks(convolutions, n) if self.dropout.p else None
        self.count = 0

    def describe(self, mask: Tensor | None, weight: Tensor | None) -> None:
        """Set the lengths and weights of the batch in all activations."""
        lengths, weights = self.full
        self.lengths = lengths if mask is None else mask.sum((1, 2))
        weights = weights if weight is None else weight[:, 0, 0].double()
        for activation in self.activations:
            activation.lengths, activation.weights = self.lengths, weights

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map series, ``(n, c, 1, t)``, to features, ``(n, c, 1, t)`` or ``(n, c, 1, 1)`` each."""
        self.count += 1
        if self.noise is not None:
            self.dropout.fill(self.noise)
        features = [
            torch.empty(shape, dtype=self.dtype).permute(0, 3, 1, 2) for shape in self.shapes
        ]
        shortcut: Tensor | None = None
        for block in self.blocks:
            x, shortcut = block.forward(x, shortcut, features)
        self.last.forward(x, shortcut, features)
        means = torch.cat([each.mean for each in self.activations])
        inverse_stds = torch.cat([each.inverse_std for each in self.activations])
        update_running_statistics(self.last.norm, self.running, means, inverse_stds)
        return features

    def backward(self, features: list[Tensor]) -> list[Tensor]:
        """Compute the gradients of all parameters from that of the features."""
        grads: Gradients = {}
        if self.averages:
            features = [each / self.lengths.view(-1, 1, 1, 1) for each in features]
        grad = self.last.backward(None, None, features, grads)
        for block in reversed(self.blocks):
            grad = block.backward(grad, features, grads)
        return [grads[parameter] for parameter in self.parameters]


def _shared_masks(convolutions: list[Convolution], n: int) -> Tensor:
    """Allocate the dropout masks of all convolutions as views of one tensor."""
    sizes = [n * conv.kernel.shape[1] for conv in convolutions]
    noise = convolutions[0].kernel.new_empty(sum(sizes))
    for conv, mask in zip(convolutions, torch.split(noise, sizes), strict=True):
        conv.dropout_mask = mask.view(n, -1, 1, 1)
    return noise
