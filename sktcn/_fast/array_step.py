"""One time step of streams in arrays, by compiled functions alone.

A call of a function of torch takes longer than the arithmetic of a step of few streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._fast.shares import load
from sktcn._fast.streams import FastStreamingThresholdHead
from sktcn.networks import StreamingNetwork, StreamState
from sktcn.networks.memory import Window
from sktcn.networks.step_head import StreamingStepHead
from sktcn.networks.summaries import MeanSummary

Head = Callable[[Any, Any], Any]  # of the features of a step, (m, f), and the rows of the streams


class ArrayStep:
    """Preprocessor, networks and decoder in arrays; it shares the state with their own forms."""

    def __init__(
        self, preprocessor: Any, networks: list[tuple[Any, Head]], combine: Any, decode: Any
    ):
        self.preprocessor, self.networks = preprocessor, networks
        self.combine, self.decode = combine, decode

    @classmethod
    def of(
        cls,
        preprocessor: Any,
        networks: Sequence[StreamingNetwork],
        combine: Callable[[Any], Any],
        decoder: nn.Module,
    ) -> Self | None:
        """Build it where all parts but the heads are compiled.

        ``combine`` averages the outputs of several networks.
        """
        parts = [preprocessor, *(network.backbone for network in networks)]
        if any(getattr(part, "kernel", None) is None for part in parts):
            return None
        pairs = [(network.backbone, _array_head(network.head)) for network in networks]
        return cls(preprocessor, pairs, combine, _array_decoder(decoder))

    def __call__(self, x: Any, rows: Any, steps: Any) -> Any:
        """Advance some streams, that have seen so many steps, by a step; return the answers."""
        series = self.preprocessor.advance(x, rows)
        outputs = [
            head(backbone.advance(series, rows, steps), rows) for backbone, head in self.networks
        ]
        return self.decode(outputs[0] if len(outputs) == 1 else self.combine(outputs))


def _array_head(head: Any) -> Head:
    """Return the form in arrays of a streaming head; that of other poolings calls torch's."""
    if isinstance(head, StreamingStepHead):
        return StepOutputs(head)
    fixed = isinstance(head, FastStreamingThresholdHead)
    pooling = head.mean if fixed else head.pooling
    if isinstance(getattr(pooling, "summary", None), MeanSummary):
        options = (None, head.bias, head.weigh_arrays) if fixed else (head.weight, head.bias)
        kind = WindowAverage if isinstance(pooling.memory, Window) else RunningAverage
        return kind(pooling.memory, *options)
    return TorchHead(head)


class TorchHead:
    """Streaming head of torch, of any pooling."""

    def __init__(self, head: Any):
        self.head = head

    def __call__(self, h: Any, rows: Any) -> Any:
        """Compute the outputs of some streams after a time step, ``(m, f)``."""
        with selecting(self.head.states, rows):
            return self.head(torch.from_numpy(h)).numpy()


@contextmanager
def selecting(states: Sequence[StreamState], rows: Any) -> Iterator[None]:
    """Select rows of states for functions of torch, without gradients."""
    with torch.inference_mode(), ExitStack() as selected:
        for state in states:
            if len(rows) < state.n_streams:
                selected.enter_context(state.select(torch.from_numpy(rows)))
        yield


class StepOutputs:
    """`StreamingStepHead` in arrays."""

    def __init__(self, head: StreamingStepHead):
        self.weight, self.bias, self.states = head.weight.numpy(), head.bias.numpy(), head.states

    def __call__(self, h: Any, rows: Any) -> Any:
        """Compute the outputs of some streams at a time step, NaN before the delay is over."""
        outputs = h @ self.weight + self.bias
        for state in self.states:
            (missing,) = state.arrays
            outputs[missing[rows, 0] > 0] = np.nan
            missing[rows] = np.maximum(missing[rows] - 1, 0)
        return outputs


class RunningAverage:
    """Compiled mean of features over time steps, all of them or fading ones, and a linear layer.

    It is the mean of what ``prepare`` makes of the features of a step. There is no layer where
    ``weight`` is None.
    """

    kernel = "average"

    def __init__(
        self,
        memory: Any,
        weight: Tensor | None,
        bias: Tensor,
        prepare: Callable[[Any], Any] | None = None,
    ):
        self.memory, self.prepare = memory, prepare
        self.compute = load("steps", self.kernel, bias.device)
        self.constants = None if weight is None else weight.numpy(), bias.numpy()
        self.factor = float(getattr(memory, "factor", 1.0))

    def __call__(self, h: Any, rows: Any) -> Any:
        """Compute the outputs of some streams after a time step, ``(m, f)``."""
        h = self.prepare(h) if self.prepare else h
        outputs = np.empty((len(h), len(self.constants[1])))
        self._average(h, rows, outputs)
        return outputs

    def _average(self, h: Any, rows: Any, outputs: Any) -> None:
        given = h, rows, self.factor, *self.memory.states[0].arrays
        self.compute(*given, *self.constants, outputs)


class WindowAverage(RunningAverage):
    """Compiled mean of features over a `Window`, whose chunks are closed by torch."""

    kernel = "average_window"

    def _average(self, h: Any, rows: Any, outputs: Any) -> None:
        memory = self.memory
        (slots,), *summaries = [state.arrays for state in memory.states]
        given = h, rows, memory.size, memory.chunk, slots, *summaries
        if self.compute(*given, *self.constants, outputs):
            with selecting(memory.states, rows):
                memory.close()


def _array_decoder(decoder: nn.Module) -> Callable[[Any], Any]:
    """Return the form in arrays of a decoder, compiled if it is a softmax."""
    if not isinstance(decoder, nn.Softmax):
        return lambda outputs: decoder.forward(torch.from_numpy(outputs)).numpy()
    kernel: Callable[[Any], Any] = load("steps", "soften", torch.device("cpu"))
    return kernel
