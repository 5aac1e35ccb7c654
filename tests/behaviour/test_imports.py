"""Imports run one way: what is below knows nothing of what is above."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sktcn

ROOT = Path(sktcn.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LAYERS = (
    ("sktcn.networks", "sktcn._io"),
    ("sktcn._data",),
    ("sktcn._preprocessing",),
    ("sktcn._model",),
    ("sktcn._training",),
    ("sktcn.estimators",),
    ("sktcn",),
)


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path):
    """Full names of the modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def packages(path):
    return {name.split(".")[0] for name in imported(path)}


def layer(name):
    """Height of a module of ours; those that are not in the picture are above all in it."""
    for height, names in enumerate(LAYERS[:-1]):
        if any(f"{name}.".startswith(f"{known}.") for known in names):
            return height
    return len(LAYERS) - 1


def named(path):
    return module_name(path)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_is_imported_relatively(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_run_one_way(path):
    height = layer(module_name(path))
    ours = {name for name in imported(path) if name.split(".")[0] == "sktcn"}
    assert not {name for name in ours if layer(name) > height}


@pytest.mark.parametrize("path", sorted((ROOT / "networks").glob("*.py")), ids=named)
def test_networks_are_torch_alone(path):
    assert packages(path) <= {"torch", "sktcn", *sys.stdlib_module_names}
    ours = {name for name in imported(path) if name.split(".")[0] == "sktcn"}
    assert all(name.startswith("sktcn.networks") for name in ours)


def test_panel_knows_nothing_of_networks():
    assert not packages(ROOT / "_data" / "panel.py") & {"torch", "skorch", "sktcn"}


def test_skorch_is_imported_by_training_alone():
    importing = {module_name(p) for p in FILES if "skorch" in packages(p)}
    assert all(name.startswith("sktcn._training") for name in importing)


def test_sktime_is_imported_by_what_is_there_for_it_alone():
    importing = {module_name(p) for p in FILES if "sktime" in packages(p)}
    assert importing == {"sktcn.sktime_adapter", "sktcn.datasets"}


def test_importing_sktcn_leaves_extras_alone():
    code = "import sys, sktcn; print(*{name.split('.')[0] for name in sys.modules})"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert not set(answer.stdout.split()) & {
        "sktime",
        "matplotlib",
        "onnx",
        "onnxruntime",
        "captum",
        "h5py",
        "zarr",
    }


def test_sktcn_offers_its_public_names_alone():
    offered = set(dir(sktcn)) - {"__version__"}
    modules = {name for name in offered if f"sktcn.{name}" in sys.modules}
    assert offered - modules == set(sktcn.__all__)
    assert not [name for name in offered if name.startswith("_")]
