"""The user's series at the estimator's door: opened, validated, and of the schema seen in fit."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import validate_data

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.schema import TABLE_OPTIONS, InputSchema
from sktcn._data.storage import in_memory, open_stored
from sktcn._data.validation import validate_panel


def open_series(X: Any, dtype: str, missing: str, schema: InputSchema) -> Panel | ChunkedPanel:
    """Open the user's series in memory or on disk, in chunks if they are many."""
    stored = open_stored(X, dtype, missing)
    if stored is None:
        return _in_chunks(schema.read(X), dtype, missing)
    if len(getattr(X, "shape", ())) == 2:
        schema.check_table(X, skip_check_array=True)
    schema.check_channels(stored.n_channels)
    return stored


def learn_series(
    estimator: Any, X: Any, dtype: str, missing: str
) -> tuple[Panel | ChunkedPanel, InputSchema]:
    """Open the series of fit, and learn their schema.

    The estimator's ``n_features_in_`` and ``feature_names_in_`` are set.
    """
    stored = open_stored(X, dtype, missing)
    if stored is not None:
        table = len(getattr(X, "shape", ())) == 2
        if table:
            validate_data(estimator, X, skip_check_array=True)
        return stored, _learn_schema(estimator, stored.n_channels, table)
    X = in_memory(X)
    table = is_table(X)
    panel = as_panel(validate_data(estimator, X, **TABLE_OPTIONS) if table else X)
    schema = _learn_schema(estimator, panel.n_channels, table)
    return _in_chunks(panel, dtype, missing), schema


def _in_chunks(raw: Panel, dtype: str, missing: str) -> Panel | ChunkedPanel:
    panel = validate_panel(raw, dtype, missing)
    many = split_into_chunks(panel.between, raw.lengths, raw.n_channels, in_memory=True)
    return panel if many is None else many


def _learn_schema(estimator: Any, n_channels: int, table: bool) -> InputSchema:
    owner = type(estimator).__name__
    if table:
        names = getattr(estimator, "feature_names_in_", None)
        return InputSchema(owner, n_channels, estimator.n_features_in_, names)
    estimator.n_features_in_ = n_channels
    vars(estimator).pop("feature_names_in_", None)
    return InputSchema(owner, n_channels)
