"""Optimisers by name, and their options."""

from __future__ import annotations

import inspect
from typing import Any

import torch

UNSUITABLE = {"LBFGS", "Muon", "SparseAdam"}  # need a closure, matrices or sparse gradients


def resolve_optimizer(optimizer: str | type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Resolve an optimiser by its name in ``torch.optim``, ignoring case; return a class as is.

    Raise ValueError if no optimiser has the name, or the optimiser can't train these networks.

    Examples
    --------
    >>> resolve_optimizer("adamw")
    <class 'torch.optim.adamw.AdamW'>
    """
    known = {
        name.lower(): kind
        for name, kind in vars(torch.optim).items()
        if isinstance(kind, type)
        and issubclass(kind, torch.optim.Optimizer)
        and kind is not torch.optim.Optimizer
        and name not in UNSUITABLE
    }
    kind = known.get(optimizer.lower()) if isinstance(optimizer, str) else optimizer
    if kind is None or not issubclass(kind, torch.optim.Optimizer) or kind.__name__ in UNSUITABLE:
        raise ValueError(
            f"optimizer must be one of {sorted(known)} or a subclass of torch.optim.Optimizer, "
            f"got optimizer={optimizer!r}"
        )
    return kind


def optimizer_options(kind: type[torch.optim.Optimizer], weight_decay: float) -> dict[str, Any]:
    """Choose the options of an optimiser: the weight decay, and its fused form if there is one.

    Raise ValueError if the optimiser has no weight decay, and ``weight_decay`` is not zero.
    """
    accepted = inspect.signature(kind).parameters
    options: dict[str, Any] = {}
    if "weight_decay" in accepted:
        options["weight_decay"] = weight_decay
    elif weight_decay:
        raise ValueError(
            f"{kind.__name__} knows no weight_decay: it must be 0 with this optimizer, "
            f"got weight_decay={weight_decay}"
        )
    if "fused" in accepted:
        options["fused"] = True
    return options
