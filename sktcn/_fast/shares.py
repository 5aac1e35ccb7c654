"""Choice between numba and torch for the counts of a `RocketModel`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn.networks.lags import TAPS
from sktcn.networks.rocket import RocketModel, count_with_torch

SERIES = 8  # fewer for each thread are shared out by tiles, if each series has one for all threads
PARTS = 4  # of the series for each thread, so that none waits long for another
LARGEST = 1e30  # values whose responses overflow are left to torch: infinities have no order


def choose_engine(network: RocketModel) -> str:
    """Name the library that counts: "numba" where it is installed, and on a CPU; or "torch"."""
    return "torch" if find("kernels", network.backbone.reads.device) is None else "numba"


def find(module: str, device: torch.device) -> Any:
    """Import a module of compiled functions; None off the CPU, or where numba can't be imported."""
    if device.type != "cpu":
        return None
    try:
        return import_module(f"sktcn._fast.{module}")
    except ImportError:
        return None


def load(module: str, name: str, device: torch.device) -> Any:
    """Import a compiled function; None where `find` imports no module."""
    return getattr(find(module, device), name, None)


def count(
    network: RocketModel, x: Tensor, lengths: Tensor | None = None, *, weigh: bool = False
) -> Tensor:
    """Count the steps of series, ``(n, c, t)``, at which responses exceed thresholds.

    The counts, ``(n, n_shares)``, are those of torch to the bit. With ``weigh``, the result is that
    of `ThresholdHead.outputs`, ``(n, n_outputs)``, whose sums have another order.
    """
    traced = torch.compiler.is_compiling() or type(x) is not Tensor
    kernels = None if traced else find("kernels", x.device)
    if kernels is None or not network.backbone.complete or not _is_moderate(x):
        return count_with_torch(network, x, lengths, weigh=weigh)
    n_steps = np.full(len(x), x.shape[2]) if lengths is None else lengths.numpy()
    series, n_threads = x.detach().transpose(1, 2).contiguous().numpy(), torch.get_num_threads()
    work, head = (series, n_steps, _describe(network)), network.head
    linear = tuple(each.detach().numpy() for each in (head.center, *head.linear.parameters()))
    if len(x) < SERIES * n_threads and x.shape[2] >= n_threads * kernels.TILE:
        counts = _count_tiles(kernels.count_steps, *work, len(head.thresholds), n_threads)
    elif weigh:
        parts = _call_parts(kernels.weigh_steps, *work, (linear,), head.n_outputs, n_threads)
        return torch.from_numpy(parts)
    else:
        counts = _call_parts(kernels.count_steps, *work, (0, 1), len(head.thresholds), n_threads)
    return torch.from_numpy(kernels.weigh(counts, n_steps, linear) if weigh else counts)


def _is_moderate(x: Tensor) -> bool:
    """Say whether all values are less than `LARGEST`."""
    values = x.detach().numpy()  # since torch's threads would keep their cores for a while
    return bool(values.max() < LARGEST and values.min() > -LARGEST)


def _describe(network: RocketModel) -> tuple[Any, ...]:
    """Describe channels, what each kernel reads, dilations, taps and thresholds in arrays."""
    rocket = network.backbone
    channels = np.array([block.channels for block in rocket.blocks])
    sizes = np.array([(block.dilation, block.n_thresholds) for block in rocket.blocks])
    reads, thresholds = rocket.reads.numpy() > 0, network.head.thresholds.numpy()
    return channels, reads, sizes, TAPS.numpy(), thresholds


def _count_tiles(
    function: Any, x: Any, n_steps: Any, network: Any, n_shares: int, n_threads: int
) -> Any:
    """Count for tiles of each series in several threads."""
    counts = np.empty((n_threads, len(x), n_shares))
    calls = [(x, n_steps, network, tile, n_threads, counts[tile]) for tile in range(n_threads)]
    _run(function, calls, n_threads)
    return counts.sum(0)


def _call_parts(
    function: Any, x: Any, n_steps: Any, network: Any, options: Any, width: int, n_threads: int
) -> Any:
    """Call a compiled function for parts of the series, in several threads."""
    result = np.empty((len(x), width))
    calls = [
        (x[part], n_steps[part], network, *options, result[part])
        for part in (slice(*ends) for ends in divide(len(x), n_threads))
    ]
    _run(function, calls, n_threads)
    return result


def _run(function: Any, calls: list[Any], n_threads: int) -> None:
    """Call a compiled function with each of some arguments, in this thread and in others."""
    n_others = min(n_threads, len(calls)) - 1
    with ThreadPoolExecutor(max(n_others, 1)) as pool:  # threads start when needed
        share_out(pool, n_others, function, calls)


def divide(n: int, n_threads: int, most: int | None = None) -> list[tuple[int, int]]:
    """Divide ``n`` series into `PARTS` for each thread, or one for one; return the ends of each.

    There are at most ``most`` parts, as many for each thread if there are enough, and at least one.
    """
    n_parts = PARTS * n_threads if n_threads > 1 else 1
    if most is not None:
        n_parts = max(1, min(n_parts, most - most % n_threads or most))
    return list(pairwise(np.linspace(0, n, min(n, n_parts) + 1).astype(int)))


def share_out(pool: ThreadPoolExecutor, n_others: int, function: Any, calls: list[Any]) -> None:
    """Call a function with each of some arguments, in this thread and in others of a pool."""
    if n_others == 0:  # what follows takes longer than a small pass
        for call in calls:
            function(*call)
        return
    left = iter(calls)

    def work() -> None:
        """Call with what no other thread has taken."""
        for call in left:
            function(*call)

    others = [pool.submit(work) for _ in range(n_others)]
    work()
    for each in others:
        each.result()
