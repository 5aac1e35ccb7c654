"""Activations by name, class or function, each with its initial gain."""

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

from sktcn.networks.activation_export import FLOAT64_ACTIVATIONS
from sktcn.networks.norms import NoNorm
from sktcn.networks.state import StepFunction, step_function

Activation = str | type[nn.Module] | Callable[[Tensor], Tensor]

# relu has the gradient 1 at zero: otherwise a zero-initialised branch would never learn.
RELU_THRESHOLD = -1e-30

#: Activations by name. A class has parameters or a random part, and is built for each place.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor] | type[nn.Module]] = {
    "relu": functools.partial(F.threshold, threshold=RELU_THRESHOLD, value=0.0),
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

# Exceptions: a gain that keeps the variance would make gradients explode (tanh), vanish (softplus).
_GAINS = {"tanh": 1.0, "softplus": math.sqrt(2.0)}


class Elementwise(nn.Module):
    """Module that applies a function which keeps the shape; `repr` shows ``name``.

    ``builtin`` is the name in `ACTIVATIONS`; None for a user's function, whatever its name.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], name: str, builtin: str | None = None):
        super().__init__()
        self.function = function
        self.name = name
        self.builtin = builtin

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return self.function(x)

    def extra_repr(self) -> str:
        """Return the function's name."""
        return self.name

    def step_function(self) -> StepFunction:
        """Build the streaming form; relu without a gradient takes half the time."""
        if self.builtin is None:
            function = copy.deepcopy(self.function)
            return lambda x: function(x.unsqueeze(2)).squeeze(2)
        return torch.relu if self.builtin == "relu" else self.function

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX."""
        function = FLOAT64_ACTIVATIONS.get(self.builtin or "") if float64 else None
        return Elementwise(function or self.function, self.name)


def build_activation(activation: Activation) -> nn.Module:
    """Build an activation from a name of `ACTIVATIONS`, a subclass of ``nn.Module`` or a function.

    The class needs no argument. An instance of ``nn.Module`` is copied.

    Examples
    --------
    >>> import torch
    >>> build_activation("relu")(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> build_activation(torch.nn.Softsign)
    Softsign()
    """
    function = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    if isinstance(function, type):
        return function()
    if isinstance(function, nn.Module):
        return copy.deepcopy(function)
    if isinstance(activation, str):
        return Elementwise(function, activation, builtin=activation)
    return Elementwise(function, getattr(function, "__name__", repr(function)))


def norm_activation_step(norm: nn.Module | None, activation: nn.Module) -> StepFunction:
    """Build the streaming form of a norm, or None, followed by an activation."""
    activate = step_function(activation)
    if norm is None or isinstance(norm, NoNorm):
        return activate
    normalise = step_function(norm)
    if activate is torch.relu:
        activate = torch.relu_  # no other code reads the norm's output
    return lambda x: activate(normalise(x))


def init_gain(activation: Activation) -> float:
    r"""Compute the gain of weights whose input is the output of ``activation``.

    Weights of variance ``gain**2 / fan_in`` map a pre-activation ``z`` of variance one to one of
    variance :math:`gain^2 \, E[f(z)^2]`, so ``gain = E[f(z)^2] ** -0.5`` keeps the variance (He et
    al., 2015, for any activation): :math:`\sqrt 2` for relu, and exactly 1 for selu (Klambauer et
    al., 2017). Each layer multiplies gradients by :math:`gain^2 \, E[f'(z)^2]`. Over 20 plain
    blocks, without norm and shortcut, the factor is 1 for relu, leaky_relu, prelu and identity, 4
    for elu, 9 for mish, 12 for silu, 15 for gelu and selu, 20 for hardswish.

    The fixed point is unstable for mish, silu, gelu and hardswish: they shrink small signals and
    are linear for large ones, so that a network of finite width drifts from it, by several orders
    of magnitude over 20 blocks. ``norm="layer"`` or a shortcut prevents that; no gain does.

    Two names have other gains. ``tanh`` has 1 (Glorot & Bengio, 2010): over 20 blocks activations
    shrink to 1/30 and gradients to 1/25, where the gain above would make gradients grow
    exponentially. ``softplus`` has relu's, its limit at large scale: activations grow by 12
    towards that limit, gradients shrink by 10,000.

    ``sigmoid`` keeps activations, but no gain keeps its gradients: each layer removes 85 % or more
    of them, so that 20 blocks leave 1e-31. ``norm="batch"`` removes the mean that dominates the
    second moment, and so keeps them; layer norm does not. The gain is 1 if the second moment is
    zero or infinite.

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


if hasattr(os, "register_at_fork"):  # the thread that holds the lock does not exist in a fork
    os.register_at_fork(after_in_child=_renew_lock)


@contextmanager
def global_generator(activation: Activation, seed: int = 0) -> Iterator[None]:
    """Seed torch's global generator for an activation of the user's, and restore it.

    A name draws no random numbers, and leaves the generator as it is. The context is for one
    thread at a time, since there is one generator.
    """
    if isinstance(activation, str):
        yield
        return
    with _LOCK, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def check_activation(activation: Activation) -> None:
    """Validate that an activation is deterministic and keeps the shape of its input.

    Raise a ValueError for one that fails, or returns anything but a tensor of the same shape.
    """
    if isinstance(activation, str):
        return
    x = torch.linspace(-2, 2, 24).view(2, 3, 4).requires_grad_()  # as in training
    with global_generator(activation), torch.enable_grad():
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
