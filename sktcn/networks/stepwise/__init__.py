"""Causal networks that are given one time step at a time, and remember what they must.

The layers are those of `sktcn.networks`, with their weights as one matrix each. A time step is a
row for each stream, ``(n_streams, c)``.
"""

from sktcn.networks.stepwise.model import StreamingNetwork
from sktcn.networks.stepwise.state import Positions, StreamState

__all__ = ["Positions", "StreamState", "StreamingNetwork"]
