"""Convolutional and recurrent networks for time series, as scikit-learn estimators."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

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

_PACKAGES = (
    "datasets",
    "diagnostics",
    "distributed",
    "early",
    "estimators",
    "exceptions",
    "explain",
    "export",
    "metrics",
    "networks",
    "persistence",
    "plotting",
    "preflight",
    "sktime_adapter",
    "streaming",
)


def __dir__() -> list[str]:
    return ["__version__", *__all__, *_PACKAGES]


if not TYPE_CHECKING:  # which would take any name for one of sktcn

    def __getattr__(name: str) -> Any:
        """Import a package when it is first used; one that lacks an extra has no such attribute."""
        if name not in _PACKAGES:
            raise AttributeError(f"module 'sktcn' has no attribute {name!r}")
        try:
            return _import_module(f"sktcn.{name}")
        except ImportError as error:
            raise AttributeError(str(error)) from error
