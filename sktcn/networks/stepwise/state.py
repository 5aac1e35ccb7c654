"""What a layer keeps of the past when series come one time step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor


class Positions(NamedTuple):
    """Some rows, each at a time step of its own.

    Attributes
    ----------
    rows : Tensor
        Which, ``(m,)``.
    steps : Tensor
        Calls that each has seen, ``(m,)``.
    """

    rows: Tensor
    steps: Tensor


class StreamState:
    """Tensors with one row a stream.

    Parameters
    ----------
    n_streams : int
        Rows.
    start : dict of str to Tensor
        What each row holds before the first time step.

    Attributes
    ----------
    tensors : dict of str to Tensor
        What it holds now; ``(n_streams, ...)`` each.

    Examples
    --------
    >>> import torch
    >>> state = StreamState(2, {"largest": torch.tensor([-1.0])})
    >>> state.put(None, largest=torch.tensor([[5.0], [7.0]]))
    >>> state.reset([1])
    >>> state.tensors["largest"]
    tensor([[ 5.],
            [-1.]])
    """

    def __init__(self, n_streams: int, start: dict[str, Tensor]):
        self.start = start
        self.tensors = {name: row.repeat(n_streams, *[1] * row.ndim) for name, row in start.items()}

    def put(self, kept: Tensor | None, **tensors: Tensor) -> None:
        """Replace what is held; where ``kept``, ``(n_streams, 1)``, is false, by nothing new."""
        if kept is not None:
            tensors = {
                name: torch.where(kept, new, self.tensors[name]) for name, new in tensors.items()
            }
        self.tensors.update(tensors)

    def reset(self, streams: list[int]) -> None:
        """Go back to the start in some rows."""
        for name, row in self.start.items():
            self.tensors[name][streams] = row

    @contextmanager
    def select(self, rows: Tensor) -> Iterator[None]:
        """Be the memory of some rows alone for a while."""
        whole = self.tensors
        self.tensors = {name: t.index_select(0, rows) for name, t in whole.items()}
        try:
            yield
            for name, tensor in self.tensors.items():
                whole[name].index_copy_(0, rows, tensor)
        finally:
            self.tensors = whole


class RingBuffer(StreamState):
    """The last inputs of a dilated convolution, so that its taps are read as one row.

    There is a line for each step of the dilation, to which the inputs are dealt in turn: the taps
    are always the latest of one line. Each is written twice, ``kernel_size`` columns apart, and so
    the latest stand side by side, wherever the line goes round. Rows that are not all at the same
    step are read one by one, by index.

    Parameters
    ----------
    n_streams, n_channels, kernel_size, dilation : int
        Sizes.
    like : Tensor
        Of the type and on the device that is wanted.
    """

    def __init__(
        self, n_streams: int, n_channels: int, kernel_size: int, dilation: int, like: Tensor
    ):
        start = like.new_zeros(dilation, 2 * kernel_size, n_channels)
        super().__init__(n_streams, {"ring": start})
        rows = self.tensors["ring"]
        lines = [rows[:, line].flatten(1) for line in range(dilation)]
        twice = rows.view(n_streams, dilation, 2, kernel_size, n_channels).movedim(2, 0)
        self.turns = [
            (
                twice[:, :, line, column],
                lines[line][:, (column + 1) * n_channels : (column + 1 + kernel_size) * n_channels],
            )
            for column in range(kernel_size)
            for line in range(dilation)
        ]
        self.kernel_size = kernel_size
        places = torch.arange(2 * kernel_size * dilation, device=rows.device)
        self.places = places.view(dilation, -1)[:, :kernel_size].t().flatten()  # of the turns
        self.flat = rows.view(-1, n_channels)
        n_windows = len(self.flat) - kernel_size + 1
        size, steps = (n_windows, kernel_size * n_channels), (n_channels, 1)
        self.windows = self.flat.as_strided(size, steps)

    def read(self, x: Tensor, clock: int | Positions) -> Tensor:
        """Note the input of step ``clock``; return the taps, the oldest first."""
        if isinstance(clock, Positions):
            return self._read_each(x, clock)
        written, taps = self.turns[clock % len(self.turns)]
        written.copy_(x)
        return taps

    @contextmanager
    def select(self, rows: Tensor) -> Iterator[None]:
        """Do nothing: a ring is large, and `read` is told the rows."""
        yield

    def _read_each(self, x: Tensor, clocks: Positions) -> Tensor:
        turns = self.places.index_select(0, clocks.steps % len(self.places))
        places = turns.add(clocks.rows, alpha=2 * len(self.places))
        self.flat.index_copy_(0, places, x)
        self.flat.index_copy_(0, places + self.kernel_size, x)
        return self.windows.index_select(0, places + 1)


class ShiftBuffer(StreamState):
    """The last inputs of a dilated convolution, as functional updates that an exported graph takes.

    Parameters
    ----------
    n_streams, n_channels, kernel_size, dilation : int
        Sizes.
    like : Tensor
        Of the type and on the device that is wanted.
    """

    def __init__(
        self, n_streams: int, n_channels: int, kernel_size: int, dilation: int, like: Tensor
    ):
        super().__init__(
            n_streams, {"past": like.new_zeros((kernel_size - 1) * dilation, n_channels)}
        )
        self.dilation = dilation

    def read(self, x: Tensor, clock: int) -> Tensor:
        """Take the input in; return the taps, the oldest first."""
        steps = torch.cat([self.tensors["past"], x.unsqueeze(1)], dim=1)
        self.tensors["past"] = steps[:, 1:]
        return steps[:, :: self.dilation].flatten(1)
