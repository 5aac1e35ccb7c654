"""Fits that go on from the last one, whose parameters may have been changed since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sktcn._model.architecture import TRAINING_ONLY
from sktcn._model.fitted import FittedModel
from sktcn._training.checkpoint import stable_repr
from sktcn.estimators.plan import FitPlan


def continue_model(model: FittedModel, plan: FitPlan) -> FittedModel:
    """Return the model of the last fit with the parameters of the next one.

    Raise ValueError if its networks can't take them.
    """
    changes = changed_parameters(vars(model.architecture), vars(plan.architecture))
    refused = {k: v for k, v in changes.items() if k not in TRAINING_ONLY}
    refused |= _changed_inputs(model, plan)
    if refused:
        raise ValueError(
            "the networks of the last fit are trained on, and can't take changed parameters: "
            f"{describe_changes(refused)}. Set them back, or start anew with fit and "
            "warm_start=False"
        )
    preprocessor = replace(model.preprocessor, missing=plan.preprocessing.missing)
    model = replace(model, preprocessor=preprocessor)
    return model.rebuild(plan.architecture) if changes else model


def changed_parameters(before: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Find parameters whose values differ: the value before and now, by the parameter."""
    return {
        name: (value, now[name])
        for name, value in before.items()
        if stable_repr(value) != stable_repr(now[name])
    }


def describe_changes(changes: dict[str, tuple[Any, Any]]) -> str:
    """List changes of parameters for a message."""
    return ", ".join(f"{name} was {old!r} and is {new!r}" for name, (old, new) in changes.items())


def _changed_inputs(model: FittedModel, plan: FitPlan) -> dict[str, tuple[Any, Any]]:
    """Find changed parameters of the preprocessor that change the series that a network reads.

    Policies for NaN but "mask" differ for series with NaN alone.
    """
    learned = {name: getattr(model.preprocessor, name) for name in vars(plan.preprocessing)}
    changes = changed_parameters(learned, vars(plan.preprocessing))
    return {k: v for k, v in changes.items() if k != "missing" or "mask" in v}
