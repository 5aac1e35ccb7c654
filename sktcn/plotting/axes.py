"""Where to draw."""

from __future__ import annotations

from typing import Any


def axes(ax: Any = None) -> tuple[Any, Any]:
    """Take the axes given, or make a figure with some.

    Parameters
    ----------
    ax : matplotlib Axes, default=None
        Where to draw; None for a new figure of pyplot's.

    Returns
    -------
    figure : matplotlib Figure
        The figure of the axes.
    ax : matplotlib Axes
        The axes.

    Raises
    ------
    ImportError
        If there is no matplotlib.
    """
    if ax is not None:
        return ax.figure, ax
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise ImportError(f"drawing needs matplotlib ({error}): pip install sktcn[plot]") from error
    return pyplot.subplots(layout="constrained")
