"""A picture of probabilities as a series comes in."""

from __future__ import annotations

from itertools import cycle
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sktcn.early.prefixes import prefix_proba
from sktcn.plotting.axes import axes
from sktcn.plotting.legend import legend_above

LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "x", "D", "v", "+", "*")


class ProbabilityStreamDisplay:
    """Probabilities of the classes after each time step of a series.

    Parameters
    ----------
    probabilities : ndarray of shape (n_timepoints, n_classes)
        As of `sktcn.early.prefix_proba`, or as `push` returned them.
    classes : sequence
        Labels of the columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        One a class.

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
    def from_estimator(cls, est: Any, x: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Stream a series through a fitted classifier, and draw what it says on the way.

        Parameters
        ----------
        est : TCNClassifier or LSTMClassifier
            Fitted, and blind to the future.
        x : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
            The series.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        ProbabilityStreamDisplay
            Drawn.
        """
        (probabilities,) = prefix_proba(est, [np.asarray(x)])
        return cls(probabilities, est.classes_).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a line for each class, with a style and a marker of its own.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        ProbabilityStreamDisplay
            Itself.
        """
        self.figure_, self.ax_ = axes(ax)
        steps = np.arange(1, len(self.probabilities) + 1)
        greys = np.linspace(0, 0.6, len(self.classes))
        self.lines_: list[Any] = []
        styles = zip(cycle(LINES), cycle(MARKERS), greys, strict=False)
        for column, label, (line, marker, grey) in zip(
            self.probabilities.T, self.classes, styles, strict=True
        ):
            options = {"ls": line, "marker": marker, "color": str(grey), "markevery": 0.1}
            self.lines_ += self.ax_.plot(steps, column, label=str(label), **(options | kwargs))
        self.ax_.set(xlabel="time steps seen", ylabel="probability", ylim=(-0.03, 1.03))
        legend_above(self.ax_)
        return self
