"""Nets of `partial_fit`: they go through some series once, from where the last call ended."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from skorch.history import History
from torch import nn

from sktcn._data.dataset import TrainingSet
from sktcn._model.fitted import FittedModel
from sktcn._training.config import TrainingConfig
from sktcn._training.fit import build_net
from sktcn._training.net import SequenceNet
from sktcn._training.optimizer import optimizer_options
from sktcn._training.random import Generators
from sktcn.networks.dropout import ChannelDropout

MAX_ROWS = 1000  # epochs whose history is kept, so that a call costs the same after any number


def partial_net(
    network: nn.Module, model: FittedModel, config: TrainingConfig, generators: Generators
) -> SequenceNet:
    """Build a net that trains ``network`` in place for one epoch with a constant rate."""
    config = replace(
        config,
        lr_schedule=None,
        max_epochs=1,
        on_divergence="raise",
        on_interrupt="raise",
        verbose=0,
    )
    return build_net(network, model, config, generators)


def first_net(
    model: FittedModel, data: TrainingSet, config: TrainingConfig, seed: int
) -> SequenceNet:
    """Build a net with a new network, for its first epoch."""
    generators = Generators(seed)
    network = model.build(generators.weights, seed, data.panel.load)
    return partial_net(network, model, config, generators)


def continued_net(
    net: SequenceNet, network: nn.Module, model: FittedModel, config: TrainingConfig
) -> SequenceNet:
    """Build a net that trains a copy of ``network`` from where ``net`` ended.

    It has the optimiser's state if the optimiser is still of the same class.
    """
    own = partial_net(copy_network(network, config.dtype), model, config, net.generators.copy())
    kind = type(own.optimizer_)
    if kind is type(net.optimizer_) and own.flat == net.flat:
        own.optimizer_.load_state_dict(copy.deepcopy(net.optimizer_.state_dict()))
        options = {"lr": config.lr} | optimizer_options(kind, config.weight_decay)
        for group in own.optimizer_.param_groups:
            group.update(options)
    own.history_ = History(list(net.history)[1 - MAX_ROWS :])
    return own


def copy_network(network: nn.Module, dtype: str) -> nn.Module:
    """Copy a network to train on, in another dtype, with the generators of its dropout shared."""
    dropouts = [layer for layer in network.modules() if isinstance(layer, ChannelDropout)]
    shared = {id(layer.generator): layer.generator for layer in dropouts}
    own: nn.Module = copy.deepcopy(network, shared).to(getattr(torch, dtype))
    return own
