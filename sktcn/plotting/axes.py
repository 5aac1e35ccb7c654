"""The axes that a display draws on."""

from __future__ import annotations

from typing import Any


def axes(ax: Any = None) -> tuple[Any, Any]:
    """Find the axes to draw on.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, default=None
        The user's own; None makes a figure.

    Returns
    -------
    figure : matplotlib.figure.Figure
        The figure that the axes are in.
    ax : matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ImportError(
            f"sktcn.plotting needs matplotlib ({error}): pip install sktcn[plot]"
        ) from error
    if ax is None:
        return plt.subplots(layout="constrained")
    return ax.figure, ax
