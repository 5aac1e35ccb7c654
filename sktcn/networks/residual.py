"""Residual block: two pre-activated convolutions and a shortcut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation, init_gain, norm_activation_step
from sktcn.networks.conv import StreamingConv, TemporalConv
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.norms import BatchNorm, NoNorm, build_norm
from sktcn.networks.shortcut import Shortcut
from sktcn.networks.state import Positions


def needs_bias(norm: str | None) -> bool:
    """Test whether a bias before ``norm`` has an effect.

    Batch norm subtracts the mean, and with it any bias of branch and shortcut. The gradient of
    such a bias would be a rounding error, which Adam would scale up to a full update.
    """
    return norm != "batch"


class PreActivatedConv(nn.Module):
    """Norm, activation, dropout and convolution, in this order.

    Parameters
    ----------
    conv : TemporalConv
        The convolution.
    activation : str, class or callable
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}
        See `build_norm`.
    dropout : float
        Share of the channels that training drops.
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
    """Two dilated convolutions and a shortcut.

    Norm, activation and dropout precede each convolution ("full pre-activation", He et al.,
    2016). The shortcut has none of them, so that it passes signals and gradients unchanged, and a
    branch whose last convolution is zero-initialised adds exactly zero under every norm and
    activation. The first convolution of a network's first block reads the series without norm
    and activation (``first=True``).

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    n_filters : int
        Filters of each of the two convolutions.
    kernel_size : int or sequence of int
        Taps of each of the two convolutions; see `TemporalConv`.
    dilation : int, default=1
        Time steps between two taps.
    causal : bool, default=True
        Mask the future.
    activation : str, class or callable, default="relu"
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        See `build_norm`.
    dropout : float, default=0.0
        Share of the channels that training drops before each convolution.
    residual : {"add", "concat", None}, default="add"
        See `Shortcut`.
    zero_init_residual : bool, default=False
        Zero-initialise the branch, so that the block starts as its shortcut (Goyal et al., 2017;
        Zhang et al., 2019). Ignored without a shortcut.
    first : bool, default=False
        Omit norm, activation and dropout before the first convolution.
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
        conv1 = TemporalConv(
            in_channels, n_filters, kernel_size, gain=1.0 if first else gain, **conv_options
        )
        conv2 = TemporalConv(
            n_filters, n_filters, kernel_size, gain=gain, mirrored=True, **conv_options
        )
        options: dict[str, Any] = {"activation": activation, "norm": norm, "dropout": dropout}
        identity: dict[str, Any] = {"activation": "identity", "norm": None, "dropout": 0.0}
        self.conv1 = PreActivatedConv(conv1, **(identity if first else options))
        self.conv2 = PreActivatedConv(conv2, **options)
        self.shortcut = Shortcut(
            residual, in_channels, n_filters, bias=needs_bias(norm), generator=generator
        )
        self.out_channels = self.shortcut.out_channels
        if zero_init_residual and residual is not None:
            conv2.zero_()

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one output depends on."""
        return self.conv1.conv.receptive_field + self.conv2.conv.receptive_field - 1

    def forward(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, t)``.

        ``mask`` is false on padding, ``weight`` weighs steps in batch statistics; both are
        ``(n, 1, t)``.
        """
        return self.forward_activated(x, self.conv1.activate(x, weight), mask, weight)

    def forward_activated(
        self, x: Tensor, activated: Tensor, mask: Tensor | None, weight: Tensor | None
    ) -> Tensor:
        """Compute the output from the input ``x`` and its pre-activation ``activated``."""
        branch = self.conv2(self.conv1.convolve(activated, mask), mask, weight)
        return self.shortcut(x, branch)


class StreamingBlock:
    """Streaming form of a causal `ResidualBlock`, which may overwrite its input ``in_place``.

    A batch norm is folded into the convolution before it.
    """

    def __init__(self, block: ResidualBlock, n_streams: int, *, exported: bool, in_place: bool):
        conv1, conv2 = block.conv1, block.conv2
        folded = conv2.norm if isinstance(conv2.norm, BatchNorm) else None
        norm = None if folded else conv2.norm
        self.activate = norm_activation_step(conv1.norm, conv1.activation)
        self.conv1 = StreamingConv(conv1.conv, n_streams, exported=exported, norm=folded)
        self.activate_branch = norm_activation_step(norm, conv2.activation)
        self.conv2 = StreamingConv(conv2.conv, n_streams, exported=exported)
        self.shortcut = block.shortcut.step_function(self.conv2.bias)
        self.concatenates = block.shortcut.residual == "concat"
        if in_place and block.shortcut.residual == "add" and not isinstance(conv1.norm, NoNorm):
            self.conv2.addmm = Tensor.addmm_
        self.states = [self.conv1.buffer, self.conv2.buffer]

    def forward_activated(self, x: Tensor, activated: Tensor, positions: int | Positions) -> Tensor:
        """Compute the output from the input ``x`` and its pre-activation ``activated``."""
        hidden = self.conv1(activated, self.conv1.bias, positions)
        branch = self.conv2(self.activate_branch(hidden), self.shortcut(x), positions)
        return torch.cat([x, branch], dim=1) if self.concatenates else branch
