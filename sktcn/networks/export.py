"""Replacement of a network's layers by their export forms."""

from __future__ import annotations

import copy
from typing import TypeVar, cast

from torch import nn

from sktcn.networks.activation_export import Float64PReLU
from sktcn.networks.conv import TemporalConv
from sktcn.networks.lstm_layers import PatchEmbedding, ScannedLSTM
from sktcn.networks.norms import BatchNorm
from sktcn.networks.rocket import RocketModel

# Layers whose streaming form differs from the layer on one step, and can be exported itself.
_STREAMING = (nn.LSTM, PatchEmbedding, BatchNorm, TemporalConv, RocketModel)

Network = TypeVar("Network", bound=nn.Module)


def exportable(model: Network, *, float64: bool, streaming: bool = False) -> Network:
    """Copy a network with layers that torch can trace for any length and ONNX runtimes support.

    ``float64`` allows only operations for which onnxruntime has float64 kernels; ``streaming``
    leaves the layers that `StreamingNetwork` replaces. A layer without an ``export_form`` method,
    such as an activation of the user's, is copied.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks import LSTM, PooledHead, SequenceModel, exportable
    >>> model = SequenceModel(LSTM(1, 4), PooledHead.build("mean", 4, 2)).eval()
    >>> x = torch.randn(3, 1, 20)
    >>> torch.allclose(exportable(model, float64=False)(x), model(x), atol=1e-6)
    True
    """
    parent = nn.ModuleList([copy.deepcopy(model)])
    _replace_children(parent, float64=float64, streaming=streaming)
    return cast("Network", parent[0])


def _replace_children(module: nn.Module, *, float64: bool, streaming: bool) -> None:
    for name, child in list(module.named_children()):
        if not (streaming and isinstance(child, _STREAMING)):
            child = _export_form(child, float64=float64)
            setattr(module, name, child)
        _replace_children(child, float64=float64, streaming=streaming)


def _export_form(layer: nn.Module, *, float64: bool) -> nn.Module:
    if isinstance(layer, nn.LSTM):
        return ScannedLSTM(layer)
    if isinstance(layer, nn.PReLU):
        return Float64PReLU(layer) if float64 else layer
    build = getattr(layer, "export_form", None)
    return layer if build is None else build(float64=float64)
