"""Axes, and the base of displays that draw on them and have a legend above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self


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
