"""Which values the parameters may have, checked before any work, and what they mean."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import torch
from sklearn.utils._param_validation import Interval, StrOptions

from sktcn.missing import POLICIES
from sktcn.networks import ACTIVATIONS, NORMS, POOLINGS
from sktcn.networks.activations import Activation, build_activation

POSITIVE_INT = Interval(Integral, 1, None, closed="left")

CONSTRAINTS: dict[str, list[Any]] = {
    "activation": [StrOptions(set(ACTIVATIONS)), callable],
    "norm": [StrOptions({norm for norm in NORMS if norm}), None],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "residual": [StrOptions({"add", "concat"}), None],
    "pooling": [StrOptions(set(POOLINGS))],
    "max_epochs": [POSITIVE_INT, StrOptions({"auto"})],
    "batch_size": [POSITIVE_INT, StrOptions({"auto"})],
    "lr": [Interval(Real, 0, None, closed="neither")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "optimizer": [str, type],
    "lr_schedule": [StrOptions({"one_cycle", "cosine"}), None],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "class_weight": [StrOptions({"balanced"}), dict, None],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [POSITIVE_INT],
    "refit": ["boolean"],
    "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
    "scaling": [StrOptions({"channel", "series"}), None],
    "differences": ["boolean"],
    "missing": [StrOptions(set(POLICIES))],
    "n_estimators": [POSITIVE_INT],
    "checkpoint": [str, os.PathLike, None],
    "checkpoint_every": [Interval(Real, 0, None, closed="neither")],
    "on_divergence": [StrOptions({"raise", "best"})],
    "on_interrupt": [StrOptions({"raise", "best"})],
    "callbacks": [list, None],
    "device": [str, torch.device],
    "dtype": [StrOptions({"float32", "float64"})],
    "mixed_precision": ["boolean"],
    "compile": ["boolean"],
    "warm_start": ["boolean"],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
}


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


def find_device(device: str | torch.device) -> torch.device:
    """Find a device, and make sure that it is there.

    Parameters
    ----------
    device : str or torch.device
        "auto" is CUDA if available, or else MPS, or else the CPU.

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    ValueError
        If there is no such device on this machine.

    Examples
    --------
    >>> find_device("cpu")
    device(type='cpu')
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"device must be 'auto' or a device of this machine, got device={str(device)!r}: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return found


def check_mixed_precision(device: torch.device, dtype: str) -> None:
    """Raise unless ``mixed_precision=True`` can be had.

    Parameters
    ----------
    device : torch.device
        Where to train.
    dtype : {"float32", "float64"}
        What the weights are in.

    Raises
    ------
    ValueError
        If the device computes no bfloat16, or the weights are not of float32.
    """
    if dtype != "float32":
        raise ValueError(f"mixed_precision=True needs dtype='float32', got dtype={dtype!r}")
    if device.type == "cuda":
        has_it = torch.cuda.is_bf16_supported()
    else:
        has_it = device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if not has_it:
        raise ValueError(
            f"mixed_precision must be False on this device, which has no bfloat16: {device}"
        )


def check_out(
    out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], casting: Literal["safe", "same_kind"]
) -> None:
    """Raise unless answers can be written into an array.

    Parameters
    ----------
    out : object
        What the user gave.
    shape, dtype : tuple of int, dtype
        Of the answers.
    casting : {"safe", "same_kind"}
        Whether each value must be kept, or may be rounded.

    Raises
    ------
    TypeError, ValueError
        If it is not a writeable array of this shape, and of a dtype that takes the answers.
    """
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be an array, such as a memmap, got a {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"out must have the shape {shape}, got {out.shape}")
    if not np.can_cast(dtype, out.dtype, casting):
        raise ValueError(f"out must have a dtype that takes {dtype}, got {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got an array that is read-only")
