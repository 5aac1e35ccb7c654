"""The fitted model for one time step of each of several streams."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from sktcn._fast.array_step import ArrayStep
from sktcn._model.fitted import FittedModel
from sktcn._model.inference import combine
from sktcn._model.span import NO_END, Span
from sktcn.networks import Positions, SequenceModel, StreamingNetwork, StreamState


class StreamingModel:
    """Preprocessor, networks and decoder of a fitted model in their streaming forms.

    The model must not look ahead. Answers are for the steps of ``span``. Networks ``exported``
    replace the model's own, to be exported as in `StreamingNetwork`.

    Attributes
    ----------
    in_arrays : ArrayStep or None
        The same step of some streams in arrays, if all parts are compiled.
    """

    def __init__(
        self,
        model: FittedModel,
        n_streams: int,
        *,
        span: Span = NO_END,
        exported: Sequence[SequenceModel] | None = None,
    ):
        networks = exported or model.members
        device = next(networks[0].parameters()).device
        self.preprocessor = model.preprocessor.streaming(
            n_streams, device, model.torch_dtype, exported=bool(exported)
        )
        self.networks = [
            StreamingNetwork(network, n_streams, exported=bool(exported), **span.options)
            for network in networks
        ]
        self.shares = model.shares
        self.n_outputs = model.task.n_outputs
        decoder = model.task.decoder(device)
        self.decoder = decoder.forward  # without the cost of a module's call
        self.states: list[StreamState] = [
            *self.preprocessor.states,
            *(state for network in self.networks for state in network.states),
        ]
        self.in_arrays = None
        if not exported:
            self.in_arrays = ArrayStep.of(
                self.preprocessor, self.networks, partial(combine, shares=self.shares), decoder
            )
        if self.in_arrays is not None:
            first = np.zeros(1, np.int64)
            self.in_arrays(np.zeros((1, model.n_channels)), first, first)  # compiles it
            for state in self.states:
                state.reset([0])

    def __call__(self, x: Tensor, positions: int | Positions = 0) -> Tensor:
        """Advance by a time step, ``(n_streams, n_channels)``, and return the answers.

        Answers are in float64, ``(n_streams, n_outputs)``.
        """
        preprocessed = self.preprocessor(x)
        outputs = [network(preprocessed, positions) for network in self.networks]
        combined = outputs[0] if len(outputs) == 1 else combine(outputs, self.shares)
        answers: Tensor = self.decoder(combined)
        return answers


def fingerprint(model: FittedModel, span: Span = NO_END) -> NDArray[np.uint8]:
    """Digest weights, statistics and span, so that states of different streams are told apart."""
    digest = hashlib.sha256()
    for network in model.members:
        for name, tensor in network.state_dict().items():
            digest.update(_original(name).encode() + tensor.cpu().contiguous().numpy().tobytes())
    preprocessor = model.preprocessor
    for statistics in filter(None, (preprocessor.statistics, preprocessor.changes)):
        digest.update(statistics.mean.tobytes() + statistics.scale.tobytes())
    if span != NO_END:
        digest.update(repr(tuple(span)).encode())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def _original(name: str) -> str:
    """Map the name of a weight to its name in format 1, so that saved states stay valid."""
    for present, former in (
        (".conv1.", ".outer."),
        (".conv2.", ".inner."),
        ("head.pooling.", "pooling."),
        ("head.linear.", "head."),
    ):
        name = name.replace(present, former)
    return name
