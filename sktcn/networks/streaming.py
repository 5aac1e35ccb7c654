"""Streaming form of a whole network."""

from __future__ import annotations

import torch
from torch import Tensor

from sktcn.networks.memory import choose_memory
from sktcn.networks.model import SequenceModel
from sktcn.networks.state import Positions, StreamState


class StreamingNetwork:
    """Streaming form of `SequenceModel`: one time step of each stream at a time.

    It computes as the model in evaluation mode, of whose weights it has copies.

    Parameters
    ----------
    model : SequenceModel
        Trained network with a causal backbone.
    n_streams : int
        Number of streams, one row each.
    exported : bool, default=False
        Update the state by functional operations, independent of positions.
    window : int, default=None
        Pool the features of the newest ``window`` time steps alone; None pools all. Where a feature
        is of several steps, a multiple of their number.
    decay : float, default=None
        Weight of a time step in the pooling, relative to that of the next one.

    Attributes
    ----------
    states : list of StreamState
        State of all layers, in the order of the layers.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks.tcn import TCN
    >>> model = SequenceModel(TCN(3, n_filters=[16, 16]), n_outputs=2).eval()
    >>> network, x = StreamingNetwork(model, n_streams=8), torch.randn(8, 3, 50)
    >>> with torch.inference_mode():
    ...     for t in range(50):
    ...         outputs = network(x[:, :, t], positions=t)
    >>> torch.allclose(outputs.float(), model(x), atol=1e-5)
    True
    """

    def __init__(
        self,
        model: SequenceModel,
        n_streams: int,
        *,
        exported: bool = False,
        window: int | None = None,
        decay: float | None = None,
    ):
        stride = model.backbone.stride
        memory = choose_memory(window, decay, stride=stride, exported=exported)
        with torch.no_grad():
            model = model.compact()
            self.backbone = model.backbone.streaming(n_streams, exported=exported)
            self.head = model.head.streaming(n_streams, memory)
        self.states: list[StreamState] = [*self.backbone.states, *self.head.states]

    def __call__(self, x: Tensor, positions: int | Positions = 0) -> Tensor:
        """Read the time step ``x``, ``(n_streams, c)``; return the outputs of what is pooled.

        The outputs are in float64. ``positions`` counts the time steps before ``x``.
        """
        return self.head(*self.backbone.features(x, positions))
