"""Devices and what they support."""

from __future__ import annotations

import copy
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


def check_mixed_precision(device: torch.device, dtype: str) -> None:
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
