"""Colours, lines, markers and hatches of all displays.

The colours are those of Okabe and Ito ("Color universal design", 2008), which people with each kind
of colour blindness tell apart. A line style, a marker or a hatch goes with each, for print in grey.
Displays draw with them explicitly and leave matplotlib's ``rcParams`` alone.
"""

from __future__ import annotations

from typing import Any

COLORS = (
    "#0072b2",  # blue
    "#d55e00",  # vermilion
    "#009e73",  # green
    "#cc79a7",  # purple
    "#e69f00",  # orange
    "#56b4e9",  # sky blue
    "#000000",  # black
    "#f0e442",  # yellow
)
NEUTRAL = "0.45"  # what has no class: thresholds and bounds
GREYS = ("0.1", "0.4", "0.65")  # channels of series
COLORMAP = "Blues"

LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "x", "D", "v", "+", "*")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++", "oo", "**")


def line_style(i: int) -> dict[str, Any]:
    """Choose colour and line style of the curve ``i``; 32 of them differ."""
    color = COLORS[i % len(COLORS)]
    return {"color": color, "linestyle": LINES[(i + i // len(COLORS)) % len(LINES)]}


def neutral_style(i: int) -> dict[str, Any]:
    """Choose grey and line style of the channel ``i`` of a series; 12 of them differ."""
    return {"color": GREYS[i % len(GREYS)], "linestyle": LINES[i % len(LINES)]}


def fill_style(i: int) -> dict[str, Any]:
    """Choose colour and hatch of the area ``i``, of the same colour as the curve ``i``."""
    color, hatch = COLORS[i % len(COLORS)], HATCHES[(i + i // len(COLORS)) % len(HATCHES)]
    return {"facecolor": color, "edgecolor": "white", "hatch": hatch, "linewidth": 0.0}
