"""The schema of the series seen in fit, against which later series are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.storage import load_stored, open_stored
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

    def read(self, X: Any, dtype: DTypeLike, missing: str) -> Panel:
        """Read series into memory, and check them against the schema and the policy for NaN."""
        X = load_stored(X)
        panel = as_panel(self._check_table(X, **TABLE_OPTIONS) if is_table(X) else X)
        self._check_channels(panel.n_channels)
        return validate_panel(panel, dtype, missing)

    def open(self, X: Any, dtype: DTypeLike, missing: str) -> Panel | ChunkedPanel:
        """Open series like `read`, in chunks if they are many; those on disk stay there."""
        stored = open_stored(X, dtype, missing)
        if stored is None:
            return in_chunks(self.read(X, dtype, missing))
        if len(getattr(X, "shape", ())) == 2:
            self._check_table(X, skip_check_array=True)
        self._check_channels(stored.n_channels)
        return stored

    def _check_channels(self, n_channels: int) -> None:
        if n_channels != self.n_channels:
            raise ValueError(f"X must have {self.n_channels} channels as in fit, got {n_channels}")

    def _check_table(self, X: Any, **options: Any) -> Any:
        """Check a table against that of fit as scikit-learn does, if fit has seen one."""
        if self.n_columns is None:
            return X
        fitted: Any = type(self.owner, (BaseEstimator,), {})()
        fitted.n_features_in_ = self.n_columns
        if self.column_names is not None:
            fitted.feature_names_in_ = self.column_names
        return validate_data(fitted, X, reset=False, **options)


def learn_schema(
    estimator: Any, X: Any, dtype: DTypeLike, missing: str
) -> tuple[Panel | ChunkedPanel, InputSchema]:
    """Open the series of fit, and learn their schema.

    The estimator's ``n_features_in_`` and ``feature_names_in_`` are set.
    """
    stored = open_stored(X, dtype, missing)
    if stored is not None:
        table = len(getattr(X, "shape", ())) == 2
        if table:
            validate_data(estimator, X, skip_check_array=True)
        return stored, _schema(estimator, stored.n_channels, table)
    X = load_stored(X)
    table = is_table(X)
    raw = as_panel(validate_data(estimator, X, **TABLE_OPTIONS) if table else X)
    schema = _schema(estimator, raw.n_channels, table)
    return in_chunks(validate_panel(raw, dtype, missing)), schema


def in_chunks(panel: Panel) -> Panel | ChunkedPanel:
    """Split series in memory into chunks if they are many."""
    chunked = split_into_chunks(panel.slice_series, panel.lengths, panel.n_channels, in_memory=True)
    return panel if chunked is None else chunked


def _schema(estimator: Any, n_channels: int, table: bool) -> InputSchema:
    owner = type(estimator).__name__
    if table:
        names = getattr(estimator, "feature_names_in_", None)
        return InputSchema(owner, n_channels, estimator.n_features_in_, names)
    estimator.n_features_in_ = n_channels
    vars(estimator).pop("feature_names_in_", None)
    return InputSchema(owner, n_channels)
