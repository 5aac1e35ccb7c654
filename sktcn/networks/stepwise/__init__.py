"""Causal networks that are given one time step at a time, and remember what they must.

The layers are those of `sktcn.networks`, with their weights as one matrix each. A time step is a
row for each stream, ``(n_streams, c)``.
"""

from sktcn.networks.stepwise.memory import Clocks, Memory
from sktcn.networks.stepwise.model import StepModel

__all__ = ["Clocks", "Memory", "StepModel"]
