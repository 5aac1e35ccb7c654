"""Pictures of a comparison as SVG, legible without colour by markers, lines and labels."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
import scikit_posthocs
from matplotlib.figure import Figure

from benchmarks.accuracy.comparison import Comparison, p_matrix, pairs, ranks, summary
from benchmarks.common.svg import to_svg

MARKERS = "osD^vP*X<>ph"
GREY = "0.35"
POINTS = {"textcoords": "offset points", "fontsize": "small"}


def critical_difference(scores: pd.DataFrame) -> str:
    """Draw average ranks; bars join methods whose difference is not significant."""
    figure = Figure(figsize=(7, 1.2 + 0.16 * scores.shape[1]))
    scikit_posthocs.critical_difference_diagram(
        ranks(scores),
        p_matrix(scores),
        ax=figure.subplots(),
        label_fmt_left="{label} ({rank:.2f}) ",
        label_fmt_right=" ({rank:.2f}) {label}",
        color_palette=dict.fromkeys(scores.columns, "black"),
        marker_props={"marker": "o", "s": 18},
        elbow_props={"linewidth": 0.8},
        crossbar_props={"linewidth": 3.5, "solid_capstyle": "butt"},
    )
    return to_svg(figure, "critical difference")


def scatter(scores: pd.DataFrame, method: str) -> str:
    """Draw a method's accuracies against those of each other method, a point a set."""
    others = [name for name in scores if name != method]
    n_columns = min(3, len(others))
    n_rows = -(-len(others) // n_columns)
    figure = Figure(figsize=(2.5 * n_columns, 2.6 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax, other in zip(axes, others, strict=False):
        _scatter_pair(ax, scores[[method, other]].dropna(), method, other)
    for ax in axes[len(others) :]:
        ax.remove()
    return to_svg(figure, "scatter")


def _scatter_pair(ax: mpl.axes.Axes, both: pd.DataFrame, method: str, other: str) -> None:
    low = min(0.9, both.min(axis=None)) - 0.02 if len(both) else 0.0
    ax.plot([low, 1.02], [low, 1.02], color=GREY, linewidth=0.8, linestyle="--")
    ax.scatter(both[other], both[method], s=18, facecolor="none", edgecolor="black")
    ax.set(xlim=(low, 1.02), ylim=(low, 1.02), aspect="equal")
    ax.set_xlabel(wrap(other), fontsize="small")
    ax.set_ylabel(wrap(method), fontsize="small")
    pair = pairs(both).iloc[0]
    ax.set_title(f"{pair.wins} wins, {pair.draws} draws, {pair.losses} losses", fontsize="small")


def wrap(name: str, width: int = 28) -> str:
    """Break a long name into lines of equal width."""
    return "\n".join(name[i : i + width] for i in range(0, len(name), width))


def accuracy_against_time(comparison: Comparison) -> str:
    """Draw mean accuracy over CPU seconds of fitting; a published mean has no time: a line."""
    table = summary(comparison)
    own, published = table.loc[comparison.own], table.loc[comparison.published, "accuracy"]
    figure = Figure(figsize=(6.5, 4.2))
    ax = figure.subplots()
    seconds = own["fit_cpu_seconds"].clip(lower=1e-3)
    middle = np.sqrt(seconds.min() * seconds.max())
    for (name, height), marker in zip(own["accuracy"].items(), MARKERS * len(own), strict=False):
        ax.scatter(seconds[name], height, marker=marker, s=55, color="black", zorder=3)
        side = {"ha": "right"} if seconds[name] > middle else {"ha": "left"}
        shift = (-7 if side["ha"] == "right" else 7, -3)
        ax.annotate(wrap(name), (seconds[name], height), shift, **side, **POINTS)
    ax.set(xscale="log", xlabel="CPU seconds of fitting, all sets together, one seed")
    ax.set_ylabel(f"mean accuracy over {len(comparison.common)} sets")
    ax.margins(x=0.2, y=0.12)
    if len(published):
        _lines(ax, published)
    ax.grid(alpha=0.3)
    return to_svg(figure, "accuracy against time")


def _lines(ax: mpl.axes.Axes, heights: pd.Series) -> None:
    """Draw a line for each published mean, with its name beside the axes."""
    for height in heights:
        ax.axhline(height, color=GREY, linewidth=0.8, linestyle=":")
    low, high = ax.get_ylim()
    places = spread(((heights - low) / (high - low)).tolist(), 0.055)
    for (name, height), place in zip(heights.items(), places, strict=True):
        ax.annotate(
            f"{name} {height:.3f}",
            *((1.0, (height - low) / (high - low)), (1.06, place)),
            xycoords="axes fraction",
            **{"va": "center", "fontsize": "small", "annotation_clip": False},
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8},
        )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move positions apart in one sweep from below, then shift all to keep their mean.

    >>> spread([0.5, 0.1, 0.5], 0.06)
    [0.48, 0.08, 0.54]
    """
    order = np.argsort(places, kind="stable")
    moved = np.array(places, dtype=float)[order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    moved -= np.mean(moved - np.sort(places))
    answer = np.empty_like(moved)
    answer[order] = moved
    return answer.round(3).tolist()
