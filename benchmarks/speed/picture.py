"""Picture of the part "peers": seconds an epoch of each peer as multiples of sktcn's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INK, PALE = "0.15", "0.8"
HATCHES = {"SwedishLeaf": "", "GunPoint": "///", "ItalyPowerDemand": "..."}


def draw_peers(results: dict[str, Any], path: Path) -> None:
    """Draw a bar for each peer's median ratio, and a line for its range over the rounds."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [
        r
        for r in results["peers"]["figures"]
        if " / " not in r["figure"] and "fastest" not in r["figure"]
    ]
    figure, axes = plt.subplots(figsize=(9, 0.34 * len(rows) + 1.3), layout="constrained")
    for i, row in enumerate(reversed(rows)):
        _draw_row(axes, i, row)
    axes.set_yticks(range(len(rows)), [row["figure"] for row in reversed(rows)], fontsize=8)
    axes.axvline(1, color=INK)
    axes.set(xscale="log", ylim=(-0.7, len(rows) - 0.3))
    ticks = [0.5, 1, 2, 3, 4, 6, 8, 12]
    least, most = axes.get_xlim()
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(min(0.7, least), max(4.5, 1.2 * most))
    axes.set_xlabel("seconds an epoch, times sktcn's (median; lines: least and most of all rounds)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _draw_row(axes: Any, place: int, row: dict[str, Any]) -> None:
    if "median" not in row:
        axes.text(1.05, place, row["why"].split(":")[0], va="center", fontsize=8, style="italic")
        return
    value, least, most = row["median"], row["min"], row["max"]
    hatch = next((h for name, h in HATCHES.items() if row["figure"].startswith(name)), "")
    bar = {"color": PALE, "edgecolor": INK, "hatch": hatch, "height": 0.68}
    axes.barh(place, value - 1, left=1, **bar)
    axes.plot([least, most], [place, place], color=INK, linewidth=1.4, marker="|")
    text = max(value, most, 1.0) * 1.04
    axes.text(text, place, f"{value:.2f}", va="center", fontsize=8)
