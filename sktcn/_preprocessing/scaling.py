"""Scaling by statistics of the training series, or of each series by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.panel import FloatArray, Floats, Panel
from sktcn._io.tagged_json import record
from sktcn._preprocessing.step import MaskedSeries
from sktcn.networks.state import StreamState

WIDE = 512  # numbers in a row that numpy is fast at
MIN_DIFFERENCE = 1e-5  # deviation of a scaled channel's differences below which they are constant


@record("Standardizer")
@dataclass(frozen=True)
class Standardizer:
    """Subtract a mean and divide by a scale, column by column; both are ``(n_columns,)``.

    Examples
    --------
    >>> import numpy as np
    >>> standardizer = Standardizer.fit(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> standardizer.transform(np.array([[1.0, 5.0], [5.0, 6.0]]))
    array([[-1.,  0.],
           [ 3.,  1.]])
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(
        cls,
        rows: FloatArray,
        weight: Floats | None = None,
        smallest: float = 0.0,
    ) -> Standardizer:
        """Compute weighted statistics of ``rows``, ``(n_rows, n_columns)``, ignoring NaN.

        A column that is constant up to rounding errors, or deviates by no more than ``smallest``,
        is centred but not scaled. A column of NaN alone is left as it is.
        """
        return Moments.of(rows, weight).standardizer(smallest)

    def transform(self, rows: FloatArray) -> Floats:
        """Standardise ``rows``."""
        scaled = rows.astype(np.float64, order="C")
        for part, n in _side_by_side(scaled):
            part -= self.mean if n == 1 else np.tile(self.mean, n)
            part /= self.scale if n == 1 else np.tile(self.scale, n)
        return scaled

    def inverse_transform(self, rows: FloatArray) -> Floats:
        """Invert the standardisation of ``rows``."""
        return rows * self.scale + self.mean


def _side_by_side(rows: Floats) -> list[tuple[Floats, int]]:
    """View groups of rows as longer rows: numpy is slow at rows of few columns, but not of one."""
    n_columns = rows.shape[1]
    n = WIDE // n_columns
    if n_columns == 1 or n < 2:
        return [(rows, 1)]
    end = len(rows) - len(rows) % n
    return [(rows[:end].reshape(-1, n * n_columns), n), (rows[end:], 1)]


@dataclass(frozen=True)
class Moments:
    """Weighted mean and standard deviation of columns, which can be merged.

    Attributes
    ----------
    total : ndarray of shape (n_columns,)
        Weight of the rows.
    mean, std : ndarray of shape (n_columns,)
        Statistics of the rows.
    eps : float
        Relative rounding error of the values.

    Examples
    --------
    >>> import numpy as np
    >>> first, others = Moments.of(np.array([[1.0]])), Moments.of(np.array([[2.0], [6.0]]))
    >>> first.add(others).mean
    array([3.])
    """

    total: Floats
    mean: Floats
    std: Floats
    eps: float

    @classmethod
    def of(cls, rows: FloatArray, weight: Floats | None = None) -> Moments:
        """Compute the moments of ``rows``, ``(n_rows, n_columns)``, ignoring NaN."""
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
        """Merge with the moments of other rows (Chan, Golub & LeVeque, 1983)."""
        total = self.total + other.total
        part = other.total / np.maximum(total, np.finfo(np.float64).tiny)
        apart = other.mean - self.mean
        within = np.hypot(np.sqrt(1 - part) * self.std, np.sqrt(part) * other.std)
        std = np.hypot(within, np.sqrt(part * (1 - part)) * apart)
        return Moments(total, self.mean + part * apart, std, max(self.eps, other.eps))

    def scaled(self, factor: Floats | float) -> Moments:
        """Compute the moments of the same rows times a positive factor."""
        return replace(self, mean=self.mean * factor, std=self.std * factor)

    def standardizer(self, smallest: float = 0.0) -> Standardizer:
        """Build the standardizer of these moments; see `Standardizer.fit`."""
        rounding = 10 * self.eps * np.abs(self.mean)
        varies = self.std > np.maximum(rounding, smallest)
        return Standardizer(self.mean, np.where(varies, self.std, np.maximum(1.0, rounding)))


@contextmanager
def overflow_as_error(name: str) -> Iterator[None]:
    """Turn an overflow of the numbers called ``name`` from a warning into a ValueError."""
    try:
        with np.errstate(over="raise"):
            yield
    except FloatingPointError as error:
        raise ValueError(
            f"{name} must be nearer to what was fitted: it deviates by more than a number can hold"
        ) from error


def channel_moments(panel: Panel, weight: Floats) -> Moments:
    """Compute the moments of each channel, weighing series by ``weight``, ``(n_series,)``."""
    return Moments.of(panel.values, np.repeat(weight, panel.lengths))


@dataclass(frozen=True)
class ChannelScaling:
    """Standardise each channel by statistics of the training series."""

    statistics: Standardizer
    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = None

    def transform(self, panel: Panel) -> Panel:
        """Standardise the channels of a panel."""
        return panel.with_values(self.statistics.transform(panel.values))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _ChannelScaling(self.statistics)

    def streaming(self, n_streams: int, device: torch.device) -> StreamingScaling:
        """Build the streaming form."""
        return StreamingScaling(self.statistics, device)


class _ChannelScaling(nn.Module):
    mean: Tensor
    scale: Tensor

    def __init__(self, statistics: Standardizer):
        super().__init__()
        for name in ("mean", "scale"):
            column = torch.tensor(getattr(statistics, name), dtype=torch.float64)[:, None]
            self.register_buffer(name, column)

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        return series._replace(values=(series.values - self.mean) / self.scale)


class StreamingScaling:
    """Streaming form of `ChannelScaling`."""

    def __init__(self, statistics: Standardizer, device: torch.device):
        self.states: list[StreamState] = []
        self.mean, self.scale = (
            torch.tensor(column, dtype=torch.float64, device=device)
            for column in (statistics.mean, statistics.scale)
        )

    def __call__(self, x: Tensor) -> Tensor:
        """Standardise the newest time step, ``(n_streams, c)``."""
        return (x - self.mean) / self.scale


@dataclass(frozen=True)
class SeriesScaling:
    """Standardise each channel of each series by its own statistics.

    A channel whose standard deviation is at most ``smallest`` counts as constant.
    """

    smallest: float = 0.0
    look_back: ClassVar[int] = 0
    lookahead_parameter: ClassVar[str | None] = "scaling='series'"

    def transform(self, panel: Panel) -> Panel:
        """Standardise each series of a panel."""
        series = map(panel.series, range(len(panel)))
        scaled = [Standardizer.fit(x, smallest=self.smallest).transform(x) for x in series]
        return panel.with_values(np.concatenate(scaled))

    def module(self) -> nn.Module:
        """Build the torch form."""
        return _SeriesScaling(self.smallest)

    def streaming(self, n_streams: int, device: torch.device) -> StreamingScaling:
        """Raise: the statistics of a series are those of its future, too."""
        raise ValueError(f"a step that looks ahead can't be streamed: {self.lookahead_parameter}")


class _SeriesScaling(nn.Module):
    def __init__(self, smallest: float):
        super().__init__()
        self.smallest = smallest

    def forward(self, series: MaskedSeries) -> MaskedSeries:
        x, observed, _, eps = series
        count = observed.sum(2, keepdim=True).clamp(min=1)
        mean = x.masked_fill(~observed, 0.0).sum(2, keepdim=True) / count
        centred = (x - mean).masked_fill(~observed, 0.0)
        peak = centred.abs().amax(2, keepdim=True)
        peak = torch.where(peak > 0, peak, 1.0)
        variance = (centred / peak).square().sum(2, keepdim=True) / count
        std = peak * torch.where(variance > 0, variance, 1.0).sqrt()  # sqrt(0) has no gradient
        std = torch.where(variance > 0, std, 0.0)
        rounding = 10 * eps * mean.abs()
        varies = std > rounding.clamp(min=self.smallest)
        scaled = centred / torch.where(varies, std, rounding.clamp(min=1.0))
        return series._replace(values=scaled)
