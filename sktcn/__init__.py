"""Temporal convolutional and LSTM networks for time series, as scikit-learn estimators."""

from sktcn.estimators import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "TCNClassifier", "TCNRegressor"]
__version__ = "0.1.0"
