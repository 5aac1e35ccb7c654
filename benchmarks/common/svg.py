"""Figures of matplotlib as SVG text."""

from __future__ import annotations

import io

import matplotlib as mpl
from matplotlib.figure import Figure


def to_svg(figure: Figure, title: str) -> str:
    """Draw a figure; equal figures give equal text, and two figures on a page share no ids."""
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
