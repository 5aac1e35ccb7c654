"""A third architecture, added from outside the package: a leaky integrator of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import Interval
from torch import nn

from sktcn.estimators.fitting import TrainedEstimator
from sktcn.networks import SequenceModel, Stage, StreamState

KEPT = 0.5  # share of the state that a step keeps


class Integrator(nn.Module):
    """Backbone: mix the channels, integrate over the last two steps, and squash."""

    causal, lookahead_parameter, stride, receptive_field = True, None, 1, 2

    def __init__(self, in_channels, width, generator, scale):
        super().__init__()
        self.out_channels = width
        self.mix = nn.Parameter(
            torch.empty(width, in_channels).normal_(0.0, scale, generator=generator)
        )
        self.activation = nn.Tanh()

    def feature_lengths(self, lengths):
        return lengths

    def features(self, x, mask=None, weight=None):
        mixed = self.mix @ x
        before = torch.cat([torch.zeros_like(mixed[:, :, :1]), mixed[:, :, :-1]], dim=2)
        return self.activation(mixed + KEPT * before)

    def streaming(self, n_streams, *, exported=False):
        return StreamingIntegrator(self, n_streams)

    def stages(self):
        details = f"{self.out_channels} integrators"
        return [
            Stage(
                "integrator",
                details,
                self.out_channels,
                2,
                (self,),
                (("units", self.activation),),
            )
        ]


class StreamingIntegrator:
    """Streaming form: one state, the mixed channels of the step before."""

    def __init__(self, backbone, n_streams):
        self.mix = backbone.mix.detach().T.clone()
        start = {"before": self.mix.new_zeros(backbone.out_channels)}
        self.states = [StreamState(n_streams, start)]

    def features(self, x, positions):
        mixed = x @ self.mix
        before = self.states[0].tensors["before"]
        self.states[0].update(None, before=mixed)
        return torch.tanh(mixed + KEPT * before), None


@dataclass(frozen=True)
class IntegratorConfig:
    """Architecture: builds the backbone from the estimator's parameters."""

    width: int
    pooling: str
    activation: ClassVar[str] = "tanh"
    remedies: ClassVar[dict[str, str]] = {}

    def validate(self):
        pass

    def build(self, in_channels, longest, n_outputs, generator, load=None):
        scale = 1.0 if load is None else 1.0 / float(np.std(load().values))
        backbone = Integrator(in_channels, self.width, generator, scale)
        return SequenceModel(
            backbone, pooling=self.pooling, n_outputs=n_outputs, generator=generator
        )

    def max_layers(self, longest):
        return 1

    def advise(self, lengths, backbone, sizes, receptive_field):
        return iter(())


class IntegratorParameters(TrainedEstimator):
    """Face: the parameters, written once for all tasks."""

    architecture_type = IntegratorConfig
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = (
        TrainedEstimator._parameter_constraints
        | {"width": [Interval(Integral, 1, None, closed="left")]}
    )

    def __init__(
        self,
        *,
        width=8,
        pooling="mean",
        max_epochs=20,
        lr=0.01,
        missing="error",
        n_estimators=1,
        random_state=0,
    ):
        self.width = width
        self.pooling = pooling
        self.max_epochs = max_epochs
        self.lr = lr
        self.missing = missing
        self.n_estimators = n_estimators
        self.random_state = random_state
