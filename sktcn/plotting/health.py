"""A picture of idle units."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import ActivationHealth, activation_health
from sktcn.plotting.axes import axes
from sktcn.plotting.legend import legend_above

SHARES: dict[str, dict[str, Any]] = {
    "dead": {"hatch": "////", "facecolor": "#d9d9d9", "edgecolor": "black"},
    "saturated": {"hatch": "....", "facecolor": "#f7f7f7", "edgecolor": "black"},
}


class ActivationHealthDisplay:
    """Share of dead and of saturated units in each activation of a network.

    Parameters
    ----------
    health : ActivationHealth
        Of `sktcn.diagnostics.activation_health`.

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
    >>> from sktcn.plotting import ActivationHealthDisplay
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> display = ActivationHealthDisplay.from_estimator(regressor, X)
    >>> display.ax_.get_xlabel()
    'share of the units'
    """

    def __init__(self, health: ActivationHealth):
        self.health = health

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Look at the units of a fitted network, and draw how many do no work.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted.
        X : array-like or list of arrays
            Series, as for ``predict``.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``barh``.

        Returns
        -------
        ActivationHealthDisplay
            Drawn.
        """
        return cls(activation_health(estimator, X)).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a bar for each activation, from the series at the top to the answer.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        **kwargs : object
            Passed on to matplotlib's ``barh``.

        Returns
        -------
        ActivationHealthDisplay
            Itself.
        """
        health = self.health
        rows = np.arange(len(health.places))
        start = np.zeros(len(rows))
        self.figure_, self.ax_ = axes(ax)
        for name, style in SHARES.items():
            share = getattr(health, name)
            self.ax_.barh(rows, share, left=start, label=name, **(style | kwargs))
            start = start + share
        for row, share in zip(rows, start, strict=True):
            self.ax_.text(share + 0.01, row, f"{share:.0%}", va="center")
        labels = zip(health.places, health.activations, strict=True)
        self.ax_.set_yticks(rows, [f"{place}: {name}" for place, name in labels])
        self.ax_.set(xlim=(0, 1.12), xlabel="share of the units")
        self.ax_.xaxis.set_major_formatter("{x:.0%}")
        self.ax_.set_xticks(np.linspace(0, 1, 6))
        self.ax_.set_ylim(max(len(rows), 4) - 0.5, -0.5)
        legend_above(self.ax_)
        return self
