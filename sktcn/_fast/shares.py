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

from sktcn.networks.lags import TAPS
from sktcn.networks.rocket import RocketModel, count_with_torch

SERIES = 8  # fewer for each thread are shared out by tiles, if each series has one for all threads
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
    threads as torch has, or the tiles of each series where there are few.
    """
    kernel = load("kernels", "count_steps", x.device)
    traced = torch.compiler.is_compiling() or type(x) is not Tensor
    if kernel is None or traced or not network.backbone.complete or not x.abs().max() < LARGEST:
        return count_with_torch(network, x, lengths)
    n_steps = np.full(len(x), x.shape[2]) if lengths is None else lengths.numpy()
    series, n_threads = x.detach().contiguous().numpy(), torch.get_num_threads()
    long = x.shape[2] >= n_threads * load("kernels", "TILE", x.device)
    n_tiled = n_threads if long and len(x) < SERIES * n_threads else 1
    counts = np.zeros((n_tiled, len(x), len(network.head.thresholds)), np.int32)
    cuts = np.linspace(0, len(x), min(n_threads // n_tiled, len(x)) + 1).astype(int)
    parts = [(tile, slice(*ends)) for tile in range(n_tiled) for ends in pairwise(cuts)]
    run = partial(_run, kernel, *_describe(network))
    with ThreadPoolExecutor(len(parts)) as pool:
        apply = map if len(parts) == 1 else pool.map
        calls = [
            (series[part], n_steps[part], tile, n_tiled, counts[tile, part]) for tile, part in parts
        ]
        list(apply(run, *zip(*calls, strict=True)))
    return torch.from_numpy(counts.sum(0, dtype=np.int32) if n_tiled > 1 else counts[0])


def _run(
    kernel: Any,
    channels: Any,
    reads: Any,
    blocks: Any,
    thresholds: Any,
    x: Any,
    n: Any,
    tile: int,
    n_tiled: int,
    out: Any,
) -> None:
    """Call the compiled function on a part of the series, or of their tiles."""
    kernel(x, n, channels, reads, blocks, TAPS.numpy(), thresholds, tile, n_tiled, out)


def _describe(network: RocketModel) -> tuple[Any, ...]:
    """Describe channels, what each kernel reads, dilations and thresholds in arrays."""
    rocket = network.backbone
    channels = np.array([block.channels for block in rocket.blocks])
    sizes = np.array([(block.dilation, block.n_thresholds) for block in rocket.blocks])
    return channels, rocket.reads.numpy() > 0, sizes, network.head.thresholds.numpy()
