"""Choice between numba and torch for the counts of a `RocketModel`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn.networks.rocket import TAPS, RocketModel, count_with_torch

LARGEST = 1e30  # values whose responses overflow are left to torch: infinities have no order


def choose_engine(network: RocketModel) -> str:
    """Name the library that counts: "numba" where it is installed, and on a CPU; or "torch"."""
    found = load("kernels", "count_steps", network.backbone.reads.device)
    return "torch" if found is None else "numba"


def load(module: str, name: str, device: torch.device) -> Any:
    """Import a compiled function; None off the CPU, or where numba cannot be imported."""
    if device.type != "cpu":
        return None
    try:
        return getattr(import_module(f"sktcn._fast.{module}"), name)
    except ImportError:
        return None


def count(network: RocketModel, x: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Count the steps of series, ``(n, c, t)``, at which responses exceed thresholds.

    The result, ``(n, n_shares)``, is that of torch to the bit. Series are shared out among as many
    threads as torch has.
    """
    kernel = load("kernels", "count_steps", x.device)
    traced = torch.compiler.is_compiling() or type(x) is not Tensor
    if kernel is None or traced or not network.backbone.complete or not x.abs().max() < LARGEST:
        return count_with_torch(network, x, lengths)
    n_steps = np.full(len(x), x.shape[2]) if lengths is None else lengths.numpy()
    counts = np.zeros((len(x), len(network.head.thresholds)), np.int32)
    series = x.detach().contiguous().numpy()
    cuts = np.linspace(0, len(x), min(torch.get_num_threads(), len(x)) + 1).astype(int)
    parts = [slice(*ends) for ends in pairwise(cuts)]
    run = partial(_run, kernel, *_describe(network))
    with ThreadPoolExecutor(len(parts)) as pool:
        apply = map if len(parts) == 1 else pool.map
        list(apply(run, *([each[part] for part in parts] for each in (series, n_steps, counts))))
    return torch.from_numpy(counts)


def _run(
    kernel: Any, channels: Any, reads: Any, blocks: Any, thresholds: Any, x: Any, n: Any, out: Any
) -> None:
    """Call the compiled function on a part of the series."""
    kernel(x, n, channels, reads, blocks, TAPS.numpy(), thresholds, out)


def _describe(network: RocketModel) -> tuple[Any, ...]:
    """Describe channels, what each kernel reads, dilations and thresholds in arrays."""
    rocket = network.backbone
    channels = np.array([block.channels for block in rocket.blocks])
    sizes = np.array([(block.dilation, block.n_thresholds) for block in rocket.blocks])
    return channels, rocket.reads.numpy() > 0, sizes, network.head.thresholds.numpy()
