"""Heat map of a search."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.common.svg import to_svg


def heat_map(table: pd.DataFrame) -> str:
    """Draw numbers in cells; lightness grows with the number, so that a grey print reads too."""
    size = (1.8 + 0.75 * table.shape[1], 1.0 + 0.5 * table.shape[0])
    figure = Figure(figsize=size)
    ax = figure.subplots()
    image = ax.imshow(table, cmap="cividis", aspect="auto")
    for (i, j), value in np.ndenumerate(table.to_numpy()):
        dark = image.norm(value) < 0.5
        text = "" if np.isnan(value) else f"{value:.3f}"
        ax.text(j, i, text, ha="center", va="center", color="white" if dark else "black")
    ax.set_xticks(range(table.shape[1]), map(str, table.columns))
    ax.set_yticks(range(table.shape[0]), map(str, table.index))
    ax.set(xlabel=table.columns.name, ylabel=table.index.name)
    figure.colorbar(image, label="mean accuracy")
    return to_svg(figure, "heat map")
