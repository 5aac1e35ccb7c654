"""The configuration of a training: validated parameters of an estimator."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
import torch

from sktcn._data.panel import Indices
from sktcn._model.threads import choose_threads
from sktcn._training.conflicts import check_callbacks, check_validated
from sktcn._training.device import (
    resolve_device,
    resolve_fixed_kernels,
    resolve_mixed_precision,
)
from sktcn._training.optimizer import optimizer_options, resolve_optimizer
from sktcn.networks import SequenceModel

T = TypeVar("T")
MIN_UPDATES = 1200  # updates of max_epochs="auto" ...
ROOT_UPDATES = 500  # ... or as many times the root of the number of batches, if that is more
CPU = torch.device("cpu")
BATCH_SIZE = 16  # series of a batch with batch_size="auto", where memory suffices


@dataclass(frozen=True)
class TrainingConfig:
    """Parameters of an estimator that decide how its networks are trained; see there.

    The device, and "auto" of ``batch_size``, ``n_fixed_kernels`` and ``mixed_precision`` are
    resolved; ``auto_batch_size`` says whether the batch size may be halved, ``auto_early_stopping``
    whether a validation part of the user's turns early stopping on. An estimator that lacks a
    parameter has its default here.
    """

    max_epochs: int | str = "auto"
    batch_size: int = BATCH_SIZE
    auto_batch_size: bool = False
    lr: float = 0.01
    weight_decay: float = 0.01
    optimizer: str | type[torch.optim.Optimizer] = "adamw"
    lr_schedule: str | None = "one_cycle"
    gradient_clip: float | None = None
    early_stopping: bool = False
    auto_early_stopping: bool = False
    n_iter_no_change: int = 10
    refit: bool = False
    n_fixed_kernels: int = 0
    n_estimators: int = 1
    callbacks: list[Any] | None = None
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0
    mixed_precision: bool | str = False
    compile: bool = False
    on_divergence: str = "raise"
    on_interrupt: str = "raise"
    warm_start: bool = False
    verbose: int = 0
    random_state: int | np.random.RandomState | None = 0
    dtype: str = "float32"
    n_threads: int | None = None
    crop: int | None = None
    device: torch.device = CPU

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Validate an estimator's parameters together; ValueError names the one that fails."""
        config = select(cls, parameters)
        optimizer_options(resolve_optimizer(config.optimizer), config.weight_decay)
        device = resolve_device(parameters.get("device", "auto"))
        mixed = resolve_mixed_precision(config.mixed_precision, device, config.dtype)
        check_callbacks(config.callbacks, config.lr_schedule)
        auto = isinstance(config.batch_size, str)
        batch_size = BATCH_SIZE if auto else config.batch_size
        auto_stopping = isinstance(config.early_stopping, str)
        return replace(
            config,
            device=device,
            mixed_precision=mixed,
            n_fixed_kernels=resolve_fixed_kernels(config.n_fixed_kernels, device),
            batch_size=batch_size,
            auto_batch_size=auto,
            early_stopping=config.early_stopping and not auto_stopping,
            auto_early_stopping=auto_stopping,
        )

    def for_fit(self, *, own_validation: bool) -> Self:
        """Resolve ``early_stopping="auto"`` by whether the user passes a validation part.

        Raise ValueError if a validation part, or a callback that reads one, would be ignored.
        """
        stopping = self.early_stopping or (own_validation and self.auto_early_stopping)
        if own_validation and not stopping:
            raise ValueError(
                "X_val and y_val are for early stopping: set early_stopping=True or 'auto', got "
                "early_stopping=False"
            )
        if own_validation and self.refit:
            raise ValueError(
                "refit must be False with X_val and y_val: all of X is in the training part "
                "already, got refit=True"
            )
        if not stopping:
            check_validated(
                self.callbacks,
                "set early_stopping=True, or pass X_val and y_val to fit, or let it read the "
                "training part",
            )
        elif self.refit:
            remedy = "set refit=False, since refit=True trains again without one"
            check_validated(self.callbacks, remedy, scored=True)
        return replace(self, early_stopping=stopping)

    def draw_seeds(self) -> list[int]:
        """Draw the seed of each network; a RandomState moves on."""
        state = self.random_state
        if isinstance(state, np.random.RandomState):
            state = state.randint(np.iinfo(np.int32).max)
        return [int(s) for s in np.random.SeedSequence(state).generate_state(self.n_estimators)]

    def n_epochs(self, n_batches: int) -> int:
        """Compute the epochs of ``n_batches`` to train.

        With ``max_epochs="auto"`` the number of updates grows with the root of the number of
        batches: four times the series take twice the updates.
        """
        if isinstance(self.max_epochs, str):
            return math.ceil(max(MIN_UPDATES, ROOT_UPDATES * math.sqrt(n_batches)) / n_batches)
        return self.max_epochs

    def choose_threads(self, network: SequenceModel, lengths: Indices) -> int:
        """Choose the threads of torch for a training on series of these lengths."""
        n_batches = math.ceil(len(lengths) / self.batch_size)
        n_series, n_steps = len(lengths) / n_batches, lengths.sum() / n_batches
        if self.crop is not None:
            n_series, n_steps = self.batch_size, min(n_steps, self.batch_size * 2 * self.crop)
        return choose_threads(network, n_series, n_steps, self.n_threads)


def select(kind: type[T], parameters: Mapping[str, Any]) -> T:
    """Build a dataclass from those parameters that are among its fields."""
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in parameters.items() if name in names})
