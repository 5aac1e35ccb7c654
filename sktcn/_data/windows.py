"""Windows of long series, of whose steps some are only read, and the others scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktcn._data.panel import Indices


@dataclass(frozen=True)
class Windows:
    """Windows of series, which together score each time step once.

    Attributes
    ----------
    series : ndarray of shape (n_windows,)
        Series of each window.
    start, stop : ndarray of shape (n_windows,)
        Steps of the series that a window reads, from its start up to its stop.
    first, last : ndarray of shape (n_windows,)
        Steps of the series that are scored, from the first up to the last, which is excluded.
    """

    series: Indices
    start: Indices
    stop: Indices
    first: Indices
    last: Indices

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True)
class Cutting:
    """Cut series into windows that score ``size`` steps, and read ``before`` and ``after`` more.

    Windows of one series read equally many steps, so that their batches need no padding: those at
    its ends read more on the other side.

    Examples
    --------
    >>> import numpy as np
    >>> windows = Cutting(size=4, before=2).cut(np.array([10]))
    >>> list(zip(windows.start.tolist(), windows.first.tolist(), windows.last.tolist()))
    [(0, 0, 4), (2, 4, 8), (4, 8, 10)]
    >>> windows.stop
    array([ 6,  8, 10])
    """

    size: int
    before: int = 0
    after: int = 0

    def cut(self, lengths: Indices, rng: np.random.Generator | None = None) -> Windows:
        """Cut series of these lengths; with a generator, at random places."""
        phases = np.zeros(len(lengths), dtype=np.int64)
        if rng is not None:
            phases = rng.integers(self.size, size=len(lengths))
        phases[lengths <= self.size] = 0
        counts = -(-(lengths + phases) // self.size)
        series = np.repeat(np.arange(len(lengths)), counts)
        number = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
        length = lengths[series]
        first = number * self.size - phases[series]
        last = np.minimum(first + self.size, length)
        n_read = np.minimum(self.size + self.before + self.after, length)
        start = np.clip(first - self.before, 0, length - n_read)
        return Windows(series, start, start + n_read, np.maximum(first, 0), last)
