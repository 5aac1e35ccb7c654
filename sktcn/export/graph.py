"""A fitted estimator as one module that torch can trace, whatever number and length of series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sktcn._model.network import FittedNetwork
from sktcn.networks import exportable
from sktcn.networks.masks import step_mask

if TYPE_CHECKING:
    from sktcn.estimators.base import SequenceEstimator


class SeriesGraph(nn.Module):
    """Raw series and their lengths to the estimator's answers.

    Where the estimator would refuse a series, the answer is NaN: a value that is infinite, or
    missing where none may be, or a length that is not from 1 to that of the batch.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted; it is left as it is.
    """

    target_mean: Tensor
    target_scale: Tensor

    def __init__(self, estimator: SequenceEstimator):
        super().__init__()
        self.network = FittedNetwork(estimator)
        self.takes_nan = estimator._preparation.missing in ("mask", "interpolate")
        self.classifies = hasattr(estimator, "classes_")
        self.one_target = getattr(estimator, "_one_target", False)
        if not self.classifies:
            scaler = estimator._target_scaler
            self.register_buffer("target_mean", torch.tensor(scaler.mean))
            self.register_buffer("target_scale", torch.tensor(scaler.scale))
        exact = self.network.dtype == torch.float64
        members = self.network.members
        self.network.members = nn.ModuleList(exportable(m, float64=exact) for m in members)
        self.eval()

    @property
    def dtype(self) -> str:
        """What the series are to be in, and the answers are: "float32" or "float64"."""
        return str(self.network.dtype).removeprefix("torch.")

    @property
    def output_name(self) -> str:
        """What the answers are called."""
        return "probabilities" if self.classifies else "prediction"

    def forward(self, series: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Answer for ``series``, ``(n, n_channels, t)``, of ``lengths``, ``(n,)``."""
        refused = self._refused(series, lengths)
        outputs = self.network(series, lengths.clamp(1, series.shape[2]))
        if self.classifies:
            answers = outputs.softmax(1)
        else:
            answers = outputs * self.target_scale + self.target_mean
        answers = answers.masked_fill(refused[:, None], torch.nan).to(series.dtype)
        return {self.output_name: answers[:, 0] if self.one_target else answers}

    def _refused(self, series: Tensor, lengths: Tensor) -> Tensor:
        n_steps = series.shape[2]
        unusable = series.isinf() if self.takes_nan else series.isinf() | series.isnan()
        unusable = (unusable & step_mask(lengths, n_steps)).any(2).any(1)
        return unusable | (lengths < 1) | (lengths > n_steps)
