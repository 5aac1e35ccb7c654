"""The schema of the series seen in fit, against which later series are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.storage import in_memory
from sktcn._data.validation import validate_panel


@dataclass(frozen=True, eq=False)
class InputSchema:
    """Channels of the series, and the columns of the table where they came as one.

    Attributes
    ----------
    n_channels : int
        Channels of each series.
    n_columns : int or None
        Columns of the 2D table; None for series in another container.
    column_names : ndarray of shape (n_columns,) or None
        Names of the columns, if they had names.
    """

    n_channels: int
    n_columns: int | None = None
    column_names: NDArray[Any] | None = None

    def read(self, X: Any, dtype: DTypeLike, missing: str) -> Panel:
        """Read series into a panel, checked against the schema and the policy for NaN."""
        X = in_memory(X)
        if self.n_columns is not None and is_table(X):
            self._check_columns(X)
        panel = as_panel(X)
        self.check_channels(panel.n_channels)
        return validate_panel(panel, dtype, missing)

    def check_channels(self, n_channels: int) -> None:
        """Raise unless series have as many channels as those of fit."""
        if n_channels != self.n_channels:
            raise ValueError(f"X must have {self.n_channels} channels as in fit, got {n_channels}")

    def _check_columns(self, X: Any) -> None:
        n_columns = np.shape(X)[1]
        if n_columns != self.n_columns:
            raise ValueError(f"X must have {self.n_columns} columns as in fit, got {n_columns}")
        names = getattr(X, "columns", None)
        if names is None or self.column_names is None:
            return
        if list(names) != list(self.column_names):
            raise ValueError(
                f"X must have the columns of fit, {list(self.column_names)}, got {list(names)}"
            )
