"""One set of colours for all displays, which the colour-blind and readers of grey can use."""

from __future__ import annotations

import numpy as np
import pytest

from sktcn.diagnostics import GradientFlow
from sktcn.plotting import GradientFlowDisplay, ProbabilityStreamDisplay, TradeOffDisplay
from sktcn.plotting.style import COLORS, fill_style, line_style

matplotlib = pytest.importorskip("matplotlib")
from matplotlib import colors, pyplot  # noqa: E402 - after the check that there is one


@pytest.fixture(autouse=True)
def _close():
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def stream(n_classes, **options):
    probabilities = np.full((5, n_classes), 1 / n_classes)
    return ProbabilityStreamDisplay(probabilities, range(n_classes)).plot(**options)


def flow(norms):
    blocks, zeros = [f"block {i}" for i in range(len(norms))], np.zeros(len(norms))
    paths = {"branch": zeros, "shortcut": zeros, "direct": zeros, "weights": zeros}
    return GradientFlowDisplay(GradientFlow(blocks, output=norms, input=norms, **paths, loss=1.0))


def test_thirty_classes_differ_in_colour_or_line():
    lines = stream(30).lines_
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 30
    assert {line.get_color() for line in lines} == set(COLORS)


def test_areas_have_the_colours_of_curves_and_a_hatch_each():
    styles = [fill_style(i) for i in range(8)]
    assert [style["facecolor"] for style in styles] == [line_style(i)["color"] for i in range(8)]
    assert len({style["hatch"] for style in styles}) == 8


def test_the_first_colours_differ_in_lightness():
    red, green, blue = colors.to_rgba_array(COLORS[:3])[:, :3].T
    lightness = np.sort(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert np.diff(lightness).min() > 0.02


def test_options_of_the_user_go_first_by_any_name():
    display = stream(2, ls="--", c="red")
    assert {line.get_linestyle() for line in display.lines_} == {"--"}
    assert {line.get_color() for line in display.lines_} == {"red"}


def test_the_users_style_stays_and_changes_no_colour():
    curves = {name: np.ones(3) for name in ("threshold", "accuracy", "earliness", "harmonic_mean")}
    with pyplot.rc_context({"axes.prop_cycle": matplotlib.cycler(color=["red"])}):
        before = dict(matplotlib.rcParams)
        display = TradeOffDisplay(curves).plot()
        assert [line.get_color() for line in display.lines_] == list(COLORS[:3])
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("top", [3, 50, 1e4, 1e12])
def test_labels_of_gradients_are_few_and_more_than_one(top):
    display = flow(np.geomspace(1, top, 5)).plot()
    display.figure_.canvas.draw()
    low, high = display.ax_.get_ylim()
    ticks = display.ax_.yaxis.get_ticklabels(which="both")
    shown = [t for t in ticks if t.get_text() and low <= t.get_position()[1] <= high]
    assert 2 <= len(shown) <= 10
