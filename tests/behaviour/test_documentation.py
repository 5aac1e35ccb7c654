"""Documentation: each public name has an example and a place, and links to names that exist."""

from __future__ import annotations

import inspect
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MODULES = [
    "sktcn",
    *(f"sktcn.{name}" for name in ("datasets", "diagnostics", "distributed", "early")),
    *(f"sktcn.{name}" for name in ("exceptions", "explain", "export", "metrics", "networks")),
    *(f"sktcn.{name}" for name in ("persistence", "plotting", "preflight", "sktime_adapter")),
    "sktcn.streaming",
]
OLD_NAMES = {"sktcn.distributed.DataParallel"}  # kept for those who use them


def public_names(module):
    return {f"{module}.{name}" for name in import_module(module).__all__} - OLD_NAMES


@pytest.mark.parametrize("module", MODULES)
def test_each_public_name_has_an_example(module):
    if module == "sktcn.sktime_adapter":
        pytest.importorskip("sktime", reason="the adapter is of sktime's classes")
    without = {
        name
        for name in public_names(module)
        if callable(each := getattr(import_module(module), name.rpartition(".")[2]))
        and ">>>" not in (inspect.getdoc(each) or "")
    }
    assert not without


def test_the_reference_lists_all_public_names():
    pytest.importorskip("sktime", reason="the adapter is of sktime's classes")
    listed, module = set(), None
    for line in (DOCS / "api.rst").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = found[1]
        elif found := re.match(r"   (\w+)$", line):
            listed.add(f"{module}.{found[1]}")
    assert listed == set().union(*map(public_names, MODULES))


def test_the_readme_can_be_read():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


def test_names_of_other_projects_exist():
    inventories = tomllib.loads((DOCS / "inventories.toml").read_text(encoding="utf-8"))
    linked = [
        name
        for project in inventories.values()
        for roles in project["pages"].values()
        for role, names in roles.items()
        for name in names
        if role.startswith("py:") and "." in name
    ]
    assert linked
    for name in linked:
        module, _, attribute = name.rpartition(".")
        pytest.importorskip(module.partition(".")[0], reason="an extra")
        assert hasattr(import_module(module), attribute), name
