"""A fitted estimator as a function of raw time steps: what streams and exports it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier
from torch import Tensor

from sktcn._data.validation import largest
from sktcn._preprocessing.step_form import StreamingPreprocessor, _tensor
from sktcn.networks import Positions, StreamingNetwork, StreamState


class StreamingModel:
    """From raw time steps to answers, in torch alone.

    Parameters
    ----------
    estimator : estimator
        As `to_streaming` takes it.
    n_streams : int
        Rows.
    exported : list of SequenceModel, default=None
        Networks to take for the estimator's own, to be exported as in `StreamingNetwork`.
    """

    def __init__(self, estimator: Any, n_streams: int, *, exported: Any = None):
        models = exported or [net.module_ for net in estimator.nets_]
        device = models[0].head.bias.device
        self.prepared = StreamingPreprocessor(estimator._preparation, n_streams, device)
        self.models = [
            StreamingNetwork(model, n_streams, exported=bool(exported)) for model in models
        ]
        self.dtype = models[0].head.bias.dtype
        self.n_outputs = models[0].head.n_outputs
        self.scaler: tuple[Tensor, Tensor] | None = None
        if not is_classifier(estimator):
            scaler = estimator._target_scaler
            self.scaler = _tensor(scaler.scale, device), _tensor(scaler.mean, device)
        self.one_target = self.scaler is not None and estimator._one_target
        models_memories = [state for model in self.models for state in model.states]
        self.states: list[StreamState] = [self.prepared.state, *models_memories]

    def __call__(self, x: Tensor, positions: int | Positions = 0) -> Tensor:
        """Take in a time step, ``(n_streams, n_channels)``; return ``(n_streams, n_outputs)``."""
        prepared = self.prepared(x).to(self.dtype)
        outputs = [model(prepared, positions) for model in self.models]
        mean = outputs[0] if len(outputs) == 1 else torch.stack(outputs).mean(0)
        if self.scaler is None:
            return mean.softmax(1)
        scale, shift = self.scaler
        return torch.addcmul(shift, mean, scale)


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
            digest.update(_original(name).encode() + tensor.cpu().contiguous().numpy().tobytes())
    preparation = estimator._preparation
    for statistics in filter(None, (preparation.statistics, preparation.changes)):
        digest.update(statistics.mean.tobytes() + statistics.scale.tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def _original(name: str) -> str:
    """Map the name of a weight to that of version 0.1.0, whose saved states must stay valid."""
    for present, former in (
        (".conv1.", ".outer."),
        (".conv2.", ".inner."),
        ("head.pooling.", "pooling."),
        ("head.linear.", "head."),
    ):
        name = name.replace(present, former)
    return name


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
