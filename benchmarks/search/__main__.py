"""Search over activation and kernel size on ten sets with `GridSearchCV`.

    python -m benchmarks.search --data-home DIR --out benchmarks/search/results
    python -m benchmarks.report --search benchmarks/search/results/*.json --out FOLDER

Each search fits 16 networks in three folds of the training part: an hour and a quarter on two
cores for the ten sets, which are the fastest of the README's 30. The first command writes
``cv_results_`` of each set to a file, as pandas does, and skips the sets that have one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.search.grid import SETS, search


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-home", metavar="DIR", help="or $SKTCN_DATA_HOME")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        path = arguments.out / f"{name}.json"
        if not path.exists():
            search(name, arguments.data_home, path)
        print(path)


if __name__ == "__main__":
    main()
