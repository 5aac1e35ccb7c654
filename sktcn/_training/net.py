"""The skorch net: batches of tensors, weighted losses, and losses read at intervals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, NoReturn

import torch
from skorch.callbacks.scoring import ScoringBase
from torch import Tensor

from sktcn._training.flat_weights import flat_parameter
from sktcn._training.prediction import PredictingNet
from sktcn._training.progress import EpochProgress
from sktcn.exceptions import DivergenceError

READ_INTERVAL = 64  # batches between two reads of the losses


class StopTraining(Exception):  # noqa: N818 - not an error
    """Raised where a callback stops the training, by skorch's KeyboardInterrupt after an epoch."""


class SequenceNet(PredictingNet):
    """A skorch net with weighted losses, whose datasets yield batches of tensors.

    Attributes
    ----------
    flat : bool
        Whether the optimiser updates all weights as one flat parameter.
    records_batches : bool
        Whether the history has the loss and the size of each batch, which callbacks may read.
    process_group : DistributedDataParallel or None
        Callback by which several processes train one network.
    scores : bool
        Whether a callback scores the answers of an epoch.
    recoverable_errors : tuple of type
        Exceptions on which the training ends with the best weights so far.
    interrupted : bool
        Whether the user has interrupted the training.
    stopping : bool
        Whether a callback stops the training after the epoch that ends.
    """

    module: Any
    mixed_precision = compiled = flat = records_batches = scores = False
    process_group: Any = None
    recoverable_errors: tuple[type[BaseException], ...] = ()
    interrupted = stopping = False

    @property
    def _default_callbacks(self) -> list[Any]:
        return []  # skorch's print and record each batch

    def initialize_module(self) -> SequenceNet:
        """Use the module itself, and keep it once, where skorch would pickle it twice."""
        self.module_ = self.module
        self.module = type(self.module_)
        self.progress = EpochProgress(self.model.task.metric)
        return self

    def get_params_for_optimizer(self, prefix: str, named_parameters: Any) -> Any:
        """Pass one flat parameter to an elementwise optimiser."""
        if self.flat:
            named_parameters = [("weights", flat_parameter(self.module_))]
        return super().get_params_for_optimizer(prefix, named_parameters)

    def _zero_grad_optimizer(self, set_to_none: bool | None = None) -> None:
        """Zero the gradients, in place where they are views of the flat gradient."""
        super()._zero_grad_optimizer(set_to_none=not self.flat)

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """Begin a row of the history, whose earliest rows may have been dropped."""
        n_epochs = self.history[-1, "epoch"] if self.history else 0
        self.history.new_epoch()
        self.history.record("epoch", n_epochs + 1)

    def get_split_datasets(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Return the pair of training and validation set that `fit_net` passes."""
        return X

    def infer(self, x: dict[str, Tensor | None], **params: Any) -> Tensor:
        """Apply the module."""
        outputs: Tensor = self.module_(**x)
        return outputs

    def train_step_single(self, batch: Any, **params: Any) -> dict[str, Any]:
        """Compute outputs, loss and gradients of a batch, or of the part of this process.

        Unlike skorch's, the method sets modules to training mode only if they are not.
        """
        if not self.module_.training:
            self.module_.train()
        if self.process_group is not None:
            batch = self.process_group.shard(self, batch)
        device = torch.device(self.device).type
        with torch.autocast(device, torch.bfloat16, enabled=self.mixed_precision):
            outputs = self.infer(batch[0], **params)
        result = self._score(outputs, batch)
        result["loss"].backward()
        if self.process_group is not None:
            result |= self.process_group.average(self, result["loss"], result["n_rows"])
        return result

    def validation_step(self, batch: Any, **params: Any) -> dict[str, Any]:
        """Compute outputs and loss of a batch, without gradients."""
        self.module_.eval()
        with torch.no_grad():
            return self._score(self.infer(batch[0], **params), batch)

    def _score(self, outputs: Tensor, batch: Any) -> dict[str, Any]:
        """Compute the loss of outputs, and line them up with what they are scored on."""
        (inputs, target), task = batch, self.model.task
        rows = task.rows(outputs, target, inputs)
        loss = task.loss(self.criterion_, rows, outputs, batch)
        scored = {**inputs, "weight": rows.weight}, rows.target
        y_pred = rows.outputs.detach()
        return {"loss": loss, "y_pred": y_pred, "batch": scored, "n_rows": len(y_pred)}

    def notify(self, method_name: str, **kwargs: Any) -> None:
        """Notify callbacks; their KeyboardInterrupt becomes StopTraining, the user's does not.

        All callbacks see the end of an epoch before the training stops.
        """
        getattr(self, method_name)(self, **kwargs)
        for _, callback in self.callbacks_:
            scores = isinstance(callback, ScoringBase)
            given = self.restore_targets(callback, kwargs) if scores else kwargs
            try:
                getattr(callback, method_name)(self, **given)
            except KeyboardInterrupt:
                if method_name != "on_epoch_end" or self.interrupted:
                    raise
                self.stopping = True
        if self.stopping:
            del self.stopping
            raise StopTraining

    @contextmanager
    def recording_interrupts(self) -> Iterator[None]:
        """Record the user's interrupt, which may occur while callbacks run after an epoch."""
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
        """Run the remaining batches of an epoch."""
        if iterator is None:
            return
        metric = self.model.task.metric
        epoch = self.progress if training else EpochProgress(metric)
        for batch in islice(iterator, epoch.n_batches, None):
            self.notify("on_batch_begin", batch=batch, training=training)
            result = {"batch": batch} | step_fn(batch, **params)
            loss, n_rows = result["loss"].detach(), result.pop("n_rows")
            epoch.add(loss, n_rows, result["batch"], result["y_pred"])
            if epoch.n_batches % READ_INTERVAL == 0:
                self.check_losses(epoch, prefix)
            if self.records_batches:
                self.history.record_batch(f"{prefix}_loss", float(loss))
                self.history.record_batch(f"{prefix}_batch_size", n_rows)
            self.notify("on_batch_end", training=training, **result)
        self.check_losses(epoch, prefix)
        self.history.record(f"{prefix}_loss", float(epoch.total) / epoch.n_rows)
        if metric is not None and epoch.tally is not None:
            several = training and self.process_group is not None
            tally = self.process_group.add_up(epoch.tally) if several else epoch.tally
            self.history.record(f"{prefix}_{metric.name}", metric.value(tally))
        if training:
            self.progress = EpochProgress(metric)

    def check_losses(self, epoch: EpochProgress, prefix: str = "train") -> None:
        """Raise DivergenceError if a loss of the epoch is not finite."""
        nonfinite = epoch.first_nonfinite_batch()
        if nonfinite is not None:
            batch, loss = nonfinite
            self.raise_divergence(
                f"the {prefix} loss of step {batch} of epoch {self.history[-1, 'epoch']} is {loss}"
            )
        epoch.count()

    def raise_divergence(self, reason: str) -> NoReturn:
        """Raise DivergenceError with remedies."""
        raise DivergenceError(
            f"training diverged: {reason}. Try a lower lr (lr={self.lr}), gradient_clip=1.0, or "
            "scaling='channel' if it is None and values are large"
        )
