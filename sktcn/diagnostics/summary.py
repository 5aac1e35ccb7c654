"""Summary of a fitted network, layer by layer, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import nn

from sktcn._model.fitted import FittedModel, resolve_model
from sktcn.networks import count_parameters

HEADINGS = ("layer", "details", "width", "sees", "parameters")


def summary(estimator: Any) -> str:
    """Describe the network of a fitted estimator, layer by layer.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier or regressor of this library.

    Returns
    -------
    str
        A headline, and a table of the stages: number of output features, time steps of the raw
        series that one of them depends on, number of trained parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.diagnostics import summary
    >>> X, y = np.random.default_rng(0).normal(size=(20, 40)), np.arange(20) % 2
    >>> print(summary(TCNClassifier(n_filters=8, max_epochs=1).fit(X, y)))
    TCNClassifier: 1,842 parameters, receptive field 58
    layer     details                 width  sees  parameters
    series    values and changes          2     2           0
    block 1   2 x 5 taps, dilation 1      8    10         432
    block 2   2 x 5 taps, dilation 2      8    26         672
    block 3   2 x 5 taps, dilation 4      8    58         672
    features  of all blocks              24    58          16
    pooling   mean                       24   all           0
    head      linear                      2   all          50
    """
    model = resolve_model(estimator)
    rows = [HEADINGS, *_rows(model)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join([_headline(model), *lines])


def _headline(model: FittedModel) -> str:
    n_networks = len(model.networks)
    networks = f" in each of {n_networks} networks" if n_networks > 1 else ""
    return (
        f"{model.schema.owner}: {_count(model.networks[0])} parameters{networks}, "
        f"receptive field {_steps(model.receptive_field)}"
    )


def _rows(model: FittedModel) -> Iterator[tuple[str, ...]]:
    module, preprocessor = model.networks[0], model.preprocessor
    inputs = "values" if preprocessor.changes is None else "values and changes"
    if preprocessor.missing == "mask":
        inputs += ", where observed"
    look_back = preprocessor.look_back
    yield "series", inputs, f"{preprocessor.out_channels:,}", f"{1 + look_back:,}", "0"
    for stage in [*module.backbone.stages(), *module.head.stages()]:
        n_parameters = _count(*stage.modules)
        field = stage.receptive_field
        sees = field if isinstance(field, str) else f"{field + look_back:,}"
        yield stage.name, stage.details, f"{stage.width:,}", sees, n_parameters


def _count(*modules: nn.Module) -> str:
    return f"{count_parameters(*modules):,}"


def _steps(n_steps: float) -> str:
    return "infinite" if math.isinf(n_steps) else f"{n_steps:,}"
