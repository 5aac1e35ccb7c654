"""The networks of one fit: trained one by one, gone on with, given less where memory is short."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from sktcn._data.batching import BatchIterator
from sktcn._training import CheckpointCallback, SequenceNet, build_net, fit_net
from sktcn._training.checkpoint import Checkpoint, describe, digest
from sktcn._training.config import TrainingConfig
from sktcn._training.random import Generators
from sktcn.estimators.partial import copied

if TYPE_CHECKING:
    from sktcn.estimators.base import SequenceEstimator

Member = tuple[SequenceNet, Any]
ASIDE = {"checkpoint", "checkpoint_every", "device", "verbose"}  # a fit is the same with others


@dataclass(frozen=True)
class TrainingSet:
    """What a network learns from: scaled series, coded targets, weights above zero."""

    panel: Any  # a Panel, or a ChunkedPanel of series that are many
    target: NDArray[Any]
    weight: NDArray[np.float64]

    def take(self, indices: NDArray[np.int64]) -> TrainingSet:
        """Make a set of some of the series."""
        return TrainingSet(self.panel.take(indices), self.target[indices], self.weight[indices])


class Trainer:
    """Trains what an estimator is made of.

    Parameters
    ----------
    estimator : SequenceEstimator
        Its parameters are checked, its target and scales are learned. It is not changed.
    data : TrainingSet
        What to learn from.
    device : torch.device
        Where.
    """

    def __init__(self, estimator: SequenceEstimator, data: TrainingSet, device: torch.device):
        self.estimator = estimator
        self.data = data
        self.device = device
        self.options = estimator._options()
        self.checkpoint: Checkpoint | None = None

    def fit(self, seeds: list[int], modules: list[nn.Module]) -> list[Member]:
        """Train a network from each seed, or a copy of a module where there is one.

        Returns the nets, each with the history that tells how it went.
        """
        seeds = self._open_checkpoint(seeds, modules)
        while True:
            try:
                return self._fit_members(seeds, modules)
            except torch.cuda.OutOfMemoryError as error:
                if self.estimator.batch_size != "auto" or self.options.batch_size == 1:
                    raise out_of_memory(self.device, self.options, self.data) from error
            torch.cuda.empty_cache()  # after the except clause, whose traceback holds tensors
            self._start_with(seeds, self.options.batch_size // 2)

    def close(self, members: list[Member]) -> None:
        """Remove the checkpoint of a fit that came to its end."""
        stopped = [_stopped(history) for _, history in members]
        if self.checkpoint is None or "interrupted" in stopped:
            return
        try:
            self.checkpoint.clear()
        except OSError as error:
            warnings.warn(
                f"the fit is done, and its checkpoint could not be removed: {error}. Remove it "
                "before the next fit",
                RuntimeWarning,
                stacklevel=3,
            )

    def _open_checkpoint(self, seeds: list[int], modules: list[nn.Module]) -> list[int]:
        if self.estimator.checkpoint is None:
            return seeds
        start = {"seeds": seeds, "batch_size": self.options.batch_size}
        self.checkpoint = Checkpoint(self.estimator.checkpoint, self._describe(modules), start)
        self.options = replace(self.options, batch_size=self.checkpoint.start["batch_size"])
        return list(self.checkpoint.start["seeds"])

    def _describe(self, modules: list[nn.Module]) -> dict[str, str]:
        """Say what the fit is of."""
        parameters = self.estimator.get_params(deep=False).items()
        weights = chain.from_iterable(module.state_dict().values() for module in modules)
        return {
            "estimator": type(self.estimator).__name__,
            **{name: describe(value) for name, value in parameters if name not in ASIDE},
            "device": str(self.device),
            "X": digest(self._series()),
            "y": digest([self.data.target]),
            "sample_weight": digest([self.data.weight]),
            "weights before": digest(tensor.cpu() for tensor in weights),
        }

    def _series(self) -> Iterator[NDArray[Any]]:
        """Give the series, scaled and rounded, and by what they were scaled."""
        statistics = self.estimator._preparation.statistics
        yield from (statistics.mean, statistics.scale)
        for _, piece in self.data.panel.pieces():
            yield from (piece.values, piece.lengths)

    def _start_with(self, seeds: list[int], batch_size: int) -> None:
        self.options = replace(self.options, batch_size=batch_size)
        if self.checkpoint is not None:
            self.checkpoint.restart({"seeds": seeds, "batch_size": batch_size})

    def _fit_members(self, seeds: list[int], modules: list[nn.Module]) -> list[Member]:
        members: list[Member] = []
        for seed, module in zip_longest(seeds, modules[: len(seeds)]):
            with self._keeping(members):
                members.append(self._fit_member(seed, module))
            if _stopped(members[-1][1]) == "interrupted":
                break
        return members

    def _fit_member(self, seed: int, module: nn.Module | None) -> Member:
        data = self.data
        if not self.estimator.early_stopping:
            net = self._train(data, None, seed, module)
            return net, net.history
        train, valid = self.estimator._split(data.target, seed)
        net = self._train(data.take(train), data.take(valid), seed, module)
        history = net.history
        if self.estimator.refit and not _stopped(history):
            n_epochs = int(np.argmin(history[:, "valid_loss"])) + 1
            with self._keeping([(net, history)]):
                net = self._train(data, None, seed, module, n_epochs)
                if stopped := _stopped(net.history):
                    history.record("stopped", stopped)
        return net, history

    @contextmanager
    def _keeping(self, members: list[Member]) -> Iterator[None]:
        """Keep what is trained when the user breaks off the first epoch of what follows."""
        try:
            yield
        except KeyboardInterrupt:
            if not members or self.estimator.on_interrupt != "best":
                raise
            members[-1][1].record("stopped", "interrupted")
            warnings.warn(
                "training was interrupted in the first epoch of a network. What was trained before "
                "is kept",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _train(
        self,
        train: TrainingSet,
        valid: TrainingSet | None,
        seed: int,
        module: nn.Module | None,
        n_epochs: int | None = None,
    ) -> SequenceNet:
        estimator, options, generators = self.estimator, self.options, Generators(seed)
        dataset = estimator._dataset(train, self.device)
        n_batches = len(BatchIterator(dataset, options.batch_size))
        state, saver = self._next_training()
        net = build_net(
            estimator._build_module(generators) if module is None else copied(estimator, module),
            estimator._build_criterion(),
            options,
            generators,
            device=self.device,
            n_batches=n_batches,
            early_stopping=valid is not None,
            saver=saver,
        )
        fit_net(
            net,
            dataset,
            None if valid is None else estimator._dataset(valid, self.device),
            n_epochs=n_epochs or options.n_epochs(n_batches),
            state=state,
        )
        return net

    def _next_training(self) -> tuple[dict[str, Any] | None, CheckpointCallback | None]:
        if self.checkpoint is None:
            return None, None
        file = self.checkpoint.next_training()
        return file.load(), CheckpointCallback(file, self.estimator.checkpoint_every)


def out_of_memory(device: torch.device, options: TrainingConfig, data: TrainingSet) -> MemoryError:
    """Make the error that says what did not fit.

    Parameters
    ----------
    device : torch.device
        Where it did not.
    options : TrainingConfig
        How it was to be trained.
    data : TrainingSet
        On what.

    Returns
    -------
    MemoryError
        To be raised.
    """
    return MemoryError(
        f"{device} has too little memory for batch_size={options.batch_size} and series of up to "
        f"{data.panel.lengths.max()} time steps. Try a smaller batch_size, or batch_size='auto' in "
        "fit, which tries half as many series until they fit"
    )


def _stopped(history: Any) -> str | None:
    reason: str | None = history[-1].get("stopped")
    return reason
