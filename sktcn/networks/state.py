"""State of a network that reads one time step at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

StepFunction = Callable[[Tensor], Tensor]  # of one time step of each stream, (n_streams, c)


class Positions(NamedTuple):
    """Streams, each at a time step of its own.

    Attributes
    ----------
    rows : Tensor
        Rows of the streams, ``(m,)``.
    steps : Tensor
        Time steps that each stream has seen, ``(m,)``.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import Positions
    >>> positions = Positions(rows=torch.tensor([0, 2]), steps=torch.tensor([7, 0]))
    >>> positions.rows[positions.steps == 0]
    tensor([2])
    """

    rows: Tensor
    steps: Tensor


class SharedArrays:
    """Arrays that share the memory of tensors on the CPU, in a copy that of the copied tensors.

    To ask a tensor for its array takes longer than to call a compiled function with it.
    """

    def __init__(self, tensors: Iterable[Tensor]):
        self.tensors = tuple(tensors)
        self.arrays = tuple(tensor.numpy() for tensor in self.tensors)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(copy.deepcopy(self.tensors, memo))


class StreamState:
    """Tensors with one row per stream.

    Parameters
    ----------
    n_streams : int
        Number of rows.
    start : dict of str to Tensor
        Values of a row before the first time step.

    Attributes
    ----------
    tensors : dict of str to Tensor
        Current values, ``(n_streams, ...)`` each.

    Examples
    --------
    >>> import torch
    >>> state = StreamState(2, {"largest": torch.tensor([-1.0])})
    >>> state.update(None, largest=torch.tensor([[5.0], [7.0]]))
    >>> state.reset([1])
    >>> state.tensors["largest"]
    tensor([[ 5.],
            [-1.]])
    """

    def __init__(self, n_streams: int, start: dict[str, Tensor]):
        self.start, self.n_streams = start, n_streams
        self.tensors = {name: row.repeat(n_streams, *[1] * row.ndim) for name, row in start.items()}
        self._shared: SharedArrays | None = None

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Current values as arrays that share the memory of the tensors, in their order."""
        if self._shared is None:
            self._shared = SharedArrays(self.tensors.values())
        return self._shared.arrays

    def update(self, keep: Tensor | None, **tensors: Tensor) -> None:
        """Replace tensors in the rows where ``keep``, ``(n_streams, 1)``, is true; None for all."""
        if keep is not None:
            tensors = {
                name: torch.where(keep, new, self.tensors[name]) for name, new in tensors.items()
            }
        self.tensors.update(tensors)
        self._shared = None

    def reset(self, streams: list[int]) -> None:
        """Set rows to their start."""
        for name, row in self.start.items():
            self.tensors[name][streams] = row

    @contextmanager
    def select(self, rows: Tensor) -> Iterator[None]:
        """Restrict the state to ``rows`` within the context, and write them back at its end."""
        tensors, shared = self.tensors, self._shared
        self.tensors = {name: t.index_select(0, rows) for name, t in tensors.items()}
        self._shared = None
        try:
            yield
            for name, tensor in self.tensors.items():
                tensors[name].index_copy_(0, rows, tensor)
        finally:
            self.tensors, self._shared = tensors, shared


