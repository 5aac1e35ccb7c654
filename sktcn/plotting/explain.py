"""Display of the contributions of time steps to an output."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn._data.panel import Floats
from sktcn._model.fitted import resolve_model
from sktcn.explain import class_activation
from sktcn.plotting.display import draw_series, read_one, resolve_axes
from sktcn.plotting.style import COLORS

STRIP, GAP = 0.38, 0.04  # fractions of the height: contributions with the gap, and the gap


class ClassActivationDisplay:
    """A series and, below it, the contribution of each step to an output.

    Contributions for a class are above the line and filled, those against it below and hatched.
    Several channels are standardised, each by its own mean and deviation, to be seen on one axis.
    Several displays side by side need a figure with ``layout="constrained"``.

    Parameters
    ----------
    series : ndarray of shape (n_channels, n_timepoints)
        Series.
    contributions : ndarray of shape (n_timepoints,)
        Contribution of each step to the output.
    output : float
        Value of the output.
    name : str
        Name of the output.
    channel_names : list of str, default=None
        Names of the channels for the legend; None numbers them.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the display, around both of the following.
    series_ax_ : matplotlib.axes.Axes
        Axes of the series.
    strip_ax_ : matplotlib.axes.Axes
        Axes of the contributions, below the series.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.

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

    def __init__(
        self,
        series: Floats,
        contributions: Floats,
        *,
        output: float,
        name: str,
        channel_names: list[Any] | None = None,
    ):
        self.series = series
        self.contributions = contributions
        self.output = output
        self.name = name
        self.channel_names = channel_names

    @classmethod
    def from_estimator(cls, estimator: Any, x: Any, *, target: Any = None, ax: Any = None) -> Self:
        """Compute the contributions of the steps of a series, and draw them.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier or regressor of this library.
        x : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
            One series, or a frame of pandas with a row a step.
        target : label or int, default=None
            Label of a class, or index of a target in regression; None is the class predicted, or
            the first target.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        ClassActivationDisplay
            Drawn display.
        """
        x = read_one(estimator, x)
        activation, model = class_activation(estimator, [x]), resolve_model(estimator)
        code = model.task.find_outputs(target, 1)[0]
        if code is None:
            code = int(activation.outputs[0].argmax())
        classes = activation.classes
        contributions = activation.contributions[0][code]
        display = cls(
            np.atleast_2d(x)[:, : len(contributions)],
            contributions,
            output=float(activation.outputs[0, code]),
            name=f"target {code}" if classes is None else f"logit of {str(classes[code])!r}",
            channel_names=model.schema.channel_names,
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        ClassActivationDisplay
            The display itself.
        """
        self.figure_, self.ax_ = resolve_axes(ax)
        self.ax_.set_axis_off()
        self.series_ax_ = self.ax_.inset_axes([0, STRIP, 1, 1 - STRIP])
        self.strip_ax_ = self.ax_.inset_axes([0, 0, 1, STRIP - GAP], sharex=self.series_ax_)
        draw_series(self.series_ax_, self.series, self.channel_names)
        self.series_ax_.set_title(f"{self.name}: {self.output:.2f}")
        self._draw_contributions(self.strip_ax_)
        return self

    def _draw_contributions(self, ax: Any) -> None:
        edges = np.arange(len(self.contributions) + 1) - 0.5
        heights = np.append(self.contributions, self.contributions[-1])
        line = {"step": "post", "linewidth": 0.0}
        ax.fill_between(edges, heights.clip(0, None), facecolor=COLORS[0], **line)
        against = {"facecolor": COLORS[1], "edgecolor": "white", "hatch": "/////"}
        ax.fill_between(edges, heights.clip(None, 0), **against, **line)
        ax.axhline(0, color="0.0", lw=0.6)
        for name, height, side in (("for", 1, "top"), ("against", 0, "bottom")):
            placement = {"xytext": (4, 0), "textcoords": "offset points", "va": side}
            ax.annotate(name, (1, height), xycoords="axes fraction", **placement)
        ax.set(xlabel="time step", ylabel="contribution")
        ax.xaxis.get_major_locator().set_params(integer=True)
