"""The search over sets, and the README's tables of what the benchmarks wrote."""

from __future__ import annotations

import json
from functools import partial

import joblib
import pytest

pytest.importorskip("scikit_posthocs", reason="reports need scikit-posthocs")

import benchmarks.accuracy.tables as accuracy_tables
import benchmarks.search.tables as search_tables
import benchmarks.speed.tables as speed_tables
from benchmarks import readme_tables
from benchmarks.common.tables import to_markdown
from benchmarks.search import grid
from benchmarks.search.page import mean_scores
from sktcn import TCNClassifier
from tests.benchmarks.test_report import record
from tests.helpers import archive


def test_a_search_is_written_for_the_report(tmp_path, monkeypatch):
    archive.write_tsv(tmp_path, "Two")
    monkeypatch.setattr(grid, "GRID", {"activation": ["tanh", "relu"], "kernel_size": [5, 3]})
    tiny = partial(TCNClassifier, max_epochs=1, n_blocks=1, n_filters=2, n_fixed_kernels=0)
    monkeypatch.setattr(grid, "TCNClassifier", tiny)
    with joblib.parallel_config("sequential"):  # other processes import for seconds
        grid.search("Two", str(tmp_path), tmp_path / "Two.json")
    table = mean_scores([tmp_path / "Two.json"], "activation", "kernel_size")
    assert list(table.index) == ["tanh", "relu"]
    assert list(table.columns) == [3, 5]
    assert ((table >= 0) & (table <= 1)).all(axis=None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Two", "Two.json"]


def test_tables_go_between_their_marks(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- archive -->\nold\n<!-- archive -->\nafter\n")
    lines = [record(name, "A()", accuracy) for name, accuracy in (("X", 0.8), ("Y", 0.9))]
    (tmp_path / "ucr.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    published = tmp_path / "published.csv"
    published.write_text("dataset,Old\nX,0.9\nY,1.0\n")
    monkeypatch.setattr(readme_tables, "PAGES", [readme])
    monkeypatch.setattr(accuracy_tables, "RESULTS", tmp_path)
    monkeypatch.setattr(accuracy_tables, "PUBLISHED", ["Old"])
    readme_tables.write("archive", accuracy_tables.archive_table(published))
    text = readme.read_text()
    assert text.startswith(
        "before\n<!-- archive -->\n| method | accuracy | log loss | calibration error |"
    )
    assert "| Old, published | 0.9500 |  |  |  |" in text
    assert "| `A()` | 0.8500 | 0.500 | 0.500 | 0.1 |" in text
    assert "old" not in text
    assert text.endswith("<!-- archive -->\nafter\n")


def test_what_is_taken_out_is_compared_seed_by_seed(tmp_path, monkeypatch):
    alone = "TCNClassifier(n_fixed_kernels=0)"
    without, partial_runs = "TCNClassifier(dropout=0.0)", "TCNClassifier(n_estimators=5)"
    lines = {"ucr": [record("X", "LSTMClassifier()", 0.1)], "ablation": [], "ensembles": []}
    for seed, less in enumerate([0.1, 0.2]):
        for name, accuracy in (("X", 0.8), ("Y", 0.9)):
            lines["ucr"].append(record(name, alone, accuracy, seed))
            lines["ablation"].append(record(name, without, accuracy - less, seed, log_loss=0.4))
    lines["ensembles"].append(record("X", partial_runs, 1.0))
    for name, records in lines.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    monkeypatch.setattr(accuracy_tables, "RESULTS", tmp_path)
    table = accuracy_tables.ablation_table(alone)
    assert list(table.index) == [f"`{without}`", f"`{alone}`"]  # not all sets of the third
    known = ["0.7000", "-0.1500", "0.0500", "0.0000", "-0.100", "2"]
    assert list(table.loc[f"`{without}`"])[:-1] == known


def test_published_methods_are_compared_set_by_set(tmp_path, monkeypatch):
    tcn, lstm, rocket = accuracy_tables.COMPARED
    own = [record(name, rocket, accuracy) for name, accuracy in (("X", 0.8), ("Y", 0.9))]
    own += [record(name, tcn, 1.0) for name in "XY"]
    own += [record(name, lstm, accuracy) for name, accuracy in (("X", 0.9), ("Y", 0.6))]
    lines = {"ucr": [*own, record("X", "MiniRocket()", 0.1)]}
    lines["further"] = [record("Z", name, 0.7) for name in accuracy_tables.COMPARED]
    for name, records in lines.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    published = tmp_path / "published.csv"
    published.write_text("dataset,Old\nX,0.9\nY,0.8\nZ,\nW,0.1\n")
    monkeypatch.setattr(accuracy_tables, "RESULTS", tmp_path)
    table = accuracy_tables.bakeoff_table(published)
    less = ["+0.1500 ± 0.0500", "-0.1000 ± 0.1000", "+0.0000 ± 0.1000"]
    assert list(table.loc["Old"]) == [*less, "2"]


def test_what_a_search_gains_is_judged_by_series_that_it_has_not_seen(tmp_path, monkeypatch):
    scores = {"relu": (0.6, 0.6, 0.6), "gelu": (0.9, 0.9, 0.3), "tanh": (0.9, 0.9, 0.0)}
    results = {"param_activation": [*scores], "param_kernel_size": [5, 5, 5]}
    for fold, column in enumerate(zip(*scores.values(), strict=True)):
        results[f"split{fold}_test_score"] = column
    for name in "XY":
        (tmp_path / f"{name}.json").write_text(json.dumps(results))
    monkeypatch.setattr(search_tables, "RESULTS", tmp_path)
    # By two folds: relu and gelu equally for the first and the second, gelu and tanh for the third.
    gain = (0.75 + 0.75 + 0.15) / 3 - 0.6
    assert to_markdown(search_tables.searched_table()).splitlines() == [
        "| set | default | chosen by the other folds | chosen by all folds |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | 0.600 | {gain:+.3f} | +0.100 |" for name in "XY"),
        f"| mean |  | {gain:+.3f} | +0.100 |",
        "| ± over sets |  | 0.000 | 0.000 |",
    ]


def test_what_is_wanted_of_the_speed_is_shown_beside_other_processors(tmp_path, monkeypatch):
    def measured(name, median, target=">= 2"):
        row = {"figure": name, "unit": "x", "target": target}
        return row | {"median": median, "min": median / 2, "max": 2 * median}

    def part(processor, *figures):
        return {"machine": {"processor": processor}, "figures": figures}

    z, a = "z: sktcn, 9.5 ms a step", "a, the fastest (me)"
    for folder, parts in {
        "old": {"step": part("B", measured(z, 2), measured(a, 1)), "b": part("A", measured(z, 7))},
        "new": {"step": part("B", measured("z: sktcn, 7 ms a step", 3), measured(a, 5))},
        "other": {
            "step": part("A", measured(z, 4, ">= 3"), measured("a, the fastest (you)", 3)),
            "c": part("A", measured("only here", 4), measured("nothing is wanted", 4, "")),
            "d": part("A", {"figure": "q", "why": "no peer"}),
        },
    }.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.json").write_text(json.dumps(parts))
    monkeypatch.setattr(speed_tables, "RESULTS", tmp_path)
    monkeypatch.setattr(speed_tables, "RUNS", ("old", "new", "other"))
    assert to_markdown(speed_tables.speed_table()).splitlines() == [
        "| figure / processor | wanted | B, old | B, new | A, other |",
        "| --- | --- | --- | --- | --- |",
        "| step: z | >= 3 | 2 (1 to 4) x | 3 (1.5 to 6) x | 4 (2 to 8) x |",
        "| step: a, the fastest | >= 2 | 1 (0.5 to 2) x | 5 (2.5 to 10) x | 3 (1.5 to 6) x |",
        "| c: only here | >= 2 |  |  | 4 (2 to 8) x |",
    ]
