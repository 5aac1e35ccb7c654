"""Rules of the code's own: private names, questions about architectures, docstrings' openings."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import sktcn
from sktcn.networks import LSTM, TCN
from tests.helpers.way_of_x import entered, follow_fit

ROOT = Path(sktcn.__file__).parent
FILES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
ARCHITECTURES = re.compile(r"(TCN|LSTM|Rocket)(Estimator|Config)?")
MAY_ASK = {"sktcn.networks", "sktcn.estimators"}
OPENINGS = re.compile(r"(What|How|Tells?|Gives?|Let|Be|Do as|Whether)\b|[a-z]")

FOREIGN = {
    "_param_validation": "scikit-learn's constraints, which its public classes declare with",
    "_check_sample_weight": "scikit-learn's check of weights, which check_estimator expects",
    "_safe_indexing": "scikit-learn's choice of series from any container, as its searches choose",
    "_python_dispatch": "torch's only way to see an allocation before it is made",
    "_higher_order_ops": "torch's scan, public under no other name",
    "_is_mkldnn_bf16_supported": "torch's answer whether a processor multiplies bfloat16",
    "_validate_params": "scikit-learn's check of parameters, defined by its BaseEstimator",
    "_replace": "namedtuple's, public for all its underscore",
    "_fields": "namedtuple's as well",
    "_mmap": "numpy's map below a memmap, to return pages of a file that were read",
}


def package(module):
    """Return the package below sktcn that a module belongs to, or the module itself."""
    return ".".join(module.split(".")[:2])


@cache
def nodes(module):
    return list(ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))))


def of_type(module, *kinds):
    return [node for node in nodes(module) if isinstance(node, kinds)]


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def called(node):
    """Return the name of the function that a call names, for those that take an object first."""
    return node.func.id if isinstance(node.func, ast.Name) and len(node.args) > 1 else None


def imported(module):
    """Yield the full name of each import, wherever in the file."""
    for node in of_type(module, ast.Import):
        yield from (alias.name for alias in node.names)
    for node in of_type(module, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_imports(module):
    """Yield the private names that a file imports from another package than its own."""
    for name in imported(module):
        parts = name.split(".")
        below = parts[2:] if parts[0] == "sktcn" else parts
        private = [part for part in below if is_private(part) and part not in FOREIGN]
        if private and package(name) != package(module):
            yield name


def by_name(module):
    """Yield the constant names in calls such as getattr(x, "name")."""
    for node in of_type(module, ast.Call):
        asks = called(node) in {"getattr", "hasattr", "setattr", "delattr"}
        if asks and isinstance(node.args[1], ast.Constant):
            yield node.args[1].value


@cache
def defined(in_package):
    """Collect the names that the files of a package define, in modules, classes and on self."""
    names = set()
    for module in FILES:
        if package(module) == in_package:
            names |= {n.name for n in of_type(module, ast.FunctionDef, ast.ClassDef)}
            stored = of_type(module, ast.Name, ast.Attribute)
            stored = [node for node in stored if isinstance(node.ctx, ast.Store)]
            names |= {n.id if isinstance(n, ast.Name) else n.attr for n in stored}
    return names


def architectures(node):
    """Yield the architectures among the classes of isinstance(x, classes) or case Class()."""
    classes = node.cls if isinstance(node, ast.MatchClass) else node.args[1]
    for part in ast.walk(classes):
        if isinstance(part, ast.Name) and ARCHITECTURES.fullmatch(part.id):
            yield part.id


@cache
def peculiar():
    """Collect the attributes of one backbone that the other lacks."""
    return set(dir(TCN(1, [2]))) ^ set(dir(LSTM(1, 2)))


def documented(module):
    kinds = ast.Module, ast.ClassDef, ast.FunctionDef
    return [text for node in of_type(module, *kinds) if (text := ast.get_docstring(node))]


@pytest.mark.parametrize("module", FILES)
def test_no_private_name_is_imported_from_another_package(module):
    strange = list(private_imports(module))
    assert not strange


@pytest.mark.parametrize("module", FILES)
def test_private_attributes_are_used_in_their_own_package_alone(module):
    used = {node.attr for node in of_type(module, ast.Attribute)} | set(by_name(module))
    strange = {name for name in used if is_private(name)} - defined(package(module)) - set(FOREIGN)
    assert not strange


def test_foreign_private_names_are_all_in_use():
    used = {part for module in FILES for name in imported(module) for part in name.split(".")}
    used |= {node.attr for module in FILES for node in of_type(module, ast.Attribute)}
    assert set(FOREIGN) <= used | {name for module in FILES for name in by_name(module)}


@pytest.mark.parametrize("module", [m for m in FILES if package(m) not in MAY_ASK])
def test_no_question_which_architecture(module):
    calls = [n for n in of_type(module, ast.Call) if called(n) in {"isinstance", "issubclass"}]
    asked = {name for n in calls + of_type(module, ast.MatchClass) for name in architectures(n)}
    asked |= set(by_name(module)) & peculiar()
    assert not asked


@pytest.mark.parametrize("module", FILES)
def test_docstrings_begin_with_a_verb_or_noun(module):
    refused = [text.split("\n")[0] for text in documented(module) if OPENINGS.match(text)]
    assert not refused


def test_way_of_x_is_short():
    moves = entered(follow_fit(n_blocks=1).carrying)
    assert len(moves) <= 15
    assert moves.total() <= 120
