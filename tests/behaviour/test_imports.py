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


def run(code):
    """Run code in a fresh process, and return what it prints."""
    folder = Path(sktcn.__file__).parents[1]
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    return answer.stdout.strip()


def test_importing_sktcn_leaves_extras_alone():
    imports = "import sys, sktcn, sktcn.datasets, sktcn.export"
    code = f"{imports}; print(*{{name.split('.')[0] for name in sys.modules}})"
    assert not set(run(code).split()) & EXTRAS


def test_sktcn_offers_its_public_names_alone():
    folder = Path(sktcn.__file__).parent
    present = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    packages = {name for name in present if not name.startswith("_")}
    assert set(dir(sktcn)) == {"__version__", *sktcn.__all__, *packages}


def test_packages_are_attributes_and_loaded_when_used():
    code = (
        "import sys, sktcn; assert 'sktcn.streaming' not in sys.modules;"
        "print(sktcn.streaming.to_streaming.__name__, hasattr(sktcn, 'TCN'))"
    )
    assert run(code) == "to_streaming False"


def test_a_package_without_its_extra_is_no_attribute_and_says_why():
    code = (
        "import sys, sktcn; sys.modules['sktime'] = None; print(hasattr(sktcn, 'sktime_adapter'))\n"
        "try: sktcn.sktime_adapter\nexcept AttributeError as error: print(error)"
    )
    absent, message = run(code).splitlines()
    assert absent == "False"
    assert "needs sktime" in message
    assert 'pip install "sktcn[sktime]"' in message
