"""Notes on differences between the methods of a comparison, other than the methods themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from benchmarks.accuracy.comparison import Comparison

MIN_SETS = 6  # fewer differences, all of one sign, have a p-value above .05


def notes(comparison: Comparison) -> list[str]:
    """List the differences in sets, splits, seeds, failures, versions and machines."""
    kinds = (_sets, _published, _splits, _seeds, _failures, _sources)
    return [note for kind in kinds for note in kind(comparison)]


def _sets(comparison: Comparison) -> Iterator[str]:
    scores, common = comparison.scores, comparison.common
    yield (
        f"Means, ranks and times are over the {len(common)} of {len(scores)} sets that all "
        f"{scores.shape[1]} methods have; pairs are over the sets that both have."
    )
    for name in scores:
        missing = list(scores.index[scores[name].isna()])
        if missing:
            yield f"{name} lacks {len(missing)} of the sets: {', '.join(missing)}."
    if len(common) < MIN_SETS:
        yield f"With {len(common)} sets no test can tell methods apart."


def _published(comparison: Comparison) -> Iterator[str]:
    if comparison.published:
        yield (
            f"Published figures, not run here: {', '.join(comparison.published)}. They are of the "
            "official splits, by other people, on other machines, with seeds, numbers of runs and "
            "ways to treat missing values and unequal lengths that this page does not know."
        )
    if comparison.n_resamples_left_out:
        yield (
            f"{comparison.n_resamples_left_out} runs on resamples are left out, for published "
            "figures are of the official splits."
        )
    if comparison.published and (comparison.runs["resample"] != 0).any():
        yield "Not of equals: own runs are on resamples, published figures of the official splits."


def _splits(comparison: Comparison) -> Iterator[str]:
    runs = comparison.runs[comparison.runs["error"].isna()]
    splits = runs.groupby("method")["resample"].agg(lambda column: sorted(set(column), key=str))
    if splits.map(str).nunique() > 1:
        yield f"Not of equals: other splits. Resamples of {_listed(splits)} (0 is the official)."


def _seeds(comparison: Comparison) -> Iterator[str]:
    runs = comparison.runs[comparison.runs["error"].isna()]
    counts = runs.groupby(["method", "dataset"])["seed"].nunique().groupby("method")
    n_seeds = counts.agg(lambda n: " to ".join(dict.fromkeys([str(n.min()), str(n.max())])))
    if n_seeds.nunique() > 1 or n_seeds.str.contains("to").any():
        yield f"Not of equals: numbers of seeds differ, {_listed(n_seeds)}. Scores are their means."


def _failures(comparison: Comparison) -> Iterator[str]:
    failed = comparison.runs[comparison.runs["error"].notna()]
    if len(failed):
        counts = _listed(failed["method"].value_counts())
        yield f"Not of equals: runs that failed are left out of means, {counts}."


def _sources(comparison: Comparison) -> Iterator[str]:
    """Note differing versions and machines."""
    for column, consequence in (
        ("versions", "Scores may differ for that"),
        ("machine", "Times can't be compared"),
    ):
        table = pd.json_normalize(comparison.runs[column].tolist()).astype(str)
        several = {name: sorted(set(table[name])) for name in table if table[name].nunique() > 1}
        if several:
            listed = "; ".join(f"{name}: {', '.join(values)}" for name, values in several.items())
            yield f"Not of equals: runs differ in {column} ({listed}). {consequence}."


def _listed(values: pd.Series) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items())
