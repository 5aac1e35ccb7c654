"""How to train: the parameters, the optimiser and the random numbers."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

LEAST_STEPS = 1200  # optimiser steps of max_epochs="auto" ...
ROOT_STEPS = 500  # ... or as many times the root of the number of batches, if that is more
BATCH_SIZE = 16  # series in a step of batch_size="auto", where memory is enough
UNFIT = {"LBFGS", "Muon", "SparseAdam"}  # for whole batches, for matrices, for sparse gradients


@dataclass(frozen=True)
class TrainingOptions:
    """The estimators' parameters that say how to train; see there."""

    max_epochs: int | str
    batch_size: int
    lr: float
    weight_decay: float
    optimizer: str | type[torch.optim.Optimizer]
    lr_schedule: str | None
    gradient_clip: float | None
    n_iter_no_change: int
    callbacks: list[Any] | None
    mixed_precision: bool
    compile: bool
    on_divergence: str
    on_interrupt: str
    verbose: int

    def n_epochs(self, n_batches: int) -> int:
        """Epochs of ``n_batches`` to train: those asked for, or as the series are many.

        The more there are, the more there is to learn, and the less often each has to be seen:
        four times the series take twice the steps.
        """
        if isinstance(self.max_epochs, str):
            return math.ceil(max(LEAST_STEPS, ROOT_STEPS * math.sqrt(n_batches)) / n_batches)
        return self.max_epochs


class Randomness:
    """Generators of one fit, each for one purpose, all from one seed; no global one is used.

    Parameters
    ----------
    seed : int
        Where all of them start from.
    """

    def __init__(self, seed: int):
        first, second, third = np.random.SeedSequence(seed).spawn(3)
        self.seed = seed
        self.weights = torch.Generator().manual_seed(int(first.generate_state(1)[0]))
        self.noise = torch.Generator().manual_seed(int(second.generate_state(1)[0]))
        self.order = np.random.default_rng(third)


def find_optimizer(optimizer: str | type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
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
    >>> find_optimizer("adamw")
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
