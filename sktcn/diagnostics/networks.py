"""Copies of a network to look at, and series to show it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from torch import nn

from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Panel
from sktcn._training.random import Generators
from sktcn._training.trainer import TrainingSet
from sktcn.estimators.base import SequenceEstimator
from sktcn.networks import SequenceModel

CPU = torch.device("cpu")


def copy_network(estimator: SequenceEstimator) -> SequenceModel:
    """Copy a fitted network, the first one if there are several, to the CPU.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.

    Returns
    -------
    SequenceModel
        As it predicts: in evaluation mode.
    """
    module: SequenceModel = copy.deepcopy(estimator.net_.module_)
    return module.to(CPU).eval()


def initial_network(estimator: SequenceEstimator) -> SequenceModel:
    """Build the network from which a fit of an estimator starts.

    Parameters
    ----------
    estimator : SequenceEstimator
        It knows the series: it is fitted, or has prepared some.

    Returns
    -------
    SequenceModel
        Untrained.
    """
    seed = clone(estimator)._draw_seeds()[0]  # of a RandomState, the clone's copy moves on
    return estimator._build_module(Generators(seed)).eval()


def prepare_training(
    estimator: SequenceEstimator, X: Any, y: Any
) -> tuple[SequenceEstimator, TrainingSet]:
    """Prepare series and targets as a fit does, without one where there was none.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted or not.
    X, y : array-like
        As for ``fit``.

    Returns
    -------
    estimator : SequenceEstimator
        The same if it is fitted, else a clone that knows shapes, labels and scales.
    data : TrainingSet
        What its network learns from.
    """
    fitted = hasattr(estimator, "nets_")
    if not fitted:
        estimator = clone(estimator)
        estimator._check_parameters()
    data = estimator._prepare(X, y, None, reset=not fitted)
    return estimator, replace(data, panel=data.panel.whole())


def prepare_series(estimator: SequenceEstimator, X: Any, n_series: int | None = None) -> Panel:
    """Prepare series for a fitted network.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.
    X : array-like or list of arrays
        As for ``predict``.
    n_series : int, default=None
        How many to draw, if there are more.

    Returns
    -------
    Panel
        What the network reads.
    """
    panel = estimator._check_series(X, reset=False)
    if n_series is not None:
        panel = panel.take(draw(len(panel), n_series))
    return estimator._preparation.transform(panel)


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
