"""A fitted estimator as one module that torch can trace, whatever number and length of series."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks import TemporalConv
from sktcn.networks.lstm import LSTMLayer
from sktcn.networks.pooling import step_mask
from sktcn.prepared import FittedNetwork

if TYPE_CHECKING:
    from sktcn.estimators.base import SequenceEstimator


class AnsweringNetwork(nn.Module):
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
        make_traceable(self.network)
        self.eval()

    @property
    def output_name(self) -> str:
        """What the answers are called."""
        return "probabilities" if self.classifies else "prediction"

    def forward(self, series: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Answer for ``series``, ``(n, n_channels, t)``, of ``lengths``, ``(n,)``."""
        n_steps = series.shape[2]
        refused = self._refused(series, lengths)
        outputs = self.network(series, lengths.clamp(1, n_steps))
        if self.classifies:
            answers = outputs.softmax(1)
        else:
            answers = outputs * self.target_scale + self.target_mean
        answers = answers.masked_fill(refused[:, None], torch.nan).to(series.dtype)
        return {self.output_name: answers[:, 0] if self.one_target else answers}

    def _refused(self, series: Tensor, lengths: Tensor) -> Tensor:
        unusable = series.isinf() if self.takes_nan else ~series.isfinite()
        unusable = unusable & step_mask(lengths, series.shape[2])
        return unusable.any(2).any(1) | (lengths < 1) | (lengths > series.shape[2])


def make_traceable(network: nn.Module) -> None:
    """Replace, in place, what depends on the length of a series by what does not.

    A convolution applies all its taps, also those that see nothing but padding, and an LSTM is
    written out as a scan; both compute the same as before.

    Parameters
    ----------
    network : nn.Module
        A copy that may be changed.
    """
    for module in network.modules():
        if isinstance(module, TemporalConv):
            everything = slice(None), module.padding
            module.taps_within = partial(_always, everything)  # type: ignore[method-assign]
        elif isinstance(module, LSTMLayer):
            module.ahead = ScannedLSTM(module.ahead)  # type: ignore[assignment, arg-type]
            if module.back is not None:
                module.back = ScannedLSTM(module.back)
    for weight in network.parameters():
        weight.data = weight.data.contiguous()  # torch.export saves no other layout


def _always(
    answer: tuple[slice, tuple[int, int]], n_steps: int
) -> tuple[slice, tuple[int, int]]:
    return answer


class ScannedLSTM(nn.Module):
    """One LSTM layer as a loop over the time steps that becomes part of the graph.

    torch would unroll its own for the one length that it sees, and onnxruntime's knows no
    float64.

    Parameters
    ----------
    lstm : nn.LSTM
        Of one layer and direction, with ``batch_first=True``.
    """

    def __init__(self, lstm: nn.LSTM):
        super().__init__()
        self.read = nn.Parameter(lstm.weight_ih_l0.detach().clone(), requires_grad=False)
        self.recur = nn.Parameter(lstm.weight_hh_l0.detach().T.clone(), requires_grad=False)
        bias = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach()
        self.bias = nn.Parameter(bias, requires_grad=False)

    def forward(self, steps: Tensor) -> tuple[Tensor, None]:
        """Map ``(n, t, in_channels)`` to ``(n, t, hidden_size)``; the states are left out."""
        from torch._higher_order_ops.scan import scan

        read = F.linear(steps, self.read, self.bias).transpose(0, 1)
        start = torch.zeros_like(read[0, :, : len(self.recur)])
        _, h = scan(self._step, (start, start.clone()), read)
        return h.transpose(0, 1), None

    def _step(
        self, state: tuple[Tensor, Tensor], read: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        h, c = state
        enter, keep, new, leave = (read + h @ self.recur).chunk(4, 1)
        c = keep.sigmoid() * c + enter.sigmoid() * new.tanh()
        h = leave.sigmoid() * c.tanh()
        return (h, c), h.clone()  # what is carried on may not be what is put out
