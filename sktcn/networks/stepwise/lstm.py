"""The layers of an LSTM, one time step at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sktcn.networks.lstm import LSTM
from sktcn.networks.stepwise.rows import activation_rows, dense, norm_rows, shortcut_rows
from sktcn.networks.stepwise.state import Positions, StreamState


class StreamingLSTM:
    """The layers of an `LSTM` of one direction.

    A patch that is not complete is read as if the series ended there, which nothing remembers but
    the patch itself.

    Parameters
    ----------
    lstm : LSTM
        A causal one.
    n_streams : int
        Rows.
    """

    def __init__(self, lstm: LSTM, n_streams: int):
        layers: Any = list(lstm.layers)
        self.cells = [[w.detach().clone() for w in layer.ahead.parameters()] for layer in layers]
        self.norms = [norm_rows(norm) or (lambda x: x) for norm in lstm.norms]
        shortcuts: Any = list(lstm.shortcuts)
        nothing = [cell[1].new_zeros(cell[1].shape[1]) for cell in self.cells]
        self.shortcuts = [
            (shortcut_rows(s, z), s.residual) for s, z in zip(shortcuts, nothing, strict=True)
        ]
        self.embed = None if lstm.patches is None else dense(lstm.patches.embed)
        self.embedded = None if lstm.patches is None else activation_rows(lstm.patches.activation)
        self.dense = dense(lstm.dense)
        self.activation = activation_rows(lstm.activation)
        self.hidden = [StreamState(n_streams, {"h": z, "c": z}) for z in nothing]
        self.states = list(self.hidden)
        self.patch_size = lstm.patch_size
        if lstm.patches is not None:
            n_channels = lstm.patches.embed.kernel.shape[1] // self.patch_size
            start = nothing[0].new_zeros(self.patch_size, n_channels)
            first = torch.zeros(1, dtype=torch.int64, device=start.device)
            self.patch = StreamState(n_streams, {"patch": start, "filled": first})
            self.steps = torch.arange(self.patch_size, device=start.device)
            self.states.append(self.patch)

    def features(self, x: Tensor, clock: int | Positions) -> tuple[Tensor, Tensor | None]:
        """Features of a time step, and in which streams they are to be remembered."""
        complete = None
        if self.patch_size > 1:
            x, complete = self._fold(x)
        for state, weights, norm, (shortcut, residual) in zip(
            self.hidden, self.cells, self.norms, self.shortcuts, strict=True
        ):
            tensors = state.tensors
            h, c = torch.lstm_cell(x, [tensors["h"], tensors["c"]], *weights)
            state.put(complete, h=h, c=c)
            branch = norm(h)
            if residual == "add":
                branch = shortcut(x) + branch
            x = torch.cat([x, branch], dim=1) if residual == "concat" else branch
        return self.activation(self.dense(x)), complete

    def _fold(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Put a time step into its patch; return the patch, embedded, and whether it is full."""
        patch, filled = self.patch.tensors["patch"], self.patch.tensors["filled"]
        patch = torch.where((self.steps == filled).unsqueeze(2), x.unsqueeze(1), patch)
        complete = filled == self.patch_size - 1
        emptied = torch.where(complete.unsqueeze(2), torch.zeros_like(patch), patch)
        self.patch.put(None, patch=emptied, filled=(filled + 1) % self.patch_size)
        return self.embedded(self.embed(patch.flatten(1))), complete  # type: ignore[misc]
