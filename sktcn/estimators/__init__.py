"""The estimators: an architecture and a task each."""

from sktcn.estimators.tcn import TCNClassifier, TCNRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "TCNClassifier", "TCNRegressor"]
