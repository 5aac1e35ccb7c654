"""Adapters of the estimators to sktime, without the base classes of sktime."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import Tags

from sktcn._data.panel import Floats
from sktcn.estimators.constructor import named_constructor
from sktcn.sktime_adapter._docs import CLASSIFIER, REGRESSOR, adapter_doc

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
TCN_TEST_PARAMETERS: list[dict[str, Any]] = [
    {"n_filters": 4, "n_blocks": 2, "max_epochs": 3},
    {"n_filters": [4, 3], "causal": False, "norm": "layer", "missing": "mask", "max_epochs": 2},
]
LSTM_TEST_PARAMETERS: list[dict[str, Any]] = [
    {"hidden_size": 4, "patch_size": 4, "max_epochs": 3},
    {"hidden_size": 3, "bidirectional": True, "missing": "interpolate", "max_epochs": 2},
]

ROCKET_TEST_PARAMETERS: list[dict[str, Any]] = [
    {"n_kernels": 168},
    {"n_kernels": 168, "differences": False, "missing": "mask", "alphas": [1.0, 10.0]},
]


class Adapter:
    """Methods of all adapters; precedes the base class of sktime."""

    _kind: ClassVar[Any]
    _test_parameters: ClassVar[list[dict[str, Any]]]
    _task_doc: ClassVar[dict[str, str]]
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
        """Return parameters for sktime's tests: networks so small that a fit takes milliseconds."""
        return [dict(parameters) for parameters in cls._test_parameters]

    def _make(self) -> Any:
        return self._kind(**self.get_params(deep=False))  # type: ignore[attr-defined]

    def _fit(self, X: Any, y: NDArray[Any]) -> Adapter:
        estimator = self._make()
        if getattr(estimator, "warm_start", False):
            raise ValueError(
                "warm_start must be False, since sktime's fit forgets the last one, "
                f"got warm_start={estimator.warm_start}"
            )
        self.estimator_ = estimator.fit(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.estimator_.predict(self._as_in_fit(X))

    def _as_in_fit(self, X: Any) -> Any:
        """Name the channels as in fit: to sktime one container is as good as another."""
        names = self.estimator_.model_.schema.channel_names
        if names is not None and isinstance(X, np.ndarray):
            return [pd.DataFrame(x.T, columns=names) for x in X]
        if names is None and not isinstance(X, np.ndarray):
            return [x.to_numpy().T for x in X]
        return X


class ClassifierAdapter(Adapter):
    """Adapter for ``BaseClassifier`` of sktime."""

    _task_doc = CLASSIFIER
    _tags: ClassVar[dict[str, Any]] = TAGS | {
        "capability:class_weight": True,
        "capability:predict_proba": True,
    }

    def _predict_proba(self, X: Any) -> Floats:
        return self.estimator_.predict_proba(self._as_in_fit(X))


class RegressorAdapter(Adapter):
    """Adapter for ``BaseRegressor`` of sktime."""

    _task_doc = REGRESSOR
    _tags: ClassVar[dict[str, Any]] = TAGS | {
        "capability:multioutput": True,
        "y_inner_mtype": "numpy2D",
    }

    def _fit(self, X: Any, y: NDArray[Any]) -> Adapter:
        return super()._fit(X, y[:, 0] if y.shape[1] == 1 else y)


def make_adapter(
    kind: type, bases: tuple[type[Adapter], type], test_parameters: list[dict[str, Any]]
) -> type:
    """Create the adapter of an estimator class, named ``Sktime`` and the name of that class.

    ``bases`` are `ClassifierAdapter` or `RegressorAdapter`, and the base class of sktime.
    """
    members = {
        "__module__": __name__.rpartition(".")[0],  # where it can be imported, as by pickle
        "__doc__": adapter_doc(kind, bases[0]._task_doc),
        "__init__": _constructor(kind),
        "_kind": kind,
        "_test_parameters": test_parameters,
    }
    return type(f"Sktime{kind.__name__}", bases, members)


def _constructor(kind: Any) -> Callable[..., None]:
    """Create a constructor with the signature of ``kind``, which assigns the parameters."""
    name = f"Sktime{kind.__name__}"
    assign = named_constructor(name, kind.__init__)

    def __init__(self: Any, *args: Any, **parameters: Any) -> None:  # noqa: N807
        assign(self, *args, **parameters)
        super(Adapter, self).__init__()
        self.set_tags(**{"capability:missing_values": self.missing != "error"})

    __init__.__qualname__ = f"{name}.__init__"
    __init__.__signature__ = inspect.signature(kind.__init__)  # type: ignore[attr-defined]
    return __init__
