"""Comparison of runs and published scores: means, ranks, differences and significance tests.

A score is the mean accuracy, or log loss, over seeds (and resamples) on a set, rounded to the four
decimals of published tables, so that equal printed scores are a draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, wilcoxon
from statsmodels.stats.multitest import multipletests

from benchmarks.common.runs import read_runs

LEVEL, POWER = 0.05, 0.8  # of the test for which sets are counted
OTHER_SCORES = ("balanced_accuracy", "auroc", "calibration_error")
TIMES = ("fit_seconds", "fit_cpu_seconds", "predict_seconds")


@dataclass(frozen=True)
class Comparison:
    """Runs, and the scores of all methods: a row a set, a column a method, NaN if missing.

    ``scores`` are accuracies, ``losses`` the log losses of the methods that have any.
    """

    runs: pd.DataFrame
    scores: pd.DataFrame
    losses: pd.DataFrame
    n_resamples_left_out: int

    @property
    def own(self) -> list[str]:
        """Methods with runs."""
        return list(dict.fromkeys(self.runs["method"]))

    @property
    def published(self) -> list[str]:
        """Methods with published accuracies alone."""
        return [name for name in self.scores if name not in set(self.own)]

    @property
    def common(self) -> pd.DataFrame:
        """Scores on the sets that all methods have."""
        return self.scores.dropna()


def compare(
    paths: list[Path],
    labels: dict[str, str],
    published: pd.DataFrame,
    published_losses: pd.DataFrame | None = None,
) -> Comparison:
    """Join runs and published accuracies and log losses.

    Published scores are of the official split: beside them, runs on other splits are left out if
    there are runs on the official one.
    """
    known = pd.DataFrame() if published_losses is None else published_losses
    runs = pd.DataFrame(read_runs(paths))
    if runs.empty:
        raise ValueError(f"no runs in {', '.join(map(str, paths))}")
    unknown = labels.keys() - set(runs["estimator"])
    if unknown:
        known = sorted(set(runs["estimator"]))
        raise ValueError(f"--label must name estimators of {known}, however: {sorted(unknown)}")
    runs["method"] = runs["estimator"].replace(labels)
    official = runs["resample"] == 0
    beside = bool(len(published.columns) or len(known.columns))
    use = official if beside and official.any() else pd.Series(True, runs.index)
    left_out, runs = int((~use).sum()), runs[use]
    scores, losses = _join(runs, "accuracy", published), _join(runs, "log_loss", known)
    return Comparison(runs, scores, losses.dropna(axis=1, how="all"), left_out)


def _join(runs: pd.DataFrame, score: str, published: pd.DataFrame) -> pd.DataFrame:
    """Average a score over the runs of a set, beside published ones."""
    methods = list(dict.fromkeys(runs["method"]))
    both = set(methods) & set(published.columns)
    if both:
        raise ValueError(f"{sorted(both)} are names of runs and of published columns: use --label")
    good = runs[runs["error"].isna()].astype({score: float})
    scores = good.groupby(["dataset", "method"], sort=False)[score].mean().unstack("method")
    scores = scores.reindex(columns=methods)
    return scores.join(published).sort_index().astype(float).round(4)


def read_published(paths: list[Path], columns: list[str] | None) -> pd.DataFrame:
    """Read tables of published accuracies: a row a set, its name first, a column a method."""
    table = read_columns(paths, columns)
    if ((table < 0) | (table > 1)).any(axis=None):
        raise ValueError("accuracies must be between 0 and 1, not in percent")
    return table


def read_losses(paths: list[Path], columns: list[str] | None) -> pd.DataFrame:
    """Read tables of published log losses, in the form of those of accuracies."""
    table = read_columns(paths, columns)
    if (table < 0).any(axis=None):
        raise ValueError("log losses must not be negative")
    return table


def read_columns(paths: list[Path], columns: list[str] | None) -> pd.DataFrame:
    """Read tables of published scores side by side, and select columns."""
    tables = [pd.read_csv(path, index_col=0) for path in paths]
    table = pd.concat(tables, axis=1) if tables else pd.DataFrame()
    doubled = sorted(set(table.columns[table.columns.duplicated()]))
    unknown = [name for name in columns or () if name not in table.columns]
    if doubled or unknown:
        raise ValueError(
            f"published columns must be among {list(table.columns)} and there once, however: "
            f"{unknown or doubled}"
        )
    table = table[columns] if columns else table
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes):
        raise ValueError(f"scores must be numbers, however: {table.dtypes.to_dict()}")
    return table


def ranks(scores: pd.DataFrame) -> pd.Series:
    """Average the rank of each method over the sets; 1 is best, and ties share a rank."""
    return scores.rank(axis=1, ascending=False).mean()


def pairs(scores: pd.DataFrame, among: list[str] | None = None) -> pd.DataFrame:
    """Compare each pair of methods over the sets that both have, with Holm's correction.

    `among` restricts the pairs to those with at least one of these methods.
    """
    rows = [
        _pair(scores[[a, b]].dropna(), a, b)
        for a, b in combinations(scores.columns, 2)
        if among is None or a in among or b in among
    ]
    table = pd.DataFrame(rows, columns=PAIR)
    if len(table):
        table["p_holm"] = multipletests(table["p"], method="holm")[1]
    return table


PAIR = [
    *("a", "b", "sets", "wins", "draws", "losses", "difference", "standard_error"),
    *("sets_needed", "p", "p_holm"),
]


def _pair(scores: pd.DataFrame, a: str, b: str) -> list[object]:
    difference = (scores[a] - scores[b]).round(4)
    wins, losses = int((difference > 0).sum()), int((difference < 0).sum())
    p = wilcoxon(difference).pvalue if wins or losses else 1.0
    draws = len(scores) - wins - losses
    mean = difference.mean() if len(scores) else np.nan
    needed = sets_needed(mean, difference.std())
    return [a, b, len(scores), wins, draws, losses, mean, difference.sem(), needed, p, p]


def sets_needed(mean: float, deviation: float) -> float:
    """Compute how many sets would part two methods whose difference has this mean and deviation.

    A two-sided test of the mean at `LEVEL` then finds the difference with the probability `POWER`,
    by the normal approximation. NaN if the mean is zero or the deviation unknown.

    >>> sets_needed(0.006, 0.03)
    197.0
    """
    if not mean or np.isnan(deviation):
        return np.nan
    quantiles = norm.ppf(1 - LEVEL / 2) + norm.ppf(POWER)
    return max(2.0, float(np.ceil((quantiles * deviation / mean) ** 2)))


def p_matrix(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the corrected p-values of all pairs as a symmetric table."""
    matrix = pd.DataFrame(1.0, scores.columns, scores.columns)
    for pair in pairs(scores).itertuples():
        matrix.loc[pair.a, pair.b] = matrix.loc[pair.b, pair.a] = pair.p_holm
    return matrix


