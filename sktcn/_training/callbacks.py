"""What listens to a training: the schedule, the progress bar, what keeps and saves weights."""

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
    """Set the learning rate of each step as a part of the optimiser's own.

    Parameters
    ----------
    kind : {"one_cycle", "cosine", None}
        The curve: up for three tenths of the steps and down again (Smith & Topin, 2018), down
        from the start, or flat.
    n_steps : int
        Updates from the first to the last.
    """

    def __init__(self, kind: str | None, n_steps: int):
        self.kind = kind
        self.n_steps = n_steps

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Start with the first step."""
        self.step_ = 0

    def on_batch_begin(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Set the rate of the step to come."""
        if not training or self.kind is None:
            return
        rate = net.lr * self.factor((self.step_ + 0.5) / self.n_steps)
        self.step_ += 1
        for group in net.optimizer_.param_groups:
            group["lr"] = rate

    def factor(self, done: float) -> float:
        """Part of the full rate when a part of the steps, from 0 to 1, is ``done``."""
        warm = 0.3 if self.kind == "one_cycle" else 0.0
        if done < warm:
            return 0.5 - 0.5 * math.cos(math.pi * done / warm)
        return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (done - warm) / (1 - warm)))

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Note the rate of the epoch's last step."""
        net.history.record("lr", net.optimizer_.param_groups[0]["lr"])


class GradientClipping(Callback):
    """Shorten gradients that are too long; as skorch's, but for weights that are joined.

    Parameters
    ----------
    norm : float
        The most that the norm of all gradients together may be.
    """

    def __init__(self, norm: float):
        self.norm = norm

    def on_grad_computed(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Shorten them."""
        groups = net.optimizer_.param_groups
        torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], self.norm)


class ProgressBar(Callback):
    """A tqdm bar over the epochs, with the newest losses.

    Parameters
    ----------
    n_epochs : int
        Epochs to come.
    """

    def __init__(self, n_epochs: int):
        self.n_epochs = n_epochs

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Open the bar."""
        self._bar = tqdm(total=self.n_epochs, unit="epoch")

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Move it on."""
        row = net.history[-1]
        self._bar.set_postfix({k: f"{row[k]:.4f}" for k in row if k.endswith("_loss")})
        self._bar.update()

    def close(self) -> None:
        """Close it, however the training ended."""
        if hasattr(self, "_bar"):
            self._bar.close()
            del self._bar


class BestWeights(Callback):
    """Keep the weights of the epoch with the lowest loss, for a training that ends badly.

    Parameters
    ----------
    monitor : {"train_loss", "valid_loss"}
        Which loss.
    """

    def __init__(self, monitor: str):
        self.monitor = monitor

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Forget the last training's."""
        self.loss_, self.epoch_, self.n_epochs_, self.weights_ = math.inf, 0, 0, None

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Copy the weights if they are the best so far."""
        loss, weights = net.history[-1, self.monitor], net.module_.state_dict()
        if loss < self.loss_ and all(tensor.isfinite().all() for tensor in weights.values()):
            self.weights_ = copy.deepcopy(weights)
            self.loss_, self.epoch_ = loss, len(net.history)
        self.n_epochs_ = len(net.history)


class CheckpointCallback(Callback):
    """Save the state of a training every so often.

    It has to be the last one to be told, so that what the others have learned is in it.

    Parameters
    ----------
    file : TrainingFile
        Where.
    every : int or float
        Epochs if it is an integer, seconds otherwise.
    """

    def __init__(self, file: TrainingFile, every: float):
        self.file = file
        self.every = every

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Make sure that all can be saved, and start the clock."""
        self.file.check(training_state(net))
        self._saved_at = time.monotonic()

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """Remember what the order of the epoch is drawn from."""
        self._order = net.generators.order.bit_generator.state

    def on_batch_end(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Save within an epoch if it is time."""
        if training and self._is_time() and math.isfinite(net.progress.total):
            self._save(net, order=self._order)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Save if it is time, or enough epochs have gone."""
        counted = isinstance(self.every, Integral) and len(net.history) % self.every == 0
        if counted or self._is_time():
            self._save(net)

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Save what came of it, unless the user broke it off."""
        if net.history[-1].get("stopped") != "interrupted":
            self._save(net, done=True)

    def _is_time(self) -> bool:
        passed = time.monotonic() - self._saved_at
        return not isinstance(self.every, Integral) and passed >= self.every

    def _save(self, net: Any, **other: Any) -> None:
        if net.peers is None or net.peers.is_first:
            self.file.save(training_state(net) | other)
        self._saved_at = time.monotonic()
