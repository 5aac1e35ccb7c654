"""Table of the paper's tasks for the documentation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.steps.sequence_tasks import TASKS

RESULTS = Path(__file__).parent / "results" / "sequence_tasks.jsonl"


def sequences_table():
    """Tabulate the losses on the paper's tasks beside the published ones, and what they took."""
    runs = pd.read_json(RESULTS, lines=True)
    last = runs["last ten"].map("{:.1%}".format, na_action="ignore")
    columns = {
        "task": runs["task"],
        "network": runs["network"],
        "loss": runs["loss"].map("{:.3g}".format),
        "paper": runs["published"].map("{:.3g}".format),
        "paper's GRU": [f"{TASKS[task].published['GRU']:.3g}" for task in runs["task"]],
        "last ten steps right": last,
        "weights": runs["parameters"].map("{:,}".format),
        "series": runs["series"].map("{:,}".format),
        "epochs": runs["epochs"].map(str),
        "minutes": runs["minutes"].map("{:.1f}".format),
    }
    return pd.DataFrame(columns).fillna("").set_index("task")
