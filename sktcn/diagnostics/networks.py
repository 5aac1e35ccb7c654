"""Copies of networks to diagnose, and series prepared for them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from torch import nn

from sktcn._data.dataset import SeriesDataset, TrainingSet
from sktcn._data.panel import Panel
from sktcn._model.fitted import FittedModel, ModelOwner
from sktcn._training.config import TrainingConfig
from sktcn._training.random import Generators
from sktcn.estimators.fitting import prepare_fit
from sktcn.estimators.plan import plan_fit
from sktcn.networks import SequenceModel

CPU = torch.device("cpu")


def copy_network(model: FittedModel) -> SequenceModel:
    """Copy a fitted network, the first one of several, to the CPU, in evaluation mode."""
    return copy.deepcopy(model.networks[0]).to(CPU).eval()


def initial_network(estimator: ModelOwner, model: FittedModel, panel: Panel) -> SequenceModel:
    """Build the untrained network from which a fit of an estimator starts, in evaluation mode.

    ``model`` and the preprocessed ``panel`` are those of `prepare_training`.
    """
    own: Any = clone(estimator)  # of a RandomState, the clone's copy moves on
    plan = plan_fit(own)
    seed = plan.training.draw_seeds()[0]
    generators = Generators(seed)
    start = replace(model, architecture=plan.architecture)
    return start.build(generators.weights, seed, panel.load).eval()


def prepare_training(
    estimator: Any, X: Any, y: Any
) -> tuple[FittedModel, TrainingSet, TrainingConfig]:
    """Prepare series and targets as a fit does, without a change to the estimator.

    The model has the schema, the preprocessor and the networks of a fitted estimator; the series
    are loaded into memory.
    """
    known = getattr(estimator, "model_", None)
    own = copy.copy(estimator) if known is not None else clone(estimator)
    plan = plan_fit(own)
    model, data = prepare_fit(own, plan, X, y, known=known)
    if known is not None:
        model = replace(model, networks=known.networks)
    return model, replace(data, panel=data.panel.load()), plan.training


def draw(n: int, n_drawn: int) -> Any:
    """Draw ``n_drawn`` of ``n`` series, always the same ones, as sorted indices."""
    if n_drawn < 1:
        raise ValueError(f"n_series must be at least 1, got n_series={n_drawn}")
    return np.sort(np.random.default_rng(0).permutation(n)[:n_drawn])


def to_tensors(module: nn.Module, panel: Panel, *training: Any) -> SeriesDataset:
    """Convert series, with any targets and weights, to tensors of a module's dtype."""
    dtype = next(module.parameters()).dtype
    return SeriesDataset(panel, *training, dtype=dtype, device=CPU)
