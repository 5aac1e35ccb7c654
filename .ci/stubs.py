"""Write the stubs of the public classes: literal signatures and docstrings, for editors.

The parameters are written once an architecture, and the docstrings are put together on import.
Editors and type checkers run no code, and read the stubs instead. The classes are in
``_signatures.pyi``, a stub without a module: beside one, jedi takes the docstring from that.

    python .ci/stubs.py           write the stubs
    python .ci/stubs.py --check   fail if a stub differs from the code
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from sklearn.utils._param_validation import StrOptions

import sktcn

PACKAGES = ("sktcn.estimators", "sktcn.sktime_adapter")
IMPORTS = {
    "Any": "from typing import Any",
    "Callable": "from collections.abc import Callable",
    "Literal": "from typing import Literal",
    "Sequence": "from collections.abc import Sequence",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "os": "import os",
    "torch": "import torch",
}
NOTE = "# Written by `make stubs`."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    for path, text in stubs():
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} differs from the code: run `make stubs`")


def stubs() -> Iterator[tuple[Path, str]]:
    """Yield the path and the text of each stub."""
    for package in map(import_module, PACKAGES):
        folder = Path(package.__file__).parent
        kinds = [getattr(package, name) for name in package.__all__]
        yield folder / "__init__.pyi", package_stub(package)
        yield folder / "_signatures.pyi", signatures_stub(kinds)


def package_stub(package: Any) -> str:
    """Write a package that has the classes of its ``_signatures``, in the format of ruff."""
    module = f"{package.__name__}._signatures"
    imports = [f"from {module} import {name} as {name}" for name in package.__all__]
    public = [f'    "{name}",' for name in package.__all__]
    head = f'"""{inspect.getdoc(package)}"""\n\n{NOTE}\n'
    return "\n".join([head, *imports, "\n__all__ = [", *public, "]\n"])


def signatures_stub(kinds: list[type]) -> str:
    """Write the classes and the imports that they need."""
    classes = "\n\n".join(map(class_stub, kinds))
    used = {node.id for node in ast.walk(ast.parse(classes)) if isinstance(node, ast.Name)}
    imports = {line for name, line in IMPORTS.items() if name in used}
    imports |= {
        f"from {base.__module__} import {base.__name__} as _{base.__name__}"
        for kind in kinds
        for base in bases(kind)
    }
    head = f'"""Signatures and docstrings of the public classes."""\n\n{NOTE}\n'
    return "\n".join([head, *sorted(imports), f"\n{classes}\n"])


def class_stub(kind: type) -> str:
    """Write a class that adds its docstring and its constructor to its bases."""
    doc = f'"""{inspect.getdoc(kind)}\n"""'
    parameters = "".join(f"    {parameter},\n" for parameter in constructor_parameters(kind))
    constructor = f"def __init__(\n    self,\n    *,\n{parameters}) -> None: ..."
    head = f"class {kind.__name__}({', '.join(f'_{base.__name__}' for base in bases(kind))}):"
    return "\n".join([head, textwrap.indent(f"{doc}\n\n{constructor}", "    ")])


def bases(kind: type) -> tuple[type, ...]:
    """Return the class itself where a module below the package has it, or else its bases."""
    return kind.__bases__ if kind.__module__ in PACKAGES else (kind,)


def constructor_parameters(kind: type) -> list[str]:
    """Write the parameters of the constructor, each string narrowed to the accepted ones."""
    estimator = getattr(sktcn, kind.__name__.removeprefix("Sktime"))
    constraints = estimator._parameter_constraints
    return [
        f"{p.name}: {narrowed(p.annotation, constraints[p.name])} = {literal(p.default)}"
        for p in inspect.signature(kind).parameters.values()
    ]


def narrowed(annotation: str, constraints: list[Any]) -> str:
    """Replace ``str`` in a union by the strings that the constraints accept."""
    accepted = {name for c in constraints if isinstance(c, StrOptions) for name in c.options}
    if not accepted:
        return annotation
    names = f"Literal[{', '.join(map(literal, sorted(accepted)))}]"
    return " | ".join(names if m == "str" else m for m in union_members(annotation))


def union_members(annotation: str) -> list[str]:
    """Split ``A | B | C``."""
    node = ast.parse(annotation, mode="eval").body
    if isinstance(node, ast.BinOp):
        return [*union_members(ast.unparse(node.left)), ast.unparse(node.right)]
    return [ast.unparse(node)]


def literal(value: Any) -> str:
    """Write a value as source text, strings in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    main()
