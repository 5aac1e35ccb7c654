"""The estimators as classifiers and regressors of sktime."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Tags

from sktcn.estimators import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor
from sktcn.estimators.base import BaseSequenceEstimator

try:
    from sktime.classification.base import BaseClassifier
    from sktime.regression.base import BaseRegressor
except ModuleNotFoundError as error:
    raise ImportError(
        f"sktcn.sktime_adapter needs sktime ({error}): pip install sktcn[sktime]"
    ) from error

__all__ = [
    "SktimeLSTMClassifier",
    "SktimeLSTMRegressor",
    "SktimeTCNClassifier",
    "SktimeTCNRegressor",
]

TAGS = {
    "authors": "sktcn developers",
    "maintainers": "sktcn developers",
    "python_dependencies": ["torch", "skorch"],
    # numpy3D alone would pad series of different lengths; with both, arrays stay as they are.
    "X_inner_mtype": ["df-list", "numpy3D"],
    "capability:multivariate": True,
    "capability:unequal_length": True,
    "capability:categorical_in_X": False,
    "capability:random_state": True,
    "property:randomness": "derandomized",
}
TESTED_TCN: list[dict[str, Any]] = [
    {"n_filters": 4, "n_blocks": 2, "max_epochs": 3},
    {"n_filters": [4, 3], "causal": False, "norm": "layer", "missing": "mask", "max_epochs": 2},
]
TESTED_LSTM: list[dict[str, Any]] = [
    {"hidden_size": 4, "patch_size": 4, "max_epochs": 3},
    {"hidden_size": 3, "bidirectional": True, "missing": "interpolate", "max_epochs": 2},
]

# Parts of the docstrings below, written once.
ESTIMATOR = "The fitted estimator, which has ``history_``, ``net_`` and what else `fit` learns."
ONE_CLASS = "Missing where all series are of one class, which sktime then predicts by itself."
NOTES = """Series may be in any container of sktime's, and keep their own lengths. Their index
    orders the time steps and is not looked at otherwise. sktime's ``fit`` takes no sample weights,
    and forgets the last one, so that ``warm_start`` must be False."""


class _Adapter:
    """What the adapters have in common; stands before sktime's base class."""

    _kind: ClassVar[type[BaseSequenceEstimator]]
    _tested: ClassVar[list[dict[str, Any]]]
    estimator_: Any

    # sktime's fit deletes all attributes that the class lacks; this one scikit-learn sets on the
    # step of a pipeline for the time of its fit, and removes it afterwards.
    _parent_callback_ctx = None

    def __sklearn_tags__(self) -> Tags:
        return self._make().__sklearn_tags__()

    def __sklearn_is_fitted__(self) -> bool:
        return bool(self.is_fitted)  # type: ignore[attr-defined]

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters for sktime's tests: networks so small that a fit takes milliseconds.

        Parameters
        ----------
        parameter_set : str, default="default"
            There is one set, whatever its name.

        Returns
        -------
        list of dict
            Parameters of one estimator each.
        """
        return [dict(parameters) for parameters in cls._tested]

    def _make(self) -> Any:
        return self._kind(**self.get_params(deep=False))  # type: ignore[attr-defined]

    def _fit(self, X: Any, y: NDArray[Any]) -> _Adapter:
        estimator = self._make()
        if estimator.warm_start:
            raise ValueError(
                "warm_start must be False, since sktime's fit forgets the last one, "
                f"got warm_start={estimator.warm_start}"
            )
        self.estimator_ = estimator.fit(_series(X), y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.estimator_.predict(_series(X))


def _constructor(kind: type[BaseSequenceEstimator]) -> Callable[..., None]:
    """Make a constructor that takes, shows and assigns the parameters of an estimator of ours."""

    def __init__(self: Any, **parameters: Any) -> None:  # noqa: N807
        kind.__init__(self, **parameters)
        super(_Adapter, self).__init__()
        self.set_tags(**{"capability:missing_values": self.missing != "error"})

    __init__.__signature__ = inspect.signature(kind.__init__)  # type: ignore[attr-defined]
    return __init__


def _parameters(kind: type[BaseSequenceEstimator]) -> str:
    """Cut the parameters out of an estimator's docstring."""
    return str(kind.__doc__).split("----------\n", 1)[1].split("\n\n", 1)[0].strip()


def _series(X: Any) -> Any:
    """Turn what sktime passes on, an array or a list of frames, into what we take."""
    if isinstance(X, np.ndarray):
        return X
    return [frame.to_numpy(dtype=np.float64, na_value=np.nan).T for frame in X]


