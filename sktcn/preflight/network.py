"""What in a network and its training speaks against a fit, one check a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sktcn._data.batching import batch_sizes
from sktcn._data.panel import Indices
from sktcn._training.config import TrainingConfig
from sktcn.preflight.cost import Cost, duration, size
from sktcn.preflight.finding import Finding

FEW_STEPS = 100  # of the optimiser
FEW_VALID = 10  # series to tell when to stop
LONG = 3600.0  # seconds of a fit that are worth a word


def check_training(
    lengths: Indices, estimator: Any, config: TrainingConfig, n_epochs: int
) -> Iterator[Finding]:
    """Look for batches of one, few steps, and a validation part too small to tell anything.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
        Time steps of each series.
    estimator : BaseSequenceEstimator
        Estimator to be fitted.
    config : TrainingConfig
        Configuration of the training.
    n_epochs : int
        For how long.

    Yields
    ------
    Finding
        One a problem.
    """
    sizes = batch_sizes(lengths, config.batch_size)
    if estimator.norm == "batch" and 1 in sizes:
        yield Finding(
            "warning",
            f"{sizes.count(1)} of {len(sizes)} batches are of one series, whose statistics are all "
            "that batch norm has",
            "Set batch_size to 8 or more, or norm='layer'",
        )
    n_steps = n_epochs * len(sizes)
    if n_steps < FEW_STEPS:
        yield Finding(
            "warning",
            f"the optimiser makes {n_steps} steps, in {n_epochs} epochs of {len(sizes)} batches: "
            "few to learn from",
            "Set max_epochs='auto' or more epochs, or a smaller batch_size",
        )
    n_valid = round(estimator.validation_fraction * len(lengths))
    if estimator.early_stopping and n_valid < FEW_VALID:
        yield Finding(
            "warning",
            f"early_stopping watches the loss of {n_valid} series, which is mostly chance",
            "Set a larger validation_fraction, or early_stopping=False",
        )


def check_cost(cost: Cost) -> Iterator[Finding]:
    """Hold the memory against the device's, and say so if the fit is a long one.

    Parameters
    ----------
    cost : Cost
        Of the fit.

    Yields
    ------
    Finding
        One a problem.
    """
    if cost.available is not None and cost.memory > cost.available:
        yield Finding(
            "warning",
            f"the fit needs about {size(cost.memory)} of memory, the device has "
            f"{size(cost.available)}",
            "Set a smaller batch_size, or fewer n_filters or hidden_size",
        )
    if cost.seconds > LONG:
        yield Finding(
            "note",
            f"the fit takes about {duration(cost.seconds)}",
            "Try fewer epochs or n_estimators, a smaller network, a GPU, or fewer time steps",
        )
