"""The estimators as classifiers and regressors of sktime."""

from sktcn.estimators import (
    LSTMClassifier,
    LSTMRegressor,
    RocketClassifier,
    RocketRegressor,
    TCNClassifier,
    TCNRegressor,
)
from sktcn.sktime_adapter._adapter import (
    LSTM_TEST_PARAMETERS,
    ROCKET_TEST_PARAMETERS,
    TCN_TEST_PARAMETERS,
    ClassifierAdapter,
    RegressorAdapter,
    make_adapter,
)

try:
    from sktime.classification.base import BaseClassifier
    from sktime.regression.base import BaseRegressor
except ModuleNotFoundError as error:
    raise ImportError(
        f'sktcn.sktime_adapter needs sktime ({error}): pip install "sktcn[sktime]"'
    ) from error

__all__ = [
    "SktimeLSTMClassifier",
    "SktimeLSTMRegressor",
    "SktimeRocketClassifier",
    "SktimeRocketRegressor",
    "SktimeTCNClassifier",
    "SktimeTCNRegressor",
]

CLASSIFIER = (ClassifierAdapter, BaseClassifier)
REGRESSOR = (RegressorAdapter, BaseRegressor)

SktimeLSTMClassifier = make_adapter(LSTMClassifier, CLASSIFIER, LSTM_TEST_PARAMETERS)
SktimeLSTMRegressor = make_adapter(LSTMRegressor, REGRESSOR, LSTM_TEST_PARAMETERS)
SktimeRocketClassifier = make_adapter(RocketClassifier, CLASSIFIER, ROCKET_TEST_PARAMETERS)
SktimeRocketRegressor = make_adapter(RocketRegressor, REGRESSOR, ROCKET_TEST_PARAMETERS)
SktimeTCNClassifier = make_adapter(TCNClassifier, CLASSIFIER, TCN_TEST_PARAMETERS)
SktimeTCNRegressor = make_adapter(TCNRegressor, REGRESSOR, TCN_TEST_PARAMETERS)
