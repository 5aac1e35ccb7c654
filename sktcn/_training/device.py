"""Devices and what they support."""

from __future__ import annotations

import torch


def resolve_device(device: str | torch.device) -> torch.device:
    """Resolve a device, and validate that this machine has it.

    Parameters
    ----------
    device : str or torch.device
        Device; "auto" is the first available of CUDA, MPS and CPU.

    Returns
    -------
    torch.device
        Device that holds tensors.

    Raises
    ------
    ValueError
        If this machine has no such device.

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


def check_mixed_precision(device: torch.device, dtype: str) -> None:
    """Validate the device and the dtype of ``mixed_precision=True``.

    Parameters
    ----------
    device : torch.device
        Device of the training.
    dtype : {"float32", "float64"}
        Dtype of the weights.

    Raises
    ------
    ValueError
        If the device does not support bfloat16, or the weights are not in float32.
    """
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
