"""MiniRocket as a classifier: sktime's transform, and a ridge classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sktime.transformations import rocket

from benchmarks.common.series import pad_or_truncate

# numba compiles at the first fit, or loads compiled code: the time of a run's fit leaves that out.
for kind in (rocket.MiniRocket, rocket.MiniRocketMultivariate):
    kind(84, random_state=0).fit_transform(np.zeros((1, 1, 9), dtype=np.float32))


class MiniRocket(ClassifierMixin, BaseEstimator):
    """Ridge classifier on the proportions of positive values of many convolutions.

    The composition is that of the authors and of sktime. The transform needs series of one
    length: shorter ones are padded with zeros to the longest training series, longer ones
    truncated.

    Parameters
    ----------
    num_kernels : int, default=10000
        Features, about.
    random_state : int, default=None
        Seed.
    n_jobs : int, default=1
        Threads of the transform.
    """

    def __init__(
        self, num_kernels: int = 10_000, random_state: int | None = None, n_jobs: int = 1
    ) -> None:
        self.num_kernels = num_kernels
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Self:
        """Draw the kernels, and fit the ridge classifier to their features."""
        self.n_timepoints_ = max(x.shape[-1] for x in X)
        series = pad_or_truncate(X, self.n_timepoints_)
        kind = rocket.MiniRocket if series.shape[1] == 1 else rocket.MiniRocketMultivariate
        options = {"n_jobs": self.n_jobs, "random_state": self.random_state}
        self.transform_ = kind(self.num_kernels, **options)
        self.classifier_ = make_pipeline(
            StandardScaler(with_mean=False), RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
        )
        self.classifier_.fit(self.transform_.fit_transform(series), y)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Predict the labels of series."""
        features = self.transform_.transform(pad_or_truncate(X, self.n_timepoints_))
        return self.classifier_.predict(features)
