"""Display of the gradient flow through the blocks of a network."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import GradientFlow, gradient_flow
from sktcn.plotting.display import Display
from sktcn.plotting.style import COLORS

STYLES: dict[str, dict[str, Any]] = {  # by path; the sum of all is a broad band below the others
    "input": {"linestyle": "-", "linewidth": 6, "color": "#cfcfcf"},
    "branch": {"linestyle": "--", "marker": "s", "color": COLORS[0]},
    "shortcut": {"linestyle": ":", "marker": "^", "color": COLORS[1]},
    "direct": {"linestyle": "-.", "marker": "D", "color": COLORS[2]},
}
LABELS = {
    "input": "all together",
    "branch": "through the branch",
    "shortcut": "through the shortcut",
    "direct": "from the pooling itself",
}


class GradientFlowDisplay(Display):
    """Norms of the gradient at the input of each block, by its path through the network.

    Parameters
    ----------
    flow : GradientFlow
        Result of `sktcn.diagnostics.gradient_flow`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the display.
    figure_ : matplotlib Figure
        Figure of the axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.plotting import GradientFlowDisplay
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> untrained = TCNRegressor(n_blocks=3, n_filters=4, residual=None)
    >>> display = GradientFlowDisplay.from_estimator(untrained, X, X[:, -1], initial=True)
    >>> display.ax_.get_yscale()
    'log'
    """

    def __init__(self, flow: GradientFlow):
        self.flow = flow

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        initial: bool = False,
        n_series: int = 64,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Compute the gradient flow through a network, and draw it.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted estimator, or an unfitted one with ``initial=True``.
        X, y : array-like
            Series and targets, as for ``fit``.
        initial : bool, default=False
            Use the network that a fit would start from.
        n_series : int, default=64
            Series of the batch.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``plot`` of matplotlib.

        Returns
        -------
        GradientFlowDisplay
            Drawn display.
        """
        flow = gradient_flow(estimator, X, y, initial=initial, n_series=n_series)
        return cls(flow).plot(ax, **kwargs)

    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        """Draw a line for each path, with norms of zero at the bottom of the logarithmic axis."""
        norms = {path: getattr(self.flow, path) for path in STYLES}
        norms = {path: norm for path, norm in norms.items() if path != "direct" or norm.any()}
        floor = _floor(np.concatenate(list(norms.values())))
        ax.set_yscale("log")
        blocks = np.arange(1, len(self.flow.blocks) + 1)
        for path, norm in norms.items():
            style = STYLES[path] | {"label": LABELS[path], "markerfacecolor": "none"} | options
            ax.plot(blocks, np.where(norm > 0, norm, np.nan), **style)
            zeros = blocks[norm == 0]
            at_zero = style | {"label": None, "linestyle": "none"}
            ax.plot(zeros, np.full(len(zeros), floor), **at_zero)
        if any((norm == 0).any() for norm in norms.values()):
            ax.axhline(floor, color="black", linewidth=0.5)
            place = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center"}
            ax.annotate(" zero", (1, floor), **place)
        kind = self.flow.blocks[0].split()[0]
        ax.set(xlabel=f"{kind}, from the series on", ylabel="norm of the gradient at its input")
        ax.xaxis.get_major_locator().set_params(integer=True)
        _thin_ticks(ax)


def _thin_ticks(ax: Any) -> None:
    """Label powers of ten and, where there are few of them, 2 and 5 times these."""
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

    low, high = ax.get_ylim()
    multiples = (1.0, 2.0, 5.0) if high / low < 1e3 else (1.0,)
    ax.yaxis.set_major_locator(LogLocator(subs=multiples))
    ax.yaxis.set_major_formatter(LogFormatterSciNotation(minor_thresholds=(np.inf, np.inf)))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _floor(norms: Any) -> float:
    """Choose the height of zero norms, a tenth of the smallest positive norm."""
    positive = norms[norms > 0]
    return float(positive.min() / 10) if len(positive) else 1.0
