"""Traceable module of a fitted estimator, for any number and lengths of series."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from sktcn._model.fitted import FittedModel
from sktcn._model.network import RawSeriesNetwork
from sktcn.networks import exportable
from sktcn.networks.masks import step_mask


class SeriesGraph(nn.Module):
    """Network from raw series and their lengths to predictions; the model is not changed.

    A prediction is NaN where the estimator would refuse a series: for a value that is infinite, or
    missing where none may be, or a length that is not from 1 to that of the batch. So is one for a
    time step of padding.
    """

    def __init__(self, model: FittedModel):
        super().__init__()
        self.network = RawSeriesNetwork(model)
        self.takes_nan = model.preprocessor.missing in ("mask", "interpolate")
        self.decoder = model.task.decoder()
        self.output_name = model.task.output_name
        self.one_target, self.per_step = model.task.one_target, model.task.per_step
        self.steps_last = model.task.classes is None  # as the estimator's predict
        float64 = model.dtype == "float64"
        members: Any = self.network.members
        self.network.members = nn.ModuleList(
            exportable(member.compact(), float64=float64) for member in members
        )
        self.eval()

    def forward(self, series: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Predict for ``series``, ``(n, n_channels, t)``, of ``lengths``, ``(n,)``."""
        refused = self._refused(series, lengths)
        outputs = self.network(series, lengths.clamp(1, series.shape[2]))
        if self.per_step:
            return {self.output_name: self._answer_steps(outputs, refused, lengths, series.dtype)}
        answers = self.decoder(outputs)
        answers = answers.masked_fill(refused[:, None], torch.nan).to(series.dtype)
        return {self.output_name: answers[:, 0] if self.one_target else answers}

    def _answer_steps(
        self, outputs: Tensor, refused: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Decode outputs, ``(n, n_outputs, t)``, to ``(n, t, n_outputs)`` or as ``predict``."""
        n_series, n_outputs, n_steps = outputs.shape
        rows = outputs.transpose(1, 2).reshape(-1, n_outputs)
        answers = self.decoder(rows).reshape(n_series, n_steps, n_outputs)
        unanswered = ~step_mask(lengths, n_steps)[:, 0] | refused[:, None]
        answers = answers.masked_fill(unanswered[:, :, None], torch.nan).to(dtype)
        if self.one_target:
            return answers[:, :, 0]
        return answers.transpose(1, 2) if self.steps_last else answers

    def _refused(self, series: Tensor, lengths: Tensor) -> Tensor:
        n_steps = series.shape[2]
        unusable = series.isinf() if self.takes_nan else series.isinf() | series.isnan()
        unusable = (unusable & step_mask(lengths, n_steps)).any(2).any(1)
        return unusable | (lengths < 1) | (lengths > n_steps)
