"""A network's weights as one tensor while it is trained, so that a step has fewer operations.

Outside of a training, and in what is saved, each weight and its optimiser's state stand alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sktcn.networks import flattened, split_flat

if TYPE_CHECKING:
    from sktcn._training.net import SequenceNet

# Those that treat each number by itself, wherever it stands.
ELEMENTWISE = {
    *(torch.optim.Adadelta, torch.optim.Adagrad, torch.optim.Adam, torch.optim.AdamW),
    *(torch.optim.Adamax, torch.optim.ASGD, torch.optim.NAdam, torch.optim.RAdam),
    *(torch.optim.RMSprop, torch.optim.Rprop, torch.optim.SGD),
}


def placeholder(module: nn.Module) -> nn.Parameter:
    """Make the parameter that an optimiser of `ELEMENTWISE` is given for all of a module's.

    Parameters
    ----------
    module : nn.Module
        The module.

    Returns
    -------
    nn.Parameter
        As many numbers; they are the module's only within `flat_weights`.
    """
    weights = _weights(module)
    return nn.Parameter(torch.zeros_like(torch.cat([weight.flatten() for weight in weights])))


@contextmanager
def flat_weights(net: SequenceNet) -> Iterator[None]:
    """Join the weights of a net, and their gradients, if that is how its optimiser has them.

    Parameters
    ----------
    net : SequenceNet
        Initialised.

    Yields
    ------
    None
        Within, the module's weights are parts of what the optimiser moves.
    """
    if type(net.optimizer_) not in ELEMENTWISE:
        yield
        return
    (whole,) = net.optimizer_.param_groups[0]["params"]
    weights = _weights(net.module_)
    with flattened(weights) as values:
        whole.data, whole.grad = values, torch.zeros_like(values)
        for weight, grad in zip(weights, split_flat(whole.grad, weights), strict=True):
            weight.grad = grad
        try:
            yield
        finally:
            whole.grad = None
            net.module_.zero_grad()


def optimizer_state(net: SequenceNet) -> dict[str, Any]:
    """Tell the state of a net's optimiser, weight by weight.

    Parameters
    ----------
    net : SequenceNet
        The net.

    Returns
    -------
    dict
        As of an optimiser that has been given the module's parameters. Not copied.
    """
    found: dict[str, Any] = net.optimizer_.state_dict()
    if type(net.optimizer_) not in ELEMENTWISE:
        return found
    weights = _weights(net.module_)
    columns = {name: _apart(value, weights) for name, value in found["state"].get(0, {}).items()}
    rows = zip(*columns.values(), strict=True)
    state = {i: dict(zip(columns, row, strict=True)) for i, row in enumerate(rows)}
    group = found["param_groups"][0] | {"params": list(range(len(weights)))}
    return {"state": state, "param_groups": [group]}


def load_optimizer_state(net: SequenceNet, saved: dict[str, Any]) -> None:
    """Take a net's optimiser to where another one was.

    Parameters
    ----------
    net : SequenceNet
        Built as the other one was, and not at work.
    saved : dict
        What `optimizer_state` has returned.
    """
    optimizer, weights = net.optimizer_, _weights(net.module_)
    if type(optimizer) in ELEMENTWISE:
        names = saved["state"].get(0, {})
        state = {
            name: _together([saved["state"][i][name] for i in range(len(weights))], weights)
            for name in names
        }
        group = saved["param_groups"][0] | {"params": [0]}
        optimizer.load_state_dict({"state": {0: state} if state else {}, "param_groups": [group]})
        return
    optimizer.load_state_dict(saved)
    for weight, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                # laid out as the weight is: fused steps go by addresses
                state[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def _weights(module: nn.Module) -> list[nn.Parameter]:
    return [weight for weight in module.parameters() if weight.requires_grad]


def _apart(value: Any, weights: list[nn.Parameter]) -> list[Any]:
    """Give each weight its part of the state, or, of a number of steps, a copy."""
    if isinstance(value, Tensor) and value.ndim:
        return list(split_flat(value, weights))
    return [copy.copy(value) for _ in weights]


def _together(values: list[Any], weights: list[nn.Parameter]) -> Any:
    if not (isinstance(values[0], Tensor) and values[0].shape == weights[0].shape):
        return values[0]
    whole = values[0].new_empty(sum(weight.numel() for weight in weights))
    for part, value in zip(split_flat(whole, weights), values, strict=True):
        part.copy_(value)
    return whole
