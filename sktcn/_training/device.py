"""Devices and what they support."""

from __future__ import annotations

import torch


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


def with_float64(device: torch.device) -> torch.device:
    """Return the device, or the CPU in place of Apple's MPS, which has no float64."""
    return torch.device("cpu") if device.type == "mps" else device


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
