"""Where in a series a network finds what it answers by."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sktcn.explain import class_activation
from sktcn.explain.targets import code_targets
from sktcn.plotting.axes import axes

Floats = NDArray[np.float64]
LINES = ("-", "--", ":", "-.")
MOST_NAMED = 6  # channels up to which there is a legend
STRIP = "45%"  # height of the contributions, of the series'


class ClassActivationDisplay:
    """A series, and under it what each step adds to an output.

    What speaks for a class stands above the line and is filled, what speaks against it hangs below
    and is hatched.

    Parameters
    ----------
    series : ndarray of shape (n_channels, n_timepoints)
        The series.
    contributions : ndarray of shape (n_timepoints,)
        What each step adds to the output.
    output : float
        The output.
    name : str
        What the output is.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where the series is drawn.
    strip_ax_ : matplotlib.axes.Axes
        Where the contributions are: the lower part of the axes given.
    figure_ : matplotlib.figure.Figure
        The figure that both are in.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.plotting import ClassActivationDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = TCNClassifier(n_filters=8, max_epochs=5).fit(X, y)
    >>> display = ClassActivationDisplay.from_estimator(classifier, X[1], target="bump")
    >>> display.strip_ax_.get_xlabel()
    'time step'
    """

    def __init__(self, series: Floats, contributions: Floats, *, output: float, name: str):
        self.series = series
        self.contributions = contributions
        self.output = output
        self.name = name

    @classmethod
    def from_estimator(cls, est: Any, x: Any, *, target: Any = None, ax: Any = None) -> Self:
        """Draw what a fitted estimator makes of a series.

        Parameters
        ----------
        est : estimator
            A fitted classifier or regressor of this library.
        x : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
            One series.
        target : label or int, default=None
            The label of a class, or the number of a target in regression; None takes the class
            predicted, or the first target.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ClassActivationDisplay
            The display, drawn.
        """
        x = np.asarray(x)
        activation = class_activation(est, [x])
        code = code_targets(est, target, 1)[0]
        if code is None:
            code = int(activation.outputs[0].argmax())
        classes = activation.classes
        contributions = activation.contributions[0][code]
        display = cls(
            np.atleast_2d(x)[:, : len(contributions)],
            contributions,
            output=float(activation.outputs[0, code]),
            name=f"target {code}" if classes is None else f"logit of {str(classes[code])!r}",
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure. Its lower part is taken off it.

        Returns
        -------
        ClassActivationDisplay
            The display.
        """
        self.figure_, self.ax_ = axes(ax)
        self._draw_series()
        self.strip_ax_ = self._split()
        self._draw_contributions()
        return self

    def _draw_series(self) -> None:
        n_channels = len(self.series)
        for i, channel in enumerate(self.series):
            gray = str(0.6 * i / n_channels)
            self.ax_.plot(channel, LINES[i % len(LINES)], color=gray, lw=1.2, label=f"channel {i}")
        if 1 < n_channels <= MOST_NAMED:
            self.ax_.legend()
        self.ax_.set(title=f"{self.name}: {self.output:.2f}", ylabel="value")
        self.ax_.tick_params(labelbottom=False)

    def _split(self) -> Any:
        from mpl_toolkits.axes_grid1 import make_axes_locatable

        divider = make_axes_locatable(self.ax_)
        return divider.append_axes("bottom", size=STRIP, pad=0.12, sharex=self.ax_)

    def _draw_contributions(self) -> None:
        strip, steps = self.strip_ax_, np.arange(len(self.contributions))
        above, below = np.clip(self.contributions, 0, None), np.clip(self.contributions, None, 0)
        line = {"step": "mid", "edgecolor": "0.0", "linewidth": 0.6}
        strip.fill_between(steps, above, facecolor="0.35", label="for it", **line)
        strip.fill_between(
            steps, below, facecolor="white", hatch="/////", label="against it", **line
        )
        strip.axhline(0, color="0.0", lw=0.6)
        strip.set(xlabel="time step", ylabel="contribution")
        strip.legend()
