"""Networks in torch alone, without numpy, scikit-learn, skorch and sktime.

They read series of the shape ``(n, c, t)``: series, channels, time steps. A network is a backbone
and a head (`SequenceModel`), each of which has a form that reads one time step at a time
(`StreamingNetwork`) and one that ONNX can represent (`exportable`).
"""

from sktcn.networks.activations import ACTIVATIONS
from sktcn.networks.conv import TemporalConv
from sktcn.networks.export import exportable
from sktcn.networks.flat import flattened, split_flat
from sktcn.networks.fused import fused_passes
from sktcn.networks.head import PooledHead
from sktcn.networks.lstm import LSTM
from sktcn.networks.model import SequenceModel
from sktcn.networks.norms import NORMS
from sktcn.networks.pooling import POOLINGS
from sktcn.networks.protocols import Backbone, Head
from sktcn.networks.residual import ResidualBlock
from sktcn.networks.stages import Stage, count_parameters
from sktcn.networks.state import Positions, StreamState
from sktcn.networks.streaming import StreamingNetwork
from sktcn.networks.tcn import TCN, blocks_to_cover

__all__ = [
    "ACTIVATIONS",
    "LSTM",
    "NORMS",
    "POOLINGS",
    "TCN",
    "Backbone",
    "Head",
    "PooledHead",
    "Positions",
    "ResidualBlock",
    "SequenceModel",
    "Stage",
    "StreamState",
    "StreamingNetwork",
    "TemporalConv",
    "blocks_to_cover",
    "count_parameters",
    "exportable",
    "flattened",
    "fused_passes",
    "split_flat",
]
