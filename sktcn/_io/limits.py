"""How much may be made of what is in a file: not much more than the file itself holds."""

from __future__ import annotations

import math
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

SPARE = 1000  # numbers that a network may have beside its weights, its generators' for example


class AllocationLimit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within, tensors may be made of so many numbers together; ValueError before there are more.

    What is computed from tensors that are there is not counted.

    Parameters
    ----------
    n_numbers : int
        How many.

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
        self._most, self._made = n_numbers, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count what is asked for by its size, and do it."""
        if args and isinstance(args[0], list | tuple) and all(type(n) is int for n in args[0]):
            self._made += math.prod(args[0])
            check_size(self._made, self._most)
        return func(*args, **kwargs or {})


def check_size(asked: Any, most: int) -> None:
    """Raise if more is asked for than there may be.

    Parameters
    ----------
    asked : number
        Numbers, or layers, that a network is to have.
    most : int
        How many there may be.
    """
    if asked > most:
        raise ValueError(
            f"a network of {asked} numbers or more is asked for, and there are weights for "
            f"{most} at most"
        )
