"""What in a network and its training speaks against a fit, one check a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.batching import batch_sizes
from sktcn.estimators.base import SequenceEstimator
from sktcn.estimators.tcn import TCNEstimator
from sktcn.networks import blocks_to_cover
from sktcn.preflight.cost import Cost, duration, size
from sktcn.preflight.finding import Finding

FEW_STEPS = 100  # of the optimiser
FEW_VALID = 10  # series to tell when to stop
SLOW_LSTM = 512  # time steps which an LSTM goes through one by one
LONG = 3600.0  # seconds of a fit that are worth a word


def check_training(
    lengths: NDArray[np.int64], estimator: SequenceEstimator, n_epochs: int
) -> Iterator[Finding]:
    """Look for batches of one, few steps, and a validation part too small to tell anything.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
        Time steps of each series.
    estimator : SequenceEstimator
        What is to be fitted.
    n_epochs : int
        For how long.

    Yields
    ------
    Finding
        One a problem.
    """
    sizes = batch_sizes(lengths, estimator._options().batch_size)
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


def check_field(
    lengths: NDArray[np.int64], estimator: SequenceEstimator, backbone: Any
) -> Iterator[Finding]:
    """Hold the receptive field, or the steps of an LSTM, against the lengths of the series.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
        Time steps of each series.
    estimator : SequenceEstimator
        What is to be fitted.
    backbone : Backbone
        Its network, without the head.

    Yields
    ------
    Finding
        One a problem.
    """
    longest = int(lengths.max())
    if not isinstance(estimator, TCNEstimator):
        n_patches = -(-longest // backbone.patch_size)
        if n_patches > SLOW_LSTM:
            yield Finding(
                "note",
                f"the LSTM goes through {n_patches} steps one by one",
                "Set patch_size='auto', which is quicker and as a rule as accurate",
            )
        return
    field, n_blocks = backbone.receptive_field, len(backbone.blocks)
    kernel_size = backbone.blocks[0].conv2.conv.kernel_sizes[-1]
    enough = blocks_to_cover(longest, kernel_size, estimator.dilation_base)
    more = f"n_blocks={enough}, or " if kernel_size > 1 else ""
    if field < longest:
        yield Finding(
            "warning" if field < np.median(lengths) else "note",
            f"a feature sees {field} time steps of up to {longest}: what lies further apart is "
            "only ever pooled",
            f"Unless short patterns tell the targets apart, set {more}a larger kernel_size",
        )
    elif enough < n_blocks:
        yield Finding(
            "note",
            f"a feature could see {field} time steps of at most {longest}: {enough} blocks of the "
            f"{n_blocks} would see as much",
            "Set n_blocks='auto', unless it is depth that you want",
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
