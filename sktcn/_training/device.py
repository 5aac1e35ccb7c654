"""TODO."""

from __future__ import annotations

import torch


def resolve_device(device: str | torch.device) -> torch.device:
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
    >>> resolve_device("cpu")
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
