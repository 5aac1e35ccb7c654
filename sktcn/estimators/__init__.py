"""Estimators, each of one architecture and one task."""

from sktcn.estimators.lstm import LSTMClassifier, LSTMRegressor
from sktcn.estimators.rocket import RocketClassifier, RocketRegressor
from sktcn.estimators.tcn import TCNClassifier, TCNRegressor

__all__ = [
    "LSTMClassifier",
    "LSTMRegressor",
    "RocketClassifier",
    "RocketRegressor",
    "TCNClassifier",
    "TCNRegressor",
]
