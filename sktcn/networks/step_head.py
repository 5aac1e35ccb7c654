"""Head that answers at each time step."""

from __future__ import annotations

from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sktcn.networks.linear import Linear, contiguous_copy
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.stages import Stage
from sktcn.networks.state import StreamState


class StepHead(nn.Module):
    """Linear layer over the features of each time step.

    Parameters
    ----------
    linear : Linear
        Layer that reads the features of one step.
    delay : int, default=0
        Steps that the network reads before it answers: the outputs for step ``t`` are those of
        the features of step ``t + delay``. `SequenceModel` continues a series by ``delay`` zeros,
        so that each step has outputs.
    """

    def __init__(self, linear: Linear, delay: int = 0):
        super().__init__()
        self.linear = linear
        self.delay = delay

    @classmethod
    def build(
        cls,
        n_features: int,
        n_outputs: int,
        *,
        delay: int = 0,
        generator: torch.Generator | None = None,
    ) -> Self:
        """Build an untrained head."""
        return cls(Linear(n_features, n_outputs, generator=generator), delay)

    @property
    def n_outputs(self) -> int:
        """Number of logits or regression targets of a step."""
        return self.linear.out_features

    @property
    def bias(self) -> Tensor:
        """Constant of each output, ``(n_outputs,)``."""
        return self.linear.bias

    def forward(self, h: Tensor | tuple[Tensor, ...], lengths: Tensor | None = None) -> Tensor:
        """Map features, ``(n, f, t + delay)``, to outputs, ``(n, n_outputs, t)``.

        Features in parts, ``(n, f_i, t + delay)``, are overwritten by their gradients on the way
        back. Outputs of padding are of no meaning.
        """
        if isinstance(h, tuple):
            outputs: Tensor = _ReadParts.apply(self.linear.weight, self.linear.bias, *h)  # type: ignore[no-untyped-call]
            return outputs[:, self.delay :].transpose(1, 2)
        h = h[:, :, self.delay :] if self.delay else h
        return F.linear(h.transpose(1, 2), self.linear.weight, self.linear.bias).transpose(1, 2)

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Raise ValueError: the outputs of a step are no sum over time."""
        raise ValueError("the outputs of a step have no contributions of other steps' features")

    def reset(self, n_outputs: int, generator: torch.Generator | None = None) -> None:
        """Replace the linear layer by an untrained one, of the same dtype and on its device."""
        linear = Linear(self.linear.in_features, n_outputs, generator=generator)
        self.linear = linear.to(self.linear.weight)

    def streaming(self, n_streams: int, memory: MemoryBuilder = Running) -> StreamingStepHead:
        """Build the streaming form, which pools no steps, whatever the memory."""
        return StreamingStepHead(self, n_streams)

    def stages(self) -> list[Stage]:
        """Describe the linear layer."""
        details = "linear, each step" + (f", {self.delay} later" if self.delay else "")
        return [Stage("head", details, self.linear.out_features, "its own", (self.linear,))]


class _ReadParts(torch.autograd.Function):
    """Linear layer over features in parts: outputs ``(n, t, n_outputs)``."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, bias: Tensor, *parts: Tensor) -> Tensor:
        dtype = parts[0].dtype
        ctx.parts = first, *others = [part.transpose(1, 2).flatten(0, 1) for part in parts]
        ctx.weights = torch.split(weight.to(dtype), [part.shape[1] for part in parts], dim=1)
        outputs = torch.addmm(bias.to(dtype), first, ctx.weights[0].t())
        for part, own in zip(others, ctx.weights[1:], strict=True):
            outputs.addmm_(part, own.t())
        return outputs.view(len(parts[0]), -1, len(bias))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        rows = grad.flatten(0, 1)
        of_weight = torch.cat([rows.t() @ part for part in ctx.parts], dim=1)
        for part, own in zip(ctx.parts, ctx.weights, strict=True):
            torch.mm(rows, own, out=part)
        shape = grad.shape[:2]
        parts = [part.unflatten(0, shape).transpose(1, 2) for part in ctx.parts]
        return of_weight, rows.sum(0), *parts


class StreamingStepHead:
    """Streaming form of `StepHead`, in float64.

    The outputs after a step are those for the one ``delay`` steps before, NaN if there is none.
    """

    def __init__(self, head: StepHead, n_streams: int):
        self.weight = contiguous_copy(head.linear.weight.t().double())
        self.bias = contiguous_copy(head.linear.bias.double())
        missing = self.bias.new_full((1,), float(head.delay))
        self.one = torch.ones_like(missing[0])
        self.states = [StreamState(n_streams, {"missing": missing})] if head.delay else []

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Map the features of a time step, ``(n_streams, f)``, to ``(n_streams, n_outputs)``."""
        outputs = torch.addmm(self.bias, h.double(), self.weight)
        if not self.states:
            return outputs
        missing = self.states[0].tensors["missing"]
        self.states[0].update(keep, missing=(missing - self.one).clamp(min=0.0))
        return outputs.masked_fill(missing > 0, torch.nan)
