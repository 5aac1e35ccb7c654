"""A fitted estimator as one module that torch can trace, whatever number and length of series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from sktcn._model.fitted import FittedModel
from sktcn._model.network import RawSeriesNetwork
from sktcn.export.layers import (
    WRITTEN_OUT,
    FixedNorm,
    GatheredConv,
    ScannedLSTM,
    StepNorm,
    WrittenPReLU,
)
from sktcn.networks import ACTIVATIONS, TemporalConv
from sktcn.networks.activations import Elementwise
from sktcn.networks.lstm import PatchEmbedding
from sktcn.networks.norms import BatchNorm, GroupNorm, LayerNorm
from sktcn.networks.pooling import step_mask


class SeriesGraph(nn.Module):
    """Raw series and their lengths to the estimator's answers.

    Where the estimator would refuse a series, the answer is NaN: a value that is infinite, or
    missing where none may be, or a length that is not from 1 to that of the batch.

    Parameters
    ----------
    model : FittedModel
        Model; it is left as it is.
    """

    def __init__(self, model: FittedModel):
        super().__init__()
        self.network = RawSeriesNetwork(model)
        self.takes_nan = model.preprocessor.missing in ("mask", "interpolate")
        self.decoder = model.task.decoder()
        self.output_name = model.task.output_name
        self.one_target = model.task.one_target
        for member in self.network.members:
            make_traceable(member, written_out=self.network.dtype == torch.float64)
        self.eval()

    def forward(self, series: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Answer for ``series``, ``(n, n_channels, t)``, of ``lengths``, ``(n,)``."""
        refused = self._refused(series, lengths)
        answers = self.decoder(self.network(series, lengths.clamp(1, series.shape[2])))
        answers = answers.masked_fill(refused[:, None], torch.nan).to(series.dtype)
        return {self.output_name: answers[:, 0] if self.one_target else answers}

    def _refused(self, series: Tensor, lengths: Tensor) -> Tensor:
        n_steps = series.shape[2]
        unusable = series.isinf() if self.takes_nan else series.isinf() | series.isnan()
        unusable = (unusable & step_mask(lengths, n_steps)).any(2).any(1)
        return unusable | (lengths < 1) | (lengths > n_steps)


def make_traceable(model: nn.Module, *, written_out: bool) -> None:
    """Replace, in place, the layers that depend on the length, or that runtimes lack.

    Parameters
    ----------
    model : SequenceModel
        A copy that may be changed.
    written_out : bool
        Use nothing but what onnxruntime has in float64 as well.
    """
    _replace_layers(model, _traceable, written_out)
    backbone: Any = model.backbone
    features = backbone.features
    backbone.features = lambda x, mask, weight: features(x, mask)  # not in training


def make_steps_traceable(model: nn.Module, *, written_out: bool) -> None:
    """Replace, in place, the layers of single time steps that runtimes lack.

    Parameters
    ----------
    model : SequenceModel
        A copy that may be changed.
    written_out : bool
        Use nothing but what onnxruntime has in float64 as well.
    """
    _replace_layers(model, _of_a_step, written_out)


def _replace_layers(
    model: nn.Module, replacement: Callable[[Any, bool], nn.Module], written_out: bool
) -> None:
    for module in list(model.modules()):
        for name, child in module.named_children():
            setattr(module, name, replacement(child, written_out))


def _traceable(layer: Any, written_out: bool) -> nn.Module:
    if isinstance(layer, nn.LSTM):
        return ScannedLSTM(layer)
    if isinstance(layer, PatchEmbedding):
        activation = _traceable(layer.activation, written_out)
        return nn.Sequential(GatheredConv.from_patches(layer), activation)
    if isinstance(layer, BatchNorm):
        return FixedNorm(layer)
    if isinstance(layer, TemporalConv):
        return GatheredConv.from_conv(layer) if written_out else _with_all_taps(layer)
    return _of_a_step(layer, written_out)


def _of_a_step(layer: Any, written_out: bool) -> nn.Module:
    if isinstance(layer, LayerNorm | GroupNorm):
        return StepNorm(layer)
    if written_out and isinstance(layer, nn.PReLU):
        return WrittenPReLU(layer)
    if written_out and isinstance(layer, Elementwise):
        ours = ACTIVATIONS.get(layer.name) is layer.function
        function = WRITTEN_OUT.get(layer.name) if ours else None
        return Elementwise(function or layer.function, layer.name)
    return layer


def _with_all_taps(conv: Any) -> TemporalConv:
    """Apply all taps, also those that see nothing but padding in a short series."""
    conv.kernel = nn.Parameter(conv.weight.detach().contiguous(), requires_grad=False)
    conv.gain = conv.taps = None
    conv.effective_taps = lambda n_steps: (slice(None), conv.padding)
    return conv
