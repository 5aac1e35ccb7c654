"""Closed-form fit of a network of fixed kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from sktcn._data.dataset import TrainingSet
from sktcn._model.fitted import FittedModel
from sktcn._training.random import Generators
from sktcn._training.ridge import fit_ridge
from sktcn._training.shares import ComputedShares
from sktcn._training.thresholds import fit_thresholds
from sktcn.networks.rocket import RocketModel

ALPHAS = np.logspace(0, 6, 13)


def build_fixed_kernels(
    model: FittedModel, data: TrainingSet, seed: int, device: torch.device
) -> Any:
    """Build the network of a model of fixed kernels, with thresholds from the series."""
    generator = Generators(seed).weights
    network: Any = model.build(generator, seed)
    fit_thresholds(network, data.panel, generator)
    return network.to(device).eval()


def fit_fixed_kernels(
    model: FittedModel, data: TrainingSet, seed: int, device: torch.device
) -> RocketModel:
    """Build the network of a model of fixed kernels, with weights by a ridge."""
    network: RocketModel = build_fixed_kernels(model, data, seed, device)
    shares = ComputedShares(network, data.panel)
    fit_ridge(network.head, shares, data.target, data.weight, model.task, ALPHAS)
    return network
