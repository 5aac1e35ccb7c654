"""Plan of a fit: validated parameters, prepared series and targets, without networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length

from sktcn._data.dataset import TrainingSet
from sktcn._data.schema import learn_schema
from sktcn._model.architecture import Architecture
from sktcn._model.fitted import FittedModel
from sktcn._model.task import Task
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn._training.checkpoint import stable_repr
from sktcn._training.config import TrainingConfig, select
from sktcn.estimators._validation import check_weight
from sktcn.networks.activations import check_activation

# Parameters that do not change a fit.
NO_IDENTITY = {"checkpoint", "checkpoint_every", "device", "verbose"}


@dataclass(frozen=True)
class PreprocessingConfig:
    """Parameters of the preprocessor; see there."""

    scaling: str | None = "channel"
    missing: str = "error"
    differences: bool = True


@dataclass(frozen=True)
class FitPlan:
    """Validated parameters of an estimator; the task is not fitted."""

    architecture: Architecture
    task: Task
    preprocessing: PreprocessingConfig
    training: TrainingConfig


def plan_fit(estimator: Any) -> FitPlan:
    """Validate the parameters of an estimator, fitted or not; ValueError names what fails."""
    estimator._validate_params()
    parameters = estimator.get_params(deep=False)
    training = TrainingConfig.from_parameters(parameters)
    architecture = select(estimator.architecture_type, parameters)
    check_activation(architecture.activation)
    architecture.validate()
    task = select(estimator.task_type, parameters)
    return FitPlan(architecture, task, select(PreprocessingConfig, parameters), training)


def describe_fit(estimator: BaseEstimator) -> dict[str, str]:
    """Describe the class and the parameters of an estimator, to match checkpoints."""
    parameters = estimator.get_params(deep=False).items()
    described = {k: stable_repr(v) for k, v in parameters if k not in NO_IDENTITY}
    return {"estimator": type(estimator).__name__, **described}


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
    """Validate series and targets, and learn all but the networks; weights of zero drop series.

    The estimator's ``n_features_in_`` and ``feature_names_in_`` are set, or checked. Preprocessor,
    task and schema of a ``known`` model are kept; a ``task`` knows its encoding already.
    """
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    dtype = plan.training.dtype
    missing = (plan.preprocessing if known is None else known.preprocessor).missing
    if known is None:
        panel, schema = learn_schema(estimator, X, dtype, missing)
    else:
        schema = known.schema
        panel = schema.open(X, dtype, missing)
    y = plan.task.check(y)
    check_consistent_length(panel.lengths, y)
    weight = check_weight(sample_weight, panel.lengths)
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
        preprocessor = Preprocessor.fit(panel, weight, **vars(plan.preprocessing))
        longest = int(panel.lengths.max())
        model = FittedModel(schema, preprocessor, plan.architecture, task, longest, dtype, [])
    return model, TrainingSet(panel.preprocessed(model.preprocessor, dtype), target, weight)
