"""Compare runs with each other and with published scores, as an HTML page and as Markdown.

    python -m benchmarks.report runs.jsonl --published accuracy.csv log_loss.csv --out FOLDER
    python -m benchmarks.report --search results.json --rows activation --columns-by kernel_size \\
        --out FOLDER

A published table is a CSV with a row a set: the name, then a score for each method, or an empty
cell. One whose name ends in ``log_loss.csv`` has log losses, any other accuracies. A search is a
file of runs, or the ``cv_results_`` of a ``GridSearchCV`` as written by
``pandas.DataFrame(search.cv_results_).to_json("results.json")`` or ``.to_csv``; several files are
searches of one grid over several sets. ``FOLDER/index.html`` is self-contained;
``FOLDER/report.md`` links to the ``.svg`` files beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from benchmarks.accuracy.comparison import (
    LEVEL,
    POWER,
    Comparison,
    compare,
    pairs,
    read_losses,
    read_published,
    summary,
)
from benchmarks.accuracy.fairness import notes
from benchmarks.accuracy.pictures import accuracy_against_time, critical_difference, scatter
from benchmarks.accuracy.specs import normalise
from benchmarks.common.page import Column, Page, Picture, Section, Table, make_table, write_page
from benchmarks.search.page import search_page

SUMMARY = {
    "method": Column("Method"),
    "accuracy": Column("Accuracy", ".4f"),
    "standard_error": Column("± over seeds", ".4f"),
    "log_loss": Column("Log loss", ".3f"),
    "calibration_error": Column("Calibration error", ".3f"),
    "rank": Column("Rank", ".2f"),
    "best": Column("Best on", "d"),
    "balanced_accuracy": Column("Balanced accuracy", ".4f"),
    "auroc": Column("AUROC", ".4f"),
    "fit_seconds": Column("Fit, s", ".1f"),
    "fit_cpu_seconds": Column("Fit, CPU s", ".1f"),
    "predict_seconds": Column("Predict, s", ".2f"),
    "peak_memory_mb": Column("Memory, MB", ".0f"),
    "sets": Column("Sets", "d"),
    "runs": Column("Runs", ".0f"),
    "failed": Column("Failed", ".0f"),
}
PAIRS = {
    "a": Column("Method"),
    "b": Column("Against"),
    "sets": Column("Sets", "d"),
    "wins": Column("Wins", "d"),
    "draws": Column("Draws", "d"),
    "losses": Column("Losses", "d"),
    "difference": Column("Mean difference", "+.4f"),
    "standard_error": Column("± over sets", ".4f"),
    "sets_needed": Column("Sets needed", ",.0f"),
    "p": Column("p (Wilcoxon)", ".2g"),
    "p_holm": Column("p (Holm)", ".2g"),
    "loss_difference": Column("Log loss, difference", "+.4f"),
    "loss_standard_error": Column("its ±", ".4f"),
    "loss_sets_needed": Column("its sets needed", ",.0f"),
}
BY_LOSS = {name: f"loss_{name}" for name in ("difference", "standard_error", "sets_needed")}
FAILURES = {
    "method": Column("Method"),
    "dataset": Column("Set"),
    "resample": Column("Resample"),
    "seed": Column("Seed", "d"),
    "error": Column("Error"),
}


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("runs", nargs="*", type=Path, help="files that benchmarks.ucr wrote")
    add("--published", nargs="+", type=Path, default=[], metavar="CSV")
    add("--columns", help="which published columns, with commas between (default: all)")
    add("--label", action="append", default=[], metavar="NAME=ESTIMATOR", help="a shorter name")
    add("--search", nargs="+", type=Path, metavar="FILE", help="make the page of a search instead")
    add("--rows", default="activation", help="parameter of a search (default: activation)")
    add("--columns-by", default="kernel_size", help="the other one (default: kernel_size)")
    add("--out", type=Path, required=True, metavar="FOLDER")
    return parser


def read_labels(given: list[str]) -> dict[str, str]:
    """Parse the names of estimators."""
    labels = {}
    for text in given:
        name, _, spec = text.partition("=")
        if not name or not spec:
            raise ValueError(f"--label must be NAME=ESTIMATOR, however: {text!r}")
        labels[normalise(spec)] = name
    if len(set(labels.values())) < len(given):
        raise ValueError(f"--label must give each estimator its own name, however: {given}")
    return labels


def comparison_page(comparison: Comparison) -> Page:
    """Assemble the tables and pictures of a comparison."""
    scores, common = comparison.scores, comparison.common
    sections = [
        Section("Before comparing", points=notes(comparison)),
        Section("Methods", [METHODS_TEXT], table=_summary_table(comparison)),
    ]
    if scores.shape[1] > 1:
        sections += _ranks(common)
        sections += [_pairs(comparison), _scatter(comparison)]
    sections += [*_time(comparison), *_sets(comparison), *_failures(comparison.runs)]
    intro = f"{scores.shape[1]} methods, {len(scores)} sets of which all have {len(common)}."
    return Page("Accuracy over data sets of the UCR archive", [intro], sections)


METHODS_TEXT = (
    "Over the sets that all methods have: means of scores, seconds added up. Seeds count as their "
    "mean; ± is the standard error of the mean accuracy over seeds. Best on: sets on which no "
    "method is better. Memory is the most that a run's process had, libraries included."
)


def _summary_table(comparison: Comparison) -> Table:
    table = summary(comparison).rename_axis("method").reset_index()
    return make_table(table, {name: column for name, column in SUMMARY.items() if name in table})


def _ranks(common: pd.DataFrame) -> list[Section]:
    if len(common) < 2:
        return []
    title = "Ranks: critical difference"
    text = (
        f"Average ranks over {len(common)} sets, the best at the left end. A bar joins methods "
        "that can't be told apart: Wilcoxon's signed-rank test of each pair, Holm's correction, "
        "at 0.05."
    )
    picture = Picture("critical_difference", f"{title}. {text}", critical_difference(common))
    return [Section(title, [text], picture=picture)]


def _pairs(comparison: Comparison) -> Section:
    table = pairs(comparison.scores, among=comparison.own)
    losses = pairs(comparison.losses, among=comparison.own)
    table = table.merge(losses[["a", "b", *BY_LOSS]].rename(columns=BY_LOSS), "left", ["a", "b"])
    text = (
        "Over the sets that both have. A draw is the same accuracy to four decimals. ±: standard "
        "error of the mean difference over the sets. Sets needed: for a difference of this mean "
        f"and spread to be found {POWER:.0%} of the time, two-sided at {LEVEL:g}. p: Wilcoxon's "
        f"signed-rank test, and the same after Holm's correction for these {len(table)} pairs. A "
        "negative difference of log losses is for the first."
    )
    return Section("Pairs", [text], table=make_table(table, PAIRS))


def _scatter(comparison: Comparison) -> Section:
    method = summary(comparison).loc[comparison.own].index[0]
    title = f"{method} against each other method"
    text = f"A point is a set; above the line, {method} is more accurate."
    picture = Picture("scatter", f"{title}. {text}", scatter(comparison.scores, method))
    return Section(title, [text], picture=picture)


def _time(comparison: Comparison) -> list[Section]:
    if comparison.common.empty:
        return []
    text = "Dotted lines: published, no time known." if comparison.published else ""
    alt = "Mean accuracy against CPU seconds of fitting; the table of methods has the same numbers."
    picture = Picture("accuracy_time", alt, accuracy_against_time(comparison))
    return [Section("Accuracy against time", [text] if text else [], picture=picture)]


def _sets(comparison: Comparison) -> list[Section]:
    """List the accuracies, and the log losses where there are any, of each set."""
    sections = [_sets_by("Sets", comparison.scores)]
    if comparison.losses.shape[1]:
        sections.append(_sets_by("Sets by log loss", comparison.losses, lower_is_better=True))
    return sections


def _sets_by(title: str, scores: pd.DataFrame, *, lower_is_better: bool = False) -> Section:
    table = scores.rename_axis("dataset").reset_index()
    columns = {"dataset": Column("Set")} | {name: Column(name, ".4f") for name in scores}
    text = "The best of a row is bold and underlined."
    marked = make_table(table, columns, best_in_row=True, lower_is_better=lower_is_better)
    return Section(title, [text], table=marked)


def _failures(runs: pd.DataFrame) -> list[Section]:
    failed = runs[runs["error"].notna()]
    return [Section("Runs that failed", table=make_table(failed, FAILURES))] if len(failed) else []


def make_page(arguments: argparse.Namespace) -> Page:
    """Make the page of runs, or that of a search."""
    if bool(arguments.runs) == bool(arguments.search):
        raise ValueError("give files of runs, or --search and its files")
    if arguments.search:
        return search_page(arguments.search, arguments.rows, arguments.columns_by)
    columns = arguments.columns.split(",") if arguments.columns else None
    losses = [path for path in arguments.published if path.stem.endswith("log_loss")]
    accuracies = [path for path in arguments.published if path not in losses]
    published = read_published(accuracies, columns)
    published_losses = read_losses(losses, None)
    if columns:
        published_losses = published_losses.filter(columns)
    labels = read_labels(arguments.label)
    return comparison_page(compare(arguments.runs, labels, published, published_losses))


def main(argv: list[str] | None = None) -> None:
    """Run the command."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        write_page(make_page(arguments), arguments.out)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(arguments.out / "index.html")


if __name__ == "__main__":
    main()
