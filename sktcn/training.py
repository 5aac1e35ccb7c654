"""Training: the skorch net, what it listens to, and how it is built and fitted."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import skorch
import torch
from skorch.callbacks import Callback as Callback  # others take it from here
from skorch.callbacks import EarlyStopping, EpochTimer, GradientNormClipping
from torch import Tensor, nn
from tqdm import tqdm

from sktcn.batches import BatchIterator, SeriesDataset
from sktcn.networks import fused_passes
from sktcn.networks.dropout import ChannelDropout
from sktcn.options import Randomness, TrainingOptions, find_optimizer, optimizer_options


class StopTraining(Exception):  # noqa: N818 - not an error
    """A callback has asked to stop, in skorch's way: by a KeyboardInterrupt after an epoch."""


class SequenceNet(skorch.NeuralNet):
    """A skorch net whose batches are tensors already, with weighted losses."""

    module: Any
    mixed_precision = compiled = False
    peers: Any = None  # where several processes train one network: sktcn.distributed

    @property
    def _default_callbacks(self) -> list[Any]:
        return []  # what skorch prints and keeps of each batch is not wanted here

    def initialize_module(self) -> SequenceNet:
        """Take the module as given, and keep it once: skorch would pickle it twice."""
        self.module_ = self.module
        self.module = type(self.module_)
        return self

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
        inputs, target = batch if self.peers is None else self.peers.part(batch)
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
            if method_name == "on_epoch_end":
                raise StopTraining from interrupt
            raise

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Any, **params: Any
    ) -> None:
        """Go once through the batches; reads the loss back once, not after each batch."""
        if iterator is None:
            return
        total, n_series = torch.zeros(()), 0
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **params)
            self.notify("on_batch_end", batch=batch, training=training, **step)
            total = total + step["loss"].detach() * len(batch[1])
            n_series += len(batch[1])
        loss = float(total) / n_series
        if not math.isfinite(loss):
            epoch = len(self.history)
            raise ValueError(
                f"training diverged: the {prefix} loss of epoch {epoch} is {loss}. "
                f"Try a lower lr (lr={self.lr}) or gradient_clip."
            )
        self.history.record(f"{prefix}_loss", loss)


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


class Schedule(Callback):
    """Set the learning rate of each step as a part of the optimiser's own.

    Parameters
    ----------
    kind : {"one_cycle", "cosine", None}
        The curve: up for three tenths of the steps and down again (Smith & Topin, 2018), down
        from the start, or flat.
    n_steps : int
        Steps from the first to the last.
    """

    def __init__(self, kind: str | None, n_steps: int):
        self.kind = kind
        self.n_steps = n_steps
        self.step = 0

    def on_batch_begin(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Set the rate of the step to come."""
        if not training or self.kind is None:
            return
        rate = net.lr * self.factor((self.step + 0.5) / self.n_steps)
        self.step += 1
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
        self.bar_ = tqdm(total=self.n_epochs, unit="epoch")

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Move it on."""
        row = net.history[-1]
        self.bar_.set_postfix({k: f"{row[k]:.4f}" for k in row if k.endswith("_loss")})
        self.bar_.update()

    def close(self) -> None:
        """Close it, however the training ended."""
        if hasattr(self, "bar_"):
            self.bar_.close()
            del self.bar_


def build_net(
    module: nn.Module,
    criterion: nn.Module,
    options: TrainingOptions,
    randomness: Randomness,
    *,
    device: torch.device,
    n_batches: int = 1,
    early_stopping: bool = False,
) -> SequenceNet:
    """Make the skorch net around a module.

    Parameters
    ----------
    module : nn.Module
        A `SequenceModel`; it is trained in place.
    criterion : nn.Module
        Loss of each series, not reduced.
    options : TrainingOptions
        How to train.
    randomness : Randomness
        Source of the order of the series, and of the dropout's noise.
    device : torch.device
        Where to train.
    n_batches : int, default=1
        Batches of an epoch.
    early_stopping : bool, default=False
        Whether to stop when the validation loss gets no better, and go back to the best weights.

    Returns
    -------
    SequenceNet
        Initialised, untrained.
    """
    for layer in module.modules():
        if isinstance(layer, ChannelDropout):
            layer.generator = randomness.noise
    if options.compile:
        module.compile()
    kind = find_optimizer(options.optimizer)
    extra = optimizer_options(kind, options.weight_decay)
    callbacks = _own_callbacks(options, n_batches, early_stopping)
    net = SequenceNet(
        module,
        criterion,
        optimizer=kind,
        lr=options.lr,
        batch_size=options.batch_size,
        iterator_train=BatchIterator,
        iterator_train__rng=randomness.order,
        iterator_valid=BatchIterator,
        callbacks=[*callbacks, *(options.callbacks or [])],
        verbose=0,
        device=str(device),
        **{f"optimizer__{name}": value for name, value in extra.items()},
    )
    net.randomness = randomness
    net.mixed_precision, net.compiled = options.mixed_precision, options.compile
    return net.initialize()


def _own_callbacks(options: TrainingOptions, n_batches: int, early_stopping: bool) -> list[Any]:
    n_epochs = options.n_epochs(n_batches)
    callbacks: list[Any] = [EpochTimer(), Schedule(options.lr_schedule, n_epochs * n_batches)]
    if options.gradient_clip is not None:
        callbacks.append(GradientNormClipping(options.gradient_clip))
    if options.verbose:
        callbacks.append(ProgressBar(n_epochs))
    if early_stopping:
        patience = options.n_iter_no_change
        stopping = EarlyStopping(patience=patience, threshold=0.0, load_best=True, sink=_be_silent)
        callbacks.append(stopping)
    return callbacks


def _be_silent(text: str) -> None:
    pass


def fit_net(
    net: SequenceNet,
    train: SeriesDataset,
    valid: SeriesDataset | None = None,
    *,
    n_epochs: int,
) -> None:
    """Train a net in place, and leave it ready to predict.

    Parameters
    ----------
    net : SequenceNet
        The net.
    train, valid : SeriesDataset
        Series to learn from, and to watch the loss on.
    n_epochs : int
        Epochs at the most; callbacks may stop before.
    """
    net.notify("on_train_begin", X=train, y=None)
    try:
        with contextlib.suppress(StopTraining), _passes(net):
            net.fit_loop((train, valid), epochs=n_epochs)
    finally:
        net.module_.eval()
        for _, callback in net.callbacks_:
            if isinstance(callback, ProgressBar):
                callback.close()
    net.notify("on_train_end", X=train, y=None)


def _passes(net: SequenceNet) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext() if net.compiled else fused_passes(net.module_)


def history_table(histories: list[Any]) -> dict[str, list[Any]]:
    """Turn skorch's histories into a table.

    Parameters
    ----------
    histories : list of skorch.history.History
        One a network.

    Returns
    -------
    dict of list
        Columns of one entry an epoch: "epoch", "train_loss", "valid_loss" where there is a
        validation part, "lr", "seconds", whatever else callbacks recorded, and "member" where
        there are several networks; NaN where an epoch has no entry.
    """
    rows = [
        ({"member": member} if len(histories) > 1 else {}) | dict(row)
        for member, history in enumerate(histories)
        for row in history
    ]
    keys = dict.fromkeys(key for row in rows for key in row if key != "batches")
    names = {"dur": "seconds"}
    return {names.get(key, key): [row.get(key, math.nan) for row in rows] for key in keys}
