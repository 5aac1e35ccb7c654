"""Grid search over activation and kernel size on one set."""

from __future__ import annotations

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
    """Search on one set, and write ``cv_results_``; the file appears only when complete."""
    found = GridSearchCV(TCNClassifier(n_fixed_kernels=0), GRID, cv=FOLDS, n_jobs=-1, refit=False)
    found.fit(*load_ucr(name, "train", data_home))
    unfinished = path.with_suffix(".unfinished")
    pd.DataFrame(found.cv_results_).to_json(unfinished, indent=1)
    unfinished.replace(path)
