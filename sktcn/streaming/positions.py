"""Numbers of time steps that streams have seen."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn.networks import Positions

Rows = slice | NDArray[np.intp]  # the slice selects all streams


class StreamPositions:
    """Positions of streams: `steps` common to all, and those that each is ``ahead``.

    A step of all streams thus increments one number. Networks are passed that number alone while
    all streams are aligned. ``ahead`` is of shape ``(n_streams,)``, and zero for the hindmost.
    """

    def __init__(self, n_streams: int, device: torch.device):
        self.device = device
        self._indices = np.arange(n_streams)
        self.set(0, np.zeros(n_streams, dtype=np.int64))

    def set(self, steps: int, ahead: NDArray[np.int64]) -> None:
        """Set all positions to ``steps + ahead``."""
        least = int(ahead.min())
        self.steps, self.ahead = steps + least, ahead - least
        self._aligned = not self.ahead.any()

    def current(self) -> int | Positions:
        """Return the positions of all streams, one number if they are aligned."""
        return self.steps if self._aligned else self.select(slice(None))

    def select(self, rows: Rows) -> Positions:
        """Return the positions of some streams."""
        return Positions(*(torch.tensor(array, device=self.device) for array in self.arrays(rows)))

    def arrays(self, rows: Rows) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return the rows of some streams, and the time steps that each has seen."""
        return self._indices[rows], self.steps + self.ahead[rows]

    def advance(self, rows: Rows) -> None:
        """Advance streams by one step."""
        if isinstance(rows, slice):
            self.steps += 1
            return
        self.ahead[rows] += 1
        self.set(self.steps, self.ahead)

    def reset(self, rows: NDArray[np.intp]) -> None:
        """Align streams of cleared state, for which any position serves, with the foremost one."""
        self.ahead[rows] = self.ahead.max()
        self.set(self.steps, self.ahead)
