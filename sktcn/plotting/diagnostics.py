"""Pictures of what `sktcn.diagnostics` finds."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from sktcn.diagnostics import (
    ActivationHealth,
    GradientFlow,
    ReceptiveField,
    activation_health,
    gradient_flow,
    receptive_field,
)
from sktcn.plotting.axes import axes

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
SHARES: dict[str, dict[str, Any]] = {
    "dead": {"hatch": "////", "facecolor": "#d9d9d9", "edgecolor": "black"},
    "saturated": {"hatch": "....", "facecolor": "#f7f7f7", "edgecolor": "black"},
}


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
        _legend_above(self.ax_)
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
        self.ax_.set(xlabel=f"{kind}, from the series on", ylabel="norm of the gradient at its input")
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        _legend_above(self.ax_)
        return self


def _below(norms: Any) -> float:
    """Choose a place for zero: well below the smallest norm."""
    positive = norms[norms > 0]
    return float(positive.min() / 10) if len(positive) else 1.0


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
        _legend_above(self.ax_)
        return self


def _legend_above(ax: Any) -> None:
    """Put the legend where it hides nothing."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
