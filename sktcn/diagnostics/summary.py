"""Summary of a fitted network, layer by layer, as text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

from torch import nn

from sktcn._model.fitted import FittedModel, resolve_model
from sktcn.networks import LSTM, TCN, count_parameters


@dataclass(frozen=True)
class Layer:
    """One row of a summary, written out.

    Attributes
    ----------
    name, details : str
        What the layer is.
    width : str
        Features that it puts out.
    sees : str
        Time steps of the series that one of these features sees.
    parameters : str
        Numbers learned.
    """

    name: str
    details: str
    width: str
    sees: str
    parameters: str


HEADINGS = Layer("layer", "details", "width", "sees", "parameters")


def summary(est: Any) -> str:
    """Describe the network of a fitted estimator, layer by layer.

    Parameters
    ----------
    est : estimator
        A fitted classifier or regressor of this library.

    Returns
    -------
    str
        A headline, and a table: how many features each layer puts out, how many time steps of the
        series one of them sees, how many parameters it has learned.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.diagnostics import summary
    >>> X, y = np.random.default_rng(0).normal(size=(20, 40)), np.arange(20) % 2
    >>> print(summary(TCNClassifier(n_filters=8, max_epochs=1).fit(X, y)))
    TCNClassifier: 1,842 parameters, receptive field 58
    layer     details                 width  sees  parameters
    series    values and changes          2     1           0
    block 1   2 x 5 taps, dilation 1      8     9         432
    block 2   2 x 5 taps, dilation 2      8    25         672
    block 3   2 x 5 taps, dilation 4      8    57         672
    features  of all blocks              24    57          16
    pooling   mean                       24   all           0
    head      linear                      2   all          50
    """
    model = resolve_model(est)
    rows = [astuple(row) for row in [HEADINGS, *_layers(model)]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join([_headline(type(est).__name__, model), *lines])


def _headline(name: str, model: FittedModel) -> str:
    n_networks = len(model.networks)
    networks = f" in each of {n_networks} networks" if n_networks > 1 else ""
    return (
        f"{name}: {_count(model.networks[0])} parameters{networks}, "
        f"receptive field {_steps(model.receptive_field)}"
    )


def _layers(model: FittedModel) -> Iterator[Layer]:
    module, preprocessor = model.networks[0], model.preprocessor
    read = "values" if preprocessor.changes is None else "values and changes"
    if preprocessor.missing == "mask":
        read += ", where observed"
    yield Layer("series", read, f"{preprocessor.out_channels:,}", "1", "0")
    yield from (_tcn_layers if isinstance(module.backbone, TCN) else _lstm_layers)(module.backbone)
    pooling = "+".join(re.findall("[A-Z][a-z]+", type(module.pooling).__name__)[:-1]).lower()
    width = f"{module.head.in_features:,}"
    yield Layer("pooling", pooling, width, "all", _count(module.pooling))
    yield Layer("head", "linear", f"{module.head.out_features:,}", "all", _count(module.head))


def _tcn_layers(backbone: Any) -> Iterator[Layer]:
    sees = 1
    for i, block in enumerate(backbone.blocks, start=1):
        conv = block.conv1.conv
        sees += block.receptive_field - 1
        taps = "/".join(map(str, conv.kernel_sizes))
        details = f"2 x {taps} taps, dilation {conv.dilation}"
        yield Layer(f"block {i}", details, f"{block.out_channels:,}", f"{sees:,}", _count(block))
    details = "of all blocks" if backbone.multiscale else "of the last block"
    n_parameters = _count(backbone.norm, backbone.activation)
    yield Layer("features", details, f"{backbone.out_channels:,}", f"{sees:,}", n_parameters)


def _lstm_layers(backbone: LSTM) -> Iterator[Layer]:
    sees = "all before" if backbone.causal else "all"
    if backbone.patches is not None:
        size = backbone.patch_size
        width = f"{backbone.patches.embed.kernel.shape[0]:,}"
        yield Layer("patches", f"{size} steps each", width, str(size), _count(backbone.patches))
    parts = zip(backbone.layers, backbone.norms, backbone.shortcuts, strict=True)
    for i, (layer, norm, shortcut) in enumerate(parts, start=1):
        details = "one direction" if backbone.causal else "both directions"
        n_parameters = _count(layer, norm, shortcut)
        yield Layer(f"LSTM {i}", details, f"{shortcut.out_channels:,}", sees, n_parameters)
    n_parameters = _count(backbone.dense, backbone.activation)
    yield Layer("features", "dense", f"{backbone.out_channels:,}", sees, n_parameters)


def _count(*modules: nn.Module) -> str:
    return f"{count_parameters(*modules):,}"


def _steps(n_steps: float) -> str:
    return "infinite" if math.isinf(n_steps) else f"{n_steps:,}"
