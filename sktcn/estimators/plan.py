"""The plan of a fit: validated parameters, prepared series and targets, no networks yet."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length

from sktcn._data.dataset import TrainingSet
from sktcn._model.architecture import Architecture
from sktcn._model.fitted import FittedModel
from sktcn._model.task import Task
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn._training.checkpoint import stable_repr
from sktcn._training.config import TrainingConfig
from sktcn.estimators._reading import open_series
from sktcn.estimators._validation import check_weight
from sktcn.networks.activations import check_activation

T = TypeVar("T")
NO_IDENTITY = {
    "checkpoint",
    "checkpoint_every",
    "device",
    "verbose",
}  # a fit is the same with others


@dataclass(frozen=True)
class FitPlan:
    """Validated parameters of an estimator, by what they decide.

    Attributes
    ----------
    architecture : Architecture
        Builds the backbone.
    task : Task
        Target, not fitted.
    training : TrainingConfig
        Configuration of the training.
    identity : dict of str
        Description of the estimator, by which a checkpoint knows the fit.
    """

    architecture: Architecture
    task: Task
    training: TrainingConfig
    identity: dict[str, str]


def plan_fit(estimator: Any) -> FitPlan:
    """Validate the parameters of an estimator.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Fitted or not.

    Returns
    -------
    FitPlan
        Parameters, by what they decide.

    Raises
    ------
    ValueError
        If a parameter, or a combination of parameters, can't be used.
    """
    estimator._validate_params()
    parameters = estimator.get_params(deep=False)
    training = TrainingConfig.from_parameters(parameters)
    check_activation(parameters["activation"])
    architecture = _select(estimator.architecture_type, parameters)
    architecture.validate()
    described = {k: stable_repr(v) for k, v in parameters.items() if k not in NO_IDENTITY}
    identity = {"estimator": type(estimator).__name__, **described}
    return FitPlan(architecture, _select(estimator.task_type, parameters), training, identity)


def _select(kind: type[T], parameters: dict[str, Any]) -> T:
    """Build a dataclass from those parameters that are among its fields."""
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in parameters.items() if name in names})


def prepare_fit(
    estimator: BaseEstimator,
    plan: FitPlan,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    known: FittedModel | None = None,
    task: Task | None = None,
) -> tuple[FittedModel, TrainingSet]:
    """Validate series and targets, and learn everything but the networks.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Its ``n_features_in_`` and ``feature_names_in_`` are set, or checked against.
    plan : FitPlan
        Parameters of the estimator.
    X, y, sample_weight : array-like
        As in ``fit``.
    known : FittedModel, default=None
        Model whose preprocessor, task and schema are kept.
    task : Task, default=None
        Task that has learned its encoding already.

    Returns
    -------
    model : FittedModel
        Model without networks.
    data : TrainingSet
        Preprocessed series, encoded targets and weights above zero.
    """
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    parameters = estimator.get_params(deep=False)
    dtype = parameters["dtype"]
    missing = parameters["missing"] if known is None else known.preprocessor.missing
    schema = None if known is None else known.schema
    panel, schema = open_series(estimator, X, dtype, missing, schema)
    y = plan.task.check(y)
    check_consistent_length(panel.lengths, y)
    weight = check_weight(sample_weight, panel)
    if known is not None:
        task = replace(plan.task, **known.task.learned)  # type: ignore[type-var]
    elif task is None:
        task = plan.task.fit(y, weight)
    target = task.encode(y)
    weight = task.weigh(target, weight)
    used = np.flatnonzero(weight)
    if len(used) < len(weight):
        panel, target, weight = panel.take(used), target[used], weight[used]
    if missing == "trim":
        panel = panel.trimmed()
    if known is not None:
        model = replace(known, task=task, dtype=dtype, networks=[])
    else:
        preprocessor = Preprocessor.fit(
            panel,
            weight,
            scaling=parameters["scaling"],
            missing=missing,
            differences=parameters["differences"],
        )
        longest = int(panel.lengths.max())
        model = FittedModel(schema, preprocessor, plan.architecture, task, longest, dtype, [])
    return model, TrainingSet(panel.preprocessed(model.preprocessor, dtype), target, weight)


def draw_seeds(random_state: Any, n_estimators: int) -> list[int]:
    """Draw the seed of each network.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState or None
        Parameter of the estimator; a RandomState moves on.
    n_estimators : int
        Number of networks.

    Returns
    -------
    list of int
        Seeds.
    """
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(np.iinfo(np.int32).max)
    return [int(s) for s in np.random.SeedSequence(random_state).generate_state(n_estimators)]
