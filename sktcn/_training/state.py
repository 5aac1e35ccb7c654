"""All that a net, and its training, has come to: as values, and back."""

from __future__ import annotations

from typing import Any

from sktcn._training.flat_weights import load_optimizer_state, optimizer_state
from sktcn._training.net import Epoch, SequenceNet


def net_state(net: SequenceNet) -> dict[str, Any]:
    """Tell what a net has learned, and where its optimiser and its generators are.

    Parameters
    ----------
    net : SequenceNet
        The net.

    Returns
    -------
    dict
        Tensors and numbers, not copied.
    """
    return {
        "noise": net.generators.noise.get_state(),
        "order": net.generators.order.bit_generator.state,
        "history": [dict(row) for row in net.history],
        "module": {name: tensor.detach() for name, tensor in net.module_.state_dict().items()},
        "optimizer": optimizer_state(net),
    }


def load_net_state(net: SequenceNet, state: dict[str, Any]) -> None:
    """Take a net to where another one was.

    Parameters
    ----------
    net : SequenceNet
        Built as the other one was.
    state : dict
        What `net_state` has returned; "optimizer" may be None.
    """
    net.module_.load_state_dict(state["module"], strict=True)
    if state["optimizer"] is not None:
        load_optimizer_state(net, state["optimizer"])
    net.history.extend(state["history"])
    net.generators.noise.set_state(state["noise"])
    net.generators.order.bit_generator.state = state["order"]


def training_state(net: SequenceNet) -> dict[str, Any]:
    """Tell where a training is: what a net is, how far its epoch is, what its callbacks know.

    Parameters
    ----------
    net : SequenceNet
        The net, between two steps. In the middle of an epoch "order" has to be replaced by what
        it was at the epoch's start.

    Returns
    -------
    dict
        Tensors and numbers, not copied.
    """
    epoch = net.progress
    state = net_state(net)
    if epoch.n_batches:
        del state["history"][-1]  # begun alone
    return state | {
        "epoch": [epoch.n_batches, epoch.n_series, epoch.total],
        "callbacks": {name: _learned(callback) for name, callback in net.callbacks_},
        "done": False,
    }


def load_training_state(net: SequenceNet, state: dict[str, Any]) -> None:
    """Take a training, which has just begun, to where another one was.

    Parameters
    ----------
    net : SequenceNet
        Built as the other one was.
    state : dict
        What `training_state` has returned.
    """
    load_net_state(net, state)
    net.progress = Epoch()
    net.progress.n_batches, net.progress.n_series, net.progress.total = state["epoch"]
    for name, callback in net.callbacks_:
        vars(callback).update(state["callbacks"].get(name, {}))


def _learned(callback: Any) -> dict[str, Any]:
    """Tell what a callback has learned, by the convention of a name that ends in one underscore."""
    return {k: v for k, v in vars(callback).items() if k.endswith("_") and not k.endswith("__")}
