"""A fitted estimator as a function of raw time steps: what streams and exports it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier
from torch import Tensor

from sktcn.missing import largest
from sktcn.networks.stepwise import Clocks, Memory, StepModel
from sktcn.preparation import Preparation


class Steps:
    """From raw time steps to answers, in torch alone.

    Parameters
    ----------
    estimator : estimator
        As `to_streaming` takes it.
    n_streams : int
        Rows.
    exported : list of SequenceModel, default=None
        Networks to take for the estimator's own, to be exported as in `StepModel`.
    """

    def __init__(self, estimator: Any, n_streams: int, *, exported: Any = None):
        models = exported or [net.module_ for net in estimator.nets_]
        device = models[0].head.weight.device
        self.prepared = PreparedSteps(estimator._preparation, n_streams, device)
        self.models = [StepModel(model, n_streams, exported=bool(exported)) for model in models]
        self.dtype = models[0].head.weight.dtype
        self.n_outputs = len(self.models[0].bias)
        self.scaler: tuple[Tensor, Tensor] | None = None
        if not is_classifier(estimator):
            scaler = estimator._target_scaler
            self.scaler = _tensor(scaler.scale, device), _tensor(scaler.mean, device)
        self.one_target = self.scaler is not None and estimator._one_target
        models_memories = [memory for model in self.models for memory in model.memories]
        self.memories: list[Memory] = [self.prepared.memory, *models_memories]

    def __call__(self, x: Tensor, clock: int | Clocks = 0) -> Tensor:
        """Take in a time step, ``(n_streams, n_channels)``; return ``(n_streams, n_outputs)``."""
        prepared = self.prepared(x).to(self.dtype)
        outputs = [model(prepared, clock) for model in self.models]
        mean = outputs[0] if len(outputs) == 1 else torch.stack(outputs).mean(0)
        if self.scaler is None:
            return mean.softmax(1)
        scale, shift = self.scaler
        return torch.addcmul(shift, mean, scale)


class PreparedSteps:
    """What `Preparation.transform` does, step by step.

    Parameters
    ----------
    preparation : Preparation
        As fitted.
    n_streams : int
        Rows.
    device : torch.device
        Where.
    """

    def __init__(self, preparation: Preparation, n_streams: int, device: torch.device):
        scaled = preparation.scaling is not None
        both = (preparation.statistics, preparation.changes)
        self.values, self.changes = (
            None if s is None else (_tensor(s.mean, device), _tensor(s.scale, device)) for s in both
        )
        self.scaled, self.marked = scaled, preparation.missing == "mask"
        start = torch.zeros(len(preparation.statistics.mean), dtype=torch.float64, device=device)
        self.memory = Memory(n_streams, {"previous": start, "started": start[:1]})

    def __call__(self, x: Tensor) -> Tensor:
        """Scale ``x``, ``(n_streams, n_channels)``, and put its changes and marks beside it."""
        x = self._scale(x, self.values)
        if self.changes is not None:
            state = self.memory.state
            change = x - torch.where(state["started"] > 0, state["previous"], x)
            self.memory.put(None, previous=x, started=torch.ones_like(state["started"]))
            x = torch.cat([x, self._scale(change, self.changes)], dim=1)
        if self.marked:
            seen = ~x.isnan()
            x = torch.cat([torch.where(seen, x, 0.0), seen.to(x.dtype)], dim=1)
        return x

    def _scale(self, x: Tensor, statistics: tuple[Tensor, Tensor] | None) -> Tensor:
        if not self.scaled or statistics is None:
            return x
        mean, scale = statistics
        return (x - mean) / scale


def _tensor(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device=device)


def fingerprint(estimator: Any) -> NDArray[np.uint8]:
    """Digest what a fit has learned, so that a state is not taken for that of another one.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    ndarray of shape (32,)
        Equal for equal weights and scales.
    """
    digest = hashlib.sha256()
    for net in estimator.nets_:
        for name, tensor in net.module_.state_dict().items():
            digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    preparation = estimator._preparation
    for statistics in filter(None, (preparation.statistics, preparation.changes)):
        digest.update(statistics.mean.tobytes() + statistics.scale.tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def largest_values(estimator: Any) -> NDArray[np.float64]:
    """Find how large the values of a stream may be.

    What a stream remembers can't be taken back, so it must not become infinite. Values that are so
    far from those of fit that their squares would be too large are refused.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    ndarray of shape (n_channels,)
        The largest size of each channel's values.
    """
    dtype = str(next(estimator.net_.module_.parameters()).dtype).removeprefix("torch.")
    most, preparation = largest(dtype), estimator._preparation
    scale = preparation.statistics.scale
    scale = scale if preparation.scaling else np.ones_like(scale)
    with np.errstate(over="ignore"):
        return np.minimum(most, np.sqrt(most) * scale)
