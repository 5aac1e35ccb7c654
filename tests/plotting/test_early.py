"""Pictures of early decisions and of streams, by what they hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sktcn.early import EarlyClassifier
from sktcn.early.prefixes import prefix_proba
from sktcn.plotting import ProbabilityStreamDisplay, TradeOffDisplay

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close():
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def test_curves_are_what_was_found(tcn_classifier, labelled):
    early = EarlyClassifier(tcn_classifier()).fit(*labelled)
    _, ax = pyplot.subplots()
    display = TradeOffDisplay.from_estimator(early, ax=ax, alpha=0.5)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    columns = ["accuracy", "earliness", "harmonic_mean"]
    for line, name in zip(display.lines_, columns, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), early.trade_off_["threshold"])
        np.testing.assert_array_equal(line.get_ydata(), early.trade_off_[name])
        assert line.get_alpha() == 0.5
    assert len({line.get_linestyle() for line in display.lines_}) == 3
    assert f"{early.threshold_:.3g}" in ax.get_legend().get_texts()[-1].get_text()


def test_a_stream_is_drawn_step_by_step(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    classifier = tiny_classifier().fit(X, y)
    display = ProbabilityStreamDisplay.from_estimator(classifier, X[0])
    (expected,) = prefix_proba(classifier, X[:1])
    np.testing.assert_array_equal([line.get_ydata() for line in display.lines_], expected.T)
    assert [line.get_label() for line in display.lines_] == list(classifier.classes_)
    assert len({line.get_linestyle() for line in display.lines_}) == 3


def test_only_what_can_be_drawn_is(tcn_classifier):
    with pytest.raises(TypeError, match="takes an EarlyClassifier, got TCNClassifier"):
        TradeOffDisplay.from_estimator(tcn_classifier())
    with pytest.raises(NotFittedError):
        TradeOffDisplay.from_estimator(EarlyClassifier())
