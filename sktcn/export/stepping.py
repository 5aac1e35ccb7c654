"""Traceable module of the streaming form of a fitted estimator."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from sktcn._model.fitted import FittedModel
from sktcn._model.span import NO_END, Span
from sktcn._model.step import StreamingModel
from sktcn.networks import exportable


class StepGraph(nn.Module):
    """Network from a time step and the state of streams to predictions and the next state.

    The model must be causal; it is not changed. Predictions are for the steps of ``span``.
    """

    def __init__(self, model: FittedModel, span: Span = NO_END):
        super().__init__()
        float64 = model.dtype == "float64"
        members = [
            exportable(network.cpu().eval(), float64=float64, streaming=True)
            for network in copy.deepcopy(model.members)
        ]
        with torch.no_grad():
            self.step = StreamingModel(model, 1, span=span, exported=members)
        self.output_name = model.task.output_name
        self.one_target = model.task.one_target
        self.state_names = [
            f"state_{index}_{name}"
            for index, state in enumerate(self.step.states)
            for name in state.start
        ]
        self.eval()

    def start(self) -> list[Tensor]:
        """Return the initial state of one stream, ``(1, ...)`` each."""
        states = self.step.states
        return [row.unsqueeze(0) for state in states for row in state.start.values()]

    def forward(self, step: Tensor, *state: Tensor) -> dict[str, Tensor]:
        """Predict after ``step``, ``(n_streams, n_channels)``, and return the next state."""
        states, rest = self.step.states, list(state)
        for each in states:
            each.tensors = {name: rest.pop(0) for name in each.start}
        answer = self.step(step.double()).to(step.dtype)
        after = [each.tensors[name] for each in states for name in each.start]
        named = zip(self.state_names, after, strict=True)
        return {
            self.output_name: answer[:, 0] if self.one_target else answer,
            **{f"next_{name}": each for name, each in named},
        }
