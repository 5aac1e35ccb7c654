"""Tables of root mean squared errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy.comparison import read_columns
from benchmarks.common.runs import Record, read_runs

RESULTS = Path(__file__).parent / "results" / "runs.jsonl"
MEAN = "sklearn.dummy.DummyRegressor()"
TO_THE_MEAN = "to that of the mean of y"


def read_errors(paths: list[Path], columns: list[str] | None = None) -> pd.DataFrame:
    """Read tables of published errors: a row a set, its name first, a column a method."""
    table = read_columns(paths, columns)
    if (table < 0).any(axis=None):
        raise ValueError("errors must not be negative")
    return table


def error_table(records: list[Record], published: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the errors of runs and published ones on the sets that were run, a row a method.

    A cell has the mean over seeds, and their standard deviation where there are several. The last
    column is the geometric mean, over the sets with runs of it, of the ratio to the error of the
    mean of y; it is left out without such runs. The least comes first.
    """
    runs = pd.DataFrame(records)
    by_seed = runs[runs["error"].isna()].groupby(["estimator", "dataset"], sort=False)["rmse"]
    errors, spread = (each.unstack("dataset") for each in (by_seed.mean(), by_seed.std()))
    sets = sorted(errors.columns)
    others = published.reindex(index=sets).T
    errors = pd.concat([errors[sets].rename("`{}`".format), others.rename("{}, published".format)])
    ratios = relative_errors(errors)
    order = ratios.fillna(errors.mean(axis=1)).sort_values(kind="stable").index
    spread = spread.rename("`{}`".format).reindex(index=errors.index, columns=sets)
    cells = _cells(errors, spread)
    if ratios.notna().any():
        cells[TO_THE_MEAN] = ratios.map("{:.3f}".format, na_action="ignore")
    return cells.loc[order].dropna(how="all").fillna("").rename_axis("RMSE")


def regression_table(published: Path | None) -> pd.DataFrame:
    """Tabulate the errors of the runs of the README, beside published ones."""
    return error_table(read_runs([RESULTS]), read_errors([published] if published else []))


def relative_errors(errors: pd.DataFrame) -> pd.Series:
    """Compute the geometric mean of each method's errors as multiples of those of the mean of y."""
    name = f"`{MEAN}`"
    if name not in errors.index:
        return pd.Series(np.nan, errors.index)
    return np.exp(np.log(errors / errors.loc[name]).mean(axis=1, skipna=False))


def _cells(errors: pd.DataFrame, spread: pd.DataFrame) -> pd.DataFrame:
    cells = errors.map("{:.4g}".format, na_action="ignore")
    return cells + spread.map(" ± {:.2g}".format, na_action="ignore").fillna("")
