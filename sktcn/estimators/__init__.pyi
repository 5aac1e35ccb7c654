"""Estimators, each of one architecture and one task."""

# Written by `make stubs`.

from sktcn.estimators._signatures import LSTMClassifier as LSTMClassifier
from sktcn.estimators._signatures import LSTMRegressor as LSTMRegressor
from sktcn.estimators._signatures import LSTMStepClassifier as LSTMStepClassifier
from sktcn.estimators._signatures import LSTMStepRegressor as LSTMStepRegressor
from sktcn.estimators._signatures import RocketClassifier as RocketClassifier
from sktcn.estimators._signatures import RocketRegressor as RocketRegressor
from sktcn.estimators._signatures import TCNClassifier as TCNClassifier
from sktcn.estimators._signatures import TCNRegressor as TCNRegressor
from sktcn.estimators._signatures import TCNStepClassifier as TCNStepClassifier
from sktcn.estimators._signatures import TCNStepRegressor as TCNStepRegressor

__all__ = [
    "LSTMClassifier",
    "LSTMRegressor",
    "LSTMStepClassifier",
    "LSTMStepRegressor",
    "RocketClassifier",
    "RocketRegressor",
    "TCNClassifier",
    "TCNRegressor",
    "TCNStepClassifier",
    "TCNStepRegressor",
]
