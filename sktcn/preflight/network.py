"""Checks of the training configuration and of the cost."""

from __future__ import annotations

from collections.abc import Iterator

from sktcn._data.advice import short_crop
from sktcn._training.config import TrainingConfig
from sktcn.networks import SequenceModel
from sktcn.preflight.cost import Cost, format_bytes, format_duration
from sktcn.preflight.finding import Finding

MIN_UPDATES = 100  # updates of the optimiser
MIN_VALID = 10  # series of the validation part
MAX_SECONDS = 3600.0  # seconds of a fit without a note


def check_training(
    cost: Cost, n_series: int, config: TrainingConfig, validation_fraction: float
) -> Iterator[Finding]:
    """Check for few updates, and for a small validation part of the series."""
    if cost.n_steps < MIN_UPDATES:
        yield Finding(
            "warning",
            f"the optimiser makes {cost.n_steps} updates, in {cost.n_epochs} epochs of "
            f"{cost.n_steps // cost.n_epochs} batches, few to learn from",
            "Set max_epochs='auto' or more epochs, or a smaller batch_size",
        )
    n_valid = round(validation_fraction * n_series)
    if config.early_stopping and n_valid < MIN_VALID:
        yield Finding(
            "warning",
            f"early_stopping watches the loss of {n_valid} series, which is mostly noise",
            "Set a larger validation_fraction, or early_stopping=False",
        )


def check_crop(crop: int | None, network: SequenceModel) -> Iterator[Finding]:
    """Check for a crop of fewer steps than are read besides."""
    if crop is None:
        return
    found = short_crop(crop, sum(network.context))
    if found is not None:
        yield Finding("warning", *found)


def check_cost(cost: Cost) -> Iterator[Finding]:
    """Check the memory against that of the device, and for a long fit."""
    if cost.available is not None and cost.memory > cost.available:
        yield Finding(
            "warning",
            f"the fit needs about {format_bytes(cost.memory)} of memory, the device has "
            f"{format_bytes(cost.available)}",
            "Set a smaller batch_size, or fewer n_filters or hidden_size",
        )
    if cost.seconds > MAX_SECONDS:
        yield Finding(
            "note",
            f"the fit takes about {format_duration(cost.seconds)}",
            "Try fewer epochs or n_estimators, a smaller network, a GPU, or fewer time steps",
        )
