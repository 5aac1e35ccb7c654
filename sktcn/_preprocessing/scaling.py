"""Centre and scale, by statistics of the training series or of each series by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import FloatArray, Panel

WIDE = 512  # numbers in a row that numpy is fast at


@dataclass(frozen=True)
class Standardizer:
    """Subtract a mean and divide by a scale, column by column.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_columns,)
        The statistics.

    Examples
    --------
    >>> import numpy as np
    >>> standardizer = Standardizer.fit(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> standardizer.transform(np.array([[1.0, 5.0], [5.0, 6.0]]))
    array([[-1.,  0.],
           [ 3.,  1.]])
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        rows: FloatArray,
        weight: NDArray[np.float64] | None = None,
        smallest: float = 0.0,
    ) -> Standardizer:
        """Take weighted statistics of ``rows``, ``(n_rows, n_columns)``, where they are not NaN.

        A constant column, also one that rounding errors keep from being quite constant, or one
        that deviates by no more than ``smallest``, is centred and not scaled. One of nothing but
        NaN is left as it is.
        """
        return Moments.of(rows, weight).standardizer(smallest)

    def transform(self, rows: FloatArray) -> NDArray[np.float64]:
        """Standardise ``rows``."""
        scaled = rows.astype(np.float64, order="C")
        for part, n in _side_by_side(scaled):
            part -= self.mean if n == 1 else np.tile(self.mean, n)
            part /= self.scale if n == 1 else np.tile(self.scale, n)
        return scaled

    def inverse_transform(self, rows: FloatArray) -> NDArray[np.float64]:
        """Turn standardised ``rows`` back."""
        return rows * self.scale + self.mean


def _side_by_side(rows: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], int]]:
    """View rows as longer ones, of so many each, and those that are left over.

    numpy is slow at rows of few columns, but not at those of one.
    """
    n_columns = rows.shape[1]
    n = WIDE // n_columns
    if n_columns == 1 or n < 2:
        return [(rows, 1)]
    end = len(rows) - len(rows) % n
    return [(rows[:end].reshape(-1, n * n_columns), n), (rows[end:], 1)]


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of columns, to which those of further rows can be added.

    Attributes
    ----------
    total : ndarray of shape (n_columns,)
        Weight of the rows that were seen.
    mean, std : ndarray of shape (n_columns,)
        Of those rows.
    eps : float
        Relative rounding error of the values.

    Examples
    --------
    >>> import numpy as np
    >>> first, others = Moments.of(np.array([[1.0]])), Moments.of(np.array([[2.0], [6.0]]))
    >>> first.add(others).mean
    array([3.])
    """

    total: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    eps: float

    @classmethod
    def of(cls, rows: FloatArray, weight: NDArray[np.float64] | None = None) -> Moments:
        """Take those of ``rows``, ``(n_rows, n_columns)``, where they are not NaN."""
        if weight is None:
            weight = np.ones(len(rows))
        seen = ~np.isnan(rows)
        share = weight[:, None] * seen
        total = share.sum(axis=0)
        share /= np.maximum(total, np.finfo(np.float64).tiny)
        least, most = np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)
        mean = (share * np.where(seen, rows, 0)).sum(axis=0)
        mean = np.where(least == most, least, mean)  # of many rows, sums are off by more than eps
        centred = np.where(seen, rows - mean, 0)
        peak = np.maximum(np.abs(centred).max(axis=0), np.finfo(np.float64).tiny)
        variance = (share * np.square(centred / peak)).sum(axis=0)  # squares that can't overflow
        return cls(total, mean, peak * np.sqrt(variance), float(np.finfo(rows.dtype).eps))

    def add(self, other: Moments) -> Moments:
        """Merge with those of other rows (Chan, Golub & LeVeque, 1983)."""
        total = self.total + other.total
        part = other.total / np.maximum(total, np.finfo(np.float64).tiny)
        apart = other.mean - self.mean
        within = np.hypot(np.sqrt(1 - part) * self.std, np.sqrt(part) * other.std)
        std = np.hypot(within, np.sqrt(part * (1 - part)) * apart)
        return Moments(total, self.mean + part * apart, std, max(self.eps, other.eps))

    def scaled(self, factor: NDArray[np.float64] | float) -> Moments:
        """Those of the same rows times a positive factor."""
        return replace(self, mean=self.mean * factor, std=self.std * factor)

    def standardizer(self, smallest: float = 0.0) -> Standardizer:
        """Make what centres and scales by them, as `Standardizer.fit` says."""
        rounding = 10 * self.eps * np.abs(self.mean)
        varies = self.std > np.maximum(rounding, smallest)
        return Standardizer(self.mean, np.where(varies, self.std, np.maximum(1.0, rounding)))


@contextmanager
def overflow_as_error(name: str) -> Iterator[None]:
    """Raise if a number becomes too large for its type, which else would be a warning and infinity.

    Parameters
    ----------
    name : str
        What the numbers are of.

    Yields
    ------
    None
        Within, it does; a ValueError.
    """
    try:
        with np.errstate(over="raise"):
            yield
    except FloatingPointError as error:
        raise ValueError(
            f"{name} must be nearer to what was fitted: it deviates by more than a number can hold"
        ) from error


def channel_moments(panel: Panel, weight: NDArray[np.float64]) -> Moments:
    """Take the moments of each channel over all time steps of all series.

    Parameters
    ----------
    panel : Panel
        The training series.
    weight : ndarray of shape (n_series,)
        What each series counts.

    Returns
    -------
    Moments
        One column a channel.
    """
    return Moments.of(panel.values, np.repeat(weight, panel.lengths))


def standardize_each(panel: Panel, smallest: float = 0.0) -> Panel:
    """Standardise each series by its own statistics.

    Parameters
    ----------
    panel : Panel
        Any series.
    smallest : float, default=0.0
        Deviation up to which a channel is taken to be constant.

    Returns
    -------
    Panel
        The same series; each channel of each has mean zero and, unless constant, variance one.
    """
    all_series = map(panel.series, range(len(panel)))
    scaled = [Standardizer.fit(x, smallest=smallest).transform(x) for x in all_series]
    return panel.with_values(np.concatenate(scaled))
