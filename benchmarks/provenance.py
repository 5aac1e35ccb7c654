"""Where figures come from: versions of the libraries, and the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from joblib import cpu_count

LIBRARIES = ("torch", "skorch", "scikit-learn", "numpy", "scipy", "sktime", "numba", "aeon")


def versions() -> dict[str, str]:
    """Versions of what takes part, and the commit that is checked out."""
    found = {"python": platform.python_version()}
    for name in ("sktcn", *LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
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
        "processor": _processor(),
        "n_processors": cpu_count(),
        "system": platform.platform(),
        "n_jobs": n_jobs,
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
