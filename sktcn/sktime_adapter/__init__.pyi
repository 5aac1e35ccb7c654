"""The estimators as classifiers and regressors of sktime."""

# Written by `make stubs`.

from sktcn.sktime_adapter._signatures import SktimeLSTMClassifier as SktimeLSTMClassifier
from sktcn.sktime_adapter._signatures import SktimeLSTMRegressor as SktimeLSTMRegressor
from sktcn.sktime_adapter._signatures import SktimeRocketClassifier as SktimeRocketClassifier
from sktcn.sktime_adapter._signatures import SktimeRocketRegressor as SktimeRocketRegressor
from sktcn.sktime_adapter._signatures import SktimeTCNClassifier as SktimeTCNClassifier
from sktcn.sktime_adapter._signatures import SktimeTCNRegressor as SktimeTCNRegressor

__all__ = [
    "SktimeLSTMClassifier",
    "SktimeLSTMRegressor",
    "SktimeRocketClassifier",
    "SktimeRocketRegressor",
    "SktimeTCNClassifier",
    "SktimeTCNRegressor",
]
