"""Trainings that end where they began: with the loss of guessing."""

from __future__ import annotations

import math
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sktcn._data.dataset import TrainingSet
from sktcn._model.task import Task
from sktcn._training.config import TrainingConfig
from sktcn._training.net import SequenceNet

MIN_LEARNED = 0.05  # of what lies between the loss of guessing and the least possible
MIN_UPDATES = 120  # a tenth of those of max_epochs="auto"; fewer are a trial
# Last epochs whose mean loss counts: as many as are enough updates.
N_EPOCHS, N_UPDATES = 10, 60


def warn_unlearned(
    nets: list[SequenceNet], data: TrainingSet, task: Task, config: TrainingConfig
) -> None:
    """Warn if the training loss of a network ended near that of the best constant answer."""
    bounds = task.bounding_losses(data.target, data.weight)
    epoch_updates = math.ceil(len(data.target) / config.batch_size)
    judged = [net for net in nets if _is_judged(net, epoch_updates, config)]
    if bounds is None or not judged:
        return
    guessing, least = bounds
    if math.isclose(guessing, least, abs_tol=1e-4):
        return  # one answer is right for nearly all of the weight
    loss = max(_final_loss(net, epoch_updates) for net in judged)
    if guessing - loss < MIN_LEARNED * (guessing - least):
        warnings.warn(
            f"the training loss ended at {loss:.4g}, no better than that of guessing, "
            f"{guessing:.4g}: the network has learned next to nothing of its training series. Try "
            f"less dropout, another lr (lr={config.lr:g}), more epochs, or the fixed kernels of "
            "RocketClassifier and RocketRegressor; sktcn.preflight looks for faults in the series",
            ConvergenceWarning,
            stacklevel=3,
        )


def _is_judged(net: SequenceNet, epoch_updates: int, config: TrainingConfig) -> bool:
    """Return whether a training was of its own length or long enough, and not interrupted."""
    long_enough = config.max_epochs == "auto" or len(net.history) * epoch_updates >= MIN_UPDATES
    return long_enough and "stopped" not in net.history[-1]


def _final_loss(net: SequenceNet, epoch_updates: int) -> float:
    """Average the training loss of the last epochs: that of one short epoch is noisy."""
    n_epochs = min(N_EPOCHS, math.ceil(N_UPDATES / epoch_updates))
    return float(np.mean(net.history[-n_epochs:, "train_loss"]))
