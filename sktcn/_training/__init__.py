"""Training: the skorch net, what it listens to, how it is built and fitted."""

from skorch.callbacks import Callback

from sktcn._training.callbacks import CheckpointCallback
from sktcn._training.fit import build_net, fit_net, history_table
from sktcn._training.net import SequenceNet, mean_loss
from sktcn._training.state import load_net_state, net_state

__all__ = [
    "Callback",
    "CheckpointCallback",
    "SequenceNet",
    "build_net",
    "fit_net",
    "history_table",
    "load_net_state",
    "mean_loss",
    "net_state",
]
