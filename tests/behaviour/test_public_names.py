"""Examples and benchmarks use public names alone, those of other libraries included."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("examples", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)


def is_private(path):
    """Return True if a part of a dotted name begins with one underscore."""
    return any(part.startswith("_") and not part.startswith("__") for part in path.split("."))


def imported(node):
    """Yield the full names that an import statement binds."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_names(tree):
    """Yield the private names that are imported, or read from another object than self or cls."""
    for node in ast.walk(tree):
        yield from filter(is_private, imported(node))
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            owner = ast.unparse(node.value)
            if owner not in ("self", "cls"):
                yield f"{owner}.{node.attr}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_private_name_is_used(path):
    assert not list(private_names(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "code",
    [
        "from sktcn._data.panel import as_panel",
        "import sktcn._model.network",
        "from sktcn import _data",
        "def use(estimator):\n    estimator._preprocessor.transform()",
    ],
)
def test_private_names_are_found(code):
    assert list(private_names(ast.parse(code)))


def test_own_and_special_names_are_no_private_ones():
    code = "from __future__ import annotations\nself._x\ncls._y\nsktcn.__file__\n_own()"
    assert not list(private_names(ast.parse(code)))
