"""Threads of torch for a computation: as many as its size is worth.

Each product of a network ends when its last thread does. Where another process has a thread's core,
the others wait for a time slice of the operating system, some milliseconds, at each product: only
products of about that time are worth a second thread.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from sktcn.networks import SequenceModel

THREAD_PRODUCTS = 2**25  # multiply-adds of a product that a thread is worth, about a millisecond


def choose_threads(
    network: SequenceModel, n_series: float, n_steps: float, n_threads: int | None = None
) -> int:
    """Choose the threads for batches of ``n_series``, which have ``n_steps`` together.

    The network says how many multiply-adds its largest product has for each step, or for each
    series where the network is recurrent and reads one step after the other. ``n_threads`` is
    the user's choice, or None. It is at most the number of torch's threads now.
    """
    limit = torch.get_num_threads()
    if n_threads is None and limit > 1:
        rows = n_series if math.isinf(network.backbone.receptive_field) else n_steps
        n_threads = int(network.largest_product * rows) // THREAD_PRODUCTS
    return min(limit, max(1, n_threads or 1))


@contextmanager
def use_threads(n_threads: int) -> Iterator[None]:
    """Compute with this number of torch's threads, and restore the number before."""
    before = torch.get_num_threads()
    if n_threads == before:
        yield
        return
    try:
        _set_threads(n_threads, before)
        yield
    finally:
        torch.set_num_threads(before)


def _set_threads(n_threads: int, default: int) -> None:
    """Set the number for this thread of Python alone.

    torch passes the number that was set last on to threads of Python that start later.
    """
    torch.set_num_threads(n_threads)
    if threading.active_count() > 1:
        other = threading.Thread(target=torch.set_num_threads, args=(default,))
        other.start()
        other.join()
