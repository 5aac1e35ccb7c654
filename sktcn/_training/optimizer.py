"""TODO."""

from __future__ import annotations

import inspect
from typing import Any

import torch

UNFIT = {"LBFGS", "Muon", "SparseAdam"}  # for whole batches, for matrices, for sparse gradients


def resolve_optimizer(optimizer: str | type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """Find an optimiser by its name in ``torch.optim``, whatever its case.

    Parameters
    ----------
    optimizer : str or class
        As "adamw"; a class is returned as it is.

    Returns
    -------
    class
        The optimiser.

    Raises
    ------
    ValueError
        If there is none of that name, or none that can train these networks.

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
        and name not in UNFIT
    }
    kind = known.get(optimizer.lower()) if isinstance(optimizer, str) else optimizer
    if kind is None or not issubclass(kind, torch.optim.Optimizer) or kind.__name__ in UNFIT:
        raise ValueError(
            f"optimizer must be one of {sorted(known)} or a subclass of torch.optim.Optimizer, "
            f"got optimizer={optimizer!r}"
        )
    return kind


def optimizer_options(kind: type[torch.optim.Optimizer], weight_decay: float) -> dict[str, Any]:
    """Choose the optimiser's own options: the decay, and the fused steps where there are any.

    Parameters
    ----------
    kind : class
        The optimiser.
    weight_decay : float
        Decay of the weights.

    Returns
    -------
    dict
        What ``kind`` is called with.

    Raises
    ------
    ValueError
        If a decay is wanted and ``kind`` knows none.
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
