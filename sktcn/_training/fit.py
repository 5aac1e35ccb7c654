"""Building and fitting of nets."""

from __future__ import annotations

import contextlib
import math
import warnings
from dataclasses import replace
from itertools import chain
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import EarlyStopping, EpochTimer, ParamMapper, PrintLog
from skorch.callbacks.scoring import ScoringBase
from skorch.utils import noop
from torch import nn

from sktcn._data.dataset import BatchIterator, ChunkedDataset, SeriesDataset
from sktcn._data.windows import Cutting
from sktcn._fast.training import fast_passes
from sktcn._model.fitted import FittedModel
from sktcn._training.callbacks import (
    BestLosses,
    BestWeights,
    CheckpointCallback,
    GradientClipping,
    ProgressBar,
    Schedule,
)
from sktcn._training.config import TrainingConfig
from sktcn._training.conflicts import iter_callbacks, naming_columns
from sktcn._training.flat_weights import ELEMENTWISE, flat_weights
from sktcn._training.net import SequenceNet, StopTraining
from sktcn._training.optimizer import optimizer_options, resolve_optimizer
from sktcn._training.progress import EpochProgress
from sktcn._training.random import Generators
from sktcn._training.state import load_training_state
from sktcn.exceptions import DivergenceError
from sktcn.networks.dropout import ChannelDropout

NO_COLUMNS = {"batches", "train_loss_best", "valid_loss_best"}  # of the history for callbacks


def build_net(
    module: nn.Module,
    model: FittedModel,
    config: TrainingConfig,
    generators: Generators,
    *,
    n_batches: int = 1,
    early_stopping: bool = False,
    checkpoint: CheckpointCallback | None = None,
) -> SequenceNet:
    """Build an untrained net that trains a `SequenceModel` of a model in place.

    ``n_batches`` counts the batches of an epoch. With ``early_stopping`` the training stops when
    the validation loss stops improving, and restores the best weights.
    """
    for layer in module.modules():
        if isinstance(layer, ChannelDropout):
            layer.generator = generators.noise
    if config.compile:
        module.compile()
    cutting = choose_cutting(module, config)
    kind = resolve_optimizer(config.optimizer)
    extra = optimizer_options(kind, config.weight_decay)
    callbacks = _default_callbacks(config, n_batches, early_stopping)
    kinds = [each for each, _ in iter_callbacks(config.callbacks)]
    prints = any(issubclass(each, PrintLog) for each in kinds)
    net = SequenceNet(
        module,
        model.task.criterion(),
        optimizer=kind,
        lr=config.lr,
        batch_size=config.batch_size,
        iterator_train=BatchIterator,
        iterator_train__rng=generators.order,
        iterator_valid=BatchIterator,
        iterator_train__cutting=cutting,
        iterator_valid__cutting=cutting,
        callbacks=[*callbacks, *(config.callbacks or []), *([checkpoint] if checkpoint else [])],
        verbose=max(config.verbose, int(prints)),  # a PrintLog is silent without
        device=str(config.device),
        **{f"optimizer__{name}": value for name, value in extra.items()},
    )
    net.generators, net.model = generators, replace(model, networks=[], fixed=None)
    net.flat = kind in ELEMENTWISE and not any(issubclass(each, ParamMapper) for each in kinds)
    net.scores = any(issubclass(each, ScoringBase) for each in kinds)
    net.records_batches = any(getattr(each, "reads_batches", True) for each in kinds)
    net.mixed_precision, net.compiled = bool(config.mixed_precision), config.compile
    net.recoverable_errors = _recoverable_errors(config)
    net.process_group = None
    return net.initialize()


def choose_cutting(module: Any, config: TrainingConfig) -> Cutting | None:
    """Choose how the iterators cut series into crops; None without ``crop``.

    Before each crop what its answers depend on is read, up to as many steps as a crop has where
    that is all.
    """
    if config.crop is None:
        return None
    before, after = (config.crop if math.isinf(n) else int(n) for n in module.context)
    return Cutting(config.crop, before, after)


def _recoverable_errors(config: TrainingConfig) -> tuple[type[BaseException], ...]:
    policies = {DivergenceError: config.on_divergence, KeyboardInterrupt: config.on_interrupt}
    return tuple(error for error, policy in policies.items() if policy == "best")


