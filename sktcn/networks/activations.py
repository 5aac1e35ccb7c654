"""Activations by name, class or function, each with the initialisation that fits it."""

from __future__ import annotations

import copy
import functools
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


_LOCK = threading.Lock()


def _renew_lock() -> None:
    global _LOCK
    _LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):  # a thread that holds it is not there in a forked process
    os.register_at_fork(after_in_child=_renew_lock)


@contextmanager
def global_generator(activation: Activation, seed: int = 0) -> Iterator[None]:
    """Lend torch's global generator, seeded, to an activation of the user's, and put it back.

    It is the only thing that may draw from it. One thread at a time: there is one generator.

    Parameters
    ----------
    activation : str, class or callable
        Names draw nothing; for them nothing is done.
    seed : int, default=0
        What to seed it with.

    Yields
    ------
    None
        Within, the generator may be used.
    """
    if isinstance(activation, str):
        yield
        return
    with _LOCK, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def check_activation(activation: Activation) -> None:
    """Raise unless an activation of the user's is a function of its input that keeps the shape.

    Parameters
    ----------
    activation : str, class or callable
        See `sktcn.networks.activations.build_activation`.

    Raises
    ------
    ValueError
        If it fails, returns something else than a tensor of the same shape, or returns different
        values for the same input.
    """
    if isinstance(activation, str):
        return
    x = torch.linspace(-2, 2, 24).view(2, 3, 4)
    with global_generator(activation), torch.no_grad():
        try:
            module = build_activation(activation)
            first, second = module(x.clone()), module(x.clone())
        except Exception as error:
            raise ValueError(
                "activation must map a tensor of any shape to one of the same shape, "
                f"got activation={activation!r}, which raised {error!r}"
            ) from error
    if not isinstance(first, torch.Tensor) or first.shape != x.shape:
        shape = getattr(first, "shape", type(first).__name__)
        raise ValueError(
            f"activation must keep the shape of its input, got activation={activation!r}, "
            f"which turns {tuple(x.shape)} into {shape}"
        )
    if not torch.allclose(first, second, equal_nan=True):
        raise ValueError(
            "activation must give the same output for the same input, "
            f"got activation={activation!r}; for noise there is dropout"
        )
