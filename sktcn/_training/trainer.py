"""Training of the networks of a fit, with checkpoints and batch sizes that fit into memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Any

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from sktcn._data.dataset import BatchIterator, TrainingSet
from sktcn._model.fitted import FittedModel
from sktcn._model.threads import use_threads
from sktcn._training.callbacks import CheckpointCallback
from sktcn._training.checkpoint import Checkpoint
from sktcn._training.config import TrainingConfig
from sktcn._training.fit import build_net, choose_cutting, fit_net
from sktcn._training.net import SequenceNet
from sktcn._training.partial import copy_network
from sktcn._training.random import Generators
from sktcn.networks import SequenceModel

Member = tuple[SequenceNet, Any]


class Trainer:
    """Train the networks of one fit, which a model without networks builds.

    ``valid`` is the user's validation part, which early stopping holds out otherwise. ``identity``
    describes the estimator; a checkpoint identifies the fit by it.
    """

    def __init__(
        self,
        model: FittedModel,
        data: TrainingSet,
        config: TrainingConfig,
        identity: dict[str, str] | None = None,
        valid: TrainingSet | None = None,
    ):
        self.model = model
        self.data = data
        self.valid = valid
        self.config = config
        self.identity = identity or {}
        self.checkpoint: Checkpoint | None = None
        self.n_threads = 1  # of the last training, the same for all

    def fit(self, seeds: list[int], modules: Sequence[nn.Module]) -> list[Member]:
        """Train a network for each seed, or a copy of its module if there is one.

        Returns each net with the history of its training.
        """
        seeds = self._open_checkpoint(seeds, modules)
        while True:
            try:
                return self._fit_members(seeds, modules)
            except torch.cuda.OutOfMemoryError as error:
                if not self.config.auto_batch_size or self.config.batch_size == 1:
                    raise out_of_memory(self.config, self.data) from error
            torch.cuda.empty_cache()  # after the except clause, whose traceback holds tensors
            self._restart(seeds, self.config.batch_size // 2)

    def close(self, members: list[Member]) -> None:
        """Remove the checkpoint of a fit that was not interrupted."""
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

    def _open_checkpoint(self, seeds: list[int], modules: Sequence[nn.Module]) -> list[int]:
        if self.config.checkpoint is None:
            return seeds
        start = {"seeds": seeds, "batch_size": self.config.batch_size}
        self.checkpoint = Checkpoint(self.config.checkpoint, self._identify(modules), start)
        self.config = replace(self.config, batch_size=self.checkpoint.start["batch_size"])
        return list(self.checkpoint.start["seeds"])

    def _identify(self, modules: Sequence[nn.Module]) -> dict[str, str]:
        """Describe estimator, device and data of the fit."""
        weights = chain.from_iterable(module.state_dict().values() for module in modules)
        return {
            **self.identity,
            "device": str(self.config.device),
            **self._identify_data(self.data),
            **({} if self.valid is None else self._identify_data(self.valid, "_val")),
            "weights before": _checksum(tensor.cpu() for tensor in weights),
        }

    def _identify_data(self, data: TrainingSet, suffix: str = "") -> dict[str, str]:
        return {
            f"X{suffix}": _checksum(self._iter_series(data)),
            f"y{suffix}": _checksum(data.target_arrays()),
            f"sample_weight{suffix}": _checksum([data.weight]),
        }

    def _iter_series(self, data: TrainingSet) -> Iterator[NDArray[Any]]:
        """Yield the statistics of the scaling, and the preprocessed series."""
        statistics = self.model.preprocessor.statistics
        yield from (statistics.mean, statistics.scale)
        for _, part in data.panel.iter_parts():
            yield from (part.values, part.lengths)

    def _restart(self, seeds: list[int], batch_size: int) -> None:
        self.config = replace(self.config, batch_size=batch_size)
        if self.checkpoint is not None:
            self.checkpoint.restart({"seeds": seeds, "batch_size": batch_size})

    def _fit_members(self, seeds: list[int], modules: Sequence[nn.Module]) -> list[Member]:
        members: list[Member] = []
        for seed, module in zip_longest(seeds, modules[: len(seeds)]):
            with self._kept_on_interrupt(members):
                members.append(self._fit_member(seed, module))
            if _stopped(members[-1][1]) == "interrupted":
                break
        return members

    def _fit_member(self, seed: int, module: nn.Module | None) -> Member:
        data = self.data
        if not self.config.early_stopping:
            net = self._train(data, None, seed, module)
            return net, net.history
        net = self._train(*self._parts(seed), seed, module)
        history = net.history
        if self.config.refit and not _stopped(history):
            n_epochs = int(np.argmin(history[:, "valid_loss"])) + 1
            with self._kept_on_interrupt([(net, history)]):
                net = self._train(data, None, seed, module, n_epochs)
                if stopped := _stopped(net.history):
                    history.record("stopped", stopped)
        return net, history

    def _parts(self, seed: int) -> tuple[TrainingSet, TrainingSet]:
        """Return the training and the validation part."""
        if self.valid is not None:
            return self.data, self.valid
        train, valid = self.model.task.split(self.data.target, seed)
        return self.data.take(train), self.data.take(valid)

    @contextmanager
    def _kept_on_interrupt(self, members: list[Member]) -> Iterator[None]:
        """Keep the trained networks if the user interrupts the first epoch of the next one."""
        try:
            yield
        except KeyboardInterrupt:
            if not members or self.config.on_interrupt != "best":
                raise
            members[-1][1].record("stopped", "interrupted")
            warnings.warn(
                "training was interrupted in the first epoch of a network. Networks trained before "
                "are kept",
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
        model, config, generators = self.model, self.config, Generators(seed)
        dataset = train.dataset(config.dtype, config.device)
        state, checkpoint = self._next_training()
        network: Any = (
            self._build(generators, train)
            if module is None
            else copy_network(module, config.dtype).requires_grad_(True)  # a callback may freeze
        )
        cutting = choose_cutting(network, config)
        n_batches = len(BatchIterator(dataset, config.batch_size, cutting=cutting))
        net = build_net(
            network,
            model,
            config,
            generators,
            n_batches=n_batches,
            early_stopping=valid is not None,
            checkpoint=checkpoint,
        )
        self.n_threads = config.choose_threads(network, self.data.panel.lengths)
        with use_threads(self.n_threads):
            fit_net(
                net,
                dataset,
                None if valid is None else valid.dataset(config.dtype, config.device),
                n_epochs=n_epochs or config.n_epochs(n_batches),
                state=state,
            )
        return net

    def _build(self, generators: Generators, train: TrainingSet) -> SequenceModel:
        return self.model.build(generators.weights, generators.seed, train.panel.load)

    def _next_training(self) -> tuple[dict[str, Any] | None, CheckpointCallback | None]:
        if self.checkpoint is None:
            return None, None
        file = self.checkpoint.next_training()
        return file.load(), CheckpointCallback(file, self.config.checkpoint_every)


def out_of_memory(config: TrainingConfig, data: TrainingSet) -> MemoryError:
    """Build the error for a batch that exceeds the memory of the device."""
    return MemoryError(
        f"{config.device} has too little memory for batch_size={config.batch_size} and series of "
        f"up to {data.panel.lengths.max()} time steps. Try a smaller batch_size, or "
        "batch_size='auto' in fit, which tries half as many series until they fit"
    )


def _checksum(arrays: Iterable[Any]) -> str:
    """Compute the checksum of the shapes, dtypes and values of arrays."""
    checksum: str = joblib.hash([joblib.hash(np.ascontiguousarray(array)) for array in arrays])
    return checksum


def _stopped(history: Any) -> str | None:
    reason: str | None = history[-1].get("stopped")
    return reason
