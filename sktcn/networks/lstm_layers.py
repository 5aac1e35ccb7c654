"""Layers of an LSTM: recurrence and patch embedding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.activations import Activation, build_activation
from sktcn.networks.conv import TemporalConv
from sktcn.networks.conv_export import GatheredConv
from sktcn.networks.linear import frozen
from sktcn.networks.state import StreamState, step_function


class LSTMLayer(nn.Module):
    """One LSTM layer, in one direction or both.

    The initial input weights are Glorot's, the recurrent ones orthogonal. The bias of the forget
    gate is one, so that the initial cell keeps its state (Gers et al., 2000; Jozefowicz et al.,
    2015).

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    hidden_size : int
        Units of the hidden state, which are the features per time step and direction.
    bidirectional : bool, default=False
        Read the series backwards as well, for ``2 * hidden_size`` features.
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

        The backward direction reverses each series by its own length, so that padding follows the
        series in both directions.
        """
        steps = x.transpose(1, 2)
        h = _run(self.ahead, steps)
        if self.back is not None:
            backward = _reverse(_run(self.back, _reverse(steps, lengths)), lengths)
            h = torch.cat([h, backward], dim=2)
        return h.transpose(1, 2)


def _build_lstm(in_channels: int, hidden_size: int, generator: torch.Generator | None) -> nn.LSTM:
    # On "meta" torch's own initialisation does not draw from the global generator.
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
    # In torch's layout of a single series, batch norm's gradients are wrong (2.13); re-stack it.
    return output[0].unsqueeze(0) if output.shape[0] == 1 else output


def _reverse(steps: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return steps.flip(1)
    index = torch.arange(steps.shape[1], device=steps.device)
    index = torch.where(index < lengths[:, None], lengths[:, None] - 1 - index, index)
    return steps.gather(1, index[:, :, None].expand_as(steps))


class PatchEmbedding(nn.Module):
    """Concatenate ``patch_size`` time steps into a patch, and embed each patch.

    The last patch of a series is padded with zeros.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the series and of the embedded patches.
    patch_size : int
        Time steps per patch.
    activation : str, class or callable
        Activation of the embedding.
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
            in_channels * patch_size, out_channels, 1, weight_norm=weight_norm, generator=generator
        )
        self.activation = build_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, ceil(t / patch_size))``."""
        x = F.pad(x, (0, -x.shape[2] % self.patch_size))
        n, c, t = x.shape
        patches = x.transpose(1, 2).reshape(n, t // self.patch_size, c * self.patch_size)
        return self.activation(self.embed(patches.transpose(1, 2)))

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX, whose activation is not converted.

        A second patch, of padding, keeps torch from specialising on a single one.
        """
        weight, size = self.embed.weight[:, :, 0], self.patch_size
        conv = GatheredConv(weight, self.embed.bias, size, padding=(0, 2 * size - 1), stride=size)
        return nn.Sequential(conv, self.activation)


class StreamingPatches:
    """Streaming form of `PatchEmbedding`.

    An incomplete patch is embedded as if the series ended there, padded with zeros.
    """

    def __init__(self, patches: PatchEmbedding, n_streams: int):
        self.patch_size = patches.patch_size
        self.embed = step_function(patches.embed)
        self.activate = step_function(patches.activation)
        kernel = patches.embed.kernel.detach()
        start = kernel.new_zeros(self.patch_size, kernel.shape[1] // self.patch_size)
        filled = torch.zeros(1, dtype=torch.int64, device=start.device)
        self.state = StreamState(n_streams, {"patch": start, "filled": filled})
        self.steps = torch.arange(self.patch_size, device=start.device)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Append a time step to its patch; return the embedding, and where a patch is complete."""
        patch, filled = self.state.tensors["patch"], self.state.tensors["filled"]
        patch = torch.where((self.steps == filled).unsqueeze(2), x.unsqueeze(1), patch)
        complete = filled == self.patch_size - 1
        emptied = torch.where(complete.unsqueeze(2), torch.zeros_like(patch), patch)
        self.state.update(None, patch=emptied, filled=(filled + 1) % self.patch_size)
        return self.activate(self.embed(patch.flatten(1))), complete


class ScannedLSTM(nn.Module):
    """Export form of ``nn.LSTM``, of one layer and direction: a scan over the time steps.

    torch would unroll its own loop for one length, and onnxruntime lacks a float64 kernel.
    """

    def __init__(self, lstm: nn.LSTM):
        super().__init__()
        weights = dict(lstm.named_parameters())
        self.input_weight = frozen(weights["weight_ih_l0"])
        self.recurrent_weight = frozen(weights["weight_hh_l0"].T)
        self.bias = frozen(weights["bias_ih_l0"] + weights["bias_hh_l0"])

    def forward(self, steps: Tensor) -> tuple[Tensor, None]:
        """Map ``(n, t, in_channels)`` to ``(n, t, hidden_size)``, without the final state."""
        from torch._higher_order_ops import scan

        inputs = F.linear(steps, self.input_weight, self.bias).transpose(0, 1)
        start = inputs.new_zeros(steps.shape[0], len(self.recurrent_weight))
        _, h = scan(self._step, (start, start.clone()), inputs)
        return h.transpose(0, 1), None

    def _step(
        self, state: tuple[Tensor, Tensor], inputs: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        h, c = state
        input_gate, forget_gate, cell, output_gate = (inputs + h @ self.recurrent_weight).chunk(
            4, 1
        )
        c = forget_gate.sigmoid() * c + input_gate.sigmoid() * cell.tanh()
        h = output_gate.sigmoid() * c.tanh()
        return (h, c), h.clone()  # scan forbids that state and output share memory
