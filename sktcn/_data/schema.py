"""Schema of the series seen in fit, against which later series are validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.storage import load_stored
from sktcn._data.validation import validate_panel


@dataclass(frozen=True, eq=False)
class InputSchema:
    """Channels of the series, and columns of their 2D table if they came as one.

    Attributes
    ----------
    n_channels : int
        Number of channels of each series.
    n_columns : int or None
        Number of columns of the table; None for another container.
    column_names : ndarray of shape (n_columns,) or None
        Names of the columns, if any.
    """

    n_channels: int
    n_columns: int | None = None
    column_names: NDArray[Any] | None = None

    def read(self, X: Any, dtype: DTypeLike, missing: str) -> Panel:
        """Read series into a panel, validated against the schema and the policy for NaN."""
        X = load_stored(X)
        if self.n_columns is not None and is_table(X):
            self._check_columns(X)
        panel = as_panel(X)
        self.check_channels(panel.n_channels)
        return validate_panel(panel, dtype, missing)

    def check_channels(self, n_channels: int) -> None:
        """Validate the number of channels of series."""
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
