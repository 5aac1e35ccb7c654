"""Layers of a training pass, compiled by numba."""

from __future__ import annotations

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

# Least values and multiply-adds that a thread takes. torch's own threads keep their cores for about
# a millisecond after a convolution, in which one thread reads and writes twice as many values.
PART, PART_PRODUCTS = 2**21, 2**24
# Multiply-adds up to which a compiled convolution is faster than that of torch with one thread, and
# one thread is chosen for; with several, torch's is as fast for fewer. With AVX2 alone, compiled
# ones are faster whatever their size with one thread, and with several from so many multiply-adds
# for each on: beside these, the time is short that torch's keep their cores for after an update.
LARGEST, ALL_SIZES, SHARED_PRODUCTS = 2**26, AVX2 and not WIDE, 2**28


def fast_layers(pool: ThreadPoolExecutor) -> Layers:
    """Choose the layers of this module, which share a pool of threads, and memory."""
    workspace = Workspace(pool)
    return Layers(
        partial(fast_convolution, workspace),
        partial(FastProjection, workspace),
        partial(FastActivation, workspace),
    )


class Workspace:
    """Threads and memory that layers use one after the other."""

    def __init__(self, pool: ThreadPoolExecutor):
        self.pool = pool
        self.memory = np.empty(0, np.uint8)

    def like(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return an array of a shape and dtype, whose values the next call may overwrite."""
        if x.nbytes > len(self.memory):
            self.memory = np.empty(x.nbytes, np.uint8)
        return self.memory[: x.nbytes].view(x.dtype).reshape(x.shape)


class Parts:
    """Series of a pass, divided among threads.

    Attributes
    ----------
    ends : list of (int, int)
        First series of each part, and the first one after it.
    """

    def __init__(self, workspace: Workspace, n: int, most: int):
        self.pool, self.n_threads = workspace.pool, torch.get_num_threads()
        self.ends = divide(n, self.n_threads, most)

    def call(self, function: Any, arguments: tuple[Any, ...], *results: Any) -> None:
        """Call a function for each part, with its ends, and its own of each of the results."""
        calls = [(*arguments, *ends, *own) for ends, *own in zip(self.ends, *results, strict=True)]
        share_out(self.pool, min(self.n_threads, len(calls)) - 1, function, calls)


def fast_convolution(
    workspace: Workspace,
    layer: PreActivatedConv,
    activation: Any,
    n: int,
    t: int,
    dtype: torch.dtype,
) -> Convolution:
    """Build a convolution by compiled code where torch's takes longer, or else that of torch.

    In bfloat16 that of torch is faster.
    """
    kernel, first = layer.conv.kernel, not isinstance(layer.norm, BatchNorm)
    widths = kernel.shape[: 1 if first else 2]
    work = n * t * kernel.numel()
    if dtype == torch.bfloat16 or not _is_worth_it(n, work, widths, dtype.itemsize):
        return Convolution(layer, activation, n, t, dtype)
    kind = FastConvolution if first else FastPreActivatedConvolution
    return kind(workspace, layer, activation, n, t, dtype)


class FastConvolution(Convolution):
    """First `Convolution` of a network by compiled code, whose series are shared among threads."""

    function: Any = staticmethod(convolutions.convolve)

    def __init__(self, workspace: Workspace, *arguments: Any):
        super().__init__(*arguments)
        self.workspace, self.rows = workspace, _rows(self.inputs)
        self.given: Any = self.rows  # what the function reads
        shape = len(self.rows), self.span.stop - self.span.start, len(self.kernel)
        self.out = np.empty(shape, self.rows.dtype)
        self.parts = _divide(workspace, self.out, self.kernel)

    def convolve(self) -> Any:
        """Convolve the padded input."""
        self.common = self.masked_weights.numpy()[:, :, 0], self.dilation[1]
        self.parts.call(self.function, (self.given, *self.common, self.out))
        return self.out

    def _pull_back(self, grad: Any) -> tuple[Any, Tensor]:
        given = grad, self.rows, (self.rows[:0], 0)
        return None, _pull_back(self.parts, convolutions.pull_back, given, self.common)


class FastPreActivatedConvolution(FastConvolution):
    """Another one, which activates each series just before, and pulls it back just after."""

    function = staticmethod(convolutions.activate_and_convolve)
    activation: FastActivation

    def read(self, x: Any, shortcut: Any, features: Features) -> Any:
        """Return the sum of ``x`` and the shortcut, which `convolve` activates."""
        rows = self.activation.add_up(x, shortcut, features)
        self.given = self.activation.describe(self.rows, features)
        return rows

    def backward(self, grad: Any, residual: Any, features: Features, grads: Gradients) -> Any:
        """Compute the gradient of what was read from those of the output and of the features."""
        given = self.activation.describe(self.workspace.like(self.rows), features)
        sums = np.empty((len(self.parts.ends), 2, self.rows.shape[2]))
        function, arguments = convolutions.pull_back_and_add_up, (grad, self.rows, given)
        taps = _pull_back(self.parts, function, arguments, self.common, sums)
        grads[self.kernel] = self.kernel_grad(taps)
        return self.activation.replace(given, _sum(sums), residual, grads)


class FastProjection(Projection):
    """`Projection` by compiled code where that is faster than torch's, as `fast_convolution`."""

    def __init__(self, workspace: Workspace, kernel: nn.Parameter):
        super().__init__(kernel)
        self.workspace = workspace

    def forward(self, x: Any) -> Any:
        """Multiply each step by the kernel."""
        rows, kernel = _rows(x), self.kernel.detach().numpy()
        work = len(rows) * rows.shape[1] * kernel.size
        self.compiled = not torch.is_autocast_enabled("cpu") and _is_worth_it(
            len(rows), work, kernel.shape[:1], kernel.itemsize
        )
        if not self.compiled:
            return super().forward(x)
        self.read, self.common = rows, (kernel, 1)
        out = np.empty((*rows.shape[:2], len(kernel)), rows.dtype)
        self.parts = _divide(self.workspace, out, self.kernel)
        self.parts.call(convolutions.convolve, (rows, *self.common, out))
        return out

    def backward(self, grad: Any, grads: Gradients, *, needs_input: bool) -> Any:
        """Compute the gradient of the input, if it is asked for, from that of the output."""
        if not self.compiled:
            return super().backward(grad, grads, needs_input=needs_input)
        result = np.empty_like(self.read if needs_input else self.read[:0])
        given = grad, self.read, (result, 0)
        grads[self.kernel] = _pull_back(self.parts, convolutions.pull_back, given, self.common)
        del self.read
        return result if needs_input else None


class FastActivation(Activation):
    """`Activation` in two passes over memory each way, whose series are shared among threads.

    The gradient of the sum replaces the sum. Series may have padding and weights.
    """

    def __init__(self, workspace: Workspace, layer: Any):
        super().__init__(layer)
        self.workspace = workspace
        weight, bias = self.norm.weight.detach().numpy(), self.norm.bias.detach().numpy()
        self.constants = np.empty((4, len(weight)), weight.dtype)
        self.affine = self.norm.eps, weight, bias, self.constants
        self.mean, _, _, self.inverse_std = torch.from_numpy(self.constants)
        self.bend = [weight.dtype.type(each) for each in STRAIGHT[layer.activation.builtin]]
        self.parts: Any = None  # until there is a batch

    def forward(self, x: Any, shortcut: Any, features: Features) -> Any:
        """Return the sum of ``x``, which is overwritten, and the shortcut."""
        rows = self.add_up(x, shortcut, features)
        self.parts.call(passes.activate, self.describe(self.padded, features))
        return rows

    def add_up(self, x: Any, shortcut: Any, features: Features) -> NDArray[Any]:
        """Return the sum of ``x``, which is overwritten, and the shortcut, and set the norm."""
        rows = _rows(x)
        if self.parts is None:
            self._prepare(rows, features)
        steps = self.lengths.numpy(), self.weights.numpy()
        residual = self.nothing if shortcut is None else _rows(shortcut)
        self.parts.call(passes.add_up, (rows, residual, self.constants, steps), self.moments)
        passes.describe(self.moments, *self.affine)
        self.common = rows, (self.constants, *self.bend, self.mask), steps
        return rows

    def describe(self, padded: NDArray[Any], features: Features) -> tuple[Any, ...]:
        """Return the arguments of `passes.activate`, or with gradients those of the way back."""
        own = self.none if self.part is None else _rows(features[self.part])
        return *self.common, (padded, self.before), own

    def backward(self, grad: Any, residual: Any, features: Features, grads: Gradients) -> Any:
        """Compute the gradient of the sum from that of the padded input and of the features."""
        given = self.describe(self.zeros if grad is None else _rows(grad), features)
        self.parts.call(passes.add_up_gradients, given, self.sums)
        return self.replace(given, _sum(self.sums), residual, grads)

    def replace(
        self, given: tuple[Any, ...], sums: NDArray[Any], residual: Any, grads: Gradients
    ) -> NDArray[Any]:
        """Compute the gradient of the sum from `describe` and the sums of `add_up_gradients`."""
        added = self.zeros if residual is None else _rows(residual)
        total = self.moments[0, 2, 0]
        self.parts.call(passes.replace_by_gradients, (sums, total, added, *given))
        sums[1] *= self.constants[passes.INVERSE_STD]
        norm = self.norm
        grads[norm.bias], grads[norm.weight] = torch.from_numpy(sums.astype(self.constants.dtype))
        rows = self.common[0]
        del self.common  # frees its memory for the next layer
        return rows

    def _prepare(self, rows: NDArray[Any], features: Features) -> None:
        """Divide the series into a part for each thread, and allocate what all passes share."""
        self.parts = Parts(self.workspace, len(rows), rows.size // PART)
        n_parts = len(self.parts.ends)
        self.moments, self.sums = (np.empty((n_parts, k, rows.shape[2])) for k in (3, 2))
        self.zeros = np.zeros((1, 1, rows.shape[2]), rows.dtype)
        self.mask = np.ones((1, 1, rows.shape[2]), self.constants.dtype)
        self.nothing, self.none = rows[:0, :0], _rows(features[0])[:0, :0]
        self.padded, self.before = self.nothing, 0
        if self.reader is not None:
            self.padded, self.before = _rows(self.reader.inputs), self.reader.span.start
            if self.reader.dropout_mask is not None:
                self.mask = _rows(self.reader.dropout_mask)


def _divide(workspace: Workspace, out: NDArray[Any], kernel: Tensor) -> Parts:
    """Divide the series of a convolution."""
    return Parts(workspace, len(out), out[:, :, 0].size * kernel.numel() // PART_PRODUCTS)


def _pull_back(
    parts: Parts,
    function: Any,
    given: tuple[Any, ...],
    common: tuple[Any, int],
    *sums: NDArray[Any],
) -> Tensor:
    """Call a function for the gradients of a convolution; return that of its kernel.

    ``common`` are kernel and dilation, ``given`` the arguments before them, and ``sums`` results.
    """
    taps = np.empty((len(parts.ends), *common[0].shape[::-1]), common[0].dtype)
    parts.call(function, (*given, *common), taps, *sums)
    return torch.from_numpy(_sum(taps).transpose(2, 1, 0))


def _is_worth_it(n: int, work: int, widths: Sequence[int], itemsize: int) -> bool:
    """Test whether to compile the convolution of ``n`` series, with ``work`` multiply-adds.

    Its widths must fill vectors. Large ones are compiled where an eighth of the series at most is
    missing for all threads to have as many.
    """
    if any(width * itemsize % VECTOR for width in widths):
        return False
    n_threads = torch.get_num_threads()
    if work * n_threads**2 <= LARGEST:
        return True
    enough = n_threads == 1 or work >= SHARED_PRODUCTS * n_threads
    return ALL_SIZES and enough and -n % n_threads <= n / 8


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
