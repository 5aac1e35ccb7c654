"""Where the legend stands."""

from __future__ import annotations

from typing import Any


def legend_above(ax: Any) -> None:
    """Put a legend above axes, where it hides nothing.

    Parameters
    ----------
    ax : matplotlib Axes
        With labelled artists.
    """
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
