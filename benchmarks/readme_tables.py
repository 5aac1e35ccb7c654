"""Write the tables of the READMEs, from runs, searches and measurements that are done.

    python -m benchmarks.ucr --datasets all --seeds 3 --n-jobs 2 \\
        --estimators "TCNClassifier()" "LSTMClassifier()" MiniRocket \\
        --out benchmarks/results/ucr.jsonl
    python -m benchmarks.ucr --datasets BasicMotions,JapaneseVowels,PickupGestureWiimoteZ,PLAID \\
        --estimators "TCNClassifier()" "LSTMClassifier()" "TCNClassifier(scaling='series')" \\
        "LSTMClassifier(scaling='series')" --seeds 3 --n-jobs 2 \\
        --out benchmarks/results/ragged.jsonl
    python -m benchmarks.ucr --datasets all --seeds 2 --n-jobs 2 \\
        --estimators "TCNClassifier(differences=False)" "TCNClassifier(multiscale=False)" ... \\
        --out benchmarks/results/ablation.jsonl
    python -m benchmarks.ucr --datasets all --n-jobs 2 \\
        --estimators "TCNClassifier(n_estimators=5)" \\
        "TCNClassifier(causal=False, n_estimators=5)" --out benchmarks/results/ensembles.jsonl
    python -m benchmarks.search --out benchmarks/results/search
    python -m benchmarks.speed --out benchmarks/results/zen5  # on a further processor
    python -m benchmarks.readme_tables --published table.csv

Published accuracies are read from a table with a row a set and a column a method.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pandas as pd

from benchmarks.comparison import compare, read_published, summary
from benchmarks.runs import read_runs
from benchmarks.search_page import mean_scores, read_search
from benchmarks.speed_report import number
from sktcn import TCNClassifier

PAGES = [Path(__file__).parent.parent / "README.md", Path(__file__).parent / "README.md"]
RESULTS = Path(__file__).parent / "results"
PUBLISHED = ["Inception", "InceptionTime", "LITE", "LITETime", "ROCKET", "MultiROCKET"]
RAGGED = ["BasicMotions", "JapaneseVowels", "PickupGestureWiimoteZ", "PLAID"]
BESIDE_RAGGED = ["InceptionTime", "ROCKET"]
DEFAULT = "TCNClassifier()"
MEASURED = re.compile(r"(: sktcn)?, [\d.]+ ms a step| \(.*\)")  # differs between processors


def archive_table(published):
    """Means over all sets: accuracy, its spread, calibration and cost; then what was published."""
    others = read_published([published], PUBLISHED)
    table = summary(compare([RESULTS / "ucr.jsonl"], {}, others))
    minutes = table["fit_cpu_seconds"] / 60
    columns = {
        "accuracy": table["accuracy"].map("{:.4f}".format),
        "± over seeds": table["standard_error"].map("{:.4f}".format, na_action="ignore"),
        "calibration error": table["calibration_error"].map("{:.3f}".format, na_action="ignore"),
        "CPU minutes": minutes.map("{:.1f}".format, na_action="ignore"),
    }
    known = pd.DataFrame(columns).dropna(axis=1, how="all").fillna("")
    return _named(known, PUBLISHED).rename_axis("method")


def ragged_table(published):
    """Sets of several channels and lengths, with the seconds of a fit, and what was published."""
    runs = pd.DataFrame(read_runs([RESULTS / "ragged.jsonl"]))
    means = runs.groupby(["estimator", "dataset"], sort=False)[["accuracy", "fit_seconds"]].mean()
    cells = [f"{row.accuracy:.3f} ({row.fit_seconds:.0f} s)" for row in means.itertuples()]
    table = pd.Series(cells, means.index).unstack("dataset")[RAGGED]
    known = pd.read_csv(published, index_col=0)[BESIDE_RAGGED].reindex(RAGGED).T
    known = known.map("{:.3f}".format, na_action="ignore")
    table = _named(pd.concat([table, known]).fillna(""), BESIDE_RAGGED)
    return table.rename_axis(index="estimator", columns="set")


def ablation_table(published):
    """Parameters changed one at a time, on all sets: accuracy beside the default's, and cost."""
    paths = [RESULTS / f"{name}.jsonl" for name in ("ucr", "ablation", "ensembles")]
    runs = pd.DataFrame(read_runs([path for path in paths if path.exists()]))
    runs = runs[runs["estimator"].str.startswith("TCNClassifier(")]
    cells = runs.pivot(index=["seed", "dataset"], columns="estimator")
    whole = cells["accuracy"].groupby("seed").transform("count") == runs["dataset"].nunique()
    scores, minutes = cells["accuracy"].where(whole), cells["fit_cpu_seconds"].where(whole) / 60
    losses = cells["log_loss"].where(whole)
    less, loss = (each.sub(each[DEFAULT], axis=0) for each in (scores, losses))
    by_seed, by_set = less.groupby("seed").mean(), less.groupby("dataset").mean()
    columns = {
        "accuracy": scores.mean().map("{:.4f}".format),
        "less the default's": by_seed.mean().map("{:+.4f}".format),
        "± over seeds": by_seed.sem().map("{:.4f}".format, na_action="ignore"),
        "± over sets": by_set.sem().map("{:.4f}".format),
        "log loss, less the default's": loss.mean().map("{:+.3f}".format),
        "seeds": by_seed.count().map(str),
        "CPU minutes": minutes.groupby("seed").sum(min_count=1).mean().map("{:.0f}".format),
    }
    known = pd.DataFrame(columns)[by_seed.count() > 0].fillna("")
    return _named(known, []).rename_axis("estimator")


