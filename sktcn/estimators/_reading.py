"""The user's series at the estimator's door: opened, checked, and of the channels that it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from sktcn._data.chunked import ChunkedPanel, split_into_chunks
from sktcn._data.panel import Panel, as_panel, is_table
from sktcn._data.storage import in_memory, open_stored
from sktcn._data.validation import usable
from sktcn._preprocessing.preprocessor import Preprocessor


class SeriesReader:
    """Reads series as an estimator's parameters say, or as it was fitted."""

    missing: str
    dtype: str
    n_channels_: int
    n_features_in_: int
    _preparation: Preprocessor
    _fitted_on_table: bool

    def _policy(self, reset: bool) -> str:
        """What to do about NaN: as fitted, or as the parameter says where anything is learned."""
        return self.missing if reset else self._preparation.missing

    def _open_series(self, X: Any, *, reset: bool) -> Panel | ChunkedPanel:
        """Do as `_check_series`, in blocks if series are many; those on disk stay there."""
        stored = open_stored(X, self.dtype, self._policy(reset))
        if stored is None:
            return self._in_memory(X, reset=reset)
        table = len(getattr(X, "shape", ())) == 2
        if table and (reset or self._fitted_on_table):
            validate_data(self, X, reset=reset, skip_check_array=True)
        self._check_channels(stored.n_channels, table, reset=reset)
        return stored

    def _in_memory(self, X: Any, *, reset: bool) -> Panel | ChunkedPanel:
        raw = self._as_panel(X, reset=reset)
        panel = usable(raw, self.dtype, self._policy(reset))
        many = split_into_chunks(panel.between, raw.lengths, raw.n_channels, in_memory=True)
        return panel if many is None else many

    def _check_series(self, X: Any, *, reset: bool) -> Panel:
        """Turn the user's series into a panel, or say what is wrong with them."""
        return usable(self._as_panel(X, reset=reset), self.dtype, self._policy(reset))

    def _as_panel(self, X: Any, *, reset: bool) -> Panel:
        X = in_memory(X)
        table = is_table(X)
        if table and (reset or self._fitted_on_table):
            floats = [np.float64, np.float32]
            X = validate_data(self, X, reset=reset, dtype=floats, ensure_all_finite=False)
        panel = as_panel(X)
        self._check_channels(panel.n_channels, table, reset=reset)
        return panel

    def _check_channels(self, n_channels: int, table: bool, *, reset: bool) -> None:
        if reset:
            self._fitted_on_table = table
            if not table:
                self.n_features_in_ = n_channels
                self.__dict__.pop("feature_names_in_", None)
        elif n_channels != self.n_channels_:
            raise ValueError(f"X must have {self.n_channels_} channels as in fit, got {n_channels}")
