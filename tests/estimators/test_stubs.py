"""The public classes as editors and type checkers see them, which run no code."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import jedi
import pytest

import sktcn
from sktcn import sktime_adapter

ROOT = Path(sktcn.__file__).parents[1]
IMPORTABLE = [
    *(("sktcn", name) for name in sktcn.__all__),
    *(("sktcn.estimators", name) for name in sktcn.__all__),
    *(("sktcn.sktime_adapter", name) for name in sktime_adapter.__all__),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project of an editor, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jedi.settings, "cache_directory", tmp_path_factory.mktemp("jedi"))
        yield jedi.Project(ROOT)


@pytest.fixture
def edit(project):
    """Opens source text in the editor."""
    return lambda code: jedi.Script(
        code, project=project, environment=jedi.InterpreterEnvironment()
    )


def keyword_defaults(signature):
    """Return the keyword-only parameters, and their defaults, of a signature's text."""
    arguments = ast.parse(f"def {signature}: ...").body[0].args
    names = [argument.arg for argument in arguments.kwonlyargs]
    return dict(zip(names, map(ast.literal_eval, arguments.kw_defaults), strict=True))


@pytest.mark.parametrize(("module", "name"), IMPORTABLE)
def test_an_editor_shows_all_parameters_and_defaults(edit, module, name):
    (signature,) = edit(f"from {module} import {name}\n{name}(").get_signatures()
    parameters = inspect.signature(getattr(import_module(module), name)).parameters.values()
    expected = {parameter.name: parameter.default for parameter in parameters}
    assert keyword_defaults(signature.to_string()) == expected


@pytest.mark.parametrize(("module", "name"), IMPORTABLE)
def test_an_editor_shows_the_docstring(edit, module, name):
    script = edit(f"from {module} import {name}\n{name}(")
    expected = inspect.getdoc(getattr(import_module(module), name))
    for shown in (*script.get_signatures(), *script.help(2, 0), *script.infer(2, 0)):
        assert shown.docstring(raw=True).strip() == expected.strip()


@pytest.mark.parametrize(("module", "name"), IMPORTABLE)
def test_an_editor_completes_methods(edit, module, name):
    completions = edit(f"from {module} import {name}\n{name}().").complete()
    assert {"fit", "predict", "get_params"} <= {completion.name for completion in completions}


def test_an_editor_shows_which_strings_are_accepted(edit):
    (signature,) = edit("from sktcn import TCNClassifier\nTCNClassifier(").get_signatures()
    types = {p.name: p.to_string().split(": ", 1)[1].split("=")[0] for p in signature.params}
    assert types["norm"] == 'Literal["batch", "group", "layer", "weight"] | None'
    assert types["max_epochs"] == 'int | Literal["auto"]'
    assert types["optimizer"] == "str | type[torch.optim.Optimizer]"


@pytest.mark.slow
def test_a_type_checker_accepts_and_refuses_what_the_estimators_do(tmp_path):
    good = """
        TCNClassifier(n_filters=[8, 16], pooling="mean+max", activation=torch.tanh, norm=None).fit
        LSTMRegressor(patch_size="auto", max_epochs=3, optimizer="adam", activation=nn.ReLU).fit
        SktimeTCNClassifier(pooling="max", random_state=None).fit
    """
    bad = """
        TCNClassifier(pooling="avg")
        TCNClassifier(n_trees=3)
        LSTMRegressor(kernel_size=3)
        SktimeTCNClassifier(missing="drop")
    """
    head = """
        import torch
        from torch import nn
        from sktcn import TCNClassifier
        from sktcn.estimators import LSTMRegressor
        from sktcn.sktime_adapter import SktimeTCNClassifier
    """
    lines = [line.strip() for line in f"{head}{good}{bad}".splitlines() if line.strip()]
    refused = {number for number, line in enumerate(lines, 1) if line in bad}
    (tmp_path / "user.py").write_text("\n".join(lines), encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml"]
    answer = subprocess.run(
        [*mypy, "--cache-dir", tmp_path / "cache", tmp_path / "user.py"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    errors = [line for line in answer.stdout.splitlines() if "user.py:" in line and "error" in line]
    assert {int(line.split("user.py:")[1].split(":")[0]) for line in errors} == refused, answer
