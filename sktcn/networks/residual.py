"""The residual block: two convolutions and a way around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation, init_gain
from sktcn.networks.conv import TemporalConv
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.norms import build_norm


def needs_bias(norm: str | None) -> bool:
    """Whether constants matter to a network with ``norm``.

    Batch norm takes away whatever constant was added before it, on the branch and on the
    shortcut. Such a bias would have no gradient but rounding errors, which Adam would make steps
    of.

    Parameters
    ----------
    norm : {"batch", "layer", "group", "weight", None}
        The network's normalisation.

    Returns
    -------
    bool
        False with batch norm.
    """
    return norm != "batch"


class Shortcut(nn.Module):
    """How a layer's input and its branch's output are joined.

    Parameters
    ----------
    residual : {"add", "concat", None}
        Sum of both (He et al., 2016), both side by side (Huang et al., 2017), or the branch alone.
    in_channels, out_channels : int
        Widths of the input and of the branch.
    bias : bool, default=True
        Whether the projection adds a constant.
    generator : torch.Generator, default=None
        Source of the projection's initial weights.

    Attributes
    ----------
    projection : TemporalConv or nn.Identity
        A 1x1 convolution where a sum needs it because the widths differ.
    out_channels : int
        Width of the joined output.
    """

    def __init__(
        self,
        residual: str | None,
        in_channels: int,
        out_channels: int,
        *,
        bias: bool = True,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.residual = residual
        self.out_channels = out_channels + (in_channels if residual == "concat" else 0)
        self.projection: nn.Module = nn.Identity()
        if residual == "add" and in_channels != out_channels:
            self.projection = TemporalConv(
                in_channels, out_channels, 1, bias=bias, generator=generator
            )

    def forward(self, x: Tensor, branch: Tensor) -> Tensor:
        """Join the input ``x`` and its ``branch``."""
        if self.residual == "add":
            return self.projection(x) + branch
        if self.residual == "concat":
            return torch.cat([x, branch], dim=1)
        return branch

    def extra_repr(self) -> str:
        """Name of the way."""
        return repr(self.residual)


class PreActivatedConv(nn.Module):
    """Norm, activation, dropout, convolution.

    Parameters
    ----------
    conv : TemporalConv
        The convolution.
    activation : str, class or callable
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}
        See `build_norm`.
    dropout : float
        Share of the channels that are dropped in training.
    """

    def __init__(
        self, conv: TemporalConv, *, activation: Activation, norm: str | None, dropout: float
    ):
        super().__init__()
        self.norm = build_norm(norm, conv.kernel.shape[1])
        self.activation = build_activation(activation)
        self.dropout = ChannelDropout(dropout)
        self.conv = conv

    def forward(self, x: Tensor, mask: Tensor | None, weight: Tensor | None) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, t)``."""
        return self.convolve(self.activate(x, weight), mask)

    def activate(self, x: Tensor, weight: Tensor | None) -> Tensor:
        """Normalise and activate."""
        activated: Tensor = self.activation(self.norm(x, weight))
        return activated

    def convolve(self, activated: Tensor, mask: Tensor | None) -> Tensor:
        """Drop channels in training, and convolve."""
        convolved: Tensor = self.conv(self.dropout(activated), mask)
        return convolved


class ResidualBlock(nn.Module):
    """Two dilated convolutions, and a shortcut around them.

    Norm, activation and dropout come before each convolution ("full pre-activation", He et al.,
    2016): nothing stands on the shortcut, so signals and gradients pass it unchanged, and a branch
    whose last convolution starts at zero is exactly nothing, under every norm and activation. A
    network's first block reads the series themselves, which need no activation before the first
    convolution (``first=True``).

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    n_filters : int
        Filters of each of the two convolutions.
    kernel_size : int or sequence of int
        Taps of each of the two convolutions; with several, those of its filters in turn.
    dilation : int, default=1
        Time steps between two taps.
    causal : bool, default=True
        Whether the future is hidden.
    activation : str, class or callable, default="relu"
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        See `build_norm`.
    dropout : float, default=0.0
        Share of the channels that are dropped in training, before each convolution.
    residual : {"add", "concat", None}, default="add"
        See `Shortcut`.
    zero_init_residual : bool, default=False
        Start the branch at zero, so that the block starts as its shortcut (Goyal et al., 2017;
        Zhang et al., 2019). Without a shortcut there is nothing to start as, and it is ignored.
    first : bool, default=False
        Whether the input are the series, as yet not activated.
    generator : torch.Generator, default=None
        Source of the initial weights.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.

    Examples
    --------
    >>> import torch
    >>> block = ResidualBlock(3, 16, kernel_size=5, dilation=4)
    >>> block(torch.randn(8, 3, 50)).shape
    torch.Size([8, 16, 50])
    >>> block.receptive_field
    33
    """

    def __init__(
        self,
        in_channels: int,
        n_filters: int,
        kernel_size: int | Sequence[int],
        *,
        dilation: int = 1,
        causal: bool = True,
        activation: Activation = "relu",
        norm: str | None = "batch",
        dropout: float = 0.0,
        residual: str | None = "add",
        zero_init_residual: bool = False,
        first: bool = False,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        conv_options: dict[str, Any] = {
            "dilation": dilation,
            "causal": causal,
            "bias": needs_bias(norm),
            "weight_norm": norm == "weight",
            "generator": generator,
        }
        gain = init_gain(activation)
        outer = TemporalConv(
            in_channels, n_filters, kernel_size, gain=1.0 if first else gain, **conv_options
        )
        inner = TemporalConv(
            n_filters, n_filters, kernel_size, gain=gain, mirrored=True, **conv_options
        )
        before: dict[str, Any] = {"activation": activation, "norm": norm, "dropout": dropout}
        nothing: dict[str, Any] = {"activation": "identity", "norm": None, "dropout": 0.0}
        self.conv1 = PreActivatedConv(outer, **(nothing if first else before))
        self.conv2 = PreActivatedConv(inner, **before)
        self.shortcut = Shortcut(
            residual, in_channels, n_filters, bias=needs_bias(norm), generator=generator
        )
        self.out_channels = self.shortcut.out_channels
        if zero_init_residual and residual is not None:
            inner.zero_()

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one output sees."""
        return self.conv1.conv.receptive_field + self.conv2.conv.receptive_field - 1

    def forward(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, t)``.

        ``mask`` and ``weight``, both ``(n, 1, t)``, tell which steps are not padding and what
        each counts in batch statistics.
        """
        return self.join(x, self.conv1.activate(x, weight), mask, weight)

    def join(
        self, x: Tensor, activated: Tensor, mask: Tensor | None, weight: Tensor | None
    ) -> Tensor:
        """Do what is left when the input ``x`` is ``activated``."""
        branch = self.conv2(self.conv1.convolve(activated, mask), mask, weight)
        return self.shortcut(x, branch)
