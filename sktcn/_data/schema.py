"""The schema of the series seen in fit, against which later series are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.storage import in_memory
from sktcn._data.validation import validate_panel

TABLE_OPTIONS: dict[str, Any] = {"dtype": [np.float64, np.float32], "ensure_all_finite": False}


@dataclass(frozen=True, eq=False)
class InputSchema:
    """Channels of the series, and the columns of the table where they came as one.

    Attributes
    ----------
    owner : str
        Class of the estimator, for messages.
    n_channels : int
        Channels of each series.
    n_columns : int or None
        Columns of the 2D table; None for series in another container.
    column_names : ndarray of shape (n_columns,) or None
        Names of the columns, if they had names.
    """

    owner: str
    n_channels: int
    n_columns: int | None = None
    column_names: NDArray[Any] | None = None

    def read(self, X: Any) -> Panel:
        """Read series into a panel, and check their columns and channels."""
        X = in_memory(X)
        panel = as_panel(self.check_table(X, **TABLE_OPTIONS) if is_table(X) else X)
        self.check_channels(panel.n_channels)
        return panel

    def validated(self, X: Any, dtype: DTypeLike, missing: str) -> Panel:
        """Read series, and validate their values by the policy for NaN."""
        return validate_panel(self.read(X), dtype, missing)

    def check_channels(self, n_channels: int) -> None:
        """Raise unless series have as many channels as those of fit."""
        if n_channels != self.n_channels:
            raise ValueError(f"X must have {self.n_channels} channels as in fit, got {n_channels}")

    def check_table(self, X: Any, **options: Any) -> Any:
        """Check a table against that of fit as scikit-learn does, if fit has seen one."""
        if self.n_columns is None:
            return X
        fitted: Any = type(self.owner, (BaseEstimator,), {})()
        fitted.n_features_in_ = self.n_columns
        if self.column_names is not None:
            fitted.feature_names_in_ = self.column_names
        return validate_data(fitted, X, reset=False, **options)
