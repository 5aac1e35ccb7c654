"""Where figures come from: releases of the libraries, the machine, and the memory of a process."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from joblib import cpu_count

LIBRARIES = (
    *("sktcn", "torch", "skorch", "scikit-learn", "numpy", "scipy", "sktime", "numba", "aeon"),
)


def releases(packages: Iterable[str]) -> dict[str, str | None]:
    """Release of each package; None for those that are not installed."""
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def versions() -> dict[str, str]:
    """Versions of what takes part, and the commit that is checked out."""
    installed = {name: release for name, release in releases(LIBRARIES).items() if release}
    found = {"python": platform.python_version()} | installed
    describe = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(
            describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
        found["commit"] = answer.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        pass  # not a checkout, or no git
    return found


def machine(n_jobs: int) -> dict[str, Any]:
    """What the times were taken on, and among how many."""
    return {
        "processor": processor(),
        "n_processors": cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "n_jobs": n_jobs,
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def peak_memory() -> float:
    """Most memory that the process has had, in MB, all libraries included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
