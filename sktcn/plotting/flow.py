"""A picture of the gradients' ways."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import GradientFlow, gradient_flow
from sktcn.plotting.axes import axes
from sktcn.plotting.legend import legend_above

# How to draw the ways that a gradient takes: the sum lies as a broad band below the others.
WAYS: dict[str, dict[str, Any]] = {
    "input": {"linestyle": "-", "linewidth": 6, "color": "#cfcfcf"},
    "branch": {"linestyle": "--", "marker": "s", "color": "#1f5fa8"},
    "shortcut": {"linestyle": ":", "marker": "^", "color": "#b5541c"},
    "direct": {"linestyle": "-.", "marker": "D", "color": "#777777"},
}
LABELS = {
    "input": "all together",
    "branch": "through the branch",
    "shortcut": "through the shortcut",
    "direct": "from the pooling itself",
}


class GradientFlowDisplay:
    """Norms of the gradient at the input of each block, by the way it took to get there.

    Parameters
    ----------
    flow : GradientFlow
        Of `sktcn.diagnostics.gradient_flow`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure of the axes.

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
        """Follow the gradient through a network, and draw its norms.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted; with ``initial=True`` it need not be.
        X, y : array-like
            Series and targets, as for ``fit``.
        initial : bool, default=False
            Look at the network that a fit would start from.
        n_series : int, default=64
            Series of the batch.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        GradientFlowDisplay
            Drawn.
        """
        flow = gradient_flow(estimator, X, y, initial=initial, n_series=n_series)
        return cls(flow).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a line for each way; zero, which a logarithm has no place for, at the bottom.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        GradientFlowDisplay
            Itself.
        """
        norms = {way: getattr(self.flow, way) for way in WAYS}
        norms = {way: norm for way, norm in norms.items() if way != "direct" or norm.any()}
        floor = _below(np.concatenate(list(norms.values())))
        self.figure_, self.ax_ = axes(ax)
        self.ax_.set_yscale("log")
        blocks = np.arange(1, len(self.flow.blocks) + 1)
        for way, norm in norms.items():
            style = WAYS[way] | {"label": LABELS[way], "markerfacecolor": "none"} | kwargs
            self.ax_.plot(blocks, np.where(norm > 0, norm, np.nan), **style)
            zeros = blocks[norm == 0]
            at_zero = style | {"label": None, "linestyle": "none"}
            self.ax_.plot(zeros, np.full(len(zeros), floor), **at_zero)
        if any((norm == 0).any() for norm in norms.values()):
            self.ax_.axhline(floor, color="black", linewidth=0.5)
            place = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center"}
            self.ax_.annotate(" zero", (1, floor), **place)
        kind = self.flow.blocks[0].split()[0]
        self.ax_.set(
            xlabel=f"{kind}, from the series on", ylabel="norm of the gradient at its input"
        )
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        legend_above(self.ax_)
        return self


def _below(norms: Any) -> float:
    """Choose a place for zero: well below the smallest norm."""
    positive = norms[norms > 0]
    return float(positive.min() / 10) if len(positive) else 1.0
