"""How far each of several streams has come."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn.networks import Positions

Rows = slice | NDArray[np.intp]  # the slice is of all streams


class StreamPositions:
    """Time steps that streams have seen: `steps` in common, and what each is ``ahead`` of them.

    A step of all streams so moves one number, and while none is ahead, networks are told no more.

    Parameters
    ----------
    n_streams : int
        Streams; all are at their start.
    device : torch.device
        Where the networks are.

    Attributes
    ----------
    steps : int
        Steps that the stream which is least far has seen.
    ahead : ndarray of shape (n_streams,)
        Steps that each has seen beyond these.
    """

    def __init__(self, n_streams: int, device: torch.device):
        self.device = device
        self._numbers = np.arange(n_streams)
        self.set(0, np.zeros(n_streams, dtype=np.int64))

    def set(self, steps: int, ahead: NDArray[np.int64]) -> None:
        """Put the streams where they are said to be."""
        least = int(ahead.min())
        self.steps, self.ahead = steps + least, ahead - least
        self._abreast = not self.ahead.any()

    def of_all(self) -> int | Positions:
        """Tell where the streams are; one number where they are abreast."""
        return self.steps if self._abreast else self.of(slice(None))

    def of(self, rows: Rows) -> Positions:
        """Tell where some streams are."""
        numbers, steps = self._numbers[rows], self.steps + self.ahead[rows]
        return Positions(*(torch.tensor(array, device=self.device) for array in (numbers, steps)))

    def tick(self, rows: Rows) -> None:
        """Let some streams have seen one more step."""
        if isinstance(rows, slice):
            self.steps += 1
            return
        self.ahead[rows] += 1
        self.set(self.steps, self.ahead)

    def restart(self, rows: NDArray[np.intp]) -> None:
        """Let some streams start anew: they remember nothing, so any step will do."""
        self.ahead[rows] = self.ahead.max()
        self.set(self.steps, self.ahead)
