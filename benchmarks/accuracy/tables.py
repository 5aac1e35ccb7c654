"""Tables of accuracies for README and documentation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.accuracy.comparison import compare, read_published, summary
from benchmarks.common.runs import read_runs

RESULTS = Path(__file__).parent / "results"
PUBLISHED = ["Inception", "InceptionTime", "LITE", "LITETime", "ROCKET", "MultiROCKET"]
RAGGED = ["BasicMotions", "JapaneseVowels", "PickupGestureWiimoteZ", "PLAID"]
BESIDE_RAGGED = ["InceptionTime", "ROCKET"]
PROCESSORS = {  # files with runs of the same seeds
    "precision": "Intel Xeon",
    "epyc": "AMD EPYC",
    "epyc_compiled": "AMD EPYC, large convolutions compiled as well",
}
# Beside published methods, set by set.
COMPARED = ["TCNClassifier()", "LSTMClassifier()", "RocketClassifier()"]


def archive_table(published):
    """Tabulate accuracy, log loss, calibration and cost over all sets, beside published ones."""
    others = read_published([published], PUBLISHED)
    table = summary(compare([RESULTS / "ucr.jsonl"], {}, others))
    minutes = table["fit_cpu_seconds"] / 60
    columns = {
        "accuracy": table["accuracy"].map("{:.4f}".format),
        "± over seeds": table["standard_error"].map("{:.4f}".format, na_action="ignore"),
        "log loss": table["log_loss"].map("{:.3f}".format, na_action="ignore"),
        "calibration error": table["calibration_error"].map("{:.3f}".format, na_action="ignore"),
        "CPU minutes": minutes.map("{:.1f}".format, na_action="ignore"),
    }
    known = pd.DataFrame(columns).dropna(axis=1, how="all").fillna("")
    return _named(known, PUBLISHED).rename_axis("method")


def bakeoff_table(published):
    """Tabulate how much more accurate the estimators are than published methods, set by set."""
    runs = pd.DataFrame(read_runs([RESULTS / "ucr.jsonl", RESULTS / "further.jsonl"]))
    own = runs.groupby(["dataset", "estimator"])["accuracy"].mean().unstack()[COMPARED].dropna()
    known = pd.read_csv(published, index_col=0).reindex(own.index)
    columns = {f"`{name}` less it, ± over sets": _paired(known, own[name]) for name in COMPARED}
    return pd.DataFrame(columns | {"sets": known.count().map(str)}).rename_axis("published method")


def _paired(known, own):
    """Format the mean difference of own accuracies from known ones, with its error over sets."""
    return _signed(known.rsub(own, axis=0))


def _signed(less):
    """Format mean differences with their errors over sets."""
    return less.mean().map("{:+.4f}".format) + " ± " + less.sem().map("{:.4f}".format)


def ragged_table(published):
    """Tabulate accuracy and seconds of a fit on sets of several channels and lengths."""
    runs = pd.DataFrame(read_runs([RESULTS / "ragged.jsonl"]))
    means = runs.groupby(["estimator", "dataset"], sort=False)[["accuracy", "fit_seconds"]].mean()
    cells = [f"{row.accuracy:.3f} ({row.fit_seconds:.0f} s)" for row in means.itertuples()]
    table = pd.Series(cells, means.index).unstack("dataset")[RAGGED]
    known = pd.read_csv(published, index_col=0)[BESIDE_RAGGED].reindex(RAGGED).T
    known = known.map("{:.3f}".format, na_action="ignore")
    table = _named(pd.concat([table, known]).fillna(""), BESIDE_RAGGED)
    return table.rename_axis(index="estimator", columns="set")


def ablation_table(base):
    """Tabulate estimators of the kind of ``base`` on all sets: accuracy beside its, and cost."""
    paths = [RESULTS / f"{name}.jsonl" for name in ("ucr", "ablation", "ensembles")]
    runs = pd.DataFrame(read_runs([path for path in paths if path.exists()]))
    runs = runs[runs["estimator"].str.startswith(base[: base.index("(") + 1])]
    cells = runs.pivot(index=["seed", "dataset"], columns="estimator")
    whole = cells["accuracy"].groupby("seed").transform("count") == runs["dataset"].nunique()
    scores, minutes = cells["accuracy"].where(whole), cells["fit_cpu_seconds"].where(whole) / 60
    losses = cells["log_loss"].where(whole)
    less, loss = (each.sub(each[base], axis=0) for each in (scores, losses))
    by_seed, by_set = less.groupby("seed").mean(), less.groupby("dataset").mean()
    columns = {
        "accuracy": scores.mean().map("{:.4f}".format),
        f"less `{base}`": by_seed.mean().map("{:+.4f}".format),
        "± over seeds": by_seed.sem().map("{:.4f}".format, na_action="ignore"),
        "± over sets": by_set.sem().map("{:.4f}".format),
        "log loss, less": loss.mean().map("{:+.3f}".format),
        "seeds": by_seed.count().map(str),
        "CPU minutes": minutes.groupby("seed").sum(min_count=1).mean().map("{:.3g}".format),
    }
    known = pd.DataFrame(columns)[by_seed.count() > 0].fillna("")
    return _named(known, []).rename_axis("estimator")


def processors_table():
    """Tabulate `TCNClassifier()` with the same seeds in several runs, set by set."""
    frames = [pd.DataFrame(read_runs([RESULTS / f"{name}.jsonl"])) for name in PROCESSORS]
    runs = pd.concat(frames, keys=PROCESSORS.values(), names=["processor"]).reset_index(level=0)
    values = ["accuracy", "log_loss", "fit_cpu_seconds"]
    cells = runs[runs["estimator"] == "TCNClassifier()"].pivot(
        index=["dataset", "seed"], columns="processor", values=values
    )
    cells = cells.dropna().groupby("dataset").mean()
    scores, losses, seconds = (cells[value][[*PROCESSORS.values()]] for value in values)
    less, loss = (each.sub(each.iloc[:, 0], axis=0) for each in (scores, losses))
    columns = {
        "accuracy": scores.mean().map("{:.4f}".format),
        "less the first, ± over sets": _signed(less),
        "sets with the same accuracy": (less == 0).sum().map(str),
        "log loss": losses.mean().map("{:.4f}".format),
        "log loss, less the first": _signed(loss),
        "CPU minutes": (seconds.sum() / 60).map("{:.1f}".format),
    }
    return pd.DataFrame(columns)


def _named(table, published):
    """Format estimators as code, and mark published methods."""
    return table.rename(lambda name: f"{name}, published" if name in published else f"`{name}`")
