"""Masks and weights of time steps."""

from __future__ import annotations

import torch
from torch import Tensor


def step_mask(lengths: Tensor, n_steps: int) -> Tensor:
    """Mask padding: false, in ``(n, 1, n_steps)``, after the length of each series, ``(n,)``.

    Examples
    --------
    >>> import torch
    >>> step_mask(torch.tensor([1, 3]), 3)[:, 0]
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    return (torch.arange(n_steps, device=lengths.device) < lengths[:, None])[:, None]


def step_weight(x: Tensor, mask: Tensor | None, weight: Tensor | None) -> Tensor | None:
    """Compute the weight of each time step in batch statistics, ``(n, 1, t)``, zero on padding.

    ``weight`` is that of each series, ``(n,)``. None means that all steps weigh the same.
    """
    if weight is None:
        return None if mask is None else mask.to(x.dtype)
    steps = weight[:, None, None].expand(-1, 1, x.shape[2])
    return steps if mask is None else steps * mask


def count_valid(x: Tensor, lengths: Tensor | None) -> int | Tensor:
    """Count the steps of series, ``(n, c, t)``, that are no padding: one number, or ``(n, 1)``."""
    return x.shape[2] if lengths is None else lengths[:, None]
