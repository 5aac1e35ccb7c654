"""Layers that compute what those of the networks do, in operations that any runtime has.

Their number and shapes do not depend on the length of the series, as for `TemporalConv` and
``nn.LSTM``; and those for float64 are made of what onnxruntime has in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks import TemporalConv
from sktcn.networks.lstm import PatchEmbedding
from sktcn.networks.norms import BatchNorm, GroupNorm, LayerNorm


class GatheredConv(nn.Module):
    """A convolution as one matrix product of what its taps see.

    Parameters
    ----------
    weight : Tensor
        ``(out_channels, kernel_size * in_channels)``, the first tap's channels first.
    bias : Tensor or None
        ``(out_channels,)``.
    kernel_size : int
        Taps.
    padding : tuple of int, default=(0, 0)
        Zeros before and after a series.
    dilation, stride : int, default=1
        Time steps between two taps, and between two outputs.
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
        self.weight = _constant(weight)
        self.bias = None if bias is None else _constant(bias)
        self.kernel_size = kernel_size
        self.padding = padding
        self.dilation = dilation
        self.stride = stride

    @classmethod
    def from_conv(cls, conv: TemporalConv) -> Self:
        """Take the place of a convolution over time."""
        weight = conv.weight.transpose(1, 2)
        return cls(
            weight.flatten(1),
            conv.bias,
            weight.shape[1],
            padding=conv.padding,
            dilation=conv.dilation,
        )

    @classmethod
    def from_patches(cls, patches: PatchEmbedding) -> Self:
        """Take the place of a patch embedding, but for its activation.

        There is one more patch, of padding: torch would make a special case of a single one.
        """
        size, embed = patches.patch_size, patches.embed
        padding = (0, 2 * size - 1)
        return cls(embed.weight[:, :, 0], embed.bias, size, padding=padding, stride=size)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, n_outputs)``."""
        if mask is not None and self.padding[1]:
            x = x * mask
        reach = (self.kernel_size - 1) * self.dilation
        n_outputs = (x.shape[2] + sum(self.padding) - reach - 1) // self.stride + 1
        outputs = torch.arange(n_outputs, device=x.device) * self.stride
        taps = torch.arange(self.kernel_size, device=x.device) * self.dilation
        seen = F.pad(x, self.padding)[:, :, outputs[:, None] + taps]
        rows = seen.permute(0, 2, 3, 1).flatten(2)
        return F.linear(rows, self.weight, self.bias).transpose(1, 2)


class ScannedLSTM(nn.Module):
    """One LSTM layer as a loop over the time steps that becomes part of the graph.

    torch would unroll its own for the one length that it sees, and onnxruntime's knows no
    float64.

    Parameters
    ----------
    lstm : nn.LSTM
        Of one layer and direction, with ``batch_first=True``.
    """

    def __init__(self, lstm: nn.LSTM):
        super().__init__()
        weights = dict(lstm.named_parameters())
        self.read = _constant(weights["weight_ih_l0"])
        self.recur = _constant(weights["weight_hh_l0"].T)
        self.bias = _constant(weights["bias_ih_l0"] + weights["bias_hh_l0"])

    def forward(self, steps: Tensor) -> tuple[Tensor, None]:
        """Map ``(n, t, in_channels)`` to ``(n, t, hidden_size)``; the states are left out."""
        from torch._higher_order_ops import scan

        read = F.linear(steps, self.read, self.bias).transpose(0, 1)
        start = read.new_zeros(steps.shape[0], len(self.recur))
        _, h = scan(self._step, (start, start.clone()), read)
        return h.transpose(0, 1), None

    def _step(
        self, state: tuple[Tensor, Tensor], read: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        h, c = state
        enter, keep, new, leave = (read + h @ self.recur).chunk(4, 1)
        c = keep.sigmoid() * c + enter.sigmoid() * new.tanh()
        h = leave.sigmoid() * c.tanh()
        return (h, c), h.clone()  # what is carried on may not be what is put out


class FixedNorm(nn.Module):
    """Batch norm after training: a factor and a constant for each channel.

    Parameters
    ----------
    norm : BatchNorm
        Trained.
    """

    def __init__(self, norm: BatchNorm):
        super().__init__()
        factor = norm.weight.double() * (norm.running_var.double() + norm.eps).rsqrt()
        shift = norm.bias.double() - norm.running_mean.double() * factor
        self.factor = _constant(factor[:, None].to(norm.weight.dtype))
        self.shift = _constant(shift[:, None].to(norm.weight.dtype))

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``."""
        return x * self.factor + self.shift


class StepNorm(nn.Module):
    """Layer or group norm of each time step, written out.

    Parameters
    ----------
    norm : LayerNorm or GroupNorm
        Trained.
    """

    def __init__(self, norm: LayerNorm | GroupNorm):
        super().__init__()
        self.n_groups = norm.num_groups if isinstance(norm, GroupNorm) else 1
        self.factor = _constant(norm.weight[:, None])
        self.shift = _constant(norm.bias[:, None])
        self.eps = _constant(torch.full_like(norm.weight[0], norm.eps))

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``."""
        groups = torch.unflatten(x, 1, (self.n_groups, -1))
        centred = groups - groups.mean(2, keepdim=True)
        variance = centred.square().mean(2, keepdim=True)
        normed = (centred / (variance + self.eps).sqrt()).flatten(1, 2)
        return normed * self.factor + self.shift


class WrittenPReLU(nn.Module):
    """A leaky relu whose slopes were learned, of which onnxruntime has no kernel in float64.

    Parameters
    ----------
    prelu : nn.PReLU
        Trained.
    """

    def __init__(self, prelu: nn.PReLU):
        super().__init__()
        self.slope = _constant(prelu.weight[:, None])

    def forward(self, x: Tensor) -> Tensor:
        """Activate ``x``, ``(n, c, t)``."""
        return torch.where(x > 0, x, x * self.slope)


def _constant(weight: Tensor) -> nn.Parameter:
    return nn.Parameter(weight.detach().clone(memory_format=torch.contiguous_format), False)


def _elu(x: Tensor, alpha: float = 1.0, scale: float = 1.0) -> Tensor:
    below = _exact(scale * alpha, x) * torch.expm1(x.clamp(max=0))
    return torch.where(x > 0, _exact(scale, x) * x, below)


def _leaky_relu(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, _exact(0.01, x) * x)


def _softplus(x: Tensor) -> Tensor:
    return x.clamp(min=0) + torch.log(1 + torch.exp(-x.abs()))


def _exact(value: float, x: Tensor) -> Tensor:
    return torch.tensor(value, dtype=x.dtype)  # ONNX would take a float in float32


# Those of which onnxruntime has no kernel in float64. It has none for gelu's error function either.
WRITTEN_OUT: dict[str, Callable[[Tensor], Tensor]] = {
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": lambda x: _elu(x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946),
    "mish": lambda x: x * _softplus(x).tanh(),
    "softplus": _softplus,
    "hardswish": lambda x: x * (x + 3).clamp(0, 6) / 6,
}
