"""Activations by name, class or function, each with the initialisation that fits it."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = str | type[nn.Module] | Callable[[Tensor], Tensor]

# relu has the gradient 1 at exactly zero, or what reads a branch that starts at zero never learns.
BELOW_ZERO = -1e-30

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor] | type[nn.Module]] = {
    "relu": functools.partial(F.threshold, threshold=BELOW_ZERO, value=0.0),
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardswish": F.hardswish,
    "prelu": nn.PReLU,
    "identity": nn.Identity,
}

# Where keeping the forward variance would blow gradients up (tanh) or starve them (softplus).
_GAINS = {"tanh": 1.0, "softplus": math.sqrt(2.0)}


class Elementwise(nn.Module):
    """A function on tensors as a module.

    Parameters
    ----------
    function : callable
        Maps a tensor to one of the same shape.
    name : str
        What to print.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], name: str):
        super().__init__()
        self.function = function
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return self.function(x)

    def extra_repr(self) -> str:
        """Name of the function."""
        return self.name


def build_activation(activation: Activation) -> nn.Module:
    """Make a module of an activation's name, class or function.

    Parameters
    ----------
    activation : str, class or callable
        One of `ACTIVATIONS`, a subclass of ``nn.Module`` that needs no argument, or a callable
        on tensors. An instance of ``nn.Module`` is copied.

    Returns
    -------
    nn.Module
        Keeps the shape of its input.

    Examples
    --------
    >>> import torch
    >>> build_activation("relu")(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> build_activation(torch.nn.Softsign)
    Softsign()
    """
    found = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    if isinstance(found, type):
        return found()
    if isinstance(found, nn.Module):
        return copy.deepcopy(found)
    name = activation if isinstance(activation, str) else getattr(found, "__name__", repr(found))
    return Elementwise(found, name)


def init_gain(activation: Activation) -> float:
    r"""Gain of weights whose input went through ``activation``.

    With weights of variance ``gain**2 / fan_in`` a pre-activation ``z`` of variance one is
    followed by one of variance :math:`gain^2 \, E[f(z)^2]`, so ``gain = E[f(z)^2] ** -0.5`` keeps
    it (He et al., 2015, for any activation): :math:`\sqrt 2` for relu, and exactly 1 for selu,
    which was made for it (Klambauer et al., 2017). Gradients are then multiplied by
    :math:`gain^2 \, E[f'(z)^2]` a layer. Through 20 plain blocks, without norm and shortcut,
    that makes a factor of 1 for relu, leaky_relu, prelu and identity, 4 for elu, 9 for mish, 12
    for silu, 15 for gelu and selu, 20 for hardswish.

    For mish, silu, gelu and hardswish the balance is not a stable one: they fade for small signals
    and are linear for large ones, so that a network of finite width drifts off it, by some powers
    of ten through 20 blocks. No gain cures that; ``norm="layer"`` or a shortcut does.

    Two names are set otherwise. ``tanh`` has 1 (Glorot & Bengio, 2010): through 20 blocks
    activations shrink to 1/30 and gradients to 1/25, where the gain above would blow gradients up
    exponentially. ``softplus`` has relu's, since it is relu on a large scale: activations grow by
    12 until it is, gradients shrink by 10,000.

    ``sigmoid`` keeps activations, but no gain keeps its gradients: each layer takes 85 % or more
    of them, so that through 20 blocks nothing is left (1e-31). ``norm="batch"`` saves it, by taking
    away the mean that eats the variance; layer norm does not.

    Parameters
    ----------
    activation : str, class or callable
        As in `build_activation`.

    Returns
    -------
    float
        The gain; 1 where the activation leaves nothing to scale by.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
       neural networks", AISTATS 2010.
    .. [2] K. He et al., "Delving deep into rectifiers", ICCV 2015.
    .. [3] G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.

    Examples
    --------
    >>> round(init_gain("relu"), 3), round(init_gain("selu"), 3), init_gain("tanh")
    (1.414, 1.0, 1.0)
    """
    if isinstance(activation, str):
        return _GAINS.get(activation) or _variance_keeping_gain(activation)
    return _second_moment_gain(build_activation(activation).eval())


@functools.cache
def _variance_keeping_gain(name: str) -> float:
    return _second_moment_gain(build_activation(name))


@torch.no_grad()
def _second_moment_gain(activation: nn.Module) -> float:
    z = torch.linspace(-8, 8, 4001)
    density = torch.exp(-z.square() / 2)
    outputs = activation(z[None, None]).flatten()
    moment = float((density * outputs.square()).sum() / density.sum())
    return moment**-0.5 if 0 < moment < math.inf else 1.0
