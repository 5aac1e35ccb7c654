"""Base of the estimators: the answers from the outputs of the networks."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from sktcn._data.panel import Floats
from sktcn._model.fitted import FittedModel, ModelOwner
from sktcn.estimators._constraints import CONSTRAINTS
from sktcn.estimators._validation import (
    check_out,
)
from sktcn.estimators.constructor import named_constructor


class BaseSequenceEstimator(ModelOwner, BaseEstimator, ABC):
    """Base of the estimators; the subclass names an architecture and a task.

    Attributes
    ----------
    architecture_type, task_type : type
        Dataclasses that are built from the parameters of the same names.
    """

    architecture_type: ClassVar[type]
    task_type: ClassVar[type]
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls) and cls.__init__ is not object.__init__:
            constructor = cls._constructor(cls.__init__)
            type.__setattr__(cls, "__init__", constructor)  # jedi would take an assignment for it

    @classmethod
    def _constructor(cls, constructor: Any) -> Callable[..., None]:
        """Build the constructor of this class from that of the architecture."""
        return named_constructor(cls.__name__, constructor)

    @property
    def receptive_field_(self) -> float:
        """Number of raw time steps that one feature depends on; infinite for an LSTM."""
        return self.model_.receptive_field

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    @property
    def device_(self) -> torch.device:
        """Device of the networks."""
        return self.model_.device

    def _restore(self, model: FittedModel, nets: list[Any]) -> None:
        """Set a loaded model and its networks."""
        self._set_model(replace(model, networks=nets))

    def _set_model(self, model: FittedModel) -> None:
        """Set the model, and what is derived from it."""
        self.model_ = model
        self.n_channels_ = model.n_channels

    def _outputs(self, X: Any) -> Floats:
        """Compute the outputs of the networks, ``(n_series, n_outputs)``, before decoding."""
        return self._answer(X, lambda task: np.asarray)

    def _answer(
        self,
        X: Any,
        choose: Callable[[Any], Callable[[Floats], NDArray[Any]]],
        out: Any = None,
        casting: Literal["safe", "same_kind"] = "same_kind",
    ) -> NDArray[Any]:
        """Compute answers by a function of the task, part by part, into a new array or ``out``."""
        check_is_fitted(self)
        model = self.model_
        decode = choose(model.task)
        panel = model.schema.open(X, model.dtype, model.preprocessor.missing)
        if out is not None:
            blank = decode(np.zeros((1, model.task.n_outputs)))
            check_out(out, (len(panel), *blank.shape[1:]), blank.dtype, casting)
        n_threads = getattr(self, "n_threads", None)
        for indices, outputs in model.iter_outputs(panel, n_threads):
            part = decode(outputs)
            if out is None:
                out = np.empty((len(panel), *part.shape[1:]), part.dtype)
            out[indices] = part
        answers: NDArray[Any] = out
        return answers


def trains_in_epochs(estimator: Any) -> bool:
    """Return whether networks are trained in epochs, of which `partial_fit` adds one."""
    return hasattr(estimator, "_partial_fit")


def restore_fit(estimator: BaseSequenceEstimator, model: FittedModel, nets: list[Any]) -> None:
    """Set the model and its nets, or networks alone, as `sktcn.persistence.load` does."""
    estimator._restore(model, nets)
