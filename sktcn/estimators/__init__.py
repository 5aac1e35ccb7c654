"""Estimators, each of one architecture and one task."""

from sktcn.estimators.lstm import LSTMClassifier, LSTMRegressor
from sktcn.estimators.lstm_steps import LSTMStepClassifier, LSTMStepRegressor
from sktcn.estimators.rocket import RocketClassifier, RocketRegressor
from sktcn.estimators.tcn import TCNClassifier, TCNRegressor
from sktcn.estimators.tcn_steps import TCNStepClassifier, TCNStepRegressor

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
