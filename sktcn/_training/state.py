"""States of nets and trainings as plain values."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import (
    MlflowLogger,
    NeptuneLogger,
    PrintLog,
    ProgressBar,
    SacredLogger,
    TensorBoard,
    WandbLogger,
)
from skorch.callbacks.scoring import ScoringBase

from sktcn._training.flat_weights import load_optimizer_state, optimizer_state
from sktcn._training.net import SequenceNet
from sktcn._training.progress import EpochProgress

# Callbacks that tell of the training, and need not know what they have told.
REPORTERS = (
    *(MlflowLogger, NeptuneLogger, PrintLog, ProgressBar, SacredLogger, TensorBoard),
    WandbLogger,
)


def net_state(net: SequenceNet) -> dict[str, Any]:
    """Collect weights, history, optimiser and generators of a net, not copied."""
    return {
        "noise": net.generators.noise.get_state(),
        "order": net.generators.order.bit_generator.state,
        "history": [dict(row) for row in net.history],
        "module": {name: tensor.detach() for name, tensor in net.module_.state_dict().items()},
        "optimizer": optimizer_state(net),
    }


def load_net_state(net: SequenceNet, state: dict[str, Any]) -> None:
    """Load the result of `net_state` into an untrained net of the same architecture and optimiser.

    "optimizer" may be None.
    """
    net.module_.load_state_dict(state["module"], strict=True)
    if state["optimizer"] is not None:
        load_optimizer_state(net, state["optimizer"])
    net.history.extend(state["history"])
    net.generators.noise.set_state(state["noise"])
    net.generators.order.bit_generator.state = state["order"]


def training_state(net: SequenceNet) -> dict[str, Any]:
    """Collect the state of a training between two updates: of the net, its epoch and its callbacks.

    Tensors are not copied. Within an epoch the caller must replace "order" by its value at the
    epoch's start.
    """
    epoch = net.progress
    epoch.count()
    tally = epoch.tally if net.process_group is None else None  # others' parts are not here
    state = net_state(net)
    if epoch.n_batches:
        del state["history"][-1]  # the row of the unfinished epoch
    return state | {
        "epoch": [epoch.n_batches, epoch.n_rows, epoch.total, tally],
        "frozen": [name for name, p in net.module_.named_parameters() if not p.requires_grad],
        "callbacks": {name: _callback_state(callback) for name, callback in net.callbacks_},
        "done": False,
    }


def load_training_state(net: SequenceNet, state: dict[str, Any]) -> None:
    """Load the result of `training_state` into a training that has just begun.

    Architecture, optimiser and callbacks must be the same.
    """
    load_net_state(net, state)
    epoch = net.progress = EpochProgress(net.model.task.metric)
    epoch.n_batches, epoch.n_rows, epoch.total, epoch.tally = state["epoch"]
    for name, parameter in net.module_.named_parameters():
        parameter.requires_grad_(name not in state["frozen"])
    for name, callback in net.callbacks_:
        vars(callback).update(state["callbacks"].get(name, {}))


def _callback_state(callback: Any) -> dict[str, Any]:
    """Collect a callback's learned attributes, whose names by convention end in an underscore."""
    if isinstance(callback, REPORTERS):
        return {}
    if isinstance(callback, ScoringBase):  # what it caches is of the epoch alone
        return {"best_score_": callback.best_score_}
    return {k: v for k, v in vars(callback).items() if k.endswith("_") and not k.endswith("__")}
