"""Displays, in scikit-learn's manner: numbers that are right, on the axes that were given."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError

from sktcn import RocketClassifier
from sktcn.early import prefix_proba
from sktcn.explain import class_activation
from sktcn.plotting import (
    ClassActivationDisplay,
    ProbabilityStreamDisplay,
    TrainingCurveDisplay,
)
from sktcn.plotting.display import resolve_axes


@pytest.fixture(autouse=True)
def no_window():
    """Draw into memory, and close what was drawn."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def drawn(display):
    """Draw all that there is, as saving does."""
    display.figure_.canvas.draw()
    return display


def test_axes_are_made_or_taken():
    figure, ax = resolve_axes()
    assert ax in figure.axes
    assert resolve_axes(ax) == (figure, ax)
    assert plt.get_fignums() == [figure.number]


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "sktcn\[plot\]"'):
        resolve_axes()


def test_losses_are_those_of_the_history(tiny, data):
    estimator = tiny(early_stopping=True, validation_fraction=0.3).fit(*data)
    display = drawn(TrainingCurveDisplay.from_estimator(estimator))
    training, validation = display.lines_
    np.testing.assert_array_equal(training.get_xdata(), estimator.history_["epoch"])
    np.testing.assert_array_equal(training.get_ydata(), estimator.history_["train_loss"])
    np.testing.assert_array_equal(validation.get_ydata(), estimator.history_["valid_loss"])
    assert training.get_linestyle() != validation.get_linestyle()  # told apart without colours
    assert display.lr_ax_ is None


def test_the_epoch_kept_is_marked(tcn_classifier, labelled):
    early = {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 2}
    estimator = tcn_classifier(**early, max_epochs=30).fit(*labelled)
    display = TrainingCurveDisplay.from_estimator(estimator)
    (mark,) = [line for line in display.ax_.lines if line.get_label() == "epoch kept"]
    losses = estimator.history_["valid_loss"]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (np.argmin(losses) + 1, min(losses))


def test_each_network_has_its_own_curves(tcn_classifier, labelled):
    early = {"early_stopping": True, "validation_fraction": 0.3}
    estimator = tcn_classifier(**early, n_estimators=3).fit(*labelled)
    display = drawn(TrainingCurveDisplay.from_estimator(estimator, lr=True))
    assert len(display.lines_) == 6
    assert len(display.lr_ax_.lines) == 3
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["training", "validation", "epoch kept", "learning rate"]
    np.testing.assert_array_equal(
        display.lr_ax_.lines[0].get_ydata(), estimator.history_["lr"][: estimator.n_iter_]
    )


def test_it_draws_on_the_axes_given_and_again(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    figure, both = plt.subplots(1, 2)
    curves = TrainingCurveDisplay.from_estimator(estimator, ax=both[0])
    activation = ClassActivationDisplay.from_estimator(estimator, X[0], ax=both[1])
    assert (curves.ax_, activation.ax_) == tuple(both)
    assert curves.figure_ is activation.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    for display in (curves, activation):
        assert drawn(display.plot()).figure_ is not figure


def bars(collection):
    """Vertices of what is filled."""
    return collection.get_paths()[0].vertices


def test_contributions_stand_under_the_series(tcn_classifier, labelled_channels):
    X, y = labelled_channels
    estimator = tcn_classifier().fit(X, y)
    activation = class_activation(estimator, X[:1])
    for code, label in enumerate("abc"):
        display = drawn(ClassActivationDisplay.from_estimator(estimator, X[0], target=label))
        contributions = activation.contributions[0, code]
        np.testing.assert_allclose(display.contributions, contributions, rtol=1e-12)
        assert display.output == pytest.approx(activation.outputs[0, code])
        assert label in display.series_ax_.get_title()
        for line, channel in zip(display.series_ax_.lines, X[0], strict=True):
            standardised = (channel - channel.mean()) / channel.std()
            np.testing.assert_allclose(line.get_ydata(), standardised, rtol=1e-9)
        above, below = display.strip_ax_.collections
        assert bars(above)[:, 1].max() == pytest.approx(contributions.max().clip(0))
        assert bars(below)[:, 1].min() == pytest.approx(contributions.min().clip(None, 0))
        assert (above.get_hatch(), below.get_hatch()) == (None, "/////")
        assert display.series_ax_.get_xlim() == display.strip_ax_.get_xlim()


def test_a_single_step_can_be_seen(tcn_classifier, labelled):
    estimator = tcn_classifier().fit(*labelled)
    display = drawn(ClassActivationDisplay.from_estimator(estimator, [1.0]))
    widths = [np.ptp(bars(each)[:, 0]) for each in display.strip_ax_.collections]
    assert widths == [1, 1]


def test_by_default_it_is_the_class_predicted(tiny_classifier, labelled):
    X, y = labelled
    estimator = tiny_classifier().fit(X, y)
    for x in X[:4]:
        display = ClassActivationDisplay.from_estimator(estimator, x)
        assert estimator.predict([x])[0] in display.name


def test_of_a_regressor_it_is_the_target(tiny_regressor, measured):
    X, y = measured
    estimator = tiny_regressor().fit(X, y)
    display = ClassActivationDisplay.from_estimator(estimator, X[0])
    assert display.output == pytest.approx(estimator.predict(X[:1])[0], abs=1e-5)


def test_what_is_cut_off_is_not_drawn(tcn_classifier, labelled):
    X, y = labelled
    estimator = tcn_classifier(missing="trim").fit(X, y)
    padded = np.append(X[0], [np.nan, np.nan])
    display = drawn(ClassActivationDisplay.from_estimator(estimator, padded))
    assert display.series.shape == (1, len(X[0]))


def test_a_frame_is_drawn_by_the_channels_of_fit(tcn_classifier, labelled_channels):
    pd = pytest.importorskip("pandas")
    X, y = labelled_channels
    frames = [pd.DataFrame(x.T, columns=["a", "b"]) for x in X]
    fitted = tcn_classifier().fit(frames, y)
    turned = frames[0][["b", "a"]]
    display = ClassActivationDisplay.from_estimator(fitted, turned)
    np.testing.assert_array_equal(display.series, X[0])
    legend = display.series_ax_.get_legend().get_texts()
    assert [text.get_text() for text in legend] == ["a", "b"]
    stream = ProbabilityStreamDisplay.from_estimator(fitted, turned)
    np.testing.assert_array_equal(stream.probabilities, prefix_proba(fitted, frames[:1])[0])


def test_what_cannot_be_drawn_is_refused(tcn_classifier, labelled):
    X, y = labelled
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(tcn_classifier())
    with pytest.raises(TypeError, match="got dict"):
        TrainingCurveDisplay.from_estimator({})
    with pytest.raises(TypeError, match="RocketClassifier trains no network"):
        TrainingCurveDisplay.from_estimator(RocketClassifier(n_kernels=168).fit(X, y))
    fitted = tcn_classifier().fit(X, y)
    with pytest.raises(ValueError, match="one series"):
        ClassActivationDisplay.from_estimator(fitted, X[None])
    with pytest.raises(ValueError, match="target must be among"):
        ClassActivationDisplay.from_estimator(fitted, X[0], target="circle")
    assert plt.get_fignums() == []
