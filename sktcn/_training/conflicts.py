"""Callbacks that a training would ignore, or that would break it, refused before any work."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skorch import NeuralNet
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    InputShapeSetter,
    LRScheduler,
    PassthroughScoring,
    TrainEndCheckpoint,
    WandbLogger,
)
from skorch.callbacks.scoring import ScoringBase

MONITORS = (Checkpoint, EarlyStopping, LRScheduler)
VALIDATED = {"valid_loss", "valid_loss_best", "valid_accuracy", "valid_r2"}


def check_callbacks(callbacks: list[Any] | None, lr_schedule: str | None) -> None:
    """Raise unless the entries are callbacks of skorch that a training can have."""
    for kind, callback in iter_callbacks(callbacks):
        if not issubclass(kind, Callback):
            raise TypeError(
                "callbacks must be a list of skorch.callbacks.Callback, or of pairs of a name and "
                f"one, got {kind.__name__} in it"
            )
        if issubclass(kind, InputShapeSetter):
            raise ValueError(
                f"callbacks has the {kind.__name__} of skorch, which would replace the network: "
                "leave it out, each network is built for the channels of its series"
            )
        if issubclass(kind, Checkpoint | TrainEndCheckpoint):
            _check_files(kind, callback)
        if issubclass(kind, LRScheduler) and lr_schedule is not None:
            raise ValueError(
                "callbacks has an LRScheduler, which sets the learning rate as lr_schedule does: "
                f"set lr_schedule=None, got lr_schedule={lr_schedule!r}"
            )


def _check_files(kind: type, callback: Any) -> None:
    """Raise if a checkpoint of skorch would leave out a file, which it does in silence."""
    for name in ("use_safetensors", *(["f_pickle"] if issubclass(kind, Checkpoint) else [])):
        if value := _parameter(kind, callback, name):
            raise ValueError(
                f"callbacks has the {kind.__name__} of skorch with {name}={value!r}, which takes "
                "no weights in the layout of a training: leave it out, and save the estimator "
                "after the fit"
            )


def check_validated(callbacks: list[Any] | None, remedy: str, *, scored: bool = False) -> None:
    """Raise if a callback reads a validation part, in a training that has none.

    Callbacks that score a validation part pass where another training of the fit has one
    (``scored``).
    """
    for kind, callback in iter_callbacks(callbacks):
        scores = issubclass(kind, ScoringBase | PassthroughScoring)
        if (scores and scored) or not _reads_validation(kind, callback):
            continue
        raise ValueError(
            f"callbacks has the {kind.__name__} of skorch, which reads the loss or the answers of "
            f"a validation part: {remedy}"
        )


@contextmanager
def naming_columns(net: NeuralNet) -> Iterator[None]:
    """Add the columns of the history to an error of a callback that reads another one."""
    try:
        yield
    except KeyError as error:
        if "not found in history" not in str(error):
            raise
        columns = sorted(column for column in net.history[-1] if column != "batches")
        raise ValueError(
            f"{error.args[0]} A callback's monitor must be one of its columns, {columns}"
        ) from error


def _reads_validation(kind: type, callback: Any) -> bool:
    if issubclass(kind, ScoringBase | PassthroughScoring):
        return not _parameter(kind, callback, "on_train")
    if issubclass(kind, WandbLogger):
        return bool(_parameter(kind, callback, "save_model"))
    monitor = _parameter(kind, callback, "monitor")
    return issubclass(kind, MONITORS) and isinstance(monitor, str) and monitor in VALIDATED


def _parameter(kind: type, callback: Any, name: str) -> Any:
    """Return a parameter of a callback, or its default where the callback is a class."""
    if not isinstance(callback, type):
        return getattr(callback, name, None)
    parameter = inspect.signature(kind).parameters.get(name)
    return None if parameter is None else parameter.default


def iter_callbacks(callbacks: list[Any] | None) -> Iterator[tuple[type, Any]]:
    """Yield each callback after its class; a callback may be a class itself."""
    for entry in callbacks or []:
        named = isinstance(entry, tuple | list) and len(entry) == 2
        callback = entry[1] if named else entry
        yield callback if isinstance(callback, type) else type(callback), callback
