"""Layers of a training pass, compiled by numba."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn._fast import convolutions, passes
from sktcn._fast.lanes import AVX2, VECTOR, WIDE
from sktcn._fast.shares import divide, share_out
from sktcn._fast.training import STRAIGHT
from sktcn.networks.fused_layers import (
    Activation,
    Convolution,
    Features,
    Gradients,
    Layers,
    Projection,
)
from sktcn.networks.norms import BatchNorm
from sktcn.networks.residual import PreActivatedConv

# Values and multiply-adds from which on threads share a pass. torch's own threads keep their cores
# for about a millisecond after a convolution, in which one thread reads and writes as many values.
SHARED, SHARED_PRODUCTS = 2**22, 2**24
# Multiply-adds up to which a compiled convolution is faster than that of torch with one thread, and
# one thread is chosen for. With several threads, torch's is as fast for fewer. With AVX2 alone,
# compiled ones are faster whatever their size.
LARGEST = math.inf if AVX2 and not WIDE else 2**26


def fast_layers(pool: ThreadPoolExecutor) -> Layers:
    """Choose the layers of this module, which share a pool of threads."""
    kinds = fast_convolution, FastProjection, FastActivation
    return Layers(*(partial(kind, pool) for kind in kinds))


class Parts:
    """Series of a pass, divided among threads, or all of them in one part.

    Attributes
    ----------
    ends : list of (int, int)
        First series of each part, and the first one after it.
    """

    def __init__(self, pool: ThreadPoolExecutor, n: int, *, shared: bool):
        self.pool, self.n_threads = pool, torch.get_num_threads() if shared else 1
        self.ends = divide(n, self.n_threads)

    def call(self, function: Any, arguments: tuple[Any, ...], results: Any = None) -> None:
        """Call a function for each part, with its ends, and its result if there are results."""
        own = [()] * len(self.ends) if results is None else [(each,) for each in results]
        parts = zip(self.ends, own, strict=True)
        calls = [(*arguments, *ends, *result) for ends, result in parts]
        share_out(self.pool, min(self.n_threads, len(calls)) - 1, function, calls)


def fast_convolution(
    pool: ThreadPoolExecutor,
    layer: PreActivatedConv,
    activation: Any,
    n: int,
    t: int,
    dtype: torch.dtype,
) -> Convolution:
    """Build a convolution by compiled code where torch's takes longer, or else that of torch.

    Compiled code is faster where there is little work and filters fill vectors, but in bfloat16.
    """
    kernel = layer.conv.kernel
    widths = kernel.shape[:2] if isinstance(layer.norm, BatchNorm) else kernel.shape[:1]
    small = dtype != torch.bfloat16 and _is_small(n * t * kernel.numel(), widths, dtype.itemsize)
    kind = partial(FastConvolution, pool) if small else Convolution
    return kind(layer, activation, n, t, dtype)


class FastConvolution(Convolution):
    """`Convolution` by compiled code, whose series are shared among threads."""

    def __init__(self, pool: ThreadPoolExecutor, *arguments: Any):
        super().__init__(*arguments)
        self.rows = _rows(self.inputs)
        n, n_steps = len(self.rows), self.span.stop - self.span.start
        self.out = np.empty((n, n_steps, len(self.kernel)), self.rows.dtype)
        self.grad_rows = np.zeros_like(self.rows[: 0 if self.activation is None else n])
        self.parts = _divide(pool, self.out, self.kernel)

    def convolve(self) -> Any:
        """Convolve the padded input."""
        self.common = self.rows, self.masked_weights.numpy()[:, :, 0], self.dilation[1]
        self.parts.call(convolutions.convolve, (*self.common, self.out))
        return self.out

    def _pull_back(self, grad: Any) -> tuple[Any, Tensor]:
        given = grad, *self.common, self.span.start, self.grad_rows
        return self.grad_rows, _pull_back(self.parts, *given)


class FastProjection(Projection):
    """`Projection` by compiled code where that is faster than torch's, as `fast_convolution`."""

    def __init__(self, pool: ThreadPoolExecutor, kernel: nn.Parameter):
        super().__init__(kernel)
        self.pool = pool

    def forward(self, x: Any) -> Any:
        """Multiply each step by the kernel."""
        rows, kernel = _rows(x), self.kernel.detach().numpy()
        work = len(rows) * rows.shape[1] * kernel.size
        self.compiled = not torch.is_autocast_enabled("cpu") and _is_small(
            work, kernel.shape[:1], kernel.itemsize
        )
        if not self.compiled:
            return super().forward(x)
        self.common = rows, kernel, 1
        out = np.empty((*rows.shape[:2], len(kernel)), rows.dtype)
        self.parts = _divide(self.pool, out, self.kernel)
        self.parts.call(convolutions.convolve, (*self.common, out))
        return out

    def backward(self, grad: Any, grads: Gradients, *, needs_input: bool) -> Any:
        """Compute the gradient of the input, if it is asked for, from that of the output."""
        if not self.compiled:
            return super().backward(grad, grads, needs_input=needs_input)
        result = np.empty_like(self.common[0][: len(grad) if needs_input else 0])
        grads[self.kernel] = _pull_back(self.parts, grad, *self.common, 0, result)
        del self.common
        return result if needs_input else None


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
        self.parts: Any = None  # until there is a batch

    def forward(self, x: Any, shortcut: Any, features: Features) -> Any:
        """Return the sum of ``x``, which is overwritten, and the shortcut."""
        rows = _rows(x)
        if self.parts is None:
            self._prepare(rows, features)
        steps = self.lengths.numpy(), self.weights.numpy()
        residual = self.nothing if shortcut is None else _rows(shortcut)
        self.parts.call(passes.add_up, (rows, residual, self.constants, steps), self.moments)
        passes.describe(self.moments, *self.affine)
        self.common = rows, (self.constants, *self.bend, self.mask), steps
        self.parts.call(passes.activate, (*self.common, self.padded, self._own(features)))
        return rows

    def backward(self, grad: Any, residual: Any, features: Features, grads: Gradients) -> Any:
        """Compute the gradient of the sum from that of the padded input and of the features."""
        given = self.zeros if grad is None else _rows(grad)
        arguments = *self.common, (given, self.padded[1]), self._own(features)
        self.parts.call(passes.add_up_gradients, arguments, self.sums)
        sums = _sum(self.sums)
        added = self.zeros if residual is None else _rows(residual)
        total = self.moments[0, 2, 0]
        self.parts.call(passes.replace_by_gradients, (sums, total, added, *arguments))
        sums[1] *= self.constants[passes.INVERSE_STD]
        norm = self.norm
        grads[norm.bias], grads[norm.weight] = torch.from_numpy(sums.astype(self.constants.dtype))
        rows = self.common[0]
        del self.common  # frees its memory for the next layer
        return rows

    def _prepare(self, rows: NDArray[Any], features: Features) -> None:
        """Divide the series into a part for each thread, and allocate what all passes share."""
        self.parts = Parts(self.pool, len(rows), shared=rows.size >= SHARED)
        n_parts = len(self.parts.ends)
        self.moments, self.sums = (np.empty((n_parts, k, rows.shape[2])) for k in (3, 2))
        self.zeros = np.zeros((1, 1, rows.shape[2]), rows.dtype)
        self.mask = np.ones((1, 1, rows.shape[2]), self.constants.dtype)
        self.nothing, self.none = rows[:0, :0], _rows(features[0])[:0, :0]
        self.padded = self.nothing, 0
        if self.reader is not None:
            self.padded = _rows(self.reader.inputs), self.reader.span.start
            if self.reader.dropout_mask is not None:
                self.mask = _rows(self.reader.dropout_mask)

    def _own(self, features: Features) -> NDArray[Any]:
        """Return the features that are the activated ones."""
        return self.none if self.part is None else _rows(features[self.part])


