"""Description of a network stage by stage, for summaries and diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from torch import nn

from sktcn.networks.conv import TemporalConv


@dataclass(frozen=True)
class ResidualPaths:
    """Modules by which gradients are followed through a residual stage.

    Attributes
    ----------
    name : str
        Name of the stage among the residual ones.
    branch : nn.Module
        First module of the branch; its first argument is the stage's input.
    shortcut : nn.Module
        Module called with the stage's input; its output is that of the stage.
    fork : nn.Module or None
        Module of the branch whose first argument is pooled as well.
    """

    name: str
    branch: nn.Module
    shortcut: nn.Module
    fork: nn.Module | None = None


@dataclass(frozen=True)
class Stage:
    """Stage of a network.

    Attributes
    ----------
    name, details : str
        Name of the stage, and its options.
    width : int
        Number of output features.
    receptive_field : int or str
        Time steps of the network's input that one output feature depends on; a word if it is not
        their number that bounds it, such as "all".
    modules : tuple of nn.Module
        Modules with the stage's parameters.
    activations : tuple of (str, nn.Module)
        Activations, each with its place in the network.
    residual : ResidualPaths or None
        Branch and shortcut of a residual stage.

    Examples
    --------
    >>> from sktcn.networks import TCN
    >>> for stage in TCN(1, [8, 8]).stages():
    ...     print(stage.name, stage.width, stage.receptive_field)
    block 1 8 9
    block 2 8 25
    features 16 25
    """

    name: str
    details: str
    width: int
    receptive_field: int | str
    modules: tuple[nn.Module, ...]
    activations: tuple[tuple[str, nn.Module], ...] = ()
    residual: ResidualPaths | None = None


def count_parameters(*modules: nn.Module) -> int:
    """Count the trained parameters of networks or layers, without the taps that a filter lacks.

    Examples
    --------
    >>> count_parameters(TemporalConv(2, 3, [1, 3, 9], bias=False))
    26
    """
    n_parameters = sum(each.numel() for module in modules for each in module.parameters())
    for layer in chain.from_iterable(module.modules() for module in modules):
        if isinstance(layer, TemporalConv) and layer.tap_mask is not None:
            n_parameters -= int((layer.tap_mask == 0).sum()) * layer.kernel.shape[1]
    return n_parameters
