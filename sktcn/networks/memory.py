"""Memories of streams: what is pooled of all time steps, of the newest ones, or of fading ones.

A pooling is an associative summary of time steps (`Summary`); a memory decides over which steps it
is taken. Any summary has any memory, so that each pair of them is computed by the code of the two.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from sktcn.networks.state import StreamState
from sktcn.networks.summaries import Parts, Summary


class Memory(ABC):
    """Summary of the steps that each stream remembers."""

    states: list[StreamState]

    @abstractmethod
    def __init__(self, summary: Summary, n_streams: int): ...

    @abstractmethod
    def __call__(self, parts: Parts, keep: Tensor | None) -> Parts:
        """Return the summary with that of the newest step.

        The state is updated in the rows where ``keep``, ``(n_streams, 1)``, is true; None means
        all rows.
        """


MemoryBuilder = Callable[[Summary, int], Memory]


class Running(Memory):
    """Memory of all time steps since the start."""

    def __init__(self, summary: Summary, n_streams: int):
        self.summary = summary
        self.states = [StreamState(n_streams, summary.start)]

    def __call__(self, parts: Parts, keep: Tensor | None) -> Parts:
        newest = self.summary.combine(self.states[0].tensors, parts)
        self.states[0].update(keep, **newest)
        return newest


class Fading(Memory):
    """Memory in which the weight of a step shrinks by ``factor`` with each later one."""

    def __init__(self, summary: Summary, n_streams: int, factor: float):
        self.summary, self.factor = summary, factor
        self.states = [StreamState(n_streams, summary.start)]
        summary.fade(summary.start, factor)  # or an error now

    def __call__(self, parts: Parts, keep: Tensor | None) -> Parts:
        faded = self.summary.fade(self.states[0].tensors, self.factor)
        newest = self.summary.combine(faded, parts)
        self.states[0].update(keep, **newest)
        return newest


class Window(Memory):
    """Memory of the newest ``size`` time steps, by two stacks [1]_.

    Steps come in blocks of ``size``. The window is the end of the last block and the beginning of
    the present one: the former is kept as summaries of its suffixes, the latter as one summary.
    Nothing is ever taken away from a sum, so that rounding errors do not add up: the result
    depends on the newest ``2 * size`` steps at most, to the bit.

    Suffixes are computed chunk by chunk, of about ``sqrt(size)`` steps: that of a step is the
    suffix within its chunk, in ``ring``, and the chunks after it, in ``later``. A push thus takes
    a time that depends on ``size`` only when a chunk is full, and then on its square root.

    Parameters
    ----------
    summary : Summary
        Summary of the steps.
    n_streams : int
        Number of streams.
    size : int
        Steps of the window.

    References
    ----------
    .. [1] K. Tangwongsan, M. Hirzel and S. Schneider, "Low-latency sliding-window aggregation in
       worst-case constant time", DEBS, 2017.
    """

    def __init__(self, summary: Summary, n_streams: int, size: int):
        self.summary, self.size = summary, size
        self.chunk = math.isqrt(size - 1) + 1
        n_chunks = -(-size // self.chunk)
        start = summary.start
        device = next(iter(start.values())).device
        self.slot = StreamState(n_streams, {"slot": torch.zeros(1, dtype=torch.int64).to(device)})
        self.recent = StreamState(n_streams, {f"recent_{name}": x for name, x in start.items()})
        self.ring = _Table(n_streams, "ring", start, size + 1)  # the last entry is of no step
        self.later = _Table(n_streams, "later", start, n_chunks + 1)
        self.states = [self.slot, self.recent, self.ring, self.later]
        self.within = torch.arange(self.chunk, device=device)

    def __call__(self, parts: Parts, keep: Tensor | None) -> Parts:
        combine, slots = self.summary.combine, self.slot.tensors["slot"]
        rows, slot = self._locate(slots, keep)
        following = slot + 1
        self.ring.write(rows, slot, parts)
        suffix = self.ring.read(rows, following)
        suffix = combine(suffix, self.later.read(rows, following // self.chunk))
        recent = combine(_strip(self.recent.tensors), parts)
        result = combine(suffix, recent)
        self.slot.update(keep, slot=slots + 1)
        self.recent.update(keep, **{f"recent_{name}": x for name, x in recent.items()})
        if not isinstance(following, int) or self._ends(following):
            self.close(keep)
        return result

    def _locate(
        self, slots: Tensor, keep: Tensor | None
    ) -> tuple[slice, int] | tuple[Tensor, Tensor]:
        """Return rows and their slots; one number if all rows advance alike, which is faster."""
        if keep is None and self.ring.all_selected:
            least, most = slots.aminmax()
            if least == most:
                return slice(None), int(least)
        return self.ring.rows, slots[:, 0]

    def _ends(self, following: Any) -> Any:
        """Find out whether a chunk ends before the slot ``following``, a number or a tensor."""
        return (following == self.size) | (following % self.chunk == 0)

    def close(self, keep: Tensor | None = None) -> None:
        """Close the chunks, and the blocks, that end with the newest steps."""
        slots = self.slot.tensors["slot"][:, 0] - 1
        ends, full = self._ends(slots + 1), slots + 1 == self.size
        if keep is not None:
            ends, full = ends & keep[:, 0], full & keep[:, 0]
        if ends.any():
            self._close_chunks(self.ring.rows[ends], slots[ends] // self.chunk)
        if full.any():
            self._close_blocks(full)

    def _close_chunks(self, rows: Tensor, chunks: Tensor) -> None:
        """Replace the steps of chunks by their suffixes, and store the summary of each."""
        places = (chunks[:, None] * self.chunk + self.within).clamp(max=self.size)
        suffixes = _suffixes(self.summary, self.ring.read(rows[:, None], places))
        self.ring.write(rows[:, None], places, suffixes)
        self.later.write(rows, chunks, {name: x[:, 0] for name, x in suffixes.items()})

    def _close_blocks(self, full: Tensor) -> None:
        """Replace the summaries of chunks by those of the chunks after each; begin a block."""
        rows = self.later.rows[full]
        suffixes = _suffixes(self.summary, self.later.read(rows, slice(None)))
        shifted = {name: torch.cat([x[:, 1:], x[:, -1:]], 1) for name, x in suffixes.items()}
        self.later.write(rows, slice(None), shifted)
        streams = full.nonzero()[:, 0].tolist()
        self.slot.reset(streams)
        self.recent.reset(streams)


class ShiftedWindow(Memory):
    """Memory of the newest ``size`` time steps, by functional updates for export.

    All steps of the window are summarised at each step.
    """

    def __init__(self, summary: Summary, n_streams: int, size: int):
        self.summary, self.size = summary, size
        start = {f"window_{name}": x.repeat(size, 1) for name, x in summary.start.items()}
        self.states = [StreamState(n_streams, start)]

    def __call__(self, parts: Parts, keep: Tensor | None) -> Parts:
        past = self.states[0].tensors
        newest = {
            f"window_{name}": torch.cat([past[f"window_{name}"][:, 1:], x[:, None]], dim=1)
            for name, x in parts.items()
        }
        self.states[0].update(None if keep is None else keep[:, :, None], **newest)
        return self._summarise(_strip(newest))

    def _summarise(self, steps: Parts) -> Parts:
        """Halve the steps, ``(n_streams, size, ...)``, until there is one."""
        left = self.size
        while left > 1:
            half = left // 2
            older, newer, odd = (
                {name: x[:, part] for name, x in steps.items()}
                for part in (slice(half), slice(half, 2 * half), slice(2 * half, left))
            )
            halved = self.summary.combine(older, newer)
            steps = {name: torch.cat([x, odd[name]], dim=1) for name, x in halved.items()}
            left -= half
        return {name: x[:, 0] for name, x in steps.items()}


Index = Tensor | slice | int


class _Table(StreamState):
    """Summaries of several places a stream, which are indexed where they lie.

    To select rows copies nothing, so that a push of some streams costs no more for a long window.
    """

    def __init__(self, n_streams: int, prefix: str, start: Parts, n_places: int):
        self.prefix = prefix
        super().__init__(
            n_streams, {f"{prefix}_{k}": x.repeat(n_places, 1) for k, x in start.items()}
        )
        device = next(iter(start.values())).device
        self.rows = torch.arange(n_streams, device=device)
        self.all_selected = True

    @contextmanager
    def select(self, rows: Tensor) -> Iterator[None]:
        """Restrict ``rows`` within the context."""
        all_rows = self.rows
        self.rows, self.all_selected = rows, False
        try:
            yield
        finally:
            self.rows, self.all_selected = all_rows, True

    def read(self, rows: Index, places: Index) -> Parts:
        return _strip({name: table[rows, places] for name, table in self.tensors.items()})

    def write(self, rows: Index, places: Index, parts: Parts) -> None:
        for name, x in parts.items():
            self.tensors[f"{self.prefix}_{name}"][rows, places] = x


def _strip(tensors: Parts) -> Parts:
    """Drop the prefixes of names."""
    return {name.partition("_")[2]: x for name, x in tensors.items()}


def _suffixes(summary: Summary, steps: Parts) -> Parts:
    """Summarise the steps, ``(n, t, ...)``, from each one on, in ``log2(t)`` rounds."""
    reach, length = 1, next(iter(steps.values())).shape[1]
    while reach < length:
        former = {name: x[:, :-reach] for name, x in steps.items()}
        latter = {name: x[:, reach:] for name, x in steps.items()}
        joined = summary.combine(former, latter)
        steps = {k: torch.cat([joined[k], x[:, -reach:]], dim=1) for k, x in steps.items()}
        reach *= 2
    return steps


def choose_memory(
    window: int | None, decay: float | None, *, stride: int, exported: bool
) -> MemoryBuilder:
    """Choose the memory for a window or a decay in time steps, ``stride`` of them a feature."""
    if window is not None:
        return partial(ShiftedWindow if exported else Window, size=window // stride)
    if decay is not None:
        return partial(Fading, factor=decay**stride)
    return Running
