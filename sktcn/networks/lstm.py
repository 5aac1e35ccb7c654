"""The long short-term memory network."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation
from sktcn.networks.conv import TemporalConv
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.norms import build_norm
from sktcn.networks.residual import Shortcut


class LSTMLayer(nn.Module):
    """One LSTM layer, in one direction or both.

    Initialised as is usual: Glorot for the input, orthogonal for the recurrence, a bias of one for
    the forget gate, so that the memory starts out by keeping what it holds (Gers et al., 2000;
    Jozefowicz et al., 2015).

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    hidden_size : int
        Units of the hidden state, and so the features put out per time step and direction.
    bidirectional : bool, default=False
        Read the series from its end as well; puts out ``2 * hidden_size`` features.
    generator : torch.Generator, default=None
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> LSTMLayer(3, 16, bidirectional=True)(torch.randn(8, 3, 50)).shape
    torch.Size([8, 32, 50])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_size: int,
        *,
        bidirectional: bool = False,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.ahead = _build_lstm(in_channels, hidden_size, generator)
        self.back = _build_lstm(in_channels, hidden_size, generator) if bidirectional else None
        self.out_channels = hidden_size * (1 + bidirectional)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, t)``.

        Padding on the right comes after the series for the one direction; for the other one each
        series is turned round by its own length, so that padding comes after it again.
        """
        steps = x.transpose(1, 2)
        h = _run(self.ahead, steps)
        if self.back is not None:
            turned = _reverse(_run(self.back, _reverse(steps, lengths)), lengths)
            h = torch.cat([h, turned], dim=2)
        return h.transpose(1, 2)


def _build_lstm(in_channels: int, hidden_size: int, generator: torch.Generator | None) -> nn.LSTM:
    # On "meta" torch's own initialisation draws nothing from the global generator.
    lstm = nn.LSTM(
        in_channels, hidden_size, batch_first=True, device="meta", dtype=torch.float32
    ).to_empty(device="cpu")
    weights = dict(lstm.named_parameters())
    with torch.no_grad():
        for parameter in weights.values():
            parameter.zero_()
        nn.init.xavier_uniform_(weights["weight_ih_l0"], generator=generator)
        for gate in weights["weight_hh_l0"].chunk(4):
            nn.init.orthogonal_(gate, generator=generator)
        weights["bias_ih_l0"].chunk(4)[1].fill_(1.0)
    return lstm


def _run(lstm: nn.LSTM, steps: Tensor) -> Tensor:
    output: Tensor = lstm(steps)[0]
    # As torch lays out a single series, its batch norm's gradients are wrong (2.13); anew, right.
    return output[0].unsqueeze(0) if output.shape[0] == 1 else output


def _reverse(steps: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return steps.flip(1)
    index = torch.arange(steps.shape[1], device=steps.device)
    index = torch.where(index < lengths[:, None], lengths[:, None] - 1 - index, index)
    return steps.gather(1, index[:, :, None].expand_as(steps))


class PatchEmbedding(nn.Module):
    """Fold ``patch_size`` time steps into one, and embed each patch linearly.

    The last patch of a series is filled up with zeros.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the series and of the embedded patches.
    patch_size : int
        Time steps folded into one.
    activation : str, class or callable
        Applied to the embedding.
    weight_norm : bool, default=False
        As in `TemporalConv`.
    generator : torch.Generator, default=None
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> PatchEmbedding(3, 16, patch_size=4, activation="gelu")(torch.randn(8, 3, 50)).shape
    torch.Size([8, 16, 13])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        patch_size: int,
        activation: Activation,
        weight_norm: bool = False,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.patch_size = patch_size
        self.embed = TemporalConv(
            in_channels * patch_size,
            out_channels,
            1,
            weight_norm=weight_norm,
            generator=generator,
        )
        self.activation = build_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, ceil(t / patch_size))``."""
        x = F.pad(x, (0, -x.shape[2] % self.patch_size))
        n, c, t = x.shape
        patches = x.transpose(1, 2).reshape(n, t // self.patch_size, c * self.patch_size)
        return self.activation(self.embed(patches.transpose(1, 2)))


class LSTM(nn.Module):
    """Stacked LSTM layers with shortcuts, norm and dropout between them.

    The gates keep sigmoid and tanh, as the fused kernels want them. ``activation`` applies where
    a network around them has a choice: to the patch embedding and to the dense layer, the same at
    each step, that reads the last layer.

    Parameters
    ----------
    in_channels : int
        Channels of the series.
    hidden_size : int, default=64
        Units of the hidden state, and so the features that a layer puts out per time step and
        direction.
    n_layers : int, default=1
        Number of layers.
    bidirectional : bool, default=False
        Read the series from its end as well.
    activation : str, class or callable, default="relu"
        See `build_activation`.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Applied to the output of each layer. The recurrence has no convolution whose weights
        could be normed: "weight" norms the patch embedding and the dense layer.
    dropout : float, default=0.0
        Share of the features that are dropped in training, after each layer.
    residual : {"add", "concat", None}, default="add"
        Shortcut around each layer but the first, which reads the series.
    patch_size : int, default=1
        Time steps folded into one before the first layer.
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
        self.patch_size = self.stride = patch_size
        self.lookahead_parameter = "bidirectional=True"
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
        """Infinite: an LSTM sees all that came before."""
        return float("inf")

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Lengths of the features of series of ``lengths``: one a patch."""
        return (lengths + self.patch_size - 1) // self.patch_size

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, in_channels, t)``, to features, ``(n, out_channels, patches)``.

        ``mask`` and ``weight``, both ``(n, 1, t)``, tell which steps are not padding and what
        each counts in batch statistics; None means all of them, alike. A patch has the mask and
        the weight of its first step.
        """
        lengths = None
        if self.patches is not None:
            x = self.patches(x)
        if mask is not None:
            lengths = self.feature_lengths(mask.sum((1, 2)))
        if weight is not None:
            weight = weight[:, :, :: self.patch_size]
        for layer, norm, shortcut in zip(self.layers, self.norms, self.shortcuts, strict=True):
            x = shortcut(x, self.dropout(norm(layer(x, lengths), weight)))
        return self.activation(self.dense(x))
