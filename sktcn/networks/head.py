"""Head that pools features over time."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from sktcn.networks.linear import Linear, contiguous_copy
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.pooling import Pooling, build_pooling
from sktcn.networks.stages import Stage
from sktcn.networks.state import StreamState


class PooledHead(nn.Module):
    """Pooling over time and a linear layer: one output vector per series.

    Parameters
    ----------
    pooling : Pooling
        Pooling of the features.
    linear : Linear
        Layer that reads the pooled features.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import PooledHead
    >>> head = PooledHead.build("mean+max", n_features=8, n_outputs=3)
    >>> head(torch.randn(5, 8, 20)).shape
    torch.Size([5, 3])
    >>> head.contributions(torch.randn(5, 8, 20)).shape
    torch.Size([5, 3, 20])
    """

    delay = 0

    def __init__(self, pooling: Pooling, linear: Linear):
        super().__init__()
        self.pooling = pooling
        self.linear = linear

    @classmethod
    def build(
        cls, pooling: str, n_features: int, n_outputs: int, generator: torch.Generator | None = None
    ) -> Self:
        """Build an untrained head, with the name of its pooling."""
        module = build_pooling(pooling, n_features)
        width = n_features * module.n_statistics
        return cls(module, Linear(width, n_outputs, generator=generator))

    @property
    def n_outputs(self) -> int:
        """Number of logits or regression targets."""
        return self.linear.out_features

    @property
    def bias(self) -> Tensor:
        """Constant of each output, ``(n_outputs,)``, which is no step's contribution."""
        return self.linear.bias

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map features, ``(n, f, t)``, to outputs, ``(n, n_outputs)``."""
        outputs: Tensor = self.linear(self.pooling(h, lengths))
        return outputs

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Split the outputs into contributions of time steps, ``(n, n_outputs, t)``."""
        return self.linear.weight @ self.pooling.contributions(h, lengths)

    def reset(self, n_outputs: int, generator: torch.Generator | None = None) -> None:
        """Replace the linear layer by an untrained one, of the same dtype and on its device."""
        linear = Linear(self.linear.in_features, n_outputs, generator=generator)
        self.linear = linear.to(self.linear.weight)

    def streaming(self, n_streams: int, memory: MemoryBuilder = Running) -> StreamingPooledHead:
        """Build the streaming form."""
        return StreamingPooledHead(self, n_streams, memory)

    def stages(self) -> list[Stage]:
        """Describe pooling and linear layer."""
        linear, pooling = self.linear, self.pooling
        return [
            Stage("pooling", pooling.name, linear.in_features, "all", (pooling,)),
            Stage("head", "linear", linear.out_features, "all", (linear,)),
        ]


class StreamingPooledHead:
    """Streaming form of `PooledHead`, in float64."""

    def __init__(self, head: PooledHead, n_streams: int, memory: MemoryBuilder = Running):
        weight, pooling = head.linear.weight, head.pooling
        features = weight.new_zeros(weight.shape[1] // pooling.n_statistics)
        self.pooling = pooling.streaming(n_streams, features, memory)
        self.weight = contiguous_copy(weight.t().double())
        self.bias = contiguous_copy(head.linear.bias.double())
        self.states: list[StreamState] = self.pooling.states

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Map the features of a time step, ``(n_streams, f)``, to ``(n_streams, n_outputs)``."""
        return torch.addmm(self.bias, self.pooling(h, keep).double(), self.weight)
