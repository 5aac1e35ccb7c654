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
from sktcn.estimators.plan import plan_fit, prepare_fit
from sktcn.networks import SequenceModel

CPU = torch.device("cpu")


def copy_network(model: FittedModel) -> SequenceModel:
    """Copy a fitted network, the first one if there are several, to the CPU.

    Parameters
    ----------
    model : FittedModel
        Model with networks.

    Returns
    -------
    SequenceModel
        Copy in evaluation mode.
    """
    return copy.deepcopy(model.networks[0]).to(CPU).eval()


def initial_network(estimator: ModelOwner, model: FittedModel) -> SequenceModel:
    """Build the network from which a fit of an estimator starts.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Estimator with the seed.
    model : FittedModel
        Model of the series and the task, of `prepare_training`.

    Returns
    -------
    SequenceModel
        Untrained network in evaluation mode.
    """
    own: Any = clone(estimator)  # of a RandomState, the clone's copy moves on
    plan = plan_fit(own)
    seed = plan.training.draw_seeds()[0]
    generators = Generators(seed)
    return replace(model, architecture=plan.architecture).build(generators.weights, seed).eval()


def prepare_training(
    estimator: Any, X: Any, y: Any
) -> tuple[FittedModel, TrainingSet, TrainingConfig]:
    """Prepare series and targets as a fit does, and as a fitted estimator already knows them.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Fitted or not; it is not changed.
    X, y : array-like
        As for ``fit``.

    Returns
    -------
    model : FittedModel
        Model, with the networks of a fitted estimator.
    data : TrainingSet
        Series in memory, targets and weights.
    config : TrainingConfig
        Configuration of the training.
    """
    known = getattr(estimator, "model_", None)
    own = copy.copy(estimator) if known is not None else clone(estimator)
    plan = plan_fit(own)
    model, data = prepare_fit(own, plan, X, y, known=known)
    if known is not None:
        model = replace(model, networks=known.networks)
    return model, replace(data, panel=data.panel.load()), plan.training


def prepare_series(model: FittedModel, X: Any, n_series: int | None = None) -> Panel:
    """Prepare series for a fitted network.

    Parameters
    ----------
    model : FittedModel
        Model with networks.
    X : array-like or list of arrays
        As for ``predict``.
    n_series : int, default=None
        How many to draw, if there are more.

    Returns
    -------
    Panel
        What the network reads.
    """
    panel = model.read(X)
    if n_series is not None:
        panel = panel.take(draw(len(panel), n_series))
    return model.preprocessor.transform(panel)


def draw(n: int, n_drawn: int) -> Any:
    """Draw some of ``n`` series, always the same ones.

    Parameters
    ----------
    n, n_drawn : int
        How many there are, and how many are wanted.

    Returns
    -------
    ndarray
        Sorted indices; all of them if there are no more.

    Raises
    ------
    ValueError
        If none is wanted.
    """
    if n_drawn < 1:
        raise ValueError(f"n_series must be at least 1, got n_series={n_drawn}")
    return np.sort(np.random.default_rng(0).permutation(n)[:n_drawn])


def to_tensors(module: nn.Module, panel: Panel, *training: Any) -> SeriesDataset:
    """Make tensors of series, of the type that a module computes in.

    Parameters
    ----------
    module : nn.Module
        On the CPU.
    panel : Panel
        The series.
    *training : ndarray
        Targets and weights.

    Returns
    -------
    SeriesDataset
        On the CPU.
    """
    dtype = next(module.parameters()).dtype
    return SeriesDataset(panel, *training, dtype=dtype, device=CPU)
