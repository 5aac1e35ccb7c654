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
N_EPOCHS = 10  # last ones, whose mean loss counts
MIN_UPDATES = 120  # a tenth of those of max_epochs="auto"; fewer are a trial


def warn_unlearned(
    nets: list[SequenceNet], data: TrainingSet, task: Task, config: TrainingConfig
) -> None:
    """Warn if the training loss of a network ended near that of the best constant answer."""
    bounds = task.bounding_losses(data.target, data.weight)
    judged = [net for net in nets if _is_judged(net, len(data.target), config)]
    if bounds is None or not judged:
        return
    guessing, least = bounds
    if math.isclose(guessing, least, abs_tol=1e-4):
        return  # one answer is right for nearly all of the weight
    loss = max(_final_loss(net) for net in judged)
    if guessing - loss < MIN_LEARNED * (guessing - least):
        warnings.warn(
            f"the training loss ended at {loss:.4g}, near that of guessing, {guessing:.4g}: the "
            "network has learned next to nothing of its training series. Try less dropout, another "
            f"lr (lr={config.lr:g}), more epochs, or the fixed kernels of RocketClassifier and "
            "RocketRegressor; sktcn.preflight looks for faults in the series",
            ConvergenceWarning,
            stacklevel=3,
        )


def _is_judged(net: SequenceNet, n_series: int, config: TrainingConfig) -> bool:
    """Return whether a training was of its own length or long enough, and not interrupted."""
    n_updates = len(net.history) * math.ceil(n_series / config.batch_size)
    long_enough = config.max_epochs == "auto" or n_updates >= MIN_UPDATES
    return long_enough and "stopped" not in net.history[-1]


def _final_loss(net: SequenceNet) -> float:
    """Average the training loss of the last epochs: that of one epoch is noisy."""
    return float(np.mean(net.history[-N_EPOCHS:, "train_loss"]))
