"""Nets of `partial_fit`: they go through some series once, from where the last call ended."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from sktcn._training import SequenceNet, build_net
from sktcn._training.random import Generators

if TYPE_CHECKING:
    from sktcn.estimators.base import SequenceEstimator


def partial_net(
    estimator: SequenceEstimator,
    generators: Generators,
    device: torch.device,
    module: nn.Module | None = None,
) -> SequenceNet:
    """Make a net that is to go through some series once.

    Parameters
    ----------
    estimator : SequenceEstimator
        Of `partial_fit`.
    generators : Generators
        Where the net draws from.
    device : torch.device
        Where to train.
    module : nn.Module, default=None
        What to train; a new one if there is none.

    Returns
    -------
    SequenceNet
        The net.
    """
    options = replace(
        estimator._options(),
        lr_schedule=None,
        max_epochs=1,
        on_divergence="raise",
        on_interrupt="raise",
        verbose=0,
    )
    module = module or estimator._build_module(generators)
    return build_net(module, estimator._build_criterion(), options, generators, device=device)


def continued_net(
    estimator: SequenceEstimator, net: SequenceNet, device: torch.device
) -> SequenceNet:
    """Make a copy of a net to train on, so that a failure leaves the net as it is.

    Parameters
    ----------
    estimator : SequenceEstimator
        Of `partial_fit`.
    net : SequenceNet
        The net.
    device : torch.device
        Where to train.

    Returns
    -------
    SequenceNet
        The copy; with the state of the optimiser, if that is of the same kind.
    """
    module = copied(estimator, net.module_)
    own = partial_net(estimator, copy.deepcopy(net.generators), device, module)
    if type(own.optimizer_) is type(net.optimizer_):
        own.optimizer_.load_state_dict(copy.deepcopy(net.optimizer_.state_dict()))
        for group in own.optimizer_.param_groups:
            group["lr"] = estimator.lr
    own.history_ = copy.deepcopy(net.history)
    return own


def copied(estimator: SequenceEstimator, module: nn.Module) -> nn.Module:
    """Copy a network, to be trained in the estimator's type.

    Parameters
    ----------
    estimator : SequenceEstimator
        Whose.
    module : nn.Module
        The network. It stays as it is.

    Returns
    -------
    nn.Module
        The copy.
    """
    own: nn.Module = copy.deepcopy(module).to(getattr(torch, estimator.dtype))
    return own
