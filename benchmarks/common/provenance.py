"""Provenance of a figure: releases of the libraries, the commit, and the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from joblib import cpu_count

LIBRARIES = (
    *("sktcn", "torch", "skorch", "scikit-learn", "numpy", "scipy", "sktime", "numba", "aeon"),
)


def releases(packages: Iterable[str]) -> dict[str, str | None]:
    """Return the release of each package; None marks a package that is not installed."""
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def versions() -> dict[str, str]:
    """Return the releases of the libraries used, and the commit that is checked out."""
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
    """Describe the machine, and the number of runs that share it."""
    return {
        "processor": processor(),
        "n_processors": cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "n_jobs": n_jobs,
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
