"""Devices and what they support."""

from __future__ import annotations

import copy
import warnings
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)
N_FIXED_KERNELS = 5_000  # of n_fixed_kernels="auto"; twice as many are no more accurate


def resolve_device(device: str | torch.device) -> torch.device:
    """Resolve a device; "auto" is the first available of CUDA, MPS and CPU.

    Raise ValueError if this machine has no such device.

    Examples
    --------
    >>> resolve_device("cpu")
    device(type='cpu')
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"device must be 'auto' or a device of this machine, got device={str(device)!r}: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return resolved


def resolve_fixed_kernels(n_fixed_kernels: int | str, device: torch.device) -> int:
    """Resolve the number of fixed kernels; "auto" is none on Apple's MPS, which has no float64.

    Raise ValueError for a number of them there.
    """
    unsupported = device.type == "mps"
    if isinstance(n_fixed_kernels, str):
        return 0 if unsupported else N_FIXED_KERNELS
    if n_fixed_kernels and unsupported:
        raise ValueError(
            "n_fixed_kernels must be 0 on Apple's MPS, which has no float64, or device='cpu', got "
            f"n_fixed_kernels={n_fixed_kernels}"
        )
    return n_fixed_kernels


def on_cpu(network: Network) -> Network:
    """Return a network on the CPU: itself, or a copy of one on another device."""
    if next(network.parameters()).device.type == "cpu":
        return network
    return copy.deepcopy(network).cpu()


def resolve_mixed_precision(mixed_precision: bool | str, device: torch.device, dtype: str) -> bool:
    """Resolve whether products are in bfloat16; "auto" is where the device has units for them.

    Raise ValueError if they can't be, and warn where the CPU emulates them.
    """
    if isinstance(mixed_precision, str):
        return dtype == "float32" and _has_bfloat16_units(device)
    if not mixed_precision:
        return False
    _check_bfloat16(device, dtype)
    if device.type == "cpu" and not _has_bfloat16_units(device):
        warnings.warn(
            "mixed_precision=True is slow on this processor, which has no units for bfloat16; "
            "'auto' trains in bfloat16 where there are some",
            stacklevel=2,
        )
    return True


def _check_bfloat16(device: torch.device, dtype: str) -> None:
    """Raise ValueError unless the device supports bfloat16, and the weights are in float32."""
    if dtype != "float32":
        raise ValueError(f"mixed_precision=True needs dtype='float32', got dtype={dtype!r}")
    if device.type == "cuda":
        supported = torch.cuda.is_bf16_supported()
    else:
        supported = device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if not supported:
        raise ValueError(
            f"mixed_precision must be False on this device, which has no bfloat16: {device}"
        )


def _has_bfloat16_units(device: torch.device) -> bool:
    """Return whether a device computes products in bfloat16 faster than in float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # since torch 2.6
    return device.type == "cpu" and any(getattr(torch.cpu, name, bool)() for name in names)
