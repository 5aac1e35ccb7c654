"""A picture of what a feature sees."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import ReceptiveField, receptive_field
from sktcn.plotting.axes import axes
from sktcn.plotting.legend import legend_above


class ReceptiveFieldDisplay:
    """Where the gradients of a feature come from: how much of them from each time step.

    Parameters
    ----------
    field : ReceptiveField
        Of `sktcn.diagnostics.receptive_field`, with series.

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
        """Compute the field of a fitted network, and draw it.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted.
        X : array-like or list of arrays
            Series, as for ``predict``.
        n_series : int, default=64
            How many of them to look at.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        ReceptiveFieldDisplay
            Drawn.
        """
        return cls(receptive_field(estimator, X, n_series=n_series)).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the share of each lag, and how far the field reaches.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        ReceptiveFieldDisplay
            Itself.
        """
        share, lags = self.field.share, self.field.lags
        assert lags is not None
        self.figure_, self.ax_ = axes(ax)
        self.ax_.plot(lags, share, **({"color": "black", "drawstyle": "steps-mid"} | kwargs))
        self._mark_window()
        ahead = ", ahead below zero" if lags.min() < 0 else ""
        self.ax_.set(xlabel=f"time steps back{ahead}", ylabel="share of the gradient")
        self.ax_.set_ylim(bottom=0)
        self.ax_.invert_xaxis()
        legend_above(self.ax_)
        return self

    def _mark_window(self) -> None:
        field = self.field
        assert field.lags is not None
        within = field.lags[np.argsort(abs(field.lags), kind="stable")][: field.n_effective]
        if len(within):
            self.ax_.axvspan(
                within.min() - 0.5,
                within.max() + 0.5,
                facecolor="#ededed",
                edgecolor="#909090",
                label=f"95% of it: {field.n_effective} steps",
            )
        causal = field.lags.min() == 0
        edges = [field.formula - 0.5] if causal else [field.formula / 2, -field.formula / 2]
        seen = [edge for edge in edges if field.lags.min() - 1 <= edge <= field.lags.max() + 1]
        label = f"by formula: {field.formula:g} steps" + ("" if seen else ", more than there are")
        label = label if np.isfinite(field.formula) else "by formula: without a bound"
        for edge in seen or [np.nan]:
            self.ax_.axvline(edge, color="black", linestyle="--", label=label)
            label = ""