def _named(table, published):
    """Show estimators as code, and say which figures were published."""
    return table.rename(lambda name: f"{name}, published" if name in published else f"`{name}`")


def grid_table(published):
    """Cross-validated accuracy by activation and kernel size, the mean over sets."""
    paths = sorted((RESULTS / "search").glob("*.json"))
    return mean_scores(paths, "activation", "kernel_size").map("{:.3f}".format)


def searched_table(published):
    """What a search of each set gains on the default, as its own folds can tell."""
    paths = sorted((RESULTS / "search").glob("*.json"))
    scores = pd.DataFrame({path.stem: _searched(read_search(path)) for path in paths}).T
    gains = scores.drop(columns="default").sub(scores["default"], axis=0)
    table = gains.map("{:+.3f}".format)
    table.insert(0, "default", scores["default"].map("{:.3f}".format))
    table.loc["mean"] = gains.mean().map("{:+.3f}".format)
    table.loc["± over sets"] = gains.sem().map("{:.3f}".format)
    return table.fillna("").rename_axis("set")


def _searched(results):
    """Accuracy of the default, and of what is chosen by two folds for the third, or by all."""
    folds = results.filter(regex=r"^split\d+_test_score$")
    default = TCNClassifier()
    is_default = results["param_activation"].eq(default.activation)
    is_default &= results["param_kernel_size"].eq(default.kernel_size)
    others = pd.DataFrame({fold: folds.drop(columns=fold).mean(axis=1) for fold in folds}).round(9)
    chosen = folds.where(others.eq(others.max()))  # all that are equally good by the other folds
    return {
        "default": folds[is_default].mean().mean(),
        "chosen by the other folds": chosen.mean().mean(),
        "chosen by all folds": folds.mean(axis=1).max(),
    }


def speed_table(published):
    """Figures of speed that something is wanted of, measured on each of several processors."""
    rows = [row for path in sorted(RESULTS.glob("**/speed.json")) for row in _wanted(path)]
    known = pd.DataFrame(rows, columns=["figure", "wanted", "processor", "measured"])
    table = known.pivot(index=["figure", "wanted"], columns="processor", values="measured")
    table = table.dropna().reset_index("wanted")
    return table.loc[[figure for figure in known["figure"].unique() if figure in table.index]]


def _wanted(path):
    """Rows of one file: figures of the processor of its first part."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    processor = next(iter(parts.values()))["machine"]["processor"]
    column = processor if path.parent == RESULTS else f"{processor}, {path.parent.name}"
    for name, part in parts.items():
        for row in part["figures"]:
            if row.get("target") and part["machine"]["processor"] == processor:
                median, least, most = (number(row[key]) for key in ("median", "min", "max"))
                measured = f"{median} ({least} to {most}) {row['unit']}".rstrip()
                yield f"{name}: {MEASURED.sub('', row['figure'])}", row["target"], column, measured


TABLES = {
    "speed": speed_table,
    "archive": archive_table,
    "ragged": ragged_table,
    "grid": grid_table,
    "searched": searched_table,
    "ablation": ablation_table,
}


def to_markdown(frame):
    """Write a table of strings as Markdown."""
    names = [" / ".join(filter(None, [frame.index.name, frame.columns.name]))]
    rows = [[*names, *map(str, frame.columns)], ["---"] * (1 + frame.shape[1])]
    rows += [[str(name), *row] for name, row in frame.iterrows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def write(name, frame):
    """Put a table between the marks for it, on whichever page has them."""
    marks = f"<!-- {name} -->"
    table = f"{marks}\n{to_markdown(frame)}\n{marks}"
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        text = re.sub(f"{marks}.*?{marks}", lambda _: table, text, flags=re.DOTALL)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", default=[*TABLES], metavar="TABLE")
    parser.add_argument("--published", type=Path)
    asked = parser.parse_args()
    for each in asked.tables:
        write(each, TABLES[each](asked.published))
