"""Temporal convolutional and LSTM networks for time series, as scikit-learn estimators."""

import sktcn._fork  # noqa: F401 - is there for what it does
from sktcn._version import __version__ as __version__
from sktcn.estimators import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "TCNClassifier", "TCNRegressor"]
