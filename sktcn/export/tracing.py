"""Exportable networks, with the inputs by which they are traced and their metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sktcn._model.fitted import FittedModel
from sktcn._model.span import NO_END, Span
from sktcn.export.golden import (
    STREAMS,
    build_metadata,
    describe_series_network,
    describe_step_network,
    golden_inputs,
)
from sktcn.export.graph import SeriesGraph
from sktcn.export.stepping import StepGraph


@dataclass(frozen=True)
class TraceableNetwork:
    """Network to export, an example input, and the metadata of the file."""

    module: Any
    inputs: dict[str, torch.Tensor]
    dynamic_dims: tuple[dict[int, str], ...]  # names of the dynamic axes of each input
    outputs: list[str]
    metadata: str

    @property
    def arguments(self) -> tuple[torch.Tensor, ...]:
        """Example input, by position."""
        return tuple(self.inputs.values())

    def dynamic_shapes(self, *, named: bool) -> Any:
        """Return the dynamic dimensions in the form of ``torch.export``, or ``named`` for ONNX.

        A name stands where it occurs first: torch finds out which other dimensions equal it.
        """
        known: set[str] = set()
        shapes: list[dict[int, Any]] = []
        for dims in self.dynamic_dims:
            new = set(dims.values()) - known if named else set()
            dynamic = torch.export.Dim.DYNAMIC
            shapes.append({axis: name if name in new else dynamic for axis, name in dims.items()})
            known |= new
        variadic = isinstance(self.module, StepGraph)
        return (shapes[0], tuple(shapes[1:])) if variadic else tuple(shapes)


def series_network(model: FittedModel) -> TraceableNetwork:
    """Build the network that predicts for whole series."""
    module = SeriesGraph(model)
    inputs = golden_inputs(model)
    return TraceableNetwork(
        module,
        {key: torch.from_numpy(array) for key, array in inputs.items()},
        ({0: "n_series", 2: "n_timepoints"}, {0: "n_series"}),
        [module.output_name],
        build_metadata(model, describe_series_network(model, inputs)),
    )


def step_network(model: FittedModel, span: Span = NO_END) -> TraceableNetwork:
    """Build the network that predicts after one more time step, from the state before it."""
    module = StepGraph(model, span)
    start = dict(zip(module.state_names, module.start(), strict=True))
    arrays = {key: row.numpy() for key, row in start.items()}
    step = torch.zeros(2, model.n_channels, dtype=model.torch_dtype)
    state = {key: row.repeat(2, *[1] * (row.ndim - 1)) for key, row in start.items()}
    return TraceableNetwork(
        module,
        {"step": step, **state},
        ({0: STREAMS},) * (1 + len(start)),
        [module.output_name, *(f"next_{key}" for key in start)],
        build_metadata(model, describe_step_network(model, arrays, span)),
    )
