"""A picture of what waiting is worth."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sktcn.early.classifier import EarlyClassifier
from sktcn.plotting.axes import axes
from sktcn.plotting.legend import legend_above

STYLES = {
    "accuracy": ("-", "0.0"),
    "earliness": ("--", "0.0"),
    "harmonic_mean": (":", "0.35"),
}


class TradeOffDisplay:
    """Accuracy, earliness and their harmonic mean over the thresholds of early decisions.

    Parameters
    ----------
    trade_off : dict of ndarray
        An `EarlyClassifier`'s ``trade_off_``.
    threshold : float, default=None
        The one that was chosen.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure of the axes.
    lines_ : list of matplotlib Line2D
        The curves.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.early import EarlyClassifier
    >>> from sktcn.plotting import TradeOffDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 40)), np.arange(20) % 2
    >>> early = EarlyClassifier(TCNClassifier(n_filters=8, max_epochs=2)).fit(X, y)
    >>> display = TradeOffDisplay.from_estimator(early)
    >>> [line.get_label() for line in display.lines_]
    ['accuracy', 'earliness', 'harmonic mean']
    """

    def __init__(self, trade_off: dict[str, NDArray[np.float64]], threshold: float | None = None):
        self.trade_off = trade_off
        self.threshold = threshold

    @classmethod
    def from_estimator(cls, early: EarlyClassifier, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw what a fitted `EarlyClassifier` has found on the series held back.

        Parameters
        ----------
        early : EarlyClassifier
            Fitted.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        TradeOffDisplay
            Drawn.
        """
        if not isinstance(early, EarlyClassifier):
            raise TypeError(f"TradeOffDisplay takes an EarlyClassifier, got {type(early).__name__}")
        check_is_fitted(early)
        return cls(early.trade_off_, early.threshold_).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the three curves, and a line at the threshold chosen.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        TradeOffDisplay
            Itself.
        """
        self.figure_, self.ax_ = axes(ax)
        self.lines_: list[Any] = []
        for name, (style, color) in STYLES.items():
            options = {"ls": style, "color": color, "drawstyle": "steps-pre"} | kwargs
            label = name.replace("_", " ")
            curve = self.trade_off["threshold"], self.trade_off[name]
            self.lines_ += self.ax_.plot(*curve, label=label, **options)
        if self.threshold is not None:
            label = f"threshold chosen, {self.threshold:.3g}"
            self.ax_.axvline(self.threshold, color="0.5", lw=3, alpha=0.5, label=label, zorder=0)
        self.ax_.set(xlabel="probability that suffices", ylim=(0, 1.03))
        legend_above(self.ax_)
        return self
