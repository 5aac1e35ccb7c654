"""Pictures of what goes on in a network: all of it there, and readable without colour."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.diagnostics import ActivationHealth, GradientFlow, ReceptiveField, receptive_field
from sktcn.plotting import ActivationHealthDisplay, GradientFlowDisplay, ReceptiveFieldDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 - after the choice of what draws


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def fitted(labelled):
    return TCNClassifier(n_filters=4, n_blocks=3, max_epochs=2).fit(*labelled)


DRAW = {
    ReceptiveFieldDisplay: lambda e, X, y, **o: ReceptiveFieldDisplay.from_estimator(e, X, **o),
    GradientFlowDisplay: lambda e, X, y, **o: GradientFlowDisplay.from_estimator(e, X, y, **o),
    ActivationHealthDisplay: lambda e, X, y, **o: ActivationHealthDisplay.from_estimator(e, X, **o),
}


@pytest.mark.parametrize("kind", DRAW)
def test_drawn_in_a_new_figure_or_where_asked(kind, fitted, labelled):
    display = DRAW[kind](fitted, *labelled)
    assert isinstance(display, kind)
    assert display.ax_.figure is display.figure_
    _, ax = pyplot.subplots()
    again = display.plot(ax)
    assert again is display
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    assert DRAW[kind](fitted, *labelled, ax=ax).ax_ is ax


@pytest.mark.parametrize("kind", DRAW)
def test_every_axis_and_mark_has_its_words(kind, fitted, labelled):
    ax = DRAW[kind](fitted, *labelled).ax_
    assert ax.get_xlabel()
    assert ax.get_ylabel() or len(ax.get_yticklabels()) == 6
    assert len(ax.get_legend().get_texts()) >= 2


@pytest.mark.parametrize("kind", DRAW)
def test_without_matplotlib_there_is_a_hint(kind, fitted, labelled, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "sktcn\[plot\]"'):
        DRAW[kind](fitted, *labelled)


def words(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_the_field_has_its_shares_and_its_ends(fitted, labelled):
    display = ReceptiveFieldDisplay.from_estimator(fitted, labelled[0])
    line = display.ax_.lines[0]
    np.testing.assert_allclose(line.get_ydata(), display.field.share)
    np.testing.assert_allclose(line.get_xdata(), -np.arange(16))
    assert words(display)[-1] == "by formula: 58 steps, more than there are"
    assert words(display)[0] == f"95% of the gradient: {display.field.n_effective} steps"
    assert "future" not in display.ax_.get_xlabel()


def test_a_short_field_ends_within_the_picture():
    effective = np.array([2.0, 1.0, 1.0, 0.0, 0.0])
    display = ReceptiveFieldDisplay(ReceptiveField(3.0, np.arange(5), effective, 3)).plot()
    assert display.ax_.lines[1].get_xdata() == [-2.5, -2.5]
    assert words(display) == ["95% of the gradient: 3 steps", "by formula: 3 steps"]


def test_the_past_of_a_field_is_left_and_its_future_right():
    lags, effective = np.arange(-1, 3), np.array([1.0, 4.0, 2.0, 1.0])
    display = ReceptiveFieldDisplay(ReceptiveField(3.0, lags, effective, 3)).plot()
    share = dict(zip(*display.ax_.lines[0].get_data(), strict=True))
    assert share == {1: 0.125, 0: 0.5, -1: 0.25, -2: 0.125}
    assert not display.ax_.xaxis_inverted()
    assert "future" in display.ax_.get_xlabel()


def test_a_centred_field_ends_on_both_sides():
    lags = np.arange(-4, 5)
    effective = (abs(lags) <= 2) * 1.0
    display = ReceptiveFieldDisplay(ReceptiveField(5.0, lags, effective, 5)).plot(color="0.3")
    assert [line.get_xdata()[0] for line in display.ax_.lines[1:]] == [-2.5, 2.5]
    with_differences = ReceptiveField(6.0, lags, effective, 5, look_back=1)
    display = ReceptiveFieldDisplay(with_differences).plot(color="0.3")
    assert [line.get_xdata()[0] for line in display.ax_.lines[1:]] == [-3.5, 2.5]
    assert len(words(display)) == 2
    assert display.ax_.lines[0].get_color() == "0.3"


def test_a_field_without_a_bound(labelled):
    estimator = LSTMClassifier(hidden_size=4, max_epochs=1).fit(*labelled)
    display = ReceptiveFieldDisplay.from_estimator(estimator, labelled[0])
    assert words(display)[-1] == "by formula: without a bound"


def test_a_field_without_series_can_not_be_drawn(fitted):
    with pytest.raises(ValueError, match="give series"):
        ReceptiveFieldDisplay(receptive_field(fitted)).plot()


def flow(**norms):
    blocks = [f"block {i}" for i in range(1, 4)]
    names = ("output", "branch", "shortcut", "direct", "input", "weights")
    return GradientFlow(blocks, **{n: norms.get(n, np.zeros(3)) for n in names}, loss=1.0)


def test_ways_differ_in_line_and_marker(fitted, labelled):
    display = GradientFlowDisplay.from_estimator(fitted, *labelled)
    lines = display.ax_.get_legend().legend_handles
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines) == 4
    assert display.ax_.get_yscale() == "log"


def test_zero_stands_at_the_bottom_and_is_named():
    display = GradientFlowDisplay(flow(input=np.array([1.0, 10, 100]), branch=np.ones(3))).plot()
    marks = {tuple(line.get_ydata()) for line in display.ax_.lines}
    assert (0.1, 0.1, 0.1) in marks
    assert [text.get_text() for text in display.ax_.texts] == [" zero"]
    assert words(display) == ["all together", "through the branch", "through the shortcut"]


def test_no_zero_is_drawn_where_there_is_none():
    norms = {name: np.ones(3) for name in ("input", "branch", "shortcut", "direct")}
    display = GradientFlowDisplay(flow(**norms)).plot()
    assert not display.ax_.texts
    assert len(words(display)) == 4


def test_nothing_but_zeros_can_be_drawn():
    display = GradientFlowDisplay(flow()).plot()
    display.figure_.canvas.draw()
    assert len(display.ax_.texts) == 1


def test_an_untrained_network_is_drawn(labelled):
    untrained = TCNClassifier(n_filters=4, n_blocks=3, zero_init_residual=True)
    display = GradientFlowDisplay.from_estimator(untrained, *labelled, initial=True, n_series=8)
    assert not display.flow.branch.any()


def test_shares_are_told_by_hatches_and_words():
    health = ActivationHealth(
        ["block 1, conv2", "after block 1"],
        ["relu", "relu"],
        np.array([4, 4]),
        np.array([0.5, 0.0]),
        np.array([0.25, 0.0]),
        np.zeros(2),
        np.ones(2),
    )
    display = ActivationHealthDisplay(health).plot()
    dead, saturated = display.ax_.containers
    assert [bar.get_width() for bar in dead] == [0.5, 0.0]
    assert [bar.get_x() for bar in saturated] == [0.5, 0.0]
    assert dead[0].get_hatch() != saturated[0].get_hatch()
    assert [text.get_text() for text in display.ax_.texts] == ["75%", "0%"]
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["block 1, conv2: relu", "after block 1: relu"]
    assert display.ax_.yaxis_inverted()
