"""Temporal convolutional and LSTM networks for time series, as scikit-learn estimators."""

from sktcn._version import __version__ as __version__
from sktcn.estimators import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "TCNClassifier", "TCNRegressor"]
