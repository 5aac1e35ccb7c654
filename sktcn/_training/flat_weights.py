"""Weights of a network as views of one flat tensor during training, to make updates faster.

Outside of training, and in saved states, weights and their optimiser states are separate.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from skorch import NeuralNet
from torch import Tensor, nn

from sktcn.networks import flattened, split_flat

# Optimisers whose update of a number depends on no other number.
ELEMENTWISE = {
    *(torch.optim.Adadelta, torch.optim.Adagrad, torch.optim.Adam, torch.optim.AdamW),
    *(torch.optim.Adamax, torch.optim.ASGD, torch.optim.NAdam, torch.optim.RAdam),
    *(torch.optim.RMSprop, torch.optim.Rprop, torch.optim.SGD),
}


def flat_parameter(module: nn.Module) -> nn.Parameter:
    """Allocate the parameter that an optimiser of `ELEMENTWISE` updates for all weights.

    The parameter has a zero for each number; `flat_weights` replaces the zeros by the weights.
    """
    weights = _weights(module)
    return nn.Parameter(torch.zeros_like(torch.cat([weight.flatten() for weight in weights])))


@contextmanager
def flat_weights(net: NeuralNet) -> Iterator[None]:
    """Make the weights of a net, and their gradients, views of the optimiser's flat parameter.

    On exit each weight has memory of its own again. Nothing changes if the net is not flat.
    """
    if not net.flat:
        yield
        return
    (flat,) = net.optimizer_.param_groups[0]["params"]
    weights = _weights(net.module_)
    with flattened(weights) as values:
        flat.data, flat.grad = values, torch.zeros_like(values)
        for weight, grad in zip(weights, split_flat(flat.grad, weights), strict=True):
            weight.grad = grad
        try:
            yield
        finally:
            flat.grad = None
            net.module_.zero_grad()


def optimizer_state(net: NeuralNet) -> dict[str, Any]:
    """Collect the state of a net's optimiser, split by weight and not copied."""
    flat: dict[str, Any] = net.optimizer_.state_dict()
    if not net.flat:
        return flat
    weights = _weights(net.module_)
    columns = {name: _split_state(x, weights) for name, x in flat["state"].get(0, {}).items()}
    rows = zip(*columns.values(), strict=True)
    state = {i: dict(zip(columns, row, strict=True)) for i, row in enumerate(rows)}
    group = flat["param_groups"][0] | {"params": list(range(len(weights)))}
    return {"state": state, "param_groups": [group]}


def load_optimizer_state(net: NeuralNet, saved: dict[str, Any]) -> None:
    """Load the result of `optimizer_state` into a net's optimiser, outside of `flat_weights`."""
    optimizer, weights = net.optimizer_, _weights(net.module_)
    if net.flat:
        names = saved["state"].get(0, {})
        state = {
            name: _merge_state([saved["state"][i][name] for i in range(len(weights))], weights)
            for name in names
        }
        group = saved["param_groups"][0] | {"params": [0]}
        optimizer.load_state_dict({"state": {0: state} if state else {}, "param_groups": [group]})
        return
    optimizer.load_state_dict(saved)
    for weight, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                # in the layout of the weight, since fused updates ignore strides
                state[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def _weights(module: nn.Module) -> list[nn.Parameter]:
    return [weight for weight in module.parameters() if weight.requires_grad]


def _split_state(value: Any, weights: list[nn.Parameter]) -> list[Any]:
    """Split an entry of the state by weight; a scalar such as the number of updates is copied."""
    if isinstance(value, Tensor) and value.ndim:
        return list(split_flat(value, weights))
    return [copy.copy(value) for _ in weights]


def _merge_state(values: list[Any], weights: list[nn.Parameter]) -> Any:
    if not (isinstance(values[0], Tensor) and values[0].shape == weights[0].shape):
        return values[0]
    flat = values[0].new_empty(sum(weight.numel() for weight in weights))
    for part, value in zip(split_flat(flat, weights), values, strict=True):
        part.copy_(value)
    return flat
