"""Display of dead and saturated units."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import ActivationHealth, activation_health
from sktcn.plotting.display import Display
from sktcn.plotting.style import COLORS

STYLES: dict[str, dict[str, Any]] = {
    "dead": {"hatch": "////", "facecolor": COLORS[1], "edgecolor": "white"},
    "saturated": {"hatch": "....", "facecolor": COLORS[0], "edgecolor": "white"},
}


class ActivationHealthDisplay(Display):
    """Share of dead and of saturated units in each activation of a network.

    Parameters
    ----------
    health : ActivationHealth
        Result of `sktcn.diagnostics.activation_health`.

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
        """Compute the activation health of a fitted network, and draw it.

        Parameters
        ----------
        estimator : estimator of sktcn
            Fitted estimator.
        X : array-like or list of arrays
            Series, as for ``predict``.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``barh`` of matplotlib.

        Returns
        -------
        ActivationHealthDisplay
            Drawn display.
        """
        return cls(activation_health(estimator, X)).plot(ax, **kwargs)

    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        """Draw a bar for each activation, from the input at the top to the output."""
        health = self.health
        rows = np.arange(len(health.places))
        total = np.zeros(len(rows))
        for name, style in STYLES.items():
            share = getattr(health, name)
            ax.barh(rows, share, left=total, label=name, **(style | options))
            total = total + share
        for row, share in zip(rows, total, strict=True):
            ax.text(share + 0.01, row, f"{share:.0%}", va="center")
        labels = zip(health.places, health.activations, strict=True)
        ax.set_yticks(rows, [f"{place}: {name}" for place, name in labels])
        ax.set(xlim=(0, 1.12), xlabel="share of the units")
        ax.xaxis.set_major_formatter("{x:.0%}")
        ax.set_xticks(np.linspace(0, 1, 6))
        ax.set_ylim(max(len(rows), 4) - 0.5, -0.5)
