"""The user's series at the estimator's door: opened, validated, and of the schema seen in fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.schema import InputSchema
from sktcn._data.storage import load_stored, open_stored
from sktcn._data.validation import validate_panel


def open_series(
    estimator: BaseEstimator, X: Any, dtype: str, missing: str, schema: InputSchema | None = None
) -> tuple[Panel | ChunkedPanel, InputSchema]:
    """Open series in memory or on disk, in chunks if they are many.

    Parameters
    ----------
    estimator : BaseEstimator
        Its ``n_features_in_`` and ``feature_names_in_`` are set, or checked against.
    X : array-like or list of arrays
        Series of the user.
    dtype : {"float32", "float64"}
        Dtype of the network.
    missing : {"error", "mask", "interpolate", "trim"}
        Policy for NaN.
    schema : InputSchema, default=None
        Schema of fit; None learns it.

    Returns
    -------
    panel : Panel or ChunkedPanel
        Series; those on disk stay there.
    schema : InputSchema
        Schema given, or learned.
    """
    stored = open_stored(X, dtype, missing)
    if stored is not None:
        table = len(getattr(X, "shape", ())) == 2
        if table:
            _validate_table(estimator, X, schema, skip_check_array=True)
        return stored, _check_schema(estimator, stored.n_channels, table, schema)
    X = load_stored(X)
    table = is_table(X)
    if table:
        floats = [np.float64, np.float32]
        X = _validate_table(estimator, X, schema, dtype=floats, ensure_all_finite=False)
    raw = as_panel(X)
    schema = _check_schema(estimator, raw.n_channels, table, schema)
    panel = validate_panel(raw, dtype, missing)
    many = split_into_chunks(panel.slice_series, raw.lengths, raw.n_channels, in_memory=True)
    return panel if many is None else many, schema


def _validate_table(
    estimator: BaseEstimator, X: Any, schema: InputSchema | None, **options: Any
) -> Any:
    """Let scikit-learn check a table, unless fit has seen another container."""
    if schema is not None and schema.n_columns is None:
        return X
    return validate_data(estimator, X, reset=schema is None, **options)


def _check_schema(
    estimator: Any, n_channels: int, table: bool, schema: InputSchema | None
) -> InputSchema:
    if schema is not None:
        schema.check_channels(n_channels)
        return schema
    if table:
        names = getattr(estimator, "feature_names_in_", None)
        return InputSchema(n_channels, estimator.n_features_in_, names)
    estimator.n_features_in_ = n_channels
    vars(estimator).pop("feature_names_in_", None)
    return InputSchema(n_channels)
