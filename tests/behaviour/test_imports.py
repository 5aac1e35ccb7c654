"""The import of sktcn: the modules loaded and the names offered; contracts are in `make lint`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sktcn

EXTRAS = {
    "captum",
    "h5py",
    "llvmlite",
    "matplotlib",
    "numba",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "sktime",
    "zarr",
}


def test_importing_sktcn_leaves_extras_alone():
    imports = "import sys, sktcn, sktcn.datasets, sktcn.export"
    code = f"{imports}; print(*{{name.split('.')[0] for name in sys.modules}})"
    folder = Path(sktcn.__file__).parents[1]
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert not set(answer.stdout.split()) & EXTRAS


def test_sktcn_offers_its_public_names_alone():
    offered = set(dir(sktcn)) - {"__version__"}
    modules = {name for name in offered if f"sktcn.{name}" in sys.modules}
    assert offered - modules == set(sktcn.__all__)
    assert not [name for name in offered if name.startswith("_")]