def _default_callbacks(config: TrainingConfig, n_batches: int, early_stopping: bool) -> list[Any]:
    n_epochs = config.n_epochs(n_batches)
    schedule = Schedule(config.lr_schedule, n_epochs * n_batches)
    callbacks: list[Any] = [EpochTimer(), schedule, BestLosses()]
    if config.gradient_clip is not None:
        callbacks.append(GradientClipping(config.gradient_clip))
    if config.verbose > 1:
        callbacks.append(PrintLog())
    elif config.verbose:
        callbacks.append(ProgressBar(n_epochs))
    if early_stopping:
        patience = config.n_iter_no_change
        stopping = EarlyStopping(patience=patience, threshold=0.0, load_best=True, sink=noop)
        callbacks.append(stopping)
    if _recoverable_errors(config):
        callbacks.append(BestWeights("valid_loss" if early_stopping else "train_loss"))
    return callbacks


def fit_net(
    net: SequenceNet,
    train: SeriesDataset | ChunkedDataset,
    valid: SeriesDataset | ChunkedDataset | None = None,
    *,
    n_epochs: int,
    state: dict[str, Any] | None = None,
) -> None:
    """Train a net in place for at most ``n_epochs``, and set it to evaluation mode.

    Resume the training of ``state``, a result of `training_state`, if it is given. Raise
    DivergenceError if a loss or a weight is not finite, unless ``on_divergence`` is "best".
    """
    net.notify("on_train_begin", X=train, y=None)
    if net.process_group is not None:
        state = net.process_group.broadcast_state(state)
    if state is not None:
        load_training_state(net, state)
        n_epochs -= len(state["history"])
    try:
        if state is None or not state["done"]:
            with net.recording_interrupts():
                _train(net, train, valid, n_epochs)
    finally:
        net.process_group = None
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
    fused = contextlib.nullcontext() if net.compiled else fast_passes(net.module_)
    try:
        with contextlib.suppress(StopTraining), flat_weights(net), fused, naming_columns(net):
            net.fit_loop((train, valid), epochs=n_epochs)
        for name, tensor in net.module_.state_dict().items():
            if not tensor.isfinite().all():
                net.raise_divergence(f"{name} is not finite after the last step")
    except net.recoverable_errors as error:
        _restore_best(net, error)
    net.notify("on_train_end", X=train, y=None)


def _restore_best(net: SequenceNet, error: BaseException) -> None:
    """Restore the best weights with a warning, or raise the error if there are none."""
    best = next(callback for _, callback in net.callbacks_ if isinstance(callback, BestWeights))
    if best.weights_ is None:
        raise error
    epoch = len(net.history)
    del net.history[best.n_epochs_ :]
    net.module_.load_state_dict(best.weights_)
    net.optimizer_.state.clear()  # it belongs to other weights, and may not be finite
    net.progress = EpochProgress(net.model.task.metric)
    interrupted = isinstance(error, KeyboardInterrupt)
    net.history.record("stopped", "interrupted" if interrupted else "diverged")
    reason = f"training was interrupted in epoch {epoch}" if interrupted else str(error)
    warnings.warn(
        f"{reason}. The weights are those of epoch {best.epoch_}, whose {best.monitor} was the "
        "lowest",
        ConvergenceWarning,
        stacklevel=2,
    )


def history_table(histories: list[Any]) -> dict[str, list[Any]]:
    """Convert the skorch history of each network to columns with one entry per epoch.

    The columns are "epoch", "train_loss" and "train_" with the name of the task's metric,
    "valid_loss" and its metric if there is a validation part, "lr", "seconds", whatever else
    callbacks recorded, and "member" if there are several networks. An entry that an epoch lacks
    is NaN.
    """
    rows = list(chain.from_iterable(histories))
    if len(histories) > 1:
        rows = [{"member": i} | row for i, history in enumerate(histories) for row in history]
    keys = dict.fromkeys(key for key in chain.from_iterable(rows) if key not in NO_COLUMNS)
    names = {"dur": "seconds"}
    return {names.get(key, key): [row.get(key, math.nan) for row in rows] for key in keys}
