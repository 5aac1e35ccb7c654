"""Estimators, each of one architecture and one task."""

# Written by `make stubs`.

from sktcn.estimators._signatures import LSTMClassifier as LSTMClassifier
from sktcn.estimators._signatures import LSTMRegressor as LSTMRegressor
from sktcn.estimators._signatures import RocketClassifier as RocketClassifier
from sktcn.estimators._signatures import RocketRegressor as RocketRegressor
from sktcn.estimators._signatures import TCNClassifier as TCNClassifier
from sktcn.estimators._signatures import TCNRegressor as TCNRegressor

__all__ = [
    "LSTMClassifier",
    "LSTMRegressor",
    "RocketClassifier",
    "RocketRegressor",
    "TCNClassifier",
    "TCNRegressor",
]
