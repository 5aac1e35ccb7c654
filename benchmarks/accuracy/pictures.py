"""Pictures as SVG text, that read without colour: by markers, lines and labels."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
import scikit_posthocs
from matplotlib.figure import Figure

from benchmarks.comparison import Comparison, p_matrix, pairs, ranks, summary

MARKERS = "osD^vP*X<>ph"
GREY = "0.35"
POINTS = {"textcoords": "offset points", "fontsize": "small"}


def to_svg(figure: Figure, title: str) -> str:
    """Draw a figure; the same figure gives the same text, and two share no names of their parts."""
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def critical_difference(scores: pd.DataFrame) -> str:
    """Average ranks; bars join methods between which the sets can't decide."""
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
    """Accuracies of a method against each other one's, a point a set."""
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
    ax.set_xlabel(wrapped(other), fontsize="small")
    ax.set_ylabel(wrapped(method), fontsize="small")
    pair = pairs(both).iloc[0]
    ax.set_title(f"{pair.wins} wins, {pair.draws} draws, {pair.losses} losses", fontsize="small")


def wrapped(name: str, width: int = 28) -> str:
    """Break a long name; an estimator's arguments have no better places for it."""
    return "\n".join(name[i : i + width] for i in range(0, len(name), width))


def accuracy_against_time(comparison: Comparison) -> str:
    """Mean accuracy over processor time of fitting; the published has no time, and is a line."""
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
        ax.annotate(wrapped(name), (seconds[name], height), shift, **side, **POINTS)
    ax.set(xscale="log", xlabel="CPU seconds of fitting, all sets together, one seed")
    ax.set_ylabel(f"mean accuracy over {len(comparison.common)} sets")
    ax.margins(x=0.2, y=0.12)
    if len(published):
        _lines(ax, published)
    ax.grid(alpha=0.3)
    return to_svg(figure, "accuracy against time")


def _lines(ax: mpl.axes.Axes, heights: pd.Series) -> None:
    """A line for each published mean, its name beside the axes, apart from the other names."""
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
    """Move places apart, in one sweep from below, and then all of them back to their middle.

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


def heat_map(table: pd.DataFrame) -> str:
    """Numbers in cells; a colour map that is as light as the number is high, printed grey too."""
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
