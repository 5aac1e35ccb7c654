"""Normalisation over channels; never over time, which has the future and the padding."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktcn.networks.linear import frozen
from sktcn.networks.state import StepFunction


class BatchNorm(nn.Module):
    """Batch normalisation with weighted time steps (Ioffe & Szegedy, 2015).

    Differs from ``nn.BatchNorm1d`` in three ways. Steps may have weights: zero for padding, two
    for a series that counts twice. The running statistics are plain averages until there are
    enough batches for exponential ones, so that their initial values do not dominate a short fit.
    The running variance is that of the batches, without Bessel's correction.

    Parameters
    ----------
    n_channels : int
        Channels of the input.
    momentum : float, default=0.1
        Weight of the newest batch in the running statistics.
    eps : float, default=1e-5
        Added to the variance.

    Examples
    --------
    >>> import torch
    >>> BatchNorm(4)(torch.randn(8, 4, 100)).std(dim=(0, 2))
    tensor([1.000, 1.000, 1.000, 1.000], grad_fn=<StdBackward0>)
    """

    running_mean: Tensor
    running_var: Tensor
    n_batches: Tensor

    def __init__(self, n_channels: int, *, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        self.momentum = momentum
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(n_channels))
        self.bias = nn.Parameter(torch.zeros(n_channels))
        self.register_buffer("running_mean", torch.zeros(n_channels))
        self.register_buffer("running_var", torch.ones(n_channels))
        self.register_buffer("n_batches", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``, by steps weighted with ``weight``, ``(n, 1, t)``."""
        if not self.training:
            mean, var = self.running_mean, self.running_var
            x4 = x.unsqueeze(2)
            return F.batch_norm(x4, mean, var, self.weight, self.bias, eps=self.eps).squeeze(2)
        if weight is None:
            y, *statistics = torch.native_batch_norm(
                x.unsqueeze(2), self.weight, self.bias, None, None, True, 0.0, self.eps
            )
            y = y.squeeze(2)
        else:
            y, *statistics = _WeightedNorm.apply(  # type: ignore[no-untyped-call]
                x, weight / weight.sum(), self.weight, self.bias, self.eps
            )
        update_running_statistics(
            self, (self.running_mean, self.running_var, self.n_batches), *statistics
        )
        return y

    def extra_repr(self) -> str:
        """Return the number of channels."""
        return str(len(self.weight))

    def affine(self) -> tuple[Tensor, Tensor]:
        """Compute scale and shift of each channel, by the running statistics."""
        scale = self.weight.detach() * (self.running_var + self.eps).rsqrt()
        return scale, self.bias.detach() - self.running_mean * scale

    def step_function(self) -> StepFunction:
        """Build the streaming form."""
        scale, shift = self.affine()
        return lambda x: torch.addcmul(shift, x, scale)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX."""
        return AffineNorm(self)


class _WeightedNorm(torch.autograd.Function):
    """Batch norm of weighted steps, which saves its input alone for the backward pass."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, share: Tensor, gain: Tensor, shift: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        mean = (x * share).sum((0, 2))
        centred = x - mean[:, None]
        inverse_std = (centred.square().mul_(share).sum((0, 2)) + eps).rsqrt()
        ctx.save_for_backward(x, share, gain, mean, inverse_std)
        ctx.mark_non_differentiable(mean, inverse_std)
        y = centred.mul_((gain * inverse_std)[:, None]).add_(shift[:, None])
        return y, mean, inverse_std

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        x, share, gain, mean, inverse_std = ctx.saved_tensors
        normed = (x - mean[:, None]).mul_(inverse_std[:, None])
        grad_gain, grad_shift = (grad * normed).sum((0, 2)), grad.sum((0, 2))
        through_statistics = normed.mul_(grad_gain[:, None]).add_(grad_shift[:, None]).mul_(share)
        grad_x = (grad - through_statistics).mul_((gain * inverse_std)[:, None])
        return grad_x, None, grad_gain, grad_shift, None


