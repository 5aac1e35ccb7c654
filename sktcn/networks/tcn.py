"""Temporal convolutional network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation, norm_activation_step
from sktcn.networks.norms import build_norm
from sktcn.networks.residual import ResidualBlock, StreamingBlock
from sktcn.networks.stages import ResidualPaths, Stage
from sktcn.networks.state import Positions, StreamState


class TCN(nn.Module):
    """Residual blocks whose dilation, and with it their receptive field, grows exponentially.

    Block ``i`` has the dilation ``dilation_base ** i``. A norm and an activation follow the last
    block.

    Parameters
    ----------
    in_channels : int
        Channels of the series.
    n_filters : sequence of int
        Filters of each block; its length is the number of blocks.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution; see `TemporalConv`.
    dilation_base : int, default=2
        Factor from block to block.
    multiscale : bool, default=True
        Concatenate the features of all blocks (as DenseNet and WaveNet do), rather than return
        those of the last one. The pre-activation of the next block computes them in any case.
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

    lookahead_parameter = "causal=False"
    stride = 1

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
        self.fused: Any = None  # set by `fused_passes`
        self.streaming_form = StreamingTCN

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one feature depends on."""
        blocks = cast("Iterable[ResidualBlock]", self.blocks)
        return 1 + sum(block.receptive_field - 1 for block in blocks)

    @property
    def look_ahead(self) -> int:
        """Number of time steps after its own that a feature depends on."""
        blocks: Any = self.blocks
        convs = [part.conv for block in blocks for part in (block.conv1, block.conv2)]
        return sum(conv.padding[1] for conv in convs)

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Return the number of features over time, which is the length of each series.

        A fused pass may average them.
        """
        averaged = self._fuses(ragged=True) and self.fused.averages
        return torch.ones_like(lengths) if averaged else lengths

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, in_channels, t)``, to features, ``(n, out_channels, t)``.

        ``mask`` is false on padding, ``weight`` weighs steps in batch statistics; both are
        ``(n, 1, t)``, or None if there is no padding and all steps weigh the same.
        """
        if self._fuses(ragged=not (mask is None and weight is None)):
            return self.fused(x, mask, weight)
        scales: list[Tensor] = []
        for i, block in enumerate(cast("Iterable[ResidualBlock]", self.blocks)):
            activated = block.conv1.activate(x, weight)
            if i and self.multiscale:
                scales.append(activated)
            x = block.forward_activated(x, activated, mask, weight)
        last: Tensor = self.activation(self.norm(x, weight))
        return torch.cat([*scales, last], dim=1) if scales else last

    def _fuses(self, *, ragged: bool) -> bool:
        """Return whether a pass is fused, where batches may be ragged."""
        return self.training and self.fused is not None and (self.fused.ragged or not ragged)

    def streaming(self, n_streams: int, *, exported: bool) -> StreamingTCN:
        """Build the streaming form of a causal network."""
        return self.streaming_form(self, n_streams, exported=exported)

    def stages(self) -> list[Stage]:
        """Describe the blocks, and the norm and activation after them."""
        stages: list[Stage] = []
        field = 1
        blocks = cast("Iterable[ResidualBlock]", self.blocks)
        for i, block in enumerate(blocks, 1):
            field += block.receptive_field - 1
            stages.append(_block_stage(f"block {i}", block, field, first=i == 1))
        source = "of all blocks" if self.multiscale else "of the last block"
        last = (self.norm, self.activation)
        activations = ((f"after block {len(stages)}", self.activation),)
        features = Stage("features", source, self.out_channels, field, last, activations)
        return [*stages, features]


def _block_stage(name: str, block: ResidualBlock, receptive_field: int, *, first: bool) -> Stage:
    conv1, conv2 = block.conv1, block.conv2
    taps = "/".join(map(str, conv1.conv.kernel_sizes))
    activations = [(f"{name}, conv1", conv1.activation), (f"{name}, conv2", conv2.activation)]
    return Stage(
        name,
        f"2 x {taps} taps, dilation {conv1.conv.dilation}",
        block.out_channels,
        receptive_field,
        (block,),
        tuple(activations[first:]),  # the first convolution reads the series themselves
        ResidualPaths(name, conv1.norm, block.shortcut, conv1.dropout),
    )


class StreamingTCN:
    """Streaming form of a causal `TCN`."""

    def __init__(self, tcn: TCN, n_streams: int, *, exported: bool):
        blocks = cast("Iterable[ResidualBlock]", tcn.blocks)
        self.blocks = [
            StreamingBlock(block, n_streams, exported=exported, in_place=i > 0)
            for i, block in enumerate(blocks)
        ]
        self.activate = norm_activation_step(tcn.norm, tcn.activation)
        self.multiscale = tcn.multiscale
        self.states: list[StreamState] = [s for block in self.blocks for s in block.states]

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, None]:
        """Compute the features of a time step, all of which the pooling keeps."""
        scales: list[Tensor] = []
        for i, block in enumerate(self.blocks):
            activated = block.activate(x)
            if i and self.multiscale:
                scales.append(activated)
            x = block.forward_activated(x, activated, positions)
        last = self.activate(x)
        return (torch.cat([*scales, last], dim=1) if scales else last), None


def blocks_to_cover(length: int, kernel_size: int, dilation_base: int) -> int:
    """Compute the least number of blocks whose receptive field covers ``length`` time steps.

    It is one for a ``kernel_size`` of one, whose receptive field does not grow.

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