def summary(comparison: Comparison) -> pd.DataFrame:
    """Summarise each method over the common sets, best first: means of scores, sums of times."""
    common = comparison.common
    table = pd.DataFrame({"accuracy": common.mean(), "rank": ranks(common)})
    table["log_loss"] = comparison.losses.reindex(common.index).mean(skipna=False)
    table["best"] = common.eq(common.max(axis=1), axis=0).sum()
    table["sets"] = comparison.scores.notna().sum()
    for name, runs in comparison.runs.groupby("method", sort=False):
        for column, value in _costs(runs, list(common.index)).items():
            table.loc[name, column] = value
    return table.sort_values(["accuracy", "rank"], ascending=[False, True])


def _costs(runs: pd.DataFrame, sets: list[str]) -> dict[str, float]:
    """Summarise scores and costs that published tables lack."""
    good = runs[runs["error"].isna() & runs["dataset"].isin(sets)]
    by_set = good.groupby("dataset")
    row = {name: by_set[name].mean().mean() for name in OTHER_SCORES}
    row |= {name: by_set[name].mean().sum(min_count=1) for name in TIMES}
    row["peak_memory_mb"] = good["peak_memory_mb"].max()
    row["standard_error"] = standard_error(good, sets)
    row["runs"], row["failed"] = len(runs), int(runs["error"].notna().sum())
    return row


def standard_error(runs: pd.DataFrame, sets: list[str]) -> float:
    """Compute the standard error of the mean accuracy over seeds and resamples with all sets."""
    table = runs.pivot_table("accuracy", ["resample", "seed"], "dataset").reindex(columns=sets)
    return table.dropna().mean(axis=1).sem() if len(table) else np.nan
