"""Page of a search: mean accuracy by two parameters."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from benchmarks.common.page import Column, Page, Picture, Section, make_table
from benchmarks.common.runs import read_runs
from benchmarks.search.heat_map import heat_map

SCORE = "mean_test_score"


def search_page(paths: list[Path], rows: str, columns: str) -> Page:
    """Make the page of a search, or of several with one grid over several sets."""
    results = _read_all(paths, rows, columns)
    table = _means(results, rows, columns)
    best = results.groupby([rows, columns], sort=False)["score"].mean()
    where = " and ".join(f"{n} {v}" for n, v in zip((rows, columns), best.idxmax(), strict=True))
    alt = f"Mean accuracy by {rows} and {columns}; the best is {best.max():.3f}, with {where}"
    frame = table.set_axis(map(str, table.columns), axis=1).reset_index()
    heads = {name: Column(name, None if name == rows else ".3f") for name in frame}
    heads[rows] = Column(f"{rows} \\ {columns}")
    return Page(
        f"Accuracy by {rows} and {columns}",
        [f"{alt}.", *_counts(results, rows, columns)],
        [
            Section("Heat map", picture=Picture("heat_map", alt, heat_map(table))),
            Section("Table", table=make_table(frame, heads, best_in_row=True)),
        ],
    )


def mean_scores(paths: list[Path], rows: str, columns: str) -> pd.DataFrame:
    """Average the score over searches with one grid, by two parameters."""
    return _means(_read_all(paths, rows, columns), rows, columns)


def _means(results: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    table = results.pivot_table("score", rows, columns, sort=False)
    return _sorted(_sorted(table).T).T


def _read_all(paths: list[Path], rows: str, columns: str) -> pd.DataFrame:
    return pd.concat([_read(path, rows, columns) for path in paths], ignore_index=True)


def _read(path: Path, rows: str, columns: str) -> pd.DataFrame:
    """Read a search: both parameters, the score, and its set."""
    read = {".csv": pd.read_csv, ".json": read_search, ".jsonl": _read_runs}
    if path.suffix not in read:
        raise ValueError(f"a search must be a .csv, .json or .jsonl file, however: {path}")
    table = read[path.suffix](path)
    if SCORE not in table:
        raise ValueError(f"{path} has no column {SCORE}: it must be of cv_results_, or of runs")
    found = {name: _parameter(table, name, path) for name in (rows, columns)}
    group = table["dataset"] if "dataset" in table else str(path)
    return pd.DataFrame({**found, "score": table[SCORE], "set": group}).dropna(subset="score")


def read_search(path: Path) -> pd.DataFrame:
    """Read ``cv_results_`` as JSON of pandas, in columns or in records."""
    return pd.DataFrame(json.loads(path.read_text("utf-8")))


def _read_runs(path: Path) -> pd.DataFrame:
    runs = pd.DataFrame(read_runs([path]))
    names = pd.DataFrame(runs["parameters"].tolist(), index=runs.index).add_prefix("param_")
    return runs.rename(columns={"accuracy": SCORE}).join(names)


def _parameter(table: pd.DataFrame, name: str, path: Path) -> pd.Series:
    """Find the column of a parameter by its name, in a pipeline by the end of its name."""
    known = [column for column in table if str(column).startswith("param_")]
    ours = [c for c in known if c == f"param_{name}" or c.endswith(f"__{name}")]
    if len(ours) != 1:
        raise ValueError(
            f"{path}: a parameter must be one of {[c.removeprefix('param_') for c in known]}, "
            f"however: {name!r}"
        )
    return table[ours[0]].map(lambda value: value if isinstance(value, int | float) else str(value))


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """Sort rows with numeric labels; text labels keep their order."""
    return table.sort_index() if pd.api.types.is_numeric_dtype(table.index) else table


def _counts(results: pd.DataFrame, rows: str, columns: str) -> list[str]:
    """Describe the results behind each mean, and note if their numbers differ."""
    cells = results.groupby([rows, columns])
    counts, sets = cells.size(), cells["set"].nunique()
    n_sets = results["set"].nunique()
    if counts.nunique() == 1 and (sets == n_sets).all() and len(counts) == _n_cells(results, cells):
        return [f"Each number is the mean of {counts.iloc[0]} result(s) over {n_sets} set(s)."]
    return [
        f"Not of equals: numbers are means of {counts.min()} to {counts.max()} results over "
        f"{sets.min()} to {sets.max()} of {n_sets} sets, and a combination may be missing."
    ]


def _n_cells(results: pd.DataFrame, cells: pd.api.typing.DataFrameGroupBy) -> int:
    rows, columns = cells.keys
    return results[rows].nunique() * results[columns].nunique()
