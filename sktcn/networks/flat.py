"""Tensors that are parts of one, for a while: what is done to all of them is then done once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def flattened(tensors: Sequence[Tensor]) -> Iterator[Tensor]:
    """Make tensors the parts of one.

    Parameters
    ----------
    tensors : sequence of Tensor
        Of one dtype and device. They keep their values, shapes and layouts in memory.

    Yields
    ------
    Tensor
        All their values, ``(n,)``: what changes here changes there. Afterwards each tensor has
        memory of its own again.

    Examples
    --------
    >>> a, b = torch.zeros(2, 3), torch.ones(2)
    >>> with flattened([a, b]) as whole:
    ...     whole += 1
    >>> a[0], b
    (tensor([1., 1., 1.]), tensor([2., 2.]))
    """
    whole = tensors[0].detach().new_empty(sum(tensor.numel() for tensor in tensors))
    for tensor, part in zip(tensors, split_flat(whole, tensors), strict=True):
        tensor.data = part.copy_(tensor.detach())
    try:
        yield whole
    finally:
        for tensor in tensors:
            tensor.data = tensor.detach().clone()


def split_flat(whole: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Cut a tensor in parts.

    Parameters
    ----------
    whole : Tensor
        As many values as the tensors have together.
    tensors : sequence of Tensor
        Whose shapes, and layouts in memory, the parts are to have.

    Returns
    -------
    list of Tensor
        Views of ``whole``.
    """
    parts = torch.split(whole, [tensor.numel() for tensor in tensors])
    return [
        part.as_strided(tensor.shape, torch.empty_like(tensor).stride())
        for part, tensor in zip(parts, tensors, strict=True)
    ]
