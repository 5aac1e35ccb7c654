"""The examples: they run without a warning, show something, and leave nothing behind."""

from __future__ import annotations

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

plt = pytest.importorskip("matplotlib.pyplot", reason="the examples draw")
pytest.importorskip("sktime", reason="the examples' series are sktime's")

FOLDER = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(FOLDER.glob("plot_*.py"))
NEEDS = {  # beyond what all need
    "plot_conformal_sets": ["mapie"],
    "plot_explanation": ["captum"],
    "plot_pruned_search": ["optuna", "optuna_integration"],
    "plot_save_and_export": ["onnx", "onnxruntime", "onnxscript"],
}

LONG = {f"plot_{name}" for name in ("activities", "delay", "missing_values", "residual_blocks")}
LONG |= {f"plot_{name}" for name in ("grid_search", "save_and_export", "sktime_pipeline")}
LONG |= {f"plot_{name}" for name in ("activations", "fixed_kernels", "hidden_size")}
LONG |= {f"plot_{name}" for name in ("endless_signal", "pruned_search", "remaining_life")}
LONG |= {f"plot_{name}" for name in ("causal_or_centred", "early_decision", "negative_targets")}
# `make docs` runs them, too.

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


@pytest.fixture
def shown(monkeypatch):
    """Figures, as they were when the script showed them."""
    plt.switch_backend("agg")
    figures = []

    def show():
        figures.extend(plt.figure(number) for number in plt.get_fignums())
        for figure in figures:
            figure.canvas.draw()

    monkeypatch.setattr(plt, "show", show)
    yield figures
    plt.close("all")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(script, marks=[pytest.mark.slow] if script.stem in LONG else [])
        for script in SCRIPTS
    ],
    ids=lambda script: script.stem,
)
def test_example_runs_and_shows_one_picture(script, shown, monkeypatch, tmp_path, capsys):
    for package in NEEDS.get(script.stem, []):
        pytest.importorskip(package, reason=f"{script.name} needs {package}")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    told = capsys.readouterr()
    assert told.err == ""
    assert re.search(r"\d\.\d", told.out)  # a measured figure
    (figure,) = shown
    assert all(ax.has_data() or ax.child_axes for ax in figure.axes)
    assert not list(tmp_path.iterdir())


@each_script
def test_example_is_as_sphinx_gallery_wants_it(script):
    text = script.read_text(encoding="utf-8")
    title, rule, *_ = ast.get_docstring(ast.parse(text)).splitlines()
    assert rule == "=" * len(title)
    assert "\n# %%\n# " in text


def test_readme_lists_the_examples():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[(plot_\w+\.py)\]\(\1\)", text, flags=re.MULTILINE)
    assert sorted(linked) == [script.name for script in SCRIPTS]


def test_conformal_example_says_what_it_needs(monkeypatch):
    for module in ("mapie", "mapie.classification"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match="pip install"):
        runpy.run_path(str(FOLDER / "plot_conformal_sets.py"))
