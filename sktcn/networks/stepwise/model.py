"""A whole network, one time step at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sktcn.networks.model import SequenceModel
from sktcn.networks.stepwise.lstm import StreamingLSTM
from sktcn.networks.stepwise.pooling import RUNNING
from sktcn.networks.stepwise.rows import contiguous
from sktcn.networks.stepwise.state import Positions, RingBuffer, ShiftBuffer, StreamState
from sktcn.networks.stepwise.tcn import StreamingTCN
from sktcn.networks.tcn import TCN


class StreamingNetwork:
    """A trained `SequenceModel` for streams that are each at their own time step.

    The model is neither changed nor kept; batch norm uses the running statistics, nothing is
    dropped.

    Parameters
    ----------
    model : SequenceModel
        Its backbone must be causal.
    n_streams : int
        Streams, one row each.
    exported : bool, default=False
        Remember without a clock and in place of nothing, as an exported graph wants it.

    Attributes
    ----------
    states : list of StreamState
        All that there is of the past.

    Examples
    --------
    >>> import torch
    >>> model = SequenceModel(TCN(3, n_filters=[16, 16]), n_outputs=2).eval()
    >>> steps, x = StreamingNetwork(model, n_streams=8), torch.randn(8, 3, 50)
    >>> with torch.inference_mode():
    ...     for t in range(50):
    ...         answer = steps(x[:, :, t], clock=t)
    >>> torch.allclose(answer.float(), model(x), atol=1e-5)
    True
    """

    def __init__(self, model: SequenceModel, n_streams: int, *, exported: bool = False):
        backbone: Any = model.backbone
        with torch.no_grad():
            if isinstance(backbone, TCN):
                self.backbone: Any = StreamingTCN(
                    backbone, n_streams, ShiftBuffer if exported else RingBuffer
                )
            else:
                self.backbone = StreamingLSTM(backbone, n_streams)
            like = model.head.weight.new_zeros(backbone.out_channels)
            self.pooling: Any = RUNNING[type(model.pooling)](model.pooling, n_streams, like)
            self.weight = contiguous(model.head.weight.t().double())
            self.bias = contiguous(model.head.bias.double())
        self.states: list[StreamState] = [*self.backbone.states, *self.pooling.states]

    def __call__(self, x: Tensor, clock: int | Positions = 0) -> Tensor:
        """Take in the time step ``x``, ``(n_streams, c)``, and answer for the series so far.

        The answer is in double precision, as the pooled features are.
        ``clock`` counts the calls.
        """
        pooled = self.pooling(*self.backbone.features(x, clock))
        return torch.addmm(self.bias, pooled.double(), self.weight)