class _ClassifierAdapter(_Adapter, BaseClassifier):
    _tags: ClassVar[dict[str, Any]] = TAGS | {
        "capability:class_weight": True,
        "capability:predict_proba": True,
    }

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self.estimator_.predict_proba(_series(X))


class _RegressorAdapter(_Adapter, BaseRegressor):
    _tags: ClassVar[dict[str, Any]] = TAGS | {
        "capability:multioutput": True,
        "y_inner_mtype": "numpy2D",
    }

    def _fit(self, X: Any, y: NDArray[Any]) -> _Adapter:
        return super()._fit(X, y[:, 0] if y.shape[1] == 1 else y)


class SktimeTCNClassifier(_ClassifierAdapter):
    __doc__ = f"""Temporal convolutional network that classifies time series, for sktime.

    `sktcn.TCNClassifier`, which says more about it, with the interface of sktime.

    Parameters
    ----------
    {_parameters(TCNClassifier)}

    Attributes
    ----------
    estimator_ : sktcn.TCNClassifier
        {ESTIMATOR}
        {ONE_CLASS}
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SktimeLSTMClassifier : Classify by a recurrent network.
    SktimeTCNRegressor : Predict numbers.
    sktcn.TCNClassifier : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    {NOTES}

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeTCNClassifier
    >>> X, y = load_unit_test(split="train")
    >>> X_test, y_test = load_unit_test(split="test")
    >>> classifier = SktimeTCNClassifier(max_epochs=20).fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.8
    True
    """

    _kind = TCNClassifier
    _tested = TESTED_TCN
    __init__ = _constructor(TCNClassifier)


class SktimeTCNRegressor(_RegressorAdapter):
    __doc__ = f"""Temporal convolutional network that predicts numbers from time series, for sktime.

    `sktcn.TCNRegressor`, which says more about it, with the interface of sktime. One network learns
    several targets together.

    Parameters
    ----------
    {_parameters(TCNRegressor)}

    Attributes
    ----------
    estimator_ : sktcn.TCNRegressor
        {ESTIMATOR}

    See Also
    --------
    SktimeLSTMRegressor : Predict by a recurrent network.
    SktimeTCNClassifier : Predict classes.
    sktcn.TCNRegressor : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    {NOTES}

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeTCNRegressor
    >>> X, y = load_unit_test(split="train")
    >>> regressor = SktimeTCNRegressor(n_filters=8, max_epochs=10).fit(X, y.astype(float))
    >>> regressor.predict(X).shape
    (20,)
    """

    _kind = TCNRegressor
    _tested = TESTED_TCN
    __init__ = _constructor(TCNRegressor)


class SktimeLSTMClassifier(_ClassifierAdapter):
    __doc__ = f"""Long short-term memory network that classifies time series, for sktime.

    `sktcn.LSTMClassifier`, which says more about it, with the interface of sktime.

    Parameters
    ----------
    {_parameters(LSTMClassifier)}

    Attributes
    ----------
    estimator_ : sktcn.LSTMClassifier
        {ESTIMATOR}
        {ONE_CLASS}
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SktimeTCNClassifier : Classify by a convolutional network.
    SktimeLSTMRegressor : Predict numbers.
    sktcn.LSTMClassifier : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    {NOTES}

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeLSTMClassifier
    >>> X, y = load_unit_test(split="train")
    >>> X_test, y_test = load_unit_test(split="test")
    >>> classifier = SktimeLSTMClassifier(max_epochs=20).fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.8
    True
    """

    _kind = LSTMClassifier
    _tested = TESTED_LSTM
    __init__ = _constructor(LSTMClassifier)


class SktimeLSTMRegressor(_RegressorAdapter):
    __doc__ = f"""Long short-term memory network that predicts numbers from time series, for sktime.

    `sktcn.LSTMRegressor`, which says more about it, with the interface of sktime. One network
    learns several targets together.

    Parameters
    ----------
    {_parameters(LSTMRegressor)}

    Attributes
    ----------
    estimator_ : sktcn.LSTMRegressor
        {ESTIMATOR}

    See Also
    --------
    SktimeTCNRegressor : Predict by a convolutional network.
    SktimeLSTMClassifier : Predict classes.
    sktcn.LSTMRegressor : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    {NOTES}

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeLSTMRegressor
    >>> X, y = load_unit_test(split="train")
    >>> regressor = SktimeLSTMRegressor(hidden_size=8, max_epochs=10).fit(X, y.astype(float))
    >>> regressor.predict(X).shape
    (20,)
    """

    _kind = LSTMRegressor
    _tested = TESTED_LSTM
    __init__ = _constructor(LSTMRegressor)
