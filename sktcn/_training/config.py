"""The configuration of a training: validated parameters of an estimator."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import torch

from sktcn._training.device import check_mixed_precision, resolve_device
from sktcn._training.optimizer import optimizer_options, resolve_optimizer

MIN_UPDATES = 1200  # max_epochs="auto" makes at least as many updates
ROOT_UPDATES = 500  # and at least as many times the square root of the number of batches
BATCH_SIZE = 16  # batch_size="auto" starts with as many series


@dataclass(frozen=True)
class TrainingConfig:
    """Parameters of an estimator that concern the training, described there.

    The device and ``batch_size="auto"`` are resolved; ``auto_batch_size`` allows halving the batch
    size.
    """

    max_epochs: int | str
    batch_size: int
    auto_batch_size: bool
    lr: float
    weight_decay: float
    optimizer: str | type[torch.optim.Optimizer]
    lr_schedule: str | None
    gradient_clip: float | None
    early_stopping: bool
    n_iter_no_change: int
    refit: bool
    callbacks: list[Any] | None
    checkpoint: str | os.PathLike[str] | None
    checkpoint_every: float
    mixed_precision: bool
    compile: bool
    on_divergence: str
    on_interrupt: str
    verbose: int
    dtype: str
    device: torch.device

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Validate the parameters of an estimator; ValueError names the invalid one."""
        optimizer_options(resolve_optimizer(parameters["optimizer"]), parameters["weight_decay"])
        device = resolve_device(parameters["device"])
        if parameters["mixed_precision"]:
            check_mixed_precision(device, parameters["dtype"])
        auto = parameters["batch_size"] == "auto"
        values: dict[str, Any] = {each.name: parameters.get(each.name) for each in fields(cls)}
        values |= {"device": device, "auto_batch_size": auto}
        return cls(**values | ({"batch_size": BATCH_SIZE} if auto else {}))

    def n_epochs(self, n_batches: int) -> int:
        """Compute the number of epochs of ``n_batches`` each.

        With ``max_epochs="auto"`` the number of updates grows with the square root of the number of
        batches: four times the series take twice the updates.
        """
        if isinstance(self.max_epochs, str):
            return math.ceil(max(MIN_UPDATES, ROOT_UPDATES * math.sqrt(n_batches)) / n_batches)
        return self.max_epochs
