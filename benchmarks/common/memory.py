"""Peak memory of the process, in MB."""

from __future__ import annotations

import gc
import re
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")


def max_resident() -> float:
    """Return the peak since the process started, as the operating system counts it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def peak_memory() -> float:
    """Return the peak since the last reset, the pages of memmaps included."""
    return _megabytes("VmHWM")


def memory_growth(action: Callable[[], Any]) -> float:
    """Measure the peak of a call beyond the memory that the process holds before it."""
    gc.collect()
    _reset_peak()
    before = _megabytes("VmRSS")
    action()
    return _megabytes("VmHWM") - before


def _reset_peak() -> None:
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _megabytes(entry: str) -> float:
    if not STATUS.exists():  # elsewhere than on Linux, only the peak since the start is known
        return max_resident()
    found = re.search(rf"{entry}:\s*(\d+)", STATUS.read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")
