"""Display of a receptive field."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import ReceptiveField, receptive_field
from sktcn.plotting.display import Display
from sktcn.plotting.style import COLORS


class ReceptiveFieldDisplay(Display):
    """Share of each time step in the gradient of a feature.

    Parameters
    ----------
    field : ReceptiveField
        Result of `sktcn.diagnostics.receptive_field`, with series.

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
    >>> from sktcn.plotting import ReceptiveFieldDisplay
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> display = ReceptiveFieldDisplay.from_estimator(regressor, X)
    >>> display.ax_.get_ylabel()
    'share of the gradient'
    """

    def __init__(self, field: ReceptiveField):
        self.field = field

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, n_series: int = 64, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Compute the receptive field of a fitted network, and draw it.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted estimator.
        X : array-like or list of arrays
            Series, as for ``predict``.
        n_series : int, default=64
            Largest number of series to use.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``plot`` of matplotlib.

        Returns
        -------
        ReceptiveFieldDisplay
            Drawn display.
        """
        return cls(receptive_field(estimator, X, n_series=n_series)).plot(ax, **kwargs)

    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        """Draw the share of each time step, the effective field and the edges of the field."""
        share, lags = self.field.share, self.field.lags
        assert lags is not None
        offsets = -lags  # the past left of zero, as in a series
        ax.plot(offsets, share, **({"color": COLORS[0], "drawstyle": "steps-mid"} | options))
        self._mark_effective(ax, offsets)
        self._mark_edges(ax, offsets)
        ahead = " < future" if offsets.max() > 0 else ""
        xlabel = f"offset in time steps (past < 0{ahead})"
        ax.set(xlabel=xlabel, ylabel="share of the gradient")
        ax.set_ylim(bottom=0)

    def _mark_effective(self, ax: Any, offsets: Any) -> None:
        n_effective = self.field.n_effective
        nearest = offsets[np.argsort(abs(offsets), kind="stable")][:n_effective]
        if len(nearest):
            ax.axvspan(
                nearest.min() - 0.5,
                nearest.max() + 0.5,
                color=COLORS[5],
                alpha=0.3,
                linewidth=0,
                label=f"95% of the gradient: {n_effective} steps",
            )

    def _mark_edges(self, ax: Any, offsets: Any) -> None:
        formula, look_back = self.field.formula, self.field.look_back
        ahead = (formula - look_back) / 2  # of the network, which sees as much to either side
        edges = [0.5 - formula] if offsets.max() == 0 else [-ahead - look_back, ahead]
        visible = [edge for edge in edges if offsets.min() - 1 <= edge <= offsets.max() + 1]
        label = f"by formula: {formula:g} steps" + ("" if visible else ", more than there are")
        label = label if np.isfinite(formula) else "by formula: without a bound"
        for edge in visible or [np.nan]:
            ax.axvline(edge, color=COLORS[1], linestyle="--", label=label)
            label = ""
