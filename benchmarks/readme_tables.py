"""Write the tables of README and documentation from the results of runs, searches and timings.

    python -m benchmarks.ucr --datasets all --seeds 3 --n-jobs 2 \\
        --estimators "RocketClassifier()" "TCNClassifier()" "LSTMClassifier()" MiniRocket \\
        --out benchmarks/accuracy/results/ucr.jsonl
    python -m benchmarks.ucr --datasets BasicMotions,JapaneseVowels,PickupGestureWiimoteZ,PLAID \\
        --estimators "RocketClassifier()" "TCNClassifier()" "LSTMClassifier()" \\
        "RocketClassifier(scaling='series')" "TCNClassifier(scaling='series')" \\
        "LSTMClassifier(scaling='series')" --seeds 3 --n-jobs 2 \\
        --out benchmarks/accuracy/results/ragged.jsonl
    python -m benchmarks.ucr --datasets all --seeds 2 --n-jobs 2 \\
        --estimators "TCNClassifier(differences=False)" "TCNClassifier(multiscale=False)" ... \\
        --out benchmarks/accuracy/results/ablation.jsonl
    python -m benchmarks.ucr --datasets all --seeds 3 \\
        --estimators "RocketClassifier(n_kernels=500)" "RocketClassifier(kept_fraction=0.1)" ... \\
        --out benchmarks/accuracy/results/ablation.jsonl
    python -m benchmarks.ucr --datasets all --n-jobs 2 \\
        --estimators "TCNClassifier(n_estimators=5)" \\
        "TCNClassifier(causal=False, n_estimators=5)" \\
        --out benchmarks/accuracy/results/ensembles.jsonl
    python -m benchmarks.ucr --datasets all --estimators "TCNClassifier()" \\
        "TCNClassifier(mixed_precision='auto')" --seeds 3 \\
        --out benchmarks/accuracy/results/precision.jsonl
    python -m benchmarks.ucr --datasets all --estimators "TCNClassifier()" \\
        --out benchmarks/accuracy/results/epyc.jsonl  # on another processor; later epyc_compiled
    python -m benchmarks.search --out benchmarks/search/results
    python -m benchmarks.speed --out benchmarks/speed/results/zen5  # a folder a processor
    python -m benchmarks.ucr --datasets Computers,Fungi,... --seeds 3 --n-jobs 2 \\
        --estimators "RocketClassifier()" --out benchmarks/accuracy/results/further.jsonl
    python -m benchmarks.regression --data FOLDER
    python -m benchmarks.sequence_tasks --data FOLDER \\
        --out benchmarks/steps/results/sequence_tasks.jsonl
    python -m benchmarks.readme_tables archive ragged --published table.csv
    python -m benchmarks.readme_tables regression --published errors.csv
    python -m benchmarks.readme_tables bakeoff --published bakeoff.csv

The tables of published accuracies, and of root mean squared errors, have a row a set and a column a
method.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from benchmarks.accuracy.tables import (
    ablation_table,
    archive_table,
    bakeoff_table,
    processors_table,
    ragged_table,
)
from benchmarks.common.tables import to_markdown
from benchmarks.regression.tables import regression_table
from benchmarks.search.tables import grid_table, searched_table
from benchmarks.speed.tables import rocket_table, speed_table
from benchmarks.steps.tables import sequences_table

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*/*.md"))]
TABLES = {
    "speed": lambda published: speed_table(),
    "rocket": lambda published: rocket_table(),
    "archive": archive_table,
    "bakeoff": bakeoff_table,
    "processors": lambda published: processors_table(),
    "ragged": ragged_table,
    "regression": regression_table,
    "grid": lambda published: grid_table(),
    "searched": lambda published: searched_table(),
    "sequences": lambda published: sequences_table(),
    "ablation": lambda published: ablation_table("TCNClassifier(n_fixed_kernels=0)"),
    "rocket-ablation": lambda published: ablation_table("RocketClassifier()"),
}


def write(name, frame):
    """Replace a table between its marks, on each page with these marks."""
    marks = f"<!-- {name} -->"
    table = f"{marks}\n{to_markdown(frame)}\n{marks}"
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        text = re.sub(f"{marks}.*?{marks}", lambda _: table, text, flags=re.DOTALL)
        page.write_text(text, encoding="utf-8")


def main():
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.readme_tables",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tables", nargs="*", default=[*TABLES], metavar="TABLE")
    parser.add_argument("--published", type=Path)
    arguments = parser.parse_args()
    for name in arguments.tables:
        write(name, TABLES[name](arguments.published))


if __name__ == "__main__":
    main()
