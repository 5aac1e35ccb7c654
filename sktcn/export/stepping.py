"""A fitted estimator's answer to one more time step as a module that torch can trace."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sktcn._model.step import StreamingModel
from sktcn.networks import exportable

if TYPE_CHECKING:
    from sktcn.estimators.base import SequenceEstimator


class StepGraph(nn.Module):
    """A time step of some streams, and what is known of their past, to the answers.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted, and blind to the future; it is left as it is.
    """

    def __init__(self, estimator: SequenceEstimator):
        super().__init__()
        members = [copy.deepcopy(net.module_).cpu().eval() for net in estimator.nets_]
        exact = members[0].head.bias.dtype == torch.float64
        members = [exportable(member, float64=exact, streaming=True) for member in members]
        with torch.no_grad():
            self.steps = StreamingModel(estimator, 1, exported=members)
        self.dtype = "float64" if exact else "float32"
        self.output_name = "probabilities" if self.steps.scaler is None else "prediction"
        self.state_names = [
            f"state_{index}_{name}"
            for index, state in enumerate(self.steps.states)
            for name in state.start
        ]
        self.eval()

    def start(self) -> list[Tensor]:
        """State of one stream that has seen nothing, ``(1, ...)`` each."""
        states = self.steps.states
        return [row.unsqueeze(0) for state in states for row in state.start.values()]

    def forward(self, step: Tensor, *state: Tensor) -> dict[str, Tensor]:
        """Answer to ``step``, ``(n_streams, n_channels)``, and tell the state after it."""
        states, rest = self.steps.states, list(state)
        for state in states:
            state.tensors = {name: rest.pop(0) for name in state.start}
        answer = self.steps(step.double()).to(step.dtype)
        after = [state.tensors[name] for state in states for name in state.start]
        named = zip(self.state_names, after, strict=True)
        return {
            self.output_name: answer[:, 0] if self.steps.one_target else answer,
            **{f"next_{name}": each for name, each in named},
        }
