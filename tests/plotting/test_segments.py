"""Displays of segments, by what they hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sktcn.metrics import SEGMENT_SCORERS, find_segments, segment_confusion
from sktcn.plotting import SegmentConfusionDisplay, SegmentDisplay
from tests.estimators.test_steps import fitted, make, recordings

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close():
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def test_a_series_is_drawn_with_its_segments_and_probabilities():
    X, y = recordings()
    classifier = fitted("TCNStepClassifier")
    _, ax = pyplot.subplots()
    display = SegmentDisplay.from_estimator(classifier, X[0], y[0], ax=ax)
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    series, bars, probabilities = display.axes_
    assert len(series.lines) == 2
    assert [label.get_text() for label in bars.get_yticklabels()] == ["predicted", "true"]
    n_segments = len(find_segments(classifier.predict(X[:1])[0])) + len(find_segments(y[0]))
    assert len(bars.collections) == n_segments
    drawn = np.array([line.get_ydata() for line in probabilities.lines]).T
    np.testing.assert_array_equal(drawn, classifier.predict_proba(X[:1])[0])
    assert len({line.get_linestyle() for line in probabilities.lines}) == 3
    legends = [each.get_legend().get_texts() for each in (ax, series)]
    texts = [[text.get_text() for text in each] for each in legends]
    assert texts == [["rest", "run", "walk"], ["channel 0", "channel 1"]]
    display.figure_.canvas.draw()


def test_a_series_of_one_channel_without_labels_is_drawn():
    X = np.random.default_rng(0).normal(size=(4, 20))
    classifier = fitted("TCNStepClassifier")
    with pytest.raises(ValueError, match="must be of shape"):
        SegmentDisplay.from_estimator(classifier, np.zeros((2, 20)), y=["rest"])
    with pytest.raises(ValueError, match="one series"):
        SegmentDisplay.from_estimator(classifier, X[None])
    with pytest.raises(ValueError, match=r"x must be one series, such as X\[0\]"):
        SegmentDisplay.from_estimator(classifier, [X[:2, :9], X[:2, :8]])
    display = SegmentDisplay.from_estimator(classifier, X[:2])
    assert len(display.axes_[1].get_yticklabels()) == 1


def test_a_frame_is_drawn_by_the_channels_of_fit():
    pd = pytest.importorskip("pandas")
    X, y = recordings(4)
    frames = [pd.DataFrame(x.T, columns=["a", "b"]) for x in X]
    classifier = make("TCNStepClassifier").fit(frames, y)
    display = SegmentDisplay.from_estimator(classifier, frames[0][["b", "a"]], pd.Series(y[0]))
    np.testing.assert_array_equal(display.x, X[0])
    np.testing.assert_array_equal(display.predicted, classifier.predict(frames[:1])[0])
    assert [line.get_label() for line in display.axes_[0].lines] == ["a", "b"]


def test_the_labels_of_trimmed_steps_are_left_out():
    X, y = recordings(4, lengths=(20, 21))
    ended = [np.where(np.arange(20) < 12, X[0], np.nan), *X[1:]]
    classifier = make("TCNStepClassifier", missing="trim").fit(ended, y)
    short = [y[0][:12], *y[1:]]
    display = SegmentDisplay.from_estimator(classifier, ended[0], y[0])
    np.testing.assert_array_equal(display.truth, short[0])
    confusions = [SegmentConfusionDisplay.from_estimator(classifier, ended, t) for t in (y, short)]
    np.testing.assert_array_equal(*(each.confusion for each in confusions))
    score = SEGMENT_SCORERS["edit"]
    assert score(classifier, ended, y) == score(classifier, ended, short)


def test_an_estimator_must_be_fitted():
    X, y = recordings(4)
    with pytest.raises(NotFittedError):
        SegmentDisplay.from_estimator(make("TCNStepClassifier"), X[0], y[0])


def test_the_confusion_is_that_of_the_segments():
    X, y = recordings()
    classifier = fitted("TCNStepClassifier")
    display = SegmentConfusionDisplay.from_estimator(classifier, X, y, overlap=0.25)
    confusion, labels = segment_confusion(y, classifier.predict(X), overlap=0.25)
    np.testing.assert_array_equal(display.confusion, confusion)
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == [*labels, "missed"]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == [*labels, "false alarm"]
    again = SegmentConfusionDisplay.from_predictions(y, classifier.predict(X), overlap=0.25)
    np.testing.assert_array_equal(again.confusion, confusion)


def test_other_estimators_have_no_segments(tcn_classifier, labelled):
    X, y = recordings()
    for estimator in (tcn_classifier().fit(*labelled), fitted("TCNStepRegressor")):
        with pytest.raises(TypeError, match="classifier of time steps"):
            SegmentConfusionDisplay.from_estimator(estimator, X, y)
