"""Convolutional and recurrent networks for time series, as scikit-learn estimators."""

from sktcn import _fork as _fork  # registers its handler
from sktcn._version import __version__ as __version__
from sktcn.estimators import (
    LSTMClassifier,
    LSTMRegressor,
    LSTMStepClassifier,
    LSTMStepRegressor,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNRegressor,
    TCNStepClassifier,
    TCNStepRegressor,
)

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


def __dir__() -> list[str]:
    return ["__version__", *(name for name in globals() if not name.startswith("_"))]
