"""How a net is built and fitted."""

from __future__ import annotations

import contextlib
import math
import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import EarlyStopping, EpochTimer
from torch import nn

from sktcn._data.batching import BatchIterator
from sktcn._data.dataset import ChunkedDataset, SeriesDataset
from sktcn._training.callbacks import (
    BestWeights,
    CheckpointCallback,
    GradientClipping,
    ProgressBar,
    Schedule,
)
from sktcn._training.config import TrainingConfig
from sktcn._training.flat_weights import flat_weights
from sktcn._training.net import DivergenceError, Epoch, SequenceNet, StopTraining
from sktcn._training.optimizer import optimizer_options, resolve_optimizer
from sktcn._training.random import Generators
from sktcn._training.state import load_training_state
from sktcn.networks import fused_passes
from sktcn.networks.dropout import ChannelDropout


def build_net(
    module: nn.Module,
    criterion: nn.Module,
    config: TrainingConfig,
    generators: Generators,
    *,
    n_batches: int = 1,
    early_stopping: bool = False,
    saver: CheckpointCallback | None = None,
) -> SequenceNet:
    """Make the skorch net around a module.

    Parameters
    ----------
    module : nn.Module
        A `SequenceModel`; it is trained in place.
    criterion : nn.Module
        Loss of each series, not reduced.
    config : TrainingConfig
        How to train.
    generators : Generators
        Source of the order of the series, and of the dropout's noise.
    n_batches : int, default=1
        Batches of an epoch.
    early_stopping : bool, default=False
        Whether to stop when the validation loss gets no better, and go back to the best weights.
    saver : CheckpointCallback, default=None
        What is to keep the state of the training.

    Returns
    -------
    SequenceNet
        Initialised, untrained.
    """
    for layer in module.modules():
        if isinstance(layer, ChannelDropout):
            layer.generator = generators.noise
    if config.compile:
        module.compile()
    kind = resolve_optimizer(config.optimizer)
    extra = optimizer_options(kind, config.weight_decay)
    callbacks = _own_callbacks(config, n_batches, early_stopping)
    net = SequenceNet(
        module,
        criterion,
        optimizer=kind,
        lr=config.lr,
        batch_size=config.batch_size,
        iterator_train=BatchIterator,
        iterator_train__rng=generators.order,
        iterator_valid=BatchIterator,
        callbacks=[*callbacks, *(config.callbacks or []), *([saver] if saver else [])],
        verbose=0,
        device=str(config.device),
        **{f"optimizer__{name}": value for name, value in extra.items()},
    )
    net.generators = generators
    net.mixed_precision, net.compiled = config.mixed_precision, config.compile
    net.kept_on = _kept_on(config)
    net.peers = None
    return net.initialize()


def _kept_on(config: TrainingConfig) -> tuple[type[BaseException], ...]:
    """Say which bad ends of a training leave the best weights that there were."""
    kept = {DivergenceError: config.on_divergence, KeyboardInterrupt: config.on_interrupt}
    return tuple(kind for kind, policy in kept.items() if policy == "best")


def _own_callbacks(config: TrainingConfig, n_batches: int, early_stopping: bool) -> list[Any]:
    n_epochs = config.n_epochs(n_batches)
    callbacks: list[Any] = [EpochTimer(), Schedule(config.lr_schedule, n_epochs * n_batches)]
    if config.gradient_clip is not None:
        callbacks.append(GradientClipping(config.gradient_clip))
    if config.verbose:
        callbacks.append(ProgressBar(n_epochs))
    if early_stopping:
        patience = config.n_iter_no_change
        stopping = EarlyStopping(patience=patience, threshold=0.0, load_best=True, sink=_be_silent)
        callbacks.append(stopping)
    if _kept_on(config):
        callbacks.append(BestWeights("valid_loss" if early_stopping else "train_loss"))
    return callbacks


def _be_silent(text: str) -> None:
    pass


def fit_net(
    net: SequenceNet,
    train: SeriesDataset | ChunkedDataset,
    valid: SeriesDataset | ChunkedDataset | None = None,
    *,
    n_epochs: int,
    state: dict[str, Any] | None = None,
) -> None:
    """Train a net in place, and leave it ready to predict.

    Parameters
    ----------
    net : SequenceNet
        The net.
    train, valid : SeriesDataset or ChunkedDataset
        Series to learn from, and to watch the loss on.
    n_epochs : int
        Epochs at the most; callbacks may stop before.
    state : dict, default=None
        What `training_state` told of the same training, to go on from there.

    Raises
    ------
    DivergenceError
        If a loss or a weight is not finite, unless the best weights are to be kept.
    """
    net.notify("on_train_begin", X=train, y=None)
    if net.peers is not None:
        state = net.peers.agreed(state)
    if state is not None:
        load_training_state(net, state)
        n_epochs -= len(state["history"])
    try:
        if state is None or not state["done"]:
            with net.recording_interrupts():
                _train(net, train, valid, n_epochs)
    finally:
        net.peers = None
        net.module_.eval()
        for _, callback in net.callbacks_:
            if isinstance(callback, ProgressBar):
                callback.close()


def _train(
    net: SequenceNet,
    train: SeriesDataset | ChunkedDataset,
    valid: SeriesDataset | ChunkedDataset | None,
    n_epochs: int,
) -> None:
    try:
        with contextlib.suppress(StopTraining), flat_weights(net), _passes(net):
            net.fit_loop((train, valid), epochs=n_epochs)
        for name, tensor in net.module_.state_dict().items():
            if not tensor.isfinite().all():
                net.diverged(f"{name} is not finite after the last step")
    except net.kept_on as end:
        _keep_best(net, end)
    net.notify("on_train_end", X=train, y=None)


def _keep_best(net: SequenceNet, end: BaseException) -> None:
    """Go back to the best weights, and say so, or end as badly as it was if there are none."""
    best = next(callback for _, callback in net.callbacks_ if isinstance(callback, BestWeights))
    if best.weights_ is None:
        raise end
    epoch = len(net.history)
    del net.history[best.n_epochs_ :]
    net.module_.load_state_dict(best.weights_)
    net.optimizer_.state.clear()  # it is of other weights, and may be spoilt
    net.progress = Epoch()  # the one that was broken off is no more
    interrupted = isinstance(end, KeyboardInterrupt)
    net.history.record("stopped", "interrupted" if interrupted else "diverged")
    how = f"training was interrupted in epoch {epoch}" if interrupted else str(end)
    warnings.warn(
        f"{how}. The weights are those of epoch {best.epoch_}, whose {best.monitor} was the lowest",
        ConvergenceWarning,
        stacklevel=2,
    )


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
