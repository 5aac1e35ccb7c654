"""Display of probabilities over the time steps of a series."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sktcn.early.prefixes import prefix_proba
from sktcn.plotting.display import Display, read_one
from sktcn.plotting.style import MARKERS, line_style


class ProbabilityStreamDisplay(Display):
    """Probabilities of the classes after each time step of a series.

    Parameters
    ----------
    probabilities : ndarray of shape (n_timepoints, n_classes)
        As from `sktcn.early.prefix_proba`, or from `push` for one stream.
    classes : sequence
        Labels of the columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.
    figure_ : matplotlib Figure
        Figure of the axes.
    lines_ : list of matplotlib Line2D
        One line a class.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.plotting import ProbabilityStreamDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 40)), np.arange(20) % 2
    >>> classifier = TCNClassifier(n_filters=8, max_epochs=2).fit(X, y)
    >>> display = ProbabilityStreamDisplay.from_estimator(classifier, X[0])
    >>> display.probabilities.shape
    (40, 2)
    """

    def __init__(self, probabilities: NDArray[np.float64], classes: Any):
        self.probabilities = probabilities
        self.classes = classes

    @classmethod
    def from_estimator(cls, estimator: Any, x: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the probabilities that a fitted classifier predicts while a series comes in.

        Parameters
        ----------
        estimator : TCNClassifier or LSTMClassifier
            Fitted and causal.
        x : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
            One series, or a frame of pandas with a row a step.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``plot`` of matplotlib.

        Returns
        -------
        ProbabilityStreamDisplay
            Drawn display.
        """
        (probabilities,) = prefix_proba(estimator, [read_one(estimator, x)])
        return cls(probabilities, estimator.classes_).plot(ax, **kwargs)

    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        steps = np.arange(1, len(self.probabilities) + 1)
        columns = zip(self.probabilities.T, self.classes, strict=True)
        self.lines_: list[Any] = []
        for i, (column, label) in enumerate(columns):
            marks = {"marker": MARKERS[i % len(MARKERS)], "markevery": 0.1}
            line = line_style(i) | marks | options
            self.lines_ += ax.plot(steps, column, label=str(label), **line)
        ax.set(xlabel="time steps seen", ylabel="probability", ylim=(-0.03, 1.03))
