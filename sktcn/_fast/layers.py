"""Norm, activation, dropout and padding of a training pass, compiled by numba."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._fast import passes
from sktcn._fast.shares import share_out
from sktcn._fast.training import STRAIGHT
from sktcn.networks.fused_layers import Activation, Features, Gradients

# Values from which on threads share a pass. torch's own threads keep their cores for about a
# millisecond after a convolution, in which one thread reads and writes as many values.
SHARED = 2**22


class FastActivation(Activation):
    """`Activation` in two passes over memory each way, whose series are shared among threads.

    The gradient of the sum replaces the sum. Series may have padding and weights.
    """

    def __init__(self, pool: ThreadPoolExecutor, layer: Any):
        super().__init__(layer)
        self.pool = pool
        weight, bias = self.norm.weight.detach().numpy(), self.norm.bias.detach().numpy()
        self.constants = np.empty((4, len(weight)), weight.dtype)
        self.affine = self.norm.eps, weight, bias, self.constants
        self.mean, _, _, self.inverse_std = torch.from_numpy(self.constants)
        self.bend = [weight.dtype.type(each) for each in STRAIGHT[layer.activation.builtin]]
        self.ends: list[tuple[int, int]] = []

    def forward(self, x: Tensor, shortcut: Tensor | None, features: Features) -> Tensor:
        """Return the sum of ``x``, which is overwritten, and the shortcut."""
        rows = _rows(x)
        if not self.ends:
            self._prepare(rows, features)
        steps = self.lengths.numpy(), self.weights.numpy()
        residual = self.nothing if shortcut is None else _rows(shortcut)
        self._run(passes.add_up, (rows, residual, self.constants, steps), self.ends, self.moments)
        passes.describe(self.moments, *self.affine)
        self.common = rows, (self.constants, *self.bend, self.mask), steps
        own = (self.inputs, self.before), self._own(features)
        self._run(passes.activate, (*self.common, *own), self.ends)
        self.x = _series(rows)
        return self.x

    def backward(
        self, grad: Tensor | None, residual: Tensor | None, features: Features, grads: Gradients
    ) -> Tensor:
        """Compute the gradient of the sum from that of the padded input and of the features."""
        given = self.zeros if grad is None else _rows(grad)
        arguments = *self.common, (given, self.before), self._own(features)
        self._run(passes.add_up_gradients, arguments, self.ends, self.sums)
        sums = self.sums.sum(0)
        added = self.zeros if residual is None else _rows(residual)
        total = self.moments[0, 2, 0]
        self._run(passes.replace_by_gradients, (sums, total, added, *arguments), self.ends)
        sums[1] *= self.constants[passes.INVERSE_STD]
        norm = self.norm
        grads[norm.bias], grads[norm.weight] = torch.from_numpy(sums.astype(self.constants.dtype))
        x = self.x
        del self.x, self.common  # frees their memory for the next layer
        return x

    def _prepare(self, rows: NDArray[Any], features: Features) -> None:
        """Divide the series into a part for each thread, and allocate what all passes share."""
        n_threads = torch.get_num_threads() if rows.size >= SHARED else 1
        ends = np.linspace(0, len(rows), min(n_threads, len(rows)) + 1).astype(int)
        self.ends = list(pairwise(ends))
        self.moments, self.sums = (np.empty((len(self.ends), k, rows.shape[2])) for k in (3, 2))
        self.zeros = np.zeros((1, 1, rows.shape[2]), rows.dtype)
        self.mask = np.ones((1, 1, rows.shape[2]), self.constants.dtype)
        self.nothing, self.none = rows[:0, :0], _rows(features[0])[:0, :0]
        self.inputs, self.before = self.nothing, 0
        if self.reader is not None:
            self.inputs, self.before = _rows(self.reader.inputs), self.reader.span.start
            if self.reader.dropout_mask is not None:
                self.mask = _rows(self.reader.dropout_mask)

    def _own(self, features: Features) -> NDArray[Any]:
        """Return the features that are the activated ones."""
        return self.none if self.part is None else _rows(features[self.part])

    def _run(self, kernel: Any, arguments: tuple[Any, ...], ends: Any, results: Any = None) -> None:
        """Call a function for each part, in this thread and in the pool.

        The arguments are followed by the ends of the part, and by its result if there are results.
        """
        own = [()] * len(ends) if results is None else [(each,) for each in results]
        calls = [(*arguments, *each, *result) for each, result in zip(ends, own, strict=True)]
        share_out(self.pool, len(calls) - 1, kernel, calls)


def _rows(x: Tensor) -> NDArray[Any]:
    """View series, ``(n, c, 1, t)``, as rows of time steps, ``(n, t, c)``; copy others."""
    x = x.view(torch.int16) if x.dtype == torch.bfloat16 else x
    return np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1)[:, 0])


def _series(rows: NDArray[Any]) -> Tensor:
    """View rows of time steps, ``(n, t, c)``, as series, ``(n, c, 1, t)``."""
    x = torch.from_numpy(rows[:, None].transpose(0, 3, 1, 2))
    return x.view(torch.bfloat16) if x.dtype == torch.int16 else x
