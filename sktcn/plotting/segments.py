"""Displays of answers at each time step: segments of a series, and their confusion."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import ConfusionMatrixDisplay

from sktcn._data.frames import is_frame
from sktcn._model.fitted import check_owner, resolve_model
from sktcn.metrics import compare_segments, find_segments, segment_confusion
from sktcn.plotting.display import draw_series, read_one, resolve_axes
from sktcn.plotting.style import COLORMAP, fill_style, line_style


class SegmentDisplay:
    """Series, its true and predicted segments as bars below it, and the probabilities.

    Parameters
    ----------
    x : ndarray of shape (n_channels, n_timepoints)
        Series.
    predicted : ndarray of shape (n_timepoints,)
        Predicted label of each time step.
    probabilities : ndarray of shape (n_timepoints, n_classes)
        Probabilities of the classes.
    classes : sequence
        Labels of the columns.
    truth : ndarray of shape (n_timepoints,), default=None
        True label of each time step; steps whose label is no class stay empty.
    channel_names : list of str, default=None
        Names of the channels for the legend; None numbers them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes that the display takes the place of.
    axes_ : ndarray of matplotlib Axes
        Axes of the series, the segments and the probabilities.
    figure_ : matplotlib Figure
        Figure of the axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNStepClassifier
    >>> from sktcn.plotting import SegmentDisplay
    >>> y = np.repeat([["sit", "walk", "sit"]] * 8, 20, axis=1)
    >>> X = np.random.default_rng(0).normal(size=y.shape) + (y == "walk")
    >>> classifier = TCNStepClassifier(n_filters=4, n_blocks=2, max_epochs=2).fit(X, y)
    >>> display = SegmentDisplay.from_estimator(classifier, X[0], y[0])
    >>> len(display.axes_)
    3
    """

    def __init__(
        self,
        x: NDArray[Any],
        predicted: NDArray[Any],
        probabilities: NDArray[np.float64],
        classes: Any,
        truth: NDArray[Any] | None = None,
        *,
        channel_names: list[Any] | None = None,
    ):
        self.x = x
        self.predicted = predicted
        self.probabilities = probabilities
        self.classes = classes
        self.truth = truth
        self.channel_names = channel_names

    @classmethod
    def from_estimator(cls, estimator: Any, x: Any, y: Any = None, *, ax: Any = None) -> Self:
        """Draw the answers of a fitted classifier of time steps for a series.

        Parameters
        ----------
        estimator : TCNStepClassifier or LSTMStepClassifier
            Fitted classifier with one label a step.
        x : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
            One series, or a frame of pandas with a row a step.
        y : array-like of shape (n_timepoints,), default=None
            Its true labels.
        ax : matplotlib Axes, default=None
            Axes whose place is taken; None makes a figure.

        Returns
        -------
        SegmentDisplay
            Drawn display.
        """
        _check_step_classifier(estimator)
        series = read_one(estimator, x)
        one = [x if is_frame(x) else series]
        (predicted,), (probabilities,) = estimator.predict(one), estimator.predict_proba(one)
        truth = None if y is None else np.asarray(y)
        if truth is not None and truth.shape == series.shape[-1:]:
            truth = truth[: len(predicted)]
        if truth is not None and truth.shape != predicted.shape:
            raise ValueError(f"y must be of shape {predicted.shape}, got {truth.shape}")
        shown = np.atleast_2d(series)[:, : len(predicted)]
        names = resolve_model(estimator).schema.channel_names
        given = shown, predicted, probabilities, estimator.classes_, truth
        return cls(*given, channel_names=names).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place is taken; None makes a figure.

        Returns
        -------
        SegmentDisplay
            The display itself.
        """
        self.figure_, self.ax_ = resolve_axes(ax)
        self.ax_.set_axis_off()
        heights = ((0.52, 0.48), (0.34, 0.14), (0.0, 0.3))
        places = [(0.0, bottom, 1.0, height) for bottom, height in heights]
        self.axes_ = np.array([self.ax_.inset_axes(place) for place in places])
        top, bars, bottom = self.axes_
        draw_series(top, self.x, self.channel_names)
        self._draw_bars(bars)
        styles = enumerate(zip(self.probabilities.T, self.classes, strict=True))
        for i, (column, label) in styles:
            bottom.plot(column, label=str(label), **line_style(i))
        for axes in self.axes_:
            axes.set_xlim(-0.5, self.x.shape[1] - 0.5)
        bars.tick_params(labelbottom=False)
        bottom.set(ylabel="probability", xlabel="time step", ylim=(-0.03, 1.03))
        self._draw_legend(self.ax_)
        return self

    def _draw_bars(self, ax: Any) -> None:
        rows = {"predicted": self.predicted}
        if self.truth is not None:
            rows["true"] = self.truth
        known = {label: i for i, label in enumerate(np.asarray(self.classes).tolist())}
        for row, labels in enumerate(rows.values()):
            for segment in find_segments(labels):
                if segment.label in known:
                    span = (segment.start - 0.5, segment.stop - segment.start)
                    ax.broken_barh([span], (row + 0.1, 0.8), **fill_style(known[segment.label]))
        ax.set_yticks(np.arange(len(rows)) + 0.5, list(rows))
        ax.set_ylim(0, len(rows))

    def _draw_legend(self, ax: Any) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        handles: list[Any] = []
        for i, label in enumerate(self.classes):
            line = Line2D([], [], **line_style(i))
            handles.append((Patch(**fill_style(i)), line, str(label)))
        pairs = [(patch, line) for patch, line, _ in handles]
        ax.legend(
            pairs,
            [label for *_, label in handles],
            handler_map={tuple: _side_by_side()},
            handlelength=4,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=4,
            frameon=False,
        )


