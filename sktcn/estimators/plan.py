"""The plan of a fit: the parameters of an estimator, validated, by what they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import validate_parameter_constraints

from sktcn._model.architecture import Architecture
from sktcn._model.task import Task
from sktcn._training.checkpoint import stable_repr
from sktcn._training.config import TrainingConfig, select
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
    parameters = estimator.get_params(deep=False)
    validate_parameter_constraints(
        estimator._parameter_constraints, parameters, caller_name=type(estimator).__name__
    )
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
