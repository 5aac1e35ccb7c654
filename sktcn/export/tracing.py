"""Networks, and with what they are to be traced and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sktcn._model.fitted import FittedModel
from sktcn.export.golden import golden_inputs, metadata, time_steps, whole_series
from sktcn.export.graph import SeriesGraph
from sktcn.export.stepping import StepGraph


@dataclass(frozen=True)
class Traced:
    """A network, one input by which to trace it, and what is to be written beside it."""

    network: Any
    inputs: dict[str, torch.Tensor]
    free: tuple[tuple[int, ...], ...]  # dimensions of any size
    outputs: list[str]
    about: str

    @property
    def arguments(self) -> tuple[torch.Tensor, ...]:
        """The input, by position."""
        return tuple(self.inputs.values())

    @property
    def dynamic_shapes(self) -> Any:
        """As torch wants to be told of the free dimensions."""
        first, *others = (dict.fromkeys(each, torch.export.Dim.DYNAMIC) for each in self.free)
        stepping = isinstance(self.network, StepGraph)
        return (first, tuple(others)) if stepping else (first, *others)


def trace_whole_series(model: FittedModel, name: str) -> Traced:
    """Make the network that answers for whole series ready to be exported.

    Parameters
    ----------
    model : FittedModel
        Model to export.
    name : str
        Class of the estimator.

    Returns
    -------
    Traced
        The network, and what goes with it.
    """
    network = SeriesGraph(model)
    inputs = golden_inputs(model)
    described = whole_series(model, inputs)
    return Traced(
        network,
        {name: torch.from_numpy(array) for name, array in inputs.items()},
        ((0, 2), (0,)),
        [network.output_name],
        metadata(model, name, described),
    )


def trace_time_step(model: FittedModel, name: str) -> Traced:
    """Make the network that answers to one more time step ready to be exported.

    Parameters
    ----------
    model : FittedModel
        Model to export, which must not look ahead.
    name : str
        Class of the estimator.

    Returns
    -------
    Traced
        The network, and what goes with it.
    """
    model.check_causal()
    network = StepGraph(model)
    start = dict(zip(network.state_names, network.start(), strict=True))
    arrays = {name: each.numpy() for name, each in start.items()}
    described = time_steps(model, arrays)
    step = torch.zeros(2, model.n_channels, dtype=model.torch_dtype)
    two = {name: row.repeat(2, *[1] * (row.ndim - 1)) for name, row in start.items()}
    return Traced(
        network,
        {"step": step, **two},
        ((0,),) * (1 + len(start)),
        [network.output_name, *(f"next_{name}" for name in start)],
        metadata(model, name, described),
    )
