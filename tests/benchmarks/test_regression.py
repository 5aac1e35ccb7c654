"""The regressors' benchmark: errors beside published ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.common.runs import read_runs
from benchmarks.regression.__main__ import main
from benchmarks.regression.tables import MEAN, error_table, read_errors
from tests.helpers import archive

TINY = "TCNRegressor(max_epochs=1, n_filters=2, n_blocks=1, n_fixed_kernels=0)"


@pytest.fixture
def home(tmp_path):
    """A folder with a set of targets, and one of classes."""
    folder = tmp_path / "archive"
    folder.mkdir()
    archive.write_targets(folder, "Numbers")
    return folder


@pytest.fixture
def run(home, tmp_path, capsys):
    def command(*options):
        out = tmp_path / "runs.jsonl"
        main(["--data", str(home), "--out", str(out), *map(str, options)])
        return read_runs([out]), capsys.readouterr().out

    return command


def test_a_line_a_run_and_a_row_a_method(run, tmp_path):
    published = tmp_path / "table.csv"
    published.write_text("dataset,Old\nNumbers,0.5\nElsewhere,0.1\n")
    options = ["--datasets", "Numbers", "-e", TINY, MEAN, "--published", published, "--seeds", 2]
    records, table = run(*options)
    assert [(r["estimator"], r["seed"]) for r in records] == [(TINY, 0), (MEAN, 0), (TINY, 1)]
    assert [r["error"] for r in records] == [None] * 3
    assert all(r["rmse"] >= r["mae"] > 0 for r in records)
    assert "accuracy" not in records[0]
    assert "| Old, published | 0.5 |" in table
    assert table.count("±") == 1
    assert run(*options)[0] == records  # resumed, with nothing to do


def test_all_of_the_folder_and_what_sktime_ships(run):
    records, _ = run("-e", MEAN)
    assert [r["dataset"] for r in records] == ["Covid3Month", "Numbers"]
    assert records[0]["rmse"] == pytest.approx(0.0447, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-e", "TCNClassifier()"], "is a classifier, and the sets here have numbers"),
        (["--datasets", "Named"], "the targets of Named must be numbers"),
        (["--datasets", "Nowhere"], "no data set 'Nowhere'"),
        (["--columns", "Old"], "must be among [] and there once, however: ['Old']"),
    ],
)
def test_mistakes_are_caught_at_the_door(run, home, capsys, options, message):
    archive.write_ts(home, "Named", labels="no yes")
    with pytest.raises(SystemExit):
        run(*options)
    assert message in capsys.readouterr().err


def runs(rows):
    columns = ["estimator", "dataset", "seed", "rmse"]
    return [dict(zip(columns, row, strict=True), error=None) for row in rows]


def test_errors_are_averaged_over_seeds_and_related_to_the_mean():
    records = runs([("A()", "x", 0, 1.0), ("A()", "x", 1, 3.0), ("A()", "y", 0, 8.0)])
    records += runs([(MEAN, "x", 0, 1.0), (MEAN, "y", 0, 1.0)])
    published = pd.DataFrame({"Old": [0.25, np.nan], "Older": [np.nan, np.nan]}, ["x", "y"])
    table = error_table(records, published)
    assert table.loc["`A()`"].tolist() == ["2 ± 1.4", "8", "4.000"]
    assert table.loc["Old, published"].tolist() == ["0.25", "", ""]
    assert list(table.index) == ["Old, published", f"`{MEAN}`", "`A()`"]


def test_without_the_mean_there_is_no_ratio():
    table = error_table(runs([("A()", "x", 0, 1.0)]), pd.DataFrame())
    assert list(table) == ["x"]


def test_published_errors_are_not_negative(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("dataset,Old\nx,-1\n")
    with pytest.raises(ValueError, match="must not be negative"):
        read_errors([path])
