"""Choice between numba and torch for the passes of a training."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from sktcn._fast.shares import load
from sktcn.networks import fused_passes
from sktcn.networks.activations import RELU_THRESHOLD
from sktcn.networks.fused import can_fuse

# Limit, and slope at and below it, of the activations that are straight on either side.
STRAIGHT = {"relu": (RELU_THRESHOLD, 0.0), "leaky_relu": (0.0, 0.01), "identity": (0.0, 1.0)}


@contextmanager
def fast_passes(model: nn.Module) -> Iterator[None]:
    """Fuse the training passes as `fused_passes` does, by numba where `choose_passes` says so."""
    if choose_passes(model) == "torch":
        with fused_passes(model):
            yield
    else:
        build: Any = load("layers", "fast_layers", torch.device("cpu"))
        with (
            ThreadPoolExecutor(torch.get_num_threads()) as pool,  # threads start when needed
            fused_passes(model, build(pool), ragged=True),
        ):
            yield


def choose_passes(model: Any) -> str:
    """Name the library of the passes: "numba" where it is installed and implements them."""
    known = is_straight(model.backbone)
    device = next(model.parameters()).device
    return "numba" if known and load("layers", "fast_layers", device) else "torch"


def is_straight(backbone: Any) -> bool:
    """Test whether a backbone can be fused, and has an activation of `STRAIGHT`."""
    return can_fuse(backbone) and getattr(backbone.activation, "builtin", None) in STRAIGHT