class RingBuffer(StreamState):
    """Ring buffer of a dilated convolution's inputs, whose window is contiguous.

    Each residue of the time step modulo the dilation has a ring of its own, so that a window is
    the latest ``kernel_size`` entries of one ring. Each input is written twice, ``kernel_size``
    columns apart: the window is contiguous wherever the ring wraps around. Windows of streams at
    different time steps are gathered by index. The buffer has the dtype and device of ``like``.
    """

    def __init__(
        self, n_streams: int, n_channels: int, kernel_size: int, dilation: int, like: Tensor
    ):
        start = like.new_zeros(dilation, 2 * kernel_size, n_channels)
        super().__init__(n_streams, {"ring": start})
        self.kernel_size = kernel_size
        offsets = torch.arange(2 * kernel_size * dilation, device=start.device)
        self.offsets = offsets.view(dilation, -1)[:, :kernel_size].t().flatten()  # of the slots
        self._view(self.tensors["ring"])

    def _view(self, tensor: Tensor) -> None:
        """Take a tensor for the ring, and view its entries and windows."""
        self.update(None, ring=tensor)
        n_channels = tensor.shape[-1]
        self.slots = _slots(tensor)
        self.flat = tensor.view(-1, n_channels)
        shape = len(self.flat) - self.kernel_size + 1, self.kernel_size * n_channels
        self.windows = self.flat.as_strided(shape, (n_channels, 1), self.flat.storage_offset())

    @staticmethod
    def join(buffers: Sequence[Any]) -> Tensor:
        """Move the rings of buffers into one tensor, one after the other, and return it."""
        rings = [buffer.tensors["ring"] for buffer in buffers]
        joined = torch.cat([ring.flatten() for ring in rings])
        parts = torch.split(joined, [ring.numel() for ring in rings])
        for buffer, ring, part in zip(buffers, rings, parts, strict=True):
            buffer._view(part.view_as(ring))
        return joined

    def push(self, x: Tensor, positions: int | Positions) -> Tensor:
        """Append the inputs of a time step; return the windows, oldest tap first."""
        if isinstance(positions, Positions):
            return self._push_rows(x, positions)
        written, window = self.slots[positions % len(self.slots)]
        written.copy_(x)
        return window

    @contextmanager
    def select(self, rows: Tensor) -> Iterator[None]:
        """Select nothing: `push` indexes the rows, which spares a copy of the buffer."""
        yield

    def _push_rows(self, x: Tensor, positions: Positions) -> Tensor:
        offsets = self.offsets.index_select(0, positions.steps % len(self.offsets))
        entries = offsets.add(positions.rows, alpha=2 * len(self.offsets))
        self.flat.index_copy_(0, entries, x)
        self.flat.index_copy_(0, entries + self.kernel_size, x)
        return self.windows.index_select(0, entries + 1)


def _slots(buffer: Tensor) -> list[tuple[Tensor, Tensor]]:
    """List, in the order of the time steps, the entries to write and the window to read."""
    n_streams, dilation, n_columns, n_channels = buffer.shape
    kernel_size = n_columns // 2
    rings = [buffer[:, ring].flatten(1) for ring in range(dilation)]
    copies = buffer.view(n_streams, dilation, 2, kernel_size, n_channels).movedim(2, 0)
    return [
        (
            copies[:, :, ring, column],
            rings[ring][:, (column + 1) * n_channels : (column + 1 + kernel_size) * n_channels],
        )
        for column in range(kernel_size)
        for ring in range(dilation)
    ]


class ShiftBuffer(StreamState):
    """Shift register of a convolution's inputs, by functional updates for export."""

    def __init__(
        self, n_streams: int, n_channels: int, kernel_size: int, dilation: int, like: Tensor
    ):
        super().__init__(
            n_streams, {"past": like.new_zeros((kernel_size - 1) * dilation, n_channels)}
        )
        self.dilation = dilation

    def push(self, x: Tensor, positions: int | Positions) -> Tensor:
        """Append the inputs of a time step; return the windows, oldest tap first."""
        steps = torch.cat([self.tensors["past"], x.unsqueeze(1)], dim=1)
        self.update(None, past=steps[:, 1:])
        return steps[:, :: self.dilation].flatten(1)


def step_function(layer: nn.Module) -> StepFunction:
    """Build the streaming form of a layer without state, such as a norm or an activation.

    It is the layer's own ``step_function()``, if it has that method; otherwise a copy of the
    layer, applied to series of one time step.
    """
    if isinstance(layer, nn.Identity):
        return lambda x: x
    build = getattr(layer, "step_function", None)
    if build is not None:
        return build()
    copied = copy.deepcopy(layer).requires_grad_(False)
    return lambda x: copied(x.unsqueeze(2)).squeeze(2)