def _divide(pool: ThreadPoolExecutor, out: NDArray[Any], kernel: Tensor) -> Parts:
    """Divide the series of a convolution."""
    work = out[:, :, 0].size * kernel.numel()
    return Parts(pool, len(out), shared=work >= SHARED_PRODUCTS)


def _pull_back(
    parts: Parts,
    grad: NDArray[Any],
    x: NDArray[Any],
    kernel: NDArray[Any],
    dilation: int,
    before: int,
    grad_x: NDArray[Any],
) -> Tensor:
    """Compute the gradients of a convolution; return that of the kernel, and fill ``grad_x``."""
    grads = np.empty((len(parts.ends), *kernel.shape[::-1]), grad.dtype)
    parts.call(convolutions.pull_back, (grad, x, kernel, dilation, before, grad_x), grads)
    return torch.from_numpy(_sum(grads).transpose(2, 1, 0))


def _is_small(work: int, widths: Sequence[int], itemsize: int) -> bool:
    """Test whether a convolution has little work (multiply-adds), and widths that fill vectors."""
    fills = all(width * itemsize % VECTOR == 0 for width in widths)
    return fills and work * torch.get_num_threads() ** 2 <= LARGEST


def _sum(parts: NDArray[Any]) -> NDArray[Any]:
    """Sum over parts, one of which needs no sum."""
    total: NDArray[Any] = parts[0] if len(parts) == 1 else parts.sum(0)
    return total


def _rows(x: Any) -> NDArray[Any]:
    """View series, ``(n, c, 1, t)``, as rows of time steps, ``(n, t, c)``; copy others."""
    if isinstance(x, np.ndarray):
        return x
    x = x.view(torch.int16) if x.dtype == torch.bfloat16 else x
    return np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1)[:, 0])
