"""From the user's series to those that a network reads: scaled, and nothing missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sktcn.missing import check_values, interpolate, mark, trim
from sktcn.panel import Panel, as_panel
from sktcn.scaling import Standardizer, fit_channels, scale_each


def read_series(X: Any, dtype: DTypeLike, missing: str) -> Panel:
    """Turn the user's series into a panel, or say what is wrong with them.

    Parameters
    ----------
    X : array-like or list of arrays
        As `sktcn.panel.as_panel` takes them.
    dtype : dtype
        What the network computes in.
    missing : {"error", "mask", "interpolate", "trim"}
        What to do about NaN.

    Returns
    -------
    Panel
        NaN only where a value is missing and may be.
    """
    panel = as_panel(X)
    if missing == "trim":
        panel = trim(panel)
    check_values(panel, dtype, missing)
    return panel


@dataclass(frozen=True)
class Preparation:
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
    """

    scaling: str | None
    missing: str
    statistics: Standardizer

    @classmethod
    def fit(
        cls, panel: Panel, weight: NDArray[np.float64], *, scaling: str | None, missing: str
    ) -> Self:
        """Take the statistics of training series that weigh ``weight``."""
        unseen = np.flatnonzero(np.isnan(panel.values).all(axis=0))
        if len(unseen):
            raise ValueError(
                "X must have a value of each channel in at least one training series, "
                f"got nothing but NaN in channel {unseen[0]}"
            )
        return cls(scaling, missing, fit_channels(panel, weight))

    @property
    def channels_read(self) -> int:
        """Channels that the network reads."""
        return len(self.statistics.mean) * (2 if self.missing == "mask" else 1)

    def transform(self, panel: Panel) -> Panel:
        """Prepare series for the network."""
        empty = np.zeros_like(self.statistics.mean)
        if self.scaling == "series":
            panel = scale_each(panel)
        elif self.scaling == "channel":
            panel = panel.with_values(self.statistics.transform(panel.values))
        else:
            empty = self.statistics.mean
        if self.missing == "mask":
            return mark(panel)
        return interpolate(panel, empty) if self.missing == "interpolate" else panel
