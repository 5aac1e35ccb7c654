"""The networks, in torch alone: they know no numpy, scikit-learn, skorch or sktime.

All of them work on series of the shape ``(n, c, t)``: series, channels, time steps.
"""

from sktcn.networks.activations import ACTIVATIONS
from sktcn.networks.conv import TemporalConv, count_parameters
from sktcn.networks.flat import flattened, split_flat
from sktcn.networks.fused import fused_passes
from sktcn.networks.lstm import LSTM
from sktcn.networks.model import SequenceModel
from sktcn.networks.norms import NORMS
from sktcn.networks.pooling import POOLINGS, step_mask
from sktcn.networks.residual import ResidualBlock
from sktcn.networks.stepwise import Positions, StreamingNetwork, StreamState
from sktcn.networks.tcn import TCN, blocks_to_cover

__all__ = [
    "ACTIVATIONS",
    "LSTM",
    "NORMS",
    "POOLINGS",
    "TCN",
    "Positions",
    "ResidualBlock",
    "SequenceModel",
    "StreamState",
    "StreamingNetwork",
    "TemporalConv",
    "blocks_to_cover",
    "count_parameters",
    "flattened",
    "fused_passes",
    "split_flat",
    "step_mask",
]
