"""The estimators: an architecture and a task each."""

from sktcn.estimators.lstm import LSTMClassifier, LSTMRegressor
from sktcn.estimators.tcn import TCNClassifier, TCNRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "TCNClassifier", "TCNRegressor"]
