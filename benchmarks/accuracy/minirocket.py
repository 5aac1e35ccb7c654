"""MiniRocket, the peer that the runner brings: sktime's transform, and a ridge classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sktime.transformations import rocket

# numba compiles when these are loaded, or loads what it compiled once: that is not fitting's time.
from sktime.transformations.rocket import _minirocket_multi_numba, _minirocket_numba  # noqa: F401

from benchmarks.padding import of_length


class MiniRocket(ClassifierMixin, BaseEstimator):
    """Random convolutions, each told by its share of positive values; then a ridge classifier.

    As its authors and sktime put it together. The transform takes series of one length, so that
    those that are shorter than the longest training series get zeros behind them, and what is
    longer is cut.

    Parameters
    ----------
    num_kernels : int, default=10000
        Features, about.
    random_state : int, default=None
        Seed.
    """

    def __init__(self, num_kernels: int = 10_000, random_state: int | None = None) -> None:
        self.num_kernels = num_kernels
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Draw the kernels, and fit the ridge classifier to their features."""
        self.n_timepoints_ = max(x.shape[-1] for x in X)
        series = of_length(X, self.n_timepoints_)
        kind = rocket.MiniRocket if series.shape[1] == 1 else rocket.MiniRocketMultivariate
        self.transform_ = kind(self.num_kernels, random_state=self.random_state)
        self.classifier_ = make_pipeline(
            StandardScaler(with_mean=False), RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
        )
        self.classifier_.fit(self.transform_.fit_transform(series), y)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Label series."""
        features = self.transform_.transform(of_length(X, self.n_timepoints_))
        return self.classifier_.predict(features)
