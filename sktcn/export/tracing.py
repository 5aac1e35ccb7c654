"""Networks, and with what they are to be traced and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sktcn.estimators.base import SequenceEstimator
from sktcn.estimators.checks import check_causal
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


def trace_whole_series(estimator: SequenceEstimator) -> Traced:
    """Make the network that answers for whole series ready to be exported.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.

    Returns
    -------
    Traced
        The network, and what goes with it.
    """
    network = SeriesGraph(estimator)
    inputs = golden_inputs(estimator, network.dtype)
    described = whole_series(estimator, inputs, network.output_name)
    return Traced(
        network,
        {name: torch.from_numpy(array) for name, array in inputs.items()},
        ((0, 2), (0,)),
        [network.output_name],
        metadata(estimator, network.dtype, described),
    )


def trace_time_step(estimator: SequenceEstimator) -> Traced:
    """Make the network that answers to one more time step ready to be exported.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted, and blind to the future.

    Returns
    -------
    Traced
        The network, and what goes with it.
    """
    check_causal(estimator)
    network = StepGraph(estimator)
    start = dict(zip(network.state_names, network.start(), strict=True))
    arrays = {name: each.numpy() for name, each in start.items()}
    described = time_steps(estimator, network.dtype, network.output_name, arrays)
    step = torch.zeros(2, estimator.n_channels_, dtype=getattr(torch, network.dtype))
    two = {name: row.repeat(2, *[1] * (row.ndim - 1)) for name, row in start.items()}
    return Traced(
        network,
        {"step": step, **two},
        ((0,),) * (1 + len(start)),
        [network.output_name, *(f"next_{name}" for name in start)],
        metadata(estimator, network.dtype, described),
    )
