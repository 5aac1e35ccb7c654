"""Nets of `partial_fit`, which train one epoch from the state of the last call."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import nn

from sktcn._model.task import Task
from sktcn._training.config import TrainingConfig
from sktcn._training.fit import build_net
from sktcn._training.net import SequenceNet
from sktcn._training.random import Generators


def partial_net(
    network: nn.Module, task: Task, config: TrainingConfig, generators: Generators
) -> SequenceNet:
    """Build a net for one epoch with a constant learning rate.

    Parameters
    ----------
    network : nn.Module
        Network to train in place.
    task : Task
        Builds the loss.
    config : TrainingConfig
        Configuration of the estimator.
    generators : Generators
        Generators of the net.

    Returns
    -------
    SequenceNet
        Initialised net.
    """
    config = replace(
        config,
        lr_schedule=None,
        max_epochs=1,
        on_divergence="raise",
        on_interrupt="raise",
        verbose=0,
    )
    return build_net(network, task.criterion(), config, generators)


def continued_net(net: SequenceNet, task: Task, config: TrainingConfig) -> SequenceNet:
    """Copy a net to train the copy, so that a failure leaves the net unchanged.

    Parameters
    ----------
    net : SequenceNet
        Net of the last call.
    task : Task
        Builds the loss.
    config : TrainingConfig
        Configuration of the estimator.

    Returns
    -------
    SequenceNet
        Copy, with the optimiser's state if the optimiser is of the same class.
    """
    network = copy_network(net.module_, config.dtype)
    continued = partial_net(network, task, config, copy.deepcopy(net.generators))
    if type(continued.optimizer_) is type(net.optimizer_):
        continued.optimizer_.load_state_dict(copy.deepcopy(net.optimizer_.state_dict()))
        for group in continued.optimizer_.param_groups:
            group["lr"] = config.lr
    continued.history_ = copy.deepcopy(net.history)
    return continued


def copy_network(network: nn.Module, dtype: str) -> nn.Module:
    """Copy a network to train the copy.

    Parameters
    ----------
    network : nn.Module
        Network to copy.
    dtype : {"float32", "float64"}
        Dtype of the copy's weights.

    Returns
    -------
    nn.Module
        Copy.
    """
    copied: nn.Module = copy.deepcopy(network).to(getattr(torch, dtype))
    return copied
