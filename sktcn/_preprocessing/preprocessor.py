"""From the user's series to those that a network reads: scaled, and nothing missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.panel import FloatArray, Panel, as_panel
from sktcn._data.validation import usable
from sktcn._preprocessing.missing import interpolate, mark
from sktcn._preprocessing.scaling import (
    Moments,
    Standardizer,
    channel_moments,
    overflow_as_error,
    standardize_each,
)

ROUNDING = 1e-5  # changes of a scaled channel that are less than this are none


def read_series(X: Any, dtype: DTypeLike, missing: str) -> Panel:
    """Turn the user's series into a panel, or say what is wrong with them.

    Parameters
    ----------
    X : array-like or list of arrays
        As `sktcn._data.panel.as_panel` takes them.
    dtype : dtype
        What the network computes in.
    missing : {"error", "mask", "interpolate", "trim"}
        What to do about NaN.

    Returns
    -------
    Panel
        NaN only where a value is missing and may be.
    """
    return usable(as_panel(X), dtype, missing)


@dataclass(frozen=True)
class Preprocessor:
    """What is done to the series of `fit`, and from then on to all others.

    Statistics are of what was observed. Values are scaled first, then what is missing is marked
    or filled in: scaling commutes with interpolation, and makes zero the training mean.

    Attributes
    ----------
    scaling : {"channel", "series", None}
        By which statistics to scale.
    missing : {"error", "mask", "interpolate", "trim"}
        What to do about NaN.
    statistics : Standardizer
        Mean and scale of each channel of the training series.
    changes : Standardizer or None
        The same of its changes from step to step; None if the network does not read them.
    """

    scaling: str | None
    missing: str
    statistics: Standardizer
    changes: Standardizer | None = None

    @classmethod
    def fit(
        cls,
        panel: Panel | ChunkedPanel,
        weight: NDArray[np.float64],
        *,
        scaling: str | None,
        missing: str,
        differences: bool = False,
    ) -> Self:
        """Take the statistics of training series that weigh ``weight``, reading them once.

        Changes are those of the series scaled as the first piece wants it, and are scaled anew
        when all pieces are known.
        """
        values: list[Moments] = []
        changes: list[Moments] = []
        for indices, piece in panel.pieces():
            values.append(channel_moments(piece, weight[indices]))
            if len(values) == 1:
                first = cls(scaling, missing, values[0].standardizer())
            if differences:
                scaled = differences_of(first._filled(piece))
                changes.append(channel_moments(scaled, weight[indices]))
        preparation = cls(scaling, missing, _check_seen(reduce(Moments.add, values)).standardizer())
        if not differences:
            return preparation
        anew = first.statistics.scale / preparation.statistics.scale
        together = reduce(Moments.add, changes).scaled(anew if scaling == "channel" else 1.0)
        return replace(preparation, changes=together.standardizer(ROUNDING))

    @property
    def out_channels(self) -> int:
        """Channels that the network reads."""
        n_channels = len(self.statistics.mean) * (1 if self.changes is None else 2)
        return n_channels * (2 if self.missing == "mask" else 1)

    def transform(self, panel: Panel, out: FloatArray | None = None) -> Panel:
        """Prepare series for the network; ValueError if numbers are too small for them.

        With ``out``, ``(n_steps, out_channels)``, they are put there, and rounded to its type.
        """
        with overflow_as_error("X"):
            columns = self._columns(panel)
            values = np.concatenate(columns, axis=1, out=out, casting="same_kind")
        return panel.with_values(values)

    def _columns(self, panel: Panel) -> list[FloatArray]:
        """Give what is put side by side."""
        panel = self._filled(panel)
        columns = [panel.values]
        if self.changes is not None:
            columns.append(self._scale(differences_of(panel), self.changes, ROUNDING).values)
        return mark(columns) if self.missing == "mask" else columns

    def _filled(self, panel: Panel) -> Panel:
        """Scale, and fill in what is missing."""
        panel = self._scale(panel, self.statistics)
        if self.missing != "interpolate":
            return panel
        mean = self.statistics.mean
        return interpolate(panel, mean if self.scaling is None else np.zeros_like(mean))

    def _scale(self, panel: Panel, statistics: Standardizer, smallest: float = 0.0) -> Panel:
        if self.scaling == "series":
            return standardize_each(panel, smallest)
        if self.scaling == "channel":
            return panel.with_values(statistics.transform(panel.values))
        return panel


def _check_seen(moments: Moments) -> Moments:
    unseen = np.flatnonzero(moments.total == 0)
    if len(unseen):
        raise ValueError(
            "X must have a value of each channel in at least one training series, "
            f"got nothing but NaN in channel {unseen[0]}"
        )
    return moments


def differences_of(panel: Panel) -> Panel:
    """Take the change of each value from the step before: zero at the start of a series.

    Parameters
    ----------
    panel : Panel
        The series.

    Returns
    -------
    Panel
        As many steps and channels; NaN where one of the two values is.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn._data.panel import as_panel
    >>> differences_of(as_panel([np.array([3.0, 4.0, 9.0]), np.array([7.0, 5.0])])).values.T
    array([[ 0.,  1.,  5.,  0., -2.]])
    """
    values = panel.values
    changes = np.empty(values.shape)  # in double precision: float32 may have no such number
    np.subtract(values[1:], values[:-1], out=changes[1:], dtype=np.float64)
    first = values[panel.starts]
    changes[panel.starts] = first - first
    return panel.with_values(changes)
