"""The fitted model: the one object that a fit learns, and that everything else takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Floats, Indices, Panel, max_value
from sktcn._data.reading import InputSchema
from sktcn._model.architecture import Architecture, build_network
from sktcn._model.inference import (
    batch_size,
    check_finite,
    combine,
    forward,
    forward_steps,
    iter_parts,
)
from sktcn._model.task import Task
from sktcn._model.threads import choose_threads, use_threads
from sktcn._model.wrappers import advise_inner, unwrap
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn.networks import SequenceModel

Forward = Callable[[SequenceModel, SeriesDataset], Floats]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """Preprocessor, networks and task of a fit.

    Attributes
    ----------
    schema : InputSchema
        Channels and columns of the series of fit.
    preprocessor : Preprocessor
        From raw series to those that the networks read.
    architecture : Architecture
        Parameters of the backbone.
    task : Task
        Decodes the networks' outputs.
    longest : int
        Time steps of the longest training series.
    dtype : {"float32", "float64"}
        Dtype of the weights.
    networks : list of SequenceModel
        Trained networks, whose outputs are averaged; empty before the training.
    fixed : SequenceModel or None
        Fixed kernels beside them, whose outputs count as much as all trained networks together.
    """

    schema: InputSchema
    preprocessor: Preprocessor
    architecture: Architecture
    task: Task
    longest: int
    dtype: str
    networks: list[SequenceModel]
    fixed: SequenceModel | None = None

    @property
    def members(self) -> list[SequenceModel]:
        """Trained networks, and the fixed kernels last."""
        return self.networks if self.fixed is None else [*self.networks, self.fixed]

    @property
    def shares(self) -> list[float]:
        """Share of each member in the outputs."""
        n_networks = len(self.networks)
        if self.fixed is None:
            return [1 / n_networks] * n_networks
        return [0.5 / n_networks] * n_networks + [0.5]

    @property
    def n_channels(self) -> int:
        """Channels of the raw series."""
        return self.schema.n_channels

    @property
    def device(self) -> torch.device:
        """Device of the networks."""
        return next(self.networks[0].parameters()).device

    @property
    def torch_dtype(self) -> torch.dtype:
        """Dtype of the weights."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        return dtype

    @property
    def receptive_field(self) -> float:
        """Raw time steps that a trained feature depends on; infinite for a recurrent network."""
        field = self.networks[0].backbone.receptive_field
        return field if math.isinf(field) else field + self.preprocessor.look_back

    @property
    def delay(self) -> int:
        """Steps that a network reads before it answers for one."""
        return self.networks[0].head.delay

    @property
    def lookahead_parameter(self) -> str | None:
        """Parameter that makes answers depend on the future; None if none does."""
        backbone = self.networks[0].backbone
        if not backbone.causal:
            return backbone.lookahead_parameter
        return self.preprocessor.lookahead_parameter

    def check_causal(self) -> None:
        """Raise ValueError if the model looks ahead; the message names the parameter."""
        if self.lookahead_parameter is not None:
            raise ValueError(
                "an estimator must see the past alone to be streamed, got one that was "
                f"fitted with {self.lookahead_parameter}"
            )

    def build(
        self, generator: torch.Generator, seed: int, load: Callable[[], Panel] | None = None
    ) -> SequenceModel:
        """Build an untrained network for the series and the task."""
        return build_network(
            self.architecture,
            self.task.n_outputs,
            in_channels=self.preprocessor.out_channels,
            longest=self.longest,
            generator=generator,
            seed=seed,
            dtype=self.dtype,
            load=load,
        )

    def rebuild(self, architecture: Architecture) -> FittedModel:
        """Build the networks anew, with other parameters and the same weights."""
        model = replace(self, architecture=architecture)
        networks = [model.build(torch.Generator(), 0) for _ in self.networks]
        for new, old in zip(networks, self.networks, strict=True):
            new.to(self.device, self.torch_dtype).load_state_dict(old.state_dict())
        return replace(model, networks=networks)

    def read(self, X: Any) -> Panel:
        """Read the user's series, validated as for ``predict``."""
        return self.schema.read(X, self.dtype, self.preprocessor.missing)

    def dataset(self, panel: Panel) -> SeriesDataset:
        """Preprocess raw series into tensors that the networks read."""
        preprocessed = self.preprocessor.transform(panel)
        return SeriesDataset(preprocessed, dtype=self.torch_dtype, device=self.device)

    def outputs(self, panel: Panel | ChunkedPanel) -> Floats:
        """Compute the mean outputs of the networks, ``(n_series, n_outputs)``, before decoding.

        Those of time steps are ``(n_steps, n_outputs)``, one series after the other.
        """
        if self.task.per_step:
            parts = dict(self.iter_steps(panel))
            return np.concatenate([parts[index] for index in range(len(panel))])
        outputs = np.empty((len(panel), self.task.n_outputs))
        for indices, part in self.iter_outputs(panel):
            outputs[indices] = part
        return outputs

    def iter_outputs(
        self, panel: Panel | ChunkedPanel, n_threads: int | None = None
    ) -> Iterator[tuple[Indices, Floats]]:
        """Yield mean outputs in parts of bounded memory, with the places of their series.

        They are computed with ``n_threads`` threads, or as many as their size is worth.
        """
        for indices, part in iter_parts(panel):
            outputs = self._apply(forward, part, n_threads)
            check_finite(outputs, part, indices)
            yield indices, outputs

    def iter_steps(
        self, panel: Panel | ChunkedPanel, n_threads: int | None = None
    ) -> Iterator[tuple[int, Floats]]:
        """Yield the place of each series, and the mean outputs of its time steps."""
        for indices, part in iter_parts(panel):
            outputs = self._apply(forward_steps, part, n_threads)
            check_finite(np.maximum.reduceat(np.abs(outputs), part.starts), part, indices)
            yield from zip(indices.tolist(), np.split(outputs, part.starts[1:]), strict=True)

    def _apply(self, function: Forward, part: Panel, n_threads: int | None) -> Floats:
        """Compute the combined outputs of the members for raw series, by a function of each."""
        dataset = self.dataset(part)
        size = batch_size(part.lengths, dataset.values.device)
        outputs = []
        for member in self.members:
            with use_threads(choose_threads(member, *size, n_threads)):
                outputs.append(function(member, dataset))
        combined: Floats = combine(outputs, self.shares)
        return combined

    def max_stream_values(self) -> Floats:
        """Compute the largest size of each channel's values in a stream.

        The state of a stream can't be taken back, so it must stay finite: values whose distance
        from those of fit has too large a square are refused.
        """
        limit, preprocessor = max_value(self.dtype), self.preprocessor
        scale = preprocessor.statistics.scale
        scale = scale if preprocessor.scaling else np.ones_like(scale)
        with np.errstate(over="ignore"):
            return np.minimum(limit, np.sqrt(limit) * scale)


class ModelOwner:
    """Base of the estimators: once fitted, each has a `FittedModel` as ``model_``."""

    model_: FittedModel


def is_owner(estimator: Any) -> bool:
    """Return whether an estimator is of this library, or a wrapper that answers as one does."""
    return isinstance(unwrap(estimator), ModelOwner)


def check_owner(estimator: Any) -> ModelOwner:
    """Return the estimator of this library that is given, or that answers for a wrapper."""
    owner = unwrap(estimator)
    if not isinstance(owner, ModelOwner):
        advice = advise_inner(estimator, is_owner)
        is_class = isinstance(estimator, type)
        got = f"the class {estimator.__name__}" if is_class else type(estimator).__name__
        raise TypeError(f"estimator must be a classifier or regressor of sktcn, got {got}{advice}")
    return owner


def resolve_model(estimator: Any) -> FittedModel:
    """Return the fitted model of an estimator or of its wrapper, or the model itself.

    Raise TypeError for another object, NotFittedError if the estimator is not fitted.
    """
    if isinstance(estimator, FittedModel):
        return estimator
    owner = check_owner(estimator)
    check_is_fitted(owner)
    return owner.model_
