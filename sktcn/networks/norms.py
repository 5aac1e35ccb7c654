"""Normalisation over channels; never over time, where the future and the padding are."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class BatchNorm(nn.Module):
    """Batch normalisation that knows what each time step weighs (Ioffe & Szegedy, 2015).

    Differs from ``nn.BatchNorm1d`` in three ways. Steps may carry weights: padding weighs nothing
    and a series of weight two counts as two. The running statistics are plain averages until
    there are enough batches for exponential ones, so that a short fit is not dominated by the
    values they start from. The running variance is the batches' own, without Bessel's correction.

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
        """Normalise ``x``, ``(n, c, t)``; ``weight``, ``(n, 1, t)``, is what each step counts."""
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
        """Print the number of channels."""
        return str(len(self.weight))


class _WeightedNorm(torch.autograd.Function):
    """Batch norm of steps that have each their share, which keeps nothing but its input."""

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
    """Move running statistics on by those of a batch.

    Parameters
    ----------
    norm : BatchNorm
        Whose they are; of several norms of one network, any.
    running : tuple of Tensor
        Means, variances, and numbers of batches: of one norm, or of several, joined.
    mean, inverse_std : Tensor
        Mean of each channel, and one by the root of its variance and ``eps``.
    """
    means, variances, n_batches = running
    n_batches += 1
    newest = n_batches.view(-1)[0].to(mean.dtype).reciprocal_().clamp_(min=norm.momentum)
    means.lerp_(mean, newest)
    variances.lerp_(inverse_std.pow(-2).sub_(norm.eps).clamp_min_(0.0), newest)


class LayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each time step (Ba et al., 2016)."""

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``; ``weight`` changes nothing, each step stands alone."""
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class GroupNorm(nn.GroupNorm):
    """Group normalisation over the channels of each time step (Wu & He, 2018).

    Groups are of at least eight channels. ``nn.GroupNorm`` by itself would take the statistics
    over time as well.

    Parameters
    ----------
    n_channels : int
        Channels of the input.
    """

    def __init__(self, n_channels: int):
        super().__init__(math.gcd(n_channels, max(1, n_channels // 8)), n_channels)

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Normalise ``x``, ``(n, c, t)``; ``weight`` changes nothing, each step stands alone."""
        steps = x.transpose(1, 2)
        rows = steps.flatten(0, 1)
        rows = torch.group_norm(rows, self.num_groups, self.weight, self.bias, self.eps)
        return rows.view(steps.shape).transpose(1, 2)


class NoNorm(nn.Module):
    """Leave the input as it is."""

    def forward(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return ``x``."""
        return x


NORMS: dict[str | None, type[nn.Module]] = {
    "batch": BatchNorm,
    "layer": LayerNorm,
    "group": GroupNorm,
    "weight": NoNorm,  # a property of the convolution's weights
    None: NoNorm,
}


def build_norm(norm: str | None, n_channels: int) -> nn.Module:
    """Make the normalisation called ``norm`` for ``n_channels``.

    Parameters
    ----------
    norm : {"batch", "layer", "group", "weight", None}
        The name; weight norm belongs to `TemporalConv`, so nothing is left to do here.
    n_channels : int
        Channels of the input.

    Returns
    -------
    nn.Module
        Called with the input, ``(n, c, t)``, and the weights of its steps, ``(n, 1, t)`` or None.
    """
    kind = NORMS[norm]
    return kind() if kind is NoNorm else kind(n_channels)
