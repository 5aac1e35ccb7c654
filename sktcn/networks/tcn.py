"""The temporal convolutional network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation
from sktcn.networks.fused import FusedTCN
from sktcn.networks.norms import build_norm
from sktcn.networks.residual import ResidualBlock


class TCN(nn.Module):
    """Residual blocks whose dilation grows, so that each sees further than the one before it.

    Block ``i`` has the dilation ``dilation_base ** i``. After the last block come the norm and the
    activation that every earlier block leaves to its successor.

    Parameters
    ----------
    in_channels : int
        Channels of the series.
    n_filters : sequence of int
        Filters of each block; its length is the number of blocks.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution; with several, those of its filters in turn.
    dilation_base : int, default=2
        Factor from block to block.
    multiscale : bool, default=True
        Whether the features are those of all blocks side by side, each of which sees further than
        the one before it (as DenseNet's and WaveNet's), not those of the last one alone. They are
        the activated inputs of the next block, so that they cost little more.
    causal, activation, norm, dropout, residual, zero_init_residual, generator : optional
        As in `ResidualBlock`.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.

    Examples
    --------
    >>> import torch
    >>> tcn = TCN(3, n_filters=[32] * 4, kernel_size=5)
    >>> tcn.features(torch.randn(8, 3, 100)).shape
    torch.Size([8, 128, 100])
    >>> tcn.receptive_field
    121
    """

    def __init__(
        self,
        in_channels: int,
        n_filters: Sequence[int],
        kernel_size: int | Sequence[int] = 5,
        *,
        dilation_base: int = 2,
        multiscale: bool = True,
        causal: bool = True,
        activation: Activation = "relu",
        norm: str | None = "batch",
        dropout: float = 0.0,
        residual: str | None = "add",
        zero_init_residual: bool = False,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.blocks = nn.ModuleList()
        widths: list[int] = []
        width = in_channels
        for i, filters in enumerate(n_filters):
            block = ResidualBlock(
                width,
                filters,
                kernel_size,
                dilation=dilation_base**i,
                causal=causal,
                activation=activation,
                norm=norm,
                dropout=dropout,
                residual=residual,
                zero_init_residual=zero_init_residual,
                first=i == 0,
                generator=generator,
            )
            self.blocks.append(block)
            width = block.out_channels
            widths.append(width)
        self.norm = build_norm(norm, width)
        self.activation = build_activation(activation)
        self.multiscale = multiscale
        self.widths = widths if multiscale else [width]
        self.out_channels = sum(self.widths)
        self.causal = causal
        self.stride, self.lookahead_parameter = 1, "causal=False"
        self.fused: FusedTCN | None = None

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one feature sees: each block adds its own, less one."""
        blocks = cast("Iterable[ResidualBlock]", self.blocks)
        return 1 + sum(block.receptive_field - 1 for block in blocks)

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Lengths of the features of series of ``lengths``: the same."""
        return lengths

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, in_channels, t)``, to features, ``(n, out_channels, t)``.

        ``mask`` and ``weight``, both ``(n, 1, t)``, tell which steps are not padding and what
        each counts in batch statistics; None means all of them, alike.
        """
        if self.fused is not None and self.training and mask is None and weight is None:
            return self.fused(x)
        scales: list[Tensor] = []
        for i, block in enumerate(cast("Iterable[ResidualBlock]", self.blocks)):
            activated = block.conv1.activate(x, weight)
            if i and self.multiscale:
                scales.append(activated)
            x = block.join(x, activated, mask, weight)
        last: Tensor = self.activation(self.norm(x, weight))
        return torch.cat([*scales, last], dim=1) if scales else last


def blocks_to_cover(length: int, kernel_size: int, dilation_base: int) -> int:
    """Fewest blocks whose receptive field covers ``length`` time steps.

    Parameters
    ----------
    length : int
        Time steps to cover.
    kernel_size, dilation_base : int
        As in `TCN`.

    Returns
    -------
    int
        At least one; one if ``kernel_size`` is one, which sees a single step at any depth.

    Examples
    --------
    >>> blocks_to_cover(100, kernel_size=5, dilation_base=2)
    4
    """
    if kernel_size == 1:
        return 1
    n_blocks, field = 0, 1
    while n_blocks == 0 or field < length:
        field += 2 * (kernel_size - 1) * dilation_base**n_blocks
        n_blocks += 1
    return n_blocks
