"""The import of sktcn: the modules loaded and the names offered; contracts are in `make lint`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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


IMPORTED_BY_STEPS = """
import json, sys, sktcn
found = {"streaming_at_once": "sktcn.streaming" in sys.modules}
import sktcn.datasets, sktcn.export
found["modules"] = sorted({name.split(".")[0] for name in sys.modules})
found["used"] = sktcn.streaming.to_streaming.__name__
found["unknown"] = hasattr(sktcn, "TCN")
sys.modules["sktime"] = None
found["without_extra"] = hasattr(sktcn, "sktime_adapter")
try:
    sktcn.sktime_adapter
except AttributeError as error:
    found["message"] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    """Observations of one fresh process, since torch alone takes seconds to import."""
    folder = Path(sktcn.__file__).parents[1]
    command = [sys.executable, "-c", IMPORTED_BY_STEPS]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return json.loads(answer.stdout)


def test_importing_sktcn_leaves_extras_alone(found):
    assert {"sktcn", "torch"} <= set(found["modules"])
    assert not set(found["modules"]) & EXTRAS


def test_sktcn_offers_its_public_names_alone():
    folder = Path(sktcn.__file__).parent
    present = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    packages = {name for name in present if not name.startswith("_")}
    assert set(dir(sktcn)) == {"__version__", *sktcn.__all__, *packages}


def test_packages_are_attributes_and_loaded_when_used(found):
    assert not found["streaming_at_once"]
    assert found["used"] == "to_streaming"
    assert not found["unknown"]


def test_a_package_without_its_extra_is_no_attribute_and_says_why(found):
    assert not found["without_extra"]
    assert "needs sktime" in found["message"]
    assert 'pip install "sktcn[sktime]"' in found["message"]
