"""The preprocessor for one time step of each of several streams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._data.dataset import numpy_dtype
from sktcn._data.panel import FloatArray, Floats, Indices
from sktcn._fast.shares import load
from sktcn._preprocessing.differences import StreamingDifferences
from sktcn._preprocessing.missing import StreamingMask
from sktcn._preprocessing.scaling import StreamingScaling
from sktcn._preprocessing.step import PreprocessingStep, StreamingStep
from sktcn.networks import StreamState


class StreamingPreprocessor:
    """Streaming form of the steps of a `Preprocessor`, none of which looks ahead."""

    def __init__(
        self,
        steps: Sequence[PreprocessingStep],
        n_streams: int,
        device: torch.device,
        dtype: torch.dtype,
    ):
        self.dtype = dtype
        self.steps = [step.streaming(n_streams, device) for step in steps]
        states = list(chain.from_iterable(step.states for step in self.steps))
        self.states = states or [StreamState(n_streams, {})]  # the network's states come second

    def __call__(self, x: Tensor) -> Tensor:
        """Preprocess the newest time step, ``(n_streams, n_channels)``."""
        for step in self.steps:
            x = step(x)
        return x.to(self.dtype)


class FastStreamingPreprocessor(StreamingPreprocessor):
    """`StreamingPreprocessor` in arrays, for scaling, scaled differences and masks.

    The differences are compiled.
    """

    def __init__(
        self,
        steps: Sequence[PreprocessingStep],
        n_streams: int,
        device: torch.device,
        dtype: torch.dtype,
    ):
        super().__init__(steps, n_streams, device, dtype)
        self.masks = bool(self.steps) and isinstance(self.steps[-1], StreamingMask)
        scalings = _scalings(self.steps[:-1] if self.masks else self.steps)
        self.kernel: Any = load("steps", "prepare", device) if scalings else None
        if self.kernel is not None:
            self.numpy_dtype = numpy_dtype(dtype)
            self.scalings = [(each.mean.numpy(), each.scale.numpy()) for each in scalings]
            first = np.zeros((1, len(scalings[0].mean)))
            self.advance(first, np.zeros(1, np.int64))  # compiles it
            self.states[0].reset([0])

    def __call__(self, x: Tensor) -> Tensor:
        """Preprocess the newest time step, ``(n_streams, n_channels)``."""
        if self.kernel is None:
            return super().__call__(x)
        return torch.from_numpy(self.advance(x.numpy(), np.arange(len(x))))

    def advance(self, x: Floats, rows: Indices) -> FloatArray:
        """Preprocess the newest time step of some streams, ``(m, n_channels)``, in arrays."""
        prepared = self._prepare(x, rows)
        if not self.masks:
            return prepared
        observed = ~np.isnan(prepared)
        prepared[~observed] = 0
        return np.concatenate([prepared, observed], axis=1, dtype=prepared.dtype)

    def _prepare(self, x: Floats, rows: Indices) -> FloatArray:
        if len(self.scalings) == 1:
            mean, scale = self.scalings[0]
            return ((x - mean) / scale).astype(self.numpy_dtype, copy=False)
        prepared = np.empty((len(x), 2 * x.shape[1]), self.numpy_dtype)
        self.kernel(x, rows, *self.scalings, *self.states[0].arrays, prepared)
        return prepared


def _scalings(steps: Sequence[StreamingStep]) -> tuple[StreamingScaling, ...]:
    """Return the scaling of values, and that of differences, if the steps are nothing else."""
    match steps:
        case [StreamingScaling() as first]:
            return (first,)
        case [
            StreamingScaling() as first,
            StreamingDifferences(scaling=StreamingScaling() as second),
        ]:
            return first, second
    return ()