@torch.no_grad()
def update_running_statistics(
    norm: BatchNorm, running: tuple[Tensor, Tensor, Tensor], mean: Tensor, inverse_std: Tensor
) -> None:
    """Update the running means, variances and numbers of batches with the statistics of a batch.

    They are those of ``norm`` or of several norms like it, concatenated. ``inverse_std`` is the
    inverse root of the variance plus ``eps``.
    """
    means, variances, n_batches = running
    n_batches += 1
    newest = n_batches.view(-1)[0].to(mean.dtype).reciprocal_().clamp_(min=norm.momentum)
    means.lerp_(mean, newest)
    variances.lerp_(inverse_std.pow(-2).sub_(norm.eps).clamp_min_(0.0), newest)


class AffineNorm(nn.Module):
    """Export form of `BatchNorm`: scale and shift of each channel."""

    def __init__(self, norm: BatchNorm):
        super().__init__()
        scale = norm.weight.double() * (norm.running_var.double() + norm.eps).rsqrt()
        shift = norm.bias.double() - norm.running_mean.double() * scale
        self.scale = frozen(scale[:, None].to(norm.weight.dtype))
        self.shift = frozen(shift[:, None].to(norm.weight.dtype))

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``."""
        return x * self.scale + self.shift


class LayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each time step (Ba et al., 2016)."""

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``; ``weight`` has no effect on single steps."""
        return super().forward(x.transpose(1, 2)).transpose(1, 2)

    def step_function(self) -> StepFunction:
        """Build the streaming form."""
        weight, bias, eps = self.weight.detach().clone(), self.bias.detach().clone(), self.eps
        return lambda x: F.layer_norm(x, weight.shape, weight, bias, eps)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX."""
        return StepNorm(self, n_groups=1)


class GroupNorm(nn.GroupNorm):
    """Group normalisation over the channels of each time step (Wu & He, 2018).

    Groups have at least eight channels. ``nn.GroupNorm`` itself would compute its statistics over
    time as well.

    Parameters
    ----------
    n_channels : int
        Channels of the input.
    """

    def __init__(self, n_channels: int):
        super().__init__(math.gcd(n_channels, max(1, n_channels // 8)), n_channels)

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``; ``weight`` has no effect on single steps."""
        steps = x.transpose(1, 2)
        rows = steps.flatten(0, 1)
        rows = torch.group_norm(rows, self.num_groups, self.weight, self.bias, self.eps)
        return rows.view(steps.shape).transpose(1, 2)

    def step_function(self) -> StepFunction:
        """Build the streaming form."""
        weight, bias, eps = self.weight.detach().clone(), self.bias.detach().clone(), self.eps
        n_groups = self.num_groups
        return lambda x: torch.group_norm(x, n_groups, weight, bias, eps)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX."""
        return StepNorm(self, n_groups=self.num_groups)


class StepNorm(nn.Module):
    """Export form of `LayerNorm` and `GroupNorm`, by elementary operations."""

    def __init__(self, norm: LayerNorm | GroupNorm, n_groups: int):
        super().__init__()
        self.n_groups = n_groups
        self.scale = frozen(norm.weight[:, None])
        self.shift = frozen(norm.bias[:, None])
        self.eps = frozen(torch.full_like(norm.weight[0], norm.eps))

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``."""
        groups = torch.unflatten(x, 1, (self.n_groups, -1))
        centred = groups - groups.mean(2, keepdim=True)
        variance = centred.square().mean(2, keepdim=True)
        normed = (centred / (variance + self.eps).sqrt()).flatten(1, 2)
        return normed * self.scale + self.shift


class NoNorm(nn.Module):
    """Identity with the signature of a norm."""

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return ``x``."""
        return x

    def step_function(self) -> StepFunction:
        """Build the streaming form."""
        return lambda x: x


#: Norms by name; None is no norm.
NORMS: dict[str | None, type[nn.Module]] = {
    "batch": BatchNorm,
    "layer": LayerNorm,
    "group": GroupNorm,
    "weight": NoNorm,  # a property of the convolution's weights
    None: NoNorm,
}


def build_norm(norm: str | None, n_channels: int) -> nn.Module:
    """Build a norm from its name in `NORMS`, which is called with series and weights of steps.

    `TemporalConv` implements weight norm, for which this is an identity.
    """
    kind = NORMS[norm]
    return kind() if kind is NoNorm else kind(n_channels)
