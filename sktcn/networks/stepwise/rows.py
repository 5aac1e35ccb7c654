"""Layers that look at one time step alone, as functions of rows, ``(n, c)``."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.activations import ACTIVATIONS, Elementwise
from sktcn.networks.conv import TemporalConv
from sktcn.networks.norms import BatchNorm, GroupNorm, LayerNorm, NoNorm
from sktcn.networks.residual import Shortcut

Rows = Callable[[Tensor], Tensor]
IN_PLACE: dict[Rows, Rows] = {torch.relu: torch.relu_}


def activated(norm: nn.Module | None, activation: nn.Module) -> Rows:
    """Make a norm and an activation of rows.

    Parameters
    ----------
    norm : nn.Module or None
        As `build_norm` makes it.
    activation : nn.Module
        As `build_activation` makes it.

    Returns
    -------
    callable
        From ``(n, c)`` to the same shape.
    """
    normalise, function = norm_rows(norm), activation_rows(activation)
    if normalise is None:
        return function
    function = IN_PLACE.get(function, function)  # of what nobody else has
    return lambda x: function(normalise(x))


def norm_rows(norm: nn.Module | None) -> Rows | None:
    """Make a norm of rows; None if there is none.

    Parameters
    ----------
    norm : nn.Module or None
        As `build_norm` makes it.

    Returns
    -------
    callable or None
        From ``(n, c)`` to the same shape.
    """
    if isinstance(norm, BatchNorm):
        scale, shift = affine(norm)
        return lambda x: torch.addcmul(shift, x, scale)
    if norm is None or isinstance(norm, NoNorm):
        return None
    if not isinstance(norm, LayerNorm | GroupNorm):
        return _shown_one_step(norm)
    weight, bias, eps = norm.weight.detach().clone(), norm.bias.detach().clone(), norm.eps
    if isinstance(norm, LayerNorm):
        return lambda x: F.layer_norm(x, weight.shape, weight, bias, eps)
    n_groups = norm.num_groups
    return lambda x: torch.group_norm(x, n_groups, weight, bias, eps)


def affine(norm: BatchNorm) -> tuple[Tensor, Tensor]:
    """Write a batch norm that uses its running statistics as ``x * scale + shift``.

    Parameters
    ----------
    norm : BatchNorm
        Of one layer.

    Returns
    -------
    scale, shift : Tensor
        One entry a channel.
    """
    scale = norm.weight.detach() * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias.detach() - norm.running_mean * scale


def activation_rows(activation: nn.Module) -> Rows:
    """Make an activation of rows; one of the user's is shown series of one time step.

    Parameters
    ----------
    activation : nn.Module
        As `build_activation` makes it.

    Returns
    -------
    callable
        From ``(n, c)`` to the same shape.
    """
    if isinstance(activation, nn.Identity):
        return lambda x: x
    if isinstance(activation, Elementwise) and activation.name in ACTIVATIONS:
        return torch.relu if activation.name == "relu" else activation.function  # half the time
    return _shown_one_step(activation)


def _shown_one_step(layer: nn.Module) -> Rows:
    own = copy.deepcopy(layer).requires_grad_(False)
    return lambda x: own(x.unsqueeze(2)).squeeze(2)


def contiguous(weight: Tensor) -> Tensor:
    """Copy a weight, so that its rows stand one after the other.

    Parameters
    ----------
    weight : Tensor
        Of any layout.

    Returns
    -------
    Tensor
        A copy in any case.
    """
    return weight.clone(memory_format=torch.contiguous_format)


def dense(conv: TemporalConv) -> Rows:
    """Make a convolution of one tap that of rows.

    Parameters
    ----------
    conv : TemporalConv
        Of ``kernel_size=1``.

    Returns
    -------
    callable
        From ``(n, in_channels)`` to ``(n, out_channels)``.
    """
    matrix = contiguous(conv.weight.detach()[:, :, 0].t())
    bias = conv.bias.detach().clone()  # type: ignore[union-attr]
    return lambda x: torch.addmm(bias, x, matrix)


def shortcut_rows(shortcut: Shortcut, bias: Tensor) -> Rows:
    """Make what the branch is added to: the shortcut's part of the sum, and the branch's bias.

    Parameters
    ----------
    shortcut : Shortcut
        Of a block.
    bias : Tensor
        Of the branch, ``(out_channels,)``.

    Returns
    -------
    callable
        From the block's input, ``(n, c)``.
    """
    if shortcut.residual != "add":
        return lambda x: bias
    if isinstance(shortcut.projection, TemporalConv):
        matrix = contiguous(shortcut.projection.weight.detach()[:, :, 0].t())
        own = shortcut.projection.bias
        whole = bias if own is None else bias + own.detach()
        return lambda x: torch.addmm(whole, x, matrix)
    return (lambda x: x + bias) if bias.any() else (lambda x: x)
