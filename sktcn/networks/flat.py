"""Tensors as views of one flat tensor, so that one operation changes all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def flattened(tensors: Sequence[Tensor]) -> Iterator[Tensor]:
    """Move tensors of one dtype and device into one flat tensor, ``(n,)``, within the context.

    Values, shapes and memory layouts stay. After the context each tensor has memory of its own.

    Examples
    --------
    >>> a, b = torch.zeros(2, 3), torch.ones(2)
    >>> with flattened([a, b]) as flat:
    ...     flat += 1
    >>> a[0], b
    (tensor([1., 1., 1.]), tensor([2., 2.]))
    """
    flat = tensors[0].detach().new_empty(sum(tensor.numel() for tensor in tensors))
    for tensor, view in zip(tensors, split_flat(flat, tensors), strict=True):
        tensor.data = view.copy_(tensor.detach())
    try:
        yield flat
    finally:
        for tensor in tensors:
            tensor.data = tensor.detach().clone()


def split_flat(flat: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Split a flat tensor into views with the shapes and memory layouts of ``tensors``.

    Examples
    --------
    >>> [view.shape for view in split_flat(torch.arange(8), [torch.zeros(2, 3), torch.ones(2)])]
    [torch.Size([2, 3]), torch.Size([2])]
    """
    chunks = torch.split(flat, [tensor.numel() for tensor in tensors])
    return [
        chunk.as_strided(tensor.shape, torch.empty_like(tensor).stride())
        for chunk, tensor in zip(chunks, tensors, strict=True)
    ]
