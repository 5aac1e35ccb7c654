"""The skorch net: batches that are tensors already, weighted losses, as few steps as can be."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, NoReturn

import skorch
import torch
from torch import Tensor

from sktcn._training.flat_weights import ELEMENTWISE, placeholder

READ_EVERY = 64  # steps after which their losses are looked at


class StopTraining(Exception):  # noqa: N818 - not an error
    """A callback has asked to stop, in skorch's way: by a KeyboardInterrupt after an epoch."""


class DivergenceError(ValueError):
    """A loss, or a weight, is no finite number any more."""


class Epoch:
    """How far an epoch is, and the losses up to there.

    They are looked at now and then, together: to read a number makes a GPU wait.
    """

    def __init__(self) -> None:
        self.n_batches = self.n_series = 0
        self.total = torch.zeros(())
        self._unread: list[Tensor] = []

    def add(self, loss: Tensor, n_series: int) -> None:
        """Count a batch, and its mean loss."""
        self.total = self.total + loss * n_series
        self.n_series += n_series
        self.n_batches += 1
        self._unread.append(loss)

    def first_bad_step(self) -> tuple[int, float] | None:
        """Find the first step, counted from one, whose loss is not finite, and this loss."""
        losses, self._unread = self._unread, []
        if math.isfinite(float(self.total)):
            return None
        first = next((i for i, x in enumerate(losses) if not math.isfinite(x)), len(losses) - 1)
        return self.n_batches - len(losses) + first + 1, float(losses[first])


class SequenceNet(skorch.NeuralNet):
    """A skorch net whose batches are tensors already, with weighted losses."""

    module: Any
    mixed_precision = compiled = False
    peers: Any = None  # where several processes train one network: sktcn.distributed
    kept_on: tuple[type[BaseException], ...] = ()  # what ends a training, the best weights kept
    interrupted = False  # by the user

    @property
    def _default_callbacks(self) -> list[Any]:
        return []  # what skorch prints and keeps of each batch is not wanted here

    def initialize_module(self) -> SequenceNet:
        """Take the module as given, and keep it once: skorch would pickle it twice."""
        self.module_ = self.module
        self.module = type(self.module_)
        self.progress = Epoch()
        return self

    def get_params_for_optimizer(self, prefix: str, named_parameters: Any) -> Any:
        """Give an optimiser all weights as one, if that is all the same to it."""
        if self.optimizer in ELEMENTWISE:
            named_parameters = [("weights", placeholder(self.module_))]
        return super().get_params_for_optimizer(prefix, named_parameters)

    def _zero_grad_optimizer(self, set_to_none: bool | None = None) -> None:
        """Keep the gradients' memory, in which they are parts of one."""
        super()._zero_grad_optimizer(set_to_none=False)

    def get_split_datasets(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Return the pair of training and validation set that `fit_net` was given."""
        return X

    def infer(self, x: dict[str, Tensor | None], **params: Any) -> Tensor:
        """Apply the module."""
        answer: Tensor = self.module_(**x)
        return answer

    def train_step_single(self, batch: Any, **params: Any) -> dict[str, Tensor]:
        """Answers, loss and gradients of a batch.

        As skorch's, which however goes through all modules to set them to training each time.
        """
        if not self.module_.training:
            self.module_.train()
        inputs, target = batch if self.peers is None else self.peers.part(self, batch)
        device = torch.device(self.device).type
        with torch.autocast(device, torch.bfloat16, enabled=self.mixed_precision):
            y_pred = self.infer(inputs, **params)
        loss = self.get_loss(y_pred, target, X=inputs, training=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.peers is not None:
            loss = self.peers.average(self, loss, len(target))
        return {"loss": loss, "y_pred": y_pred}

    def get_loss(
        self, y_pred: Tensor, y_true: Tensor, X: Any = None, training: bool = False
    ) -> Tensor:
        """Mean loss over the series, weighted; weights have a mean of one over all batches."""
        return mean_loss(self.criterion_(y_pred, y_true), X["weight"])

    def notify(self, method_name: str, **kwargs: Any) -> None:
        """Tell the callbacks; keep their wish to stop apart from a user's Ctrl-C."""
        try:
            super().notify(method_name, **kwargs)
        except KeyboardInterrupt as interrupt:
            if method_name == "on_epoch_end" and not self.interrupted:
                raise StopTraining from interrupt
            raise

    @contextmanager
    def recording_interrupts(self) -> Iterator[None]:
        """Note a user's Ctrl-C, which may come while callbacks are told of an epoch's end."""
        handler = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(handler):
            yield
            return

        signal.signal(signal.SIGINT, partial(self._record_interrupt, handler))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, handler)

    def _record_interrupt(self, handler: Callable[..., Any], *args: Any) -> None:
        try:
            handler(*args)
        except KeyboardInterrupt:
            self.interrupted = True
            raise

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Any, **params: Any
    ) -> None:
        """Go through the batches of an epoch that are still to come."""
        if iterator is None:
            return
        epoch = self.progress if training else Epoch()
        for batch in islice(iterator, epoch.n_batches, None):
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **params)
            epoch.add(step["loss"].detach(), len(batch[1]))
            if epoch.n_batches % READ_EVERY == 0:
                self.check_losses(epoch, prefix)
            self.notify("on_batch_end", batch=batch, training=training, **step)
        self.check_losses(epoch, prefix)
        self.history.record(f"{prefix}_loss", float(epoch.total) / epoch.n_series)
        if training:
            self.progress = Epoch()

    def check_losses(self, epoch: Epoch, prefix: str = "train") -> None:
        """Raise if a loss of the epoch is not finite."""
        bad = epoch.first_bad_step()
        if bad is not None:
            (step, loss), epoch_number = bad, len(self.history)
            self.diverged(f"the {prefix} loss of step {step} of epoch {epoch_number} is {loss}")

    def diverged(self, how: str) -> NoReturn:
        """Raise, and say what to try."""
        raise DivergenceError(
            f"training diverged: {how}. Try a lower lr (lr={self.lr}), gradient_clip=1.0, or "
            "scaling='channel' if values are large"
        )


def mean_loss(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Take the mean over series, and over targets where there are several.

    Parameters
    ----------
    losses : Tensor
        Loss of each series, ``(n,)`` or ``(n, n_outputs)``.
    weight : Tensor or None
        What each series counts, ``(n,)``; None if all count alike.

    Returns
    -------
    Tensor
        A number.
    """
    if losses.ndim > 1:
        losses = losses.mean(1)
    return losses.mean() if weight is None else (losses * weight).mean()
