"""Training: the skorch net, what it listens to, how it is built and fitted."""

from skorch.callbacks import Callback

from sktcn.training.callbacks import Saver
from sktcn.training.fitting import build_net, fit_net, history_table
from sktcn.training.net import SequenceNet, mean_loss
from sktcn.training.state import load_net_state, net_state

__all__ = [
    "Callback",
    "Saver",
    "SequenceNet",
    "build_net",
    "fit_net",
    "history_table",
    "load_net_state",
    "mean_loss",
    "net_state",
]
