"""What all estimators share: from the user's series to a trained net, and back to answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted
from torch import nn

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.dataset import ChunkedDataset, SeriesDataset
from sktcn._data.panel import Floats, Panel
from sktcn._model.inference import check_finite, forward, split_by_length
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn._training import SequenceNet, fit_net, history_table
from sktcn._training.config import BATCH_SIZE, TrainingConfig
from sktcn._training.device import check_mixed_precision, resolve_device
from sktcn._training.optimizer import optimizer_options, resolve_optimizer
from sktcn._training.random import Generators
from sktcn._training.trainer import Trainer, TrainingSet, out_of_memory
from sktcn.estimators._constraints import CONSTRAINTS
from sktcn.estimators._reading import SeriesReader
from sktcn.estimators._validation import check_out, check_weight, restored_on_error
from sktcn.estimators.partial import continued_net, partial_net
from sktcn.networks import Backbone, SequenceModel
from sktcn.networks.activations import check_activation, global_generator


class SequenceEstimator(SeriesReader, BaseEstimator, ABC):
    """Base of the estimators; an architecture and a task are mixed in.

    An architecture brings the parameters and the backbone; a task brings the coding of the target,
    the loss and the shape of the answer.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS
    nets_: list[SequenceNet]

    @abstractmethod
    def _build_backbone(self, generator: torch.Generator) -> Backbone:
        """Make the untrained backbone for `n_channels_` and series of `_longest` steps."""

    @abstractmethod
    def _check_target(self, y: Any) -> NDArray[Any]:
        """Validate the target and return it as an array."""

    @abstractmethod
    def _learn_target(self, y: NDArray[Any], weight: Floats) -> None:
        """Learn how the target is coded."""

    @abstractmethod
    def _code_target(self, y: NDArray[Any]) -> NDArray[Any]:
        """Turn the target into what the loss takes."""

    @abstractmethod
    def _decode(self, outputs: Floats) -> Floats:
        """Turn the network's outputs into the answer: probabilities, or targets."""

    @abstractmethod
    def _weigh_target(self, target: NDArray[Any], weight: Floats) -> Floats:
        """Multiply the weights by what each one's target counts."""

    @abstractmethod
    def _build_criterion(self) -> nn.Module:
        """Make the loss of each series, not reduced."""

    @abstractmethod
    def _split(
        self, target: NDArray[Any], seed: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Choose the training and the validation part."""

    @property
    @abstractmethod
    def _n_outputs(self) -> int:
        """Number of outputs of the network."""

    @property
    def net_(self) -> SequenceNet:
        """The skorch net; the first one where ``n_estimators`` is more than one."""
        if "nets_" not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted yet: it has no net_")
        return self.nets_[0]

    @property
    def device_(self) -> torch.device:
        """Where the network is."""
        return torch.device(self.net_.device)

    @property
    def receptive_field_(self) -> float:
        """Number of time steps that one feature sees; infinite for an LSTM."""
        field: float = self.net_.module_.backbone.receptive_field
        return field

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on series and their targets.

        Parameters
        ----------
        X : array-like of shape (n_series, n_timepoints) or (n_series, n_channels, \
                n_timepoints), or list of arrays (n_timepoints_i,) or (n_channels, n_timepoints_i)
            Training series; a memmap, an array of h5py or zarr, or a list of these, stays on
            disk. Series of more than 2**23 values (64 MB in double precision) are divided into
            blocks of about as many: the blocks, and the series of each, are shuffled.
        y : array-like of shape (n_series,), or (n_series, n_outputs) in regression
            Class labels of any kind, or regression targets.
        sample_weight : array-like of shape (n_series,), default=None
            What each series counts: a weight of two is the series twice, in the loss and in all
            statistics; a weight of zero is its absence.

        Returns
        -------
        self : object
            The fitted estimator. A fit that fails leaves it as it was.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the series, the target or the weights can't be used.
        """
        with restored_on_error(self):
            device = self._check_parameters()
            warm = self.warm_start and hasattr(self, "nets_")
            data = self._prepare(X, y, sample_weight, reset=not warm)
            modules = [net.module_ for net in self.nets_] if warm else []
            trainer = Trainer(self, data, device)
            members = trainer.fit(self._draw_seeds(), modules)
            self.batch_size_ = trainer.options.batch_size
            self.nets_ = [net for net, _ in members]
            self.history_ = history_table([history for _, history in members])
            self.n_iter_ = max(len(net.history) for net in self.nets_)
        trainer.close(members)
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, **known: Any) -> Self:
        """Go through the series once; ``known`` is what is known of the target beforehand."""
        with restored_on_error(self):
            device = self._check_parameters()
            first = not hasattr(self, "nets_")
            self.__dict__.update(known)
            data = self._prepare(X, y, sample_weight, reset=first, target_known=bool(known))
            if first:
                nets = [partial_net(self, Generators(s), device) for s in self._draw_seeds()]
            else:
                nets = [continued_net(self, net, device) for net in self.nets_]
            dataset = self._dataset(data, device)
            try:
                for net in nets:
                    fit_net(net, dataset, n_epochs=1)
            except torch.cuda.OutOfMemoryError as error:
                raise out_of_memory(device, self._options(), data) from error
            self.nets_ = nets
            self.history_ = history_table([net.history for net in nets])
            self.n_iter_ = 1 if first else self.n_iter_ + 1
        return self

    def _build_module(self, generators: Generators) -> SequenceModel:
        with global_generator(self.activation, generators.seed):
            module = SequenceModel(
                self._build_backbone(generators.weights),
                pooling=self.pooling,
                n_outputs=self._n_outputs,
                generator=generators.weights,
            )
        return module.to(getattr(torch, self.dtype))

    def _options(self) -> TrainingConfig:
        values = {field.name: getattr(self, field.name) for field in fields(TrainingConfig)}
        if self.batch_size == "auto":
            values["batch_size"] = BATCH_SIZE
        return TrainingConfig(**values)

    def _dataset(self, data: TrainingSet, device: torch.device) -> Any:
        kind = ChunkedDataset if isinstance(data.panel, ChunkedPanel) else SeriesDataset
        dtype = getattr(torch, self.dtype)
        return kind(data.panel, data.target, data.weight, dtype=dtype, device=device)

    def _check_parameters(self) -> torch.device:
        self._validate_params()
        optimizer_options(resolve_optimizer(self.optimizer), self.weight_decay)
        check_activation(self.activation)
        device = resolve_device(self.device)
        if self.mixed_precision:
            check_mixed_precision(device, self.dtype)
        return device

    def _draw_seeds(self) -> list[int]:
        state = self.random_state
        if isinstance(state, np.random.RandomState):
            state = state.randint(np.iinfo(np.int32).max)
        return [int(s) for s in np.random.SeedSequence(state).generate_state(self.n_estimators)]

    def _prepare(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, target_known: bool = False
    ) -> TrainingSet:
        """Check the data; with ``reset`` learn their shapes, labels and scales, first."""
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None")
        panel = self._open_series(X, reset=reset)
        y = self._check_target(y)
        check_consistent_length(panel.lengths, y)
        weight = check_weight(sample_weight, panel)
        if reset and not target_known:
            self._learn_target(y, weight)
        target = self._code_target(y)
        weight = self._weigh_target(target, weight)
        kept = np.flatnonzero(weight)
        if len(kept) < len(weight):
            panel, target, weight = panel.take(kept), target[kept], weight[kept]
        if self._policy(reset) == "trim":
            panel = panel.trimmed()
        if reset:
            self.n_channels_ = panel.n_channels
            self._longest = int(panel.lengths.max())
            self._preparation = Preprocessor.fit(
                panel,
                weight,
                scaling=self.scaling,
                missing=self.missing,
                differences=self.differences,
            )
        prepared = panel.preprocessed(self._preparation, self.dtype)
        return TrainingSet(prepared, target, weight)

    def _forward(self, X: Any) -> Floats:
        """Answers of the network, ``(n_series, n_outputs)``; the mean over its members."""
        return self._answer(X, np.asarray)

    def _answer(
        self,
        X: Any,
        decode: Callable[[Floats], NDArray[Any]],
        out: Any = None,
        casting: Literal["safe", "same_kind"] = "same_kind",
    ) -> NDArray[Any]:
        """Decoded outputs of the network, part by part, in a new array or in ``out``."""
        check_is_fitted(self)
        panel = self._open_series(X, reset=False)
        blank = decode(np.zeros((1, self._n_outputs)))
        shape = (len(panel), *blank.shape[1:])
        answers = np.empty(shape, blank.dtype) if out is None else out
        check_out(answers, shape, blank.dtype, casting)
        for indices, piece in panel.pieces():
            for part in split_by_length(piece.lengths):
                some = piece.take(part) if len(part) < len(piece) else piece
                outputs = self._forward_part(some)
                check_finite(outputs, some, indices[part])
                answers[indices[part]] = decode(outputs)
        return answers

    def _forward_part(self, panel: Panel) -> Floats:
        dataset = self._read(panel)
        return np.mean([forward(net.module_, dataset) for net in self.nets_], axis=0)

    def _read(self, panel: Panel) -> SeriesDataset:
        """Make of raw series what the fitted networks read."""
        dtype = next(self.net_.module_.parameters()).dtype
        panel = self._preparation.transform(panel)
        return SeriesDataset(panel, dtype=dtype, device=self.device_)
