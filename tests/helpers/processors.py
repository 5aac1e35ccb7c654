"""Programs that numba compiles for other processors than this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sktcn

OTHERS = ["", "+avx2,+avx,+fma,+bmi2"]  # features: no vectors but the narrowest, and no wide ones


def run_on_processor(code, features, cache):
    """Run a program whose functions are compiled for a processor with some features alone."""
    processor = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": features}
    folders = {"PYTHONPATH": str(Path(sktcn.__file__).parents[1]), "NUMBA_CACHE_DIR": str(cache)}
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | processor | folders)
