"""Contents of an object, to compare one that was saved and loaded with the one that was not."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import IntEnum

import numpy as np
import torch
from torch import nn

NOT_KEPT = {  # of a skorch net: what is the same for all, and callbacks with what they remember
    *("callbacks", "callbacks_", "virtual_params_", "criterion", "criterion_", "train_split"),
    *("_params_to_validate", "cuda_dependent_attributes_", "lr"),
}


def state(value):
    """Describe a value such that values equal to the last bit have equal descriptions."""
    if isinstance(value, IntEnum):  # sktime's, which compare as what they are saved as
        return state(int(value))
    if isinstance(value, np.ndarray):
        content = value.tolist() if value.dtype.kind == "O" else value.tobytes()
        return value.dtype.str, value.shape, content
    if isinstance(value, torch.Tensor):
        return str(value.dtype), state(value.cpu().numpy())
    if isinstance(value, nn.Module):
        return str(value), value.training, state(dict(value.state_dict()))
    if isinstance(value, torch.optim.Optimizer):
        return type(value), state(value.state_dict())
    if isinstance(value, torch.Generator):
        return state(value.get_state())
    if isinstance(value, np.random.Generator):
        return state(value.bit_generator.state)
    if isinstance(value, np.random.RandomState):
        return state(value.get_state())
    if is_dataclass(value):
        return [type(value), *(state(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, dict):
        return type(value), [(state(k), state(v)) for k, v in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [state(item) for item in value]
    if type(value).__module__.startswith("sktcn.") and not isinstance(value, type):
        return type(value), {
            name: state(item) for name, item in vars(value).items() if name not in NOT_KEPT
        }
    return type(value), repr(value)


def changed(before, after):
    """Names of the attributes that differ between two states of an object."""
    (_, before), (_, after) = before, after
    return {name for name in before | after if before.get(name) != after.get(name)}
