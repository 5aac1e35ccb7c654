"""Callbacks: learning rate schedule, gradient clipping, progress bar, best weights, checkpoint."""

from __future__ import annotations

import copy
import math
import time
from numbers import Integral
from typing import Any

import torch
from skorch.callbacks import Callback
from tqdm import tqdm

from sktcn._training.checkpoint import TrainingFile
from sktcn._training.state import training_state


class Schedule(Callback):
    """Multiply the learning rate of each of ``n_updates`` updates by a schedule.

    "one_cycle" rises for three tenths of the updates and then falls (Smith & Topin, 2018), "cosine"
    falls from the start, and None is constant.
    """

    def __init__(self, kind: str | None, n_updates: int):
        self.kind = kind
        self.n_updates = n_updates

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Reset the number of updates."""
        self.step_ = 0  # a key of checkpoints

    def on_batch_begin(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Set the rate of the next update."""
        if not training or self.kind is None:
            return
        rate = net.lr * self.factor((self.step_ + 0.5) / self.n_updates)
        self.step_ += 1
        for group in net.optimizer_.param_groups:
            group["lr"] = rate

    def factor(self, done: float) -> float:
        """Compute the factor of the rate at a fraction of the training, from 0 to 1."""
        warmup = 0.3 if self.kind == "one_cycle" else 0.0
        if done < warmup:
            return 0.5 - 0.5 * math.cos(math.pi * done / warmup)
        return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (done - warmup) / (1 - warmup)))

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Record the rate of the epoch's last update."""
        net.history.record("lr", net.optimizer_.param_groups[0]["lr"])


class BestLosses(Callback):
    """Record whether the losses of an epoch are the lowest so far, which callbacks ask for."""

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Find the lowest losses of the history, which `partial_fit` continues."""
        self.lowest_ = {
            name: min((row[name] for row in net.history if name in row), default=math.inf)
            for name in ("train_loss", "valid_loss")
        }

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Compare the losses of the epoch."""
        row = net.history[-1]
        for name, lowest in self.lowest_.items():
            if name in row:
                net.history.record(f"{name}_best", row[name] < lowest)
                self.lowest_[name] = min(row[name], lowest)


class GradientClipping(Callback):
    """Clip the norm of all gradients together, those of the optimiser's parameters.

    The optimiser's parameters may be the flat weights, and not those of the module.
    """

    def __init__(self, norm: float):
        self.norm = norm

    def on_grad_computed(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Clip the gradients."""
        groups = net.optimizer_.param_groups
        torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], self.norm)


class ProgressBar(Callback):
    """Show a tqdm bar over the epochs with the latest losses."""

    def __init__(self, n_epochs: int):
        self.n_epochs = n_epochs

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Open the bar."""
        self._bar = tqdm(total=self.n_epochs, unit="epoch")

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Advance the bar."""
        row = net.history[-1]
        shown = [name for name in row if name.startswith(("train_", "valid_"))]
        self._bar.set_postfix({k: f"{row[k]:.4f}" for k in shown if not k.endswith("_best")})
        self._bar.update()

    def close(self) -> None:
        """Close the bar, if it is open."""
        if hasattr(self, "_bar"):
            self._bar.close()
            del self._bar


class BestWeights(Callback):
    """Keep the weights of the epoch with the lowest loss, in case the training fails.

    ``monitor`` is "train_loss" or "valid_loss".
    """

    def __init__(self, monitor: str):
        self.monitor = monitor

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Reset the best weights."""
        self.loss_, self.epoch_, self.n_epochs_, self.weights_ = math.inf, 0, 0, None

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Copy the weights if their loss is the lowest so far."""
        loss, weights = net.history[-1, self.monitor], net.module_.state_dict()
        if loss < self.loss_ and all(tensor.isfinite().all() for tensor in weights.values()):
            self.weights_ = copy.deepcopy(weights)
            self.loss_, self.epoch_ = loss, len(net.history)
        self.n_epochs_ = len(net.history)


class CheckpointCallback(Callback):
    """Save the state of a training at intervals of epochs (an integer) or seconds (a float).

    It must be the last callback, so that it saves the states of the others after their updates.
    """

    def __init__(self, file: TrainingFile, every: float):
        self.file = file
        self.every = every

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Validate that the state can be saved, and start the clock."""
        self.file.check(training_state(net))
        self._saved_at = time.monotonic()

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """Keep the generator's state from which the epoch's order is drawn."""
        self._order = net.generators.order.bit_generator.state

    def on_batch_end(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Save within an epoch if the interval has passed, and no score is of the whole epoch."""
        if training and not net.scores and self._is_due() and math.isfinite(net.progress.total):
            self._save(net, order=self._order)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Save if the interval has passed, in epochs or in seconds, and the training goes on."""
        if net.stopping:
            return
        counted = isinstance(self.every, Integral) and len(net.history) % self.every == 0
        if counted or self._is_due():
            self._save(net)

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Save the final state, unless the user interrupted the training."""
        if net.history[-1].get("stopped") != "interrupted":
            self._save(net, done=True)

    def _is_due(self) -> bool:
        elapsed = time.monotonic() - self._saved_at
        return not isinstance(self.every, Integral) and elapsed >= self.every

    def _save(self, net: Any, **changes: Any) -> None:
        if net.process_group is None or net.process_group.is_first:
            self.file.save(training_state(net) | changes)
        self._saved_at = time.monotonic()
