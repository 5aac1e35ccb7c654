"""Limits on what a file makes the process allocate."""

from __future__ import annotations

import math
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

SPARE = 1000  # numbers that a network allocates besides its weights, as for generators


class AllocationLimit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Limit the numbers that tensors created in this context have together.

    ValueError is raised before the allocation that would exceed the limit. Results of operations on
    existing tensors do not count.

    Examples
    --------
    >>> import torch
    >>> with AllocationLimit(100):
    ...     torch.zeros(10, 20)
    Traceback (most recent call last):
        ...
    ValueError: a network of 200 numbers or more is asked for, and there are weights for 100 at most
    """

    def __init__(self, n_numbers: int):
        super().__init__()  # type: ignore[no-untyped-call]
        self._limit, self._allocated = n_numbers, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count the numbers of a tensor that is created by its size, and dispatch."""
        if args and isinstance(args[0], list | tuple) and all(type(n) is int for n in args[0]):
            self._allocated += math.prod(args[0])
            check_size(self._allocated, self._limit)
        return func(*args, **kwargs or {})


def check_size(requested: Any, limit: int) -> None:
    """Raise ValueError if a file describes a network of more numbers, or layers, than a limit."""
    if requested > limit:
        raise ValueError(
            f"a network of {requested} numbers or more is asked for, and there are weights for "
            f"{limit} at most"
        )
