"""The decorator of what numba compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function when it is first called, and keep the code on disk where that can be."""
    options |= {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder to write to
        return numba.njit(**options)(function)
