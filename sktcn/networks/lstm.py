"""Long short-term memory network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation
from sktcn.networks.conv import TemporalConv
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.lstm_layers import LSTMLayer, PatchEmbedding, StreamingPatches
from sktcn.networks.norms import build_norm
from sktcn.networks.shortcut import Shortcut
from sktcn.networks.stages import ResidualPaths, Stage
from sktcn.networks.state import Positions, StreamState, step_function


class LSTM(nn.Module):
    """Stacked LSTM layers with shortcuts, norm and dropout between them.

    The gates have sigmoid and tanh, as the fused kernels require. ``activation`` is that of the
    patch embedding and of the dense layer, which reads the last layer at each step.

    Parameters
    ----------
    in_channels : int
        Channels of the series.
    hidden_size : int, default=64
        Units of the hidden state, which are a layer's features per time step and direction.
    n_layers : int, default=1
        Number of layers.
    bidirectional : bool, default=False
        Read the series backwards as well.
    activation : str, class or callable, default="relu"
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Norm of each layer's output; "weight" is weight norm of the patch embedding and the dense
        layer.
    dropout : float, default=0.0
        Share of the features that training drops after each layer.
    residual : {"add", "concat", None}, default="add"
        Shortcut around each layer but the first, which reads the series.
    patch_size : int, default=1
        Time steps concatenated into one before the first layer.
    generator : torch.Generator, default=None
        Source of the initial weights.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000.

    Examples
    --------
    >>> import torch
    >>> LSTM(3, hidden_size=32, n_layers=2).features(torch.randn(8, 3, 50)).shape
    torch.Size([8, 32, 50])
    """

    lookahead_parameter = "bidirectional=True"

    def __init__(
        self,
        in_channels: int,
        hidden_size: int = 64,
        *,
        n_layers: int = 1,
        bidirectional: bool = False,
        activation: Activation = "relu",
        norm: str | None = "layer",
        dropout: float = 0.0,
        residual: str | None = "add",
        patch_size: int = 1,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.causal = not bidirectional
        self.patch_size = patch_size
        self.patches = None
        width = in_channels
        if patch_size > 1:
            self.patches = PatchEmbedding(
                in_channels,
                hidden_size,
                patch_size=patch_size,
                activation=activation,
                weight_norm=norm == "weight",
                generator=generator,
            )
            width = hidden_size
        self.layers = nn.ModuleList()
        self.norms = nn.ModuleList()
        self.shortcuts = nn.ModuleList()
        for i in range(n_layers):
            layer = LSTMLayer(width, hidden_size, bidirectional=bidirectional, generator=generator)
            shortcut = Shortcut(
                residual if i else None, width, layer.out_channels, generator=generator
            )
            self.layers.append(layer)
            self.norms.append(build_norm(norm, layer.out_channels))
            self.shortcuts.append(shortcut)
            width = shortcut.out_channels
        self.dropout = ChannelDropout(dropout)
        self.dense = TemporalConv(
            width, width, 1, weight_norm=norm == "weight", generator=generator
        )
        self.activation = build_activation(activation)
        self.out_channels = width

    @property
    def receptive_field(self) -> float:
        """Infinity: a feature depends on all steps before it."""
        return float("inf")

    @property
    def look_ahead(self) -> float:
        """Infinity if the series is read backwards as well, else the rest of a patch."""
        return self.patch_size - 1 if self.causal else float("inf")

    @property
    def stride(self) -> int:
        """Time steps of the series per feature."""
        return self.patch_size

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Compute the number of patches of series of ``lengths``."""
        return (lengths + self.patch_size - 1) // self.patch_size

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, in_channels, t)``, to features, ``(n, out_channels, patches)``.

        ``mask`` is false on padding, ``weight`` weighs steps in batch statistics; both are
        ``(n, 1, t)``, or None if there is no padding and all steps weigh the same. A patch has the
        mask and the weight of its first step.
        """
        if self.patches is not None:
            x = self.patches(x)
        lengths = None if mask is None else self.feature_lengths(mask.sum((1, 2)))
        if weight is not None:
            weight = weight[:, :, :: self.patch_size]
        for layer, norm, shortcut in zip(self.layers, self.norms, self.shortcuts, strict=True):
            x = shortcut(x, self.dropout(norm(layer(x, lengths), weight)))
        return self.activation(self.dense(x))

    def streaming(self, n_streams: int, *, exported: bool) -> StreamingLSTM:
        """Build the streaming form of a causal network, all of whose updates are functional."""
        return StreamingLSTM(self, n_streams)

    def stages(self) -> list[Stage]:
        """Describe the patch embedding, the layers and the dense layer."""
        return list(self._stages())

    def _stages(self) -> Iterator[Stage]:
        field = "all before" if self.causal else "all"
        if self.patches is not None:
            size, width = self.patch_size, self.patches.embed.kernel.shape[0]
            activations = (("patches", self.patches.activation),)
            details = f"{size} steps each"
            yield Stage("patches", details, width, size, (self.patches,), activations)
        direction = "one direction" if self.causal else "both directions"
        layers: Any = zip(self.layers, self.norms, self.shortcuts, strict=True)
        for i, (layer, norm, shortcut) in enumerate(layers, 1):
            width, modules = shortcut.out_channels, (layer, norm, shortcut)
            paths = ResidualPaths(f"layer {i}", layer, shortcut)
            yield Stage(f"LSTM {i}", direction, width, field, modules, residual=paths)
        dense = (self.dense, self.activation)
        activations = (("dense layer", self.activation),)
        yield Stage("features", "dense", self.out_channels, field, dense, activations)


class StreamingLSTM:
    """Streaming form of a causal `LSTM`.

    The state of the layers is that after the last complete patch.
    """

    def __init__(self, lstm: LSTM, n_streams: int):
        layers: Any = zip(lstm.layers, lstm.norms, lstm.shortcuts, strict=True)
        self.patches = None if lstm.patches is None else StreamingPatches(lstm.patches, n_streams)
        self.layers = [
            StreamingLayer(layer, norm, shortcut, n_streams) for layer, norm, shortcut in layers
        ]
        self.dense = step_function(lstm.dense)
        self.activate = step_function(lstm.activation)
        self.states: list[StreamState] = [layer.state for layer in self.layers]
        if self.patches is not None:
            self.states.append(self.patches.state)

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, Tensor | None]:
        """Compute the features of a time step, which the pooling keeps if a patch is complete."""
        complete = None
        if self.patches is not None:
            x, complete = self.patches(x)
        for layer in self.layers:
            x = layer(x, complete)
        return self.activate(self.dense(x)), complete


class StreamingLayer:
    """Streaming form of an LSTM layer with its norm and shortcut."""

    def __init__(self, layer: LSTMLayer, norm: nn.Module, shortcut: Shortcut, n_streams: int):
        self.weights = [weight.detach().clone() for weight in layer.ahead.parameters()]
        self.norm = step_function(norm)
        zeros = self.weights[1].new_zeros(self.weights[1].shape[1])
        self.shortcut = shortcut.step_function(zeros)
        self.residual = shortcut.residual
        self.state = StreamState(n_streams, {"h": zeros, "c": zeros})

    def __call__(self, x: Tensor, keep: Tensor | None) -> Tensor:
        """Read a time step; the state is updated in the rows where ``keep`` is true."""
        tensors = self.state.tensors
        h, c = torch.lstm_cell(x, [tensors["h"], tensors["c"]], *self.weights)
        self.state.update(keep, h=h, c=c)
        branch = self.norm(h)
        if self.residual == "add":
            return self.shortcut(x) + branch
        return torch.cat([x, branch], dim=1) if self.residual == "concat" else branch
