"""Display of the trade-off between accuracy and earliness."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sktcn.early.classifier import EarlyClassifier
from sktcn.plotting.display import Display
from sktcn.plotting.style import NEUTRAL, line_style

CURVES = ("accuracy", "earliness", "harmonic_mean")


class TradeOffDisplay(Display):
    """Accuracy, earliness and their harmonic mean over the thresholds of early decisions.

    Parameters
    ----------
    trade_off : dict of ndarray
        Attribute ``trade_off_`` of an `EarlyClassifier`.
    threshold : float, default=None
        Threshold chosen.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.
    figure_ : matplotlib Figure
        Figure of the axes.
    lines_ : list of matplotlib Line2D
        Curves.

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
        """Draw the trade-off of a fitted `EarlyClassifier` on the series held out.

        Parameters
        ----------
        early : EarlyClassifier
            Fitted classifier.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``plot`` of matplotlib.

        Returns
        -------
        TradeOffDisplay
            Drawn display.
        """
        if not isinstance(early, EarlyClassifier):
            raise TypeError(f"TradeOffDisplay takes an EarlyClassifier, got {type(early).__name__}")
        check_is_fitted(early)
        return cls(early.trade_off_, early.threshold_).plot(ax, **kwargs)

    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        self.lines_: list[Any] = []
        for i, name in enumerate(CURVES):
            line = line_style(i) | {"drawstyle": "steps-pre"} | options
            label = name.replace("_", " ")
            self.lines_ += ax.plot(
                self.trade_off["threshold"], self.trade_off[name], label=label, **line
            )
        if self.threshold is not None:
            label = f"threshold chosen, {self.threshold:.3g}"
            ax.axvline(self.threshold, color=NEUTRAL, lw=3, alpha=0.5, label=label, zorder=0)
        ax.set(xlabel="probability that suffices", ylim=(0, 1.03))