class SegmentConfusionDisplay:
    """Confusion of segments: the label of true ones, and of those predicted in their place.

    Parameters
    ----------
    confusion : ndarray of shape (n_classes + 1, n_classes + 1)
        Result of `sktcn.metrics.segment_confusion`.
    classes : sequence
        Labels of rows and columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.
    figure_ : matplotlib Figure
        Figure of the axes.

    Examples
    --------
    >>> from sktcn.plotting import SegmentConfusionDisplay
    >>> y_true, y_pred = [["a", "a", "a", "b", "b"]], [["a", "b", "a", "b", "b"]]
    >>> display = SegmentConfusionDisplay.from_predictions(y_true, y_pred)
    >>> display.ax_.get_xticklabels()[-1].get_text()
    'missed'
    """

    def __init__(self, confusion: NDArray[np.int64], classes: Any):
        self.confusion = confusion
        self.classes = classes

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, overlap: float = 0.1, ax: Any = None
    ) -> Self:
        """Draw the confusion of the segments that a fitted classifier predicts.

        Parameters
        ----------
        estimator : TCNStepClassifier or LSTMStepClassifier
            Fitted classifier with one label a step.
        X : array-like or list of arrays
            Series.
        y : array-like or list of arrays
            True labels of the time steps.
        overlap : float, default=0.1
            Least overlap of a predicted segment with the one in whose place it is.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        SegmentConfusionDisplay
            Drawn display.
        """
        _check_step_classifier(estimator)
        confusion = partial(segment_confusion, overlap=overlap, labels=estimator.classes_)
        return cls(*compare_segments(confusion, estimator, X, y)).plot(ax)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_pred: Any, *, overlap: float = 0.1, ax: Any = None
    ) -> Self:
        """Draw the confusion of predicted segments.

        Parameters
        ----------
        y_true, y_pred : array-like or list of arrays
            True and predicted labels of the time steps.
        overlap : float, default=0.1
            Least overlap of a predicted segment with the one in whose place it is.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        SegmentConfusionDisplay
            Drawn display.
        """
        return cls(*segment_confusion(y_true, y_pred, overlap=overlap)).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        SegmentConfusionDisplay
            The display itself.
        """
        self.figure_, self.ax_ = resolve_axes(ax)
        labels = [str(label) for label in self.classes]
        matrix = ConfusionMatrixDisplay(self.confusion, display_labels=[*labels, ""])
        matrix.plot(ax=self.ax_, cmap=COLORMAP, colorbar=False)
        self.ax_.set_xticklabels([*labels, "missed"])
        self.ax_.set_yticklabels([*labels, "false alarm"])
        self.ax_.set(xlabel="predicted segments", ylabel="true segments")
        return self


def _check_step_classifier(estimator: Any) -> None:
    """Raise TypeError unless an estimator classifies time steps, by one label each."""
    task = resolve_model(check_owner(estimator)).task
    if not task.per_step or task.classes is None or task.multilabel:
        raise TypeError(
            "segments are the answers of a classifier of time steps with one label each, got "
            f"{type(estimator).__name__}"
        )


def _side_by_side() -> Any:
    from matplotlib.legend_handler import HandlerTuple

    return HandlerTuple(ndivide=None)
