"""One time step of streams in arrays, by compiled functions alone.

A call of a function of torch takes longer than the arithmetic of a step of few streams.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._fast.shares import load
from sktcn._fast.streams import FastStreamingThresholdHead
from sktcn.networks import StreamingNetwork
from sktcn.networks.memory import Running
from sktcn.networks.step_head import StreamingStepHead
from sktcn.networks.summaries import MeanSummary

Head = Callable[[Any, Any], Any]  # of the features of a step, (m, f), and the rows of the streams


class ArrayStep:
    """Preprocessor, networks and decoder in arrays; it shares the state with their own forms."""

    def __init__(
        self, preprocessor: Any, networks: list[tuple[Any, Head]], shares: Any, decode: Any
    ):
        self.preprocessor, self.networks = preprocessor, networks
        self.shares, self.decode = shares, decode

    @classmethod
    def of(
        cls,
        preprocessor: Any,
        networks: Sequence[StreamingNetwork],
        shares: Sequence[float],
        decoder: nn.Module,
    ) -> Self | None:
        """Build it where all parts are compiled."""
        parts = [preprocessor, *(network.backbone for network in networks)]
        if any(getattr(part, "kernel", None) is None for part in parts):
            return None
        pairs = [(network.backbone, _array_head(network.head)) for network in networks]
        known = [(backbone, head) for backbone, head in pairs if head is not None]
        complete = len(known) == len(pairs)
        return cls(preprocessor, known, shares, _array_decoder(decoder)) if complete else None

    def __call__(self, x: Any, rows: Any, steps: Any) -> Any:
        """Advance some streams, that have seen so many steps, by a step; return the answers."""
        series = self.preprocessor.advance(x, rows)
        outputs = [
            head(backbone.advance(series, rows, steps), rows) for backbone, head in self.networks
        ]
        if len(outputs) > 1:
            outputs[0] = sum(s * each for s, each in zip(self.shares, outputs, strict=True))
        return self.decode(outputs[0])


def _array_head(head: Any) -> Head | None:
    """Return the form in arrays of a streaming head; None where it has none."""
    if isinstance(head, StreamingStepHead):
        return StepOutputs(head)
    if isinstance(head, FastStreamingThresholdHead):
        return RunningAverage.of(head.mean, None, head.bias, head.weigh_arrays)
    return RunningAverage.of(head.pooling, head.weight, head.bias)


class StepOutputs:
    """`StreamingStepHead` in arrays."""

    def __init__(self, head: StreamingStepHead):
        self.weight, self.bias, self.states = head.weight.numpy(), head.bias.numpy(), head.states

    def __call__(self, h: Any, rows: Any) -> Any:
        """Compute the outputs of some streams at a time step, NaN before the delay is over."""
        outputs = h @ self.weight + self.bias
        for state in self.states:
            missing = state.tensors["missing"].numpy()
            outputs[missing[rows, 0] > 0] = np.nan
            missing[rows] = np.maximum(missing[rows] - 1, 0)
        return outputs


class RunningAverage:
    """Compiled mean of features over all time steps, and a linear layer or a bias.

    It is the mean of what ``prepare`` makes of the features of a step.
    """

    def __init__(
        self, mean: Any, weight: Tensor | None, bias: Tensor, prepare: Callable[[Any], Any] | None
    ):
        self.kernel = load("steps", "average", bias.device)
        self.state, self.prepare = mean.states[0], prepare
        self.constants = None if weight is None else weight.numpy(), bias.numpy()

    @classmethod
    def of(
        cls,
        pooling: Any,
        weight: Tensor | None,
        bias: Tensor,
        prepare: Callable[[Any], Any] | None = None,
    ) -> Self | None:
        """Build it for a mean of all steps."""
        is_mean = isinstance(getattr(pooling, "summary", None), MeanSummary)
        known = is_mean and isinstance(pooling.memory, Running)
        return cls(pooling, weight, bias, prepare) if known else None

    def __call__(self, h: Any, rows: Any) -> Any:
        """Compute the outputs of some streams after a time step, ``(m, f)``."""
        h = self.prepare(h) if self.prepare else h
        outputs = np.empty((len(h), len(self.constants[1])))
        total, count = (self.state.tensors[name].numpy() for name in ("total", "count"))
        self.kernel(h, rows, total, count, *self.constants, outputs)
        return outputs


def _array_decoder(decoder: nn.Module) -> Callable[[Any], Any]:
    """Return the form in arrays of a decoder, compiled if it is a softmax."""
    if not isinstance(decoder, nn.Softmax):
        return lambda outputs: decoder.forward(torch.from_numpy(outputs)).numpy()
    kernel: Callable[[Any], Any] = load("steps", "soften", torch.device("cpu"))
    return kernel
