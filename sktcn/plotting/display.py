"""Axes, and the base of displays that draw on them and have a legend above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sktcn._data.advice import adding_to_errors
from sktcn._data.reading import load_series
from sktcn._model.fitted import resolve_model
from sktcn._preprocessing.scaling import Standardizer
from sktcn.plotting.style import neutral_style

MAX_NAMED = 8  # channels in a legend; for more there is none


def resolve_axes(ax: Any = None) -> tuple[Any, Any]:
    """Return figure and axes: those given or, for None, those of a new figure of pyplot.

    Raises ImportError if matplotlib is not installed.
    """
    if ax is not None:
        return ax.figure, ax
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        install = 'pip install "sktcn[plot]"'
        raise ImportError(f"drawing needs matplotlib ({error}): {install}") from error
    return pyplot.subplots(layout="constrained")


def read_one(estimator: Any, x: Any) -> NDArray[Any]:
    """Read one series, also of a frame, whose columns are put in the order of fit.

    Raises ValueError for several series.
    """
    (series,) = load_series([x], resolve_model(estimator).schema.channel_names)
    with adding_to_errors("; x must be one series, such as X[0]"):
        series = np.asarray(series)
    if series.ndim not in (1, 2):
        raise ValueError(
            "x must be one series, such as X[0], of one or two dimensions, "
            f"got {series.ndim} dimensions"
        )
    return series


def draw_series(ax: Any, series: NDArray[Any], names: list[Any] | None) -> None:
    """Draw the channels of a series, ``(n_channels, n_timepoints)``, on axes without time labels.

    Several channels, which may have any units, are standardised, each by its own mean and
    deviation, and named beside the axes; None numbers them.
    """
    lines, label = series, "value"
    if len(series) > 1:
        rows = series.T
        lines, label = Standardizer.fit(rows).transform(rows).T, "standardised value"
    for i, channel in enumerate(lines):
        name = f"channel {i}" if names is None else names[i]
        ax.plot(channel, lw=1.2, label=name, **neutral_style(i))
    if 1 < len(series) <= MAX_NAMED:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    ax.set_ylabel(label)
    ax.tick_params(labelbottom=False)


class Display(ABC):
    """Base of displays with one pair of axes, ``ax_``, and a legend above it."""

    ax_: Any
    figure_: Any

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : object
            Passed to ``plot``, or ``barh`` for bars, of matplotlib.

        Returns
        -------
        Display
            The display itself.
        """
        self.figure_, self.ax_ = resolve_axes(ax)
        self._draw(self.ax_, _normalize(kwargs))
        self.ax_.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
        return self

    @abstractmethod
    def _draw(self, ax: Any, options: dict[str, Any]) -> None:
        """Draw on axes with options of matplotlib."""


def _normalize(options: dict[str, Any]) -> dict[str, Any]:
    """Replace short names of options, such as ``ls``, so that they take the place of defaults."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return normalize_kwargs(options, Line2D)
