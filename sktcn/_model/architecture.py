"""The architecture: parameters that build a network once the series are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import torch

from sktcn._data.panel import Indices, Panel
from sktcn.networks import SequenceModel
from sktcn.networks.activations import Activation, global_generator

# Parameters of a backbone that its answers do not depend on once it is trained.
TRAINING_ONLY = frozenset({"dropout"})


class Advice(NamedTuple):
    """Remark on an architecture's fit to the series: severity, what it is, a remedy."""

    severity: str
    what: str
    remedy: str


class Architecture(Protocol):
    """Parameters of a network."""

    @property
    def activation(self) -> Activation:
        """Activation by name, class or function."""

    @property
    def remedies(self) -> dict[str, str]:
        """Changes of parameters that steady the training, by the parameter."""

    def validate(self) -> None:
        """Raise ValueError unless the parameters fit together."""

    def build(
        self,
        in_channels: int,
        longest: int,
        n_outputs: int,
        generator: torch.Generator,
        load: Callable[[], Panel] | None = None,
    ) -> SequenceModel:
        """Build the untrained network, its initial weights drawn from the generator.

        ``longest`` is the number of time steps of the longest training series. ``load``
        reads the preprocessed training series; None where a file brings the weights.
        """

    def max_layers(self, longest: int) -> int:
        """Bound the number of layers before any is built; one if it grows slowly with `longest`."""

    def advise(
        self, lengths: Indices, backbone: Any, sizes: list[int], receptive_field: float
    ) -> Iterator[Advice]:
        """Yield what speaks against the architecture for these lengths and batch sizes.

        The receptive field is that of the whole model, in raw time steps.
        """


def training_remedies(residual: str | None, norm: str | None) -> dict[str, str]:
    """List settings that would steady the training of a residual network, by the parameter."""
    changes = {} if residual is not None else {"residual": "residual='add'"}
    return changes if norm == "batch" else changes | {"norm": "norm='batch'"}


def advise_batch_norm(norm: str | None, sizes: list[int]) -> Iterator[Advice]:
    """Yield advice if batch norm would take its statistics from single series."""
    if norm == "batch" and 1 in sizes:
        yield Advice(
            "warning",
            f"{sizes.count(1)} of {len(sizes)} batches are of one series, whose statistics are all "
            "that batch norm has",
            "Set batch_size to 8 or more, or norm='layer'",
        )


def check_delay(delay: int, parameter: str, *, causal: bool) -> None:
    """Raise ValueError if a network that looks ahead in any case, by a parameter, has a delay."""
    if delay and not causal:
        raise ValueError(
            f"delay is for networks that see the past alone, got delay={delay} with {parameter}"
        )


def build_network(
    architecture: Architecture,
    n_outputs: int,
    *,
    in_channels: int,
    longest: int,
    generator: torch.Generator,
    seed: int,
    dtype: str,
    load: Callable[[], Panel] | None = None,
) -> SequenceModel:
    """Build an untrained network on the CPU.

    The initial weights come from ``generator``; ``seed`` seeds torch's global generator while a
    user-defined activation is built.
    """
    with global_generator(architecture.activation, seed):
        network = architecture.build(in_channels, longest, n_outputs, generator, load)
    return network.to(getattr(torch, dtype))
