"""Search by activation and kernel size over ten sets, as a user would with `GridSearchCV`.

    python -m benchmarks.search --data-home DIR --out benchmarks/results/search
    python -m benchmarks.report --search benchmarks/results/search/*.json --out FOLDER

Cross-validated in three folds on the training parts of the ten sets of the archive's 30 here that
take least time, and 16 networks each: an hour and a quarter on two cores. The first command writes
a file a set, ``cv_results_`` as pandas does, and goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

SETS = (
    *("ArrowHead", "BME", "Chinatown", "DistalPhalanxTW", "ECG200", "GunPoint"),
    *("ItalyPowerDemand", "MedicalImages", "PowerCons", "SonyAIBORobotSurface1"),
)
GRID = {"activation": ["relu", "gelu", "tanh", "sigmoid"], "kernel_size": [3, 5, 9, 15]}
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def search(name: str, data_home: str | None, path: Path) -> None:
    """Search on one set, and write what was found; the file is whole or not there."""
    found = GridSearchCV(TCNClassifier(), GRID, cv=FOLDS, n_jobs=-1, refit=False)
    found.fit(*load_ucr(name, "train", data_home))
    unfinished = path.with_suffix(".unfinished")
    pd.DataFrame(found.cv_results_).to_json(unfinished, indent=1)
    unfinished.replace(path)


def main() -> None:
    """Be the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-home", metavar="DIR", help="or $SKTCN_DATA_HOME")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        path = asked.out / f"{name}.json"
        if not path.exists():
            search(name, asked.data_home, path)
        print(path)


if __name__ == "__main__":
    main()
