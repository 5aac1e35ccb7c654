"""How to train: the parameters, the optimiser and the random numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

MIN_UPDATES = 1200  # optimiser steps of max_epochs="auto" ...
ROOT_UPDATES = 500  # ... or as many times the root of the number of batches, if that is more
BATCH_SIZE = 16  # series in a step of batch_size="auto", where memory is enough


@dataclass(frozen=True)
class TrainingConfig:
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
            return math.ceil(max(MIN_UPDATES, ROOT_UPDATES * math.sqrt(n_batches)) / n_batches)
        return self.max_epochs
