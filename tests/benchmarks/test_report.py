"""The report: numbers that are right, words that are plain, a page that works alone."""

from __future__ import annotations

import doctest
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem, ttest_rel
from statsmodels.stats.power import TTestPower

pytest.importorskip("scikit_posthocs", reason="reports need scikit-posthocs")

from benchmarks.accuracy import pictures
from benchmarks.accuracy.comparison import (
    compare,
    pairs,
    ranks,
    read_published,
    sets_needed,
    standard_error,
    summary,
)
from benchmarks.accuracy.fairness import notes
from benchmarks.accuracy.report import main
from benchmarks.common.page import Column, Page, Section, make_table, write_page
from tests.helpers.browser import open_browser, resize

SETS = [f"Set{i}" for i in range(8)]
NOTHING = pd.DataFrame()


def record(dataset, estimator, accuracy, seed=0, resample=0, **others):
    parameters = {"activation": "relu", "kernel_size": 3} | others.pop("parameters", {})
    scores = dict.fromkeys(["balanced_accuracy", "auroc", "log_loss", "calibration_error"], 0.5)
    times = dict.fromkeys(["fit_seconds", "fit_cpu_seconds", "predict_seconds"], 2.0)
    rest = {"peak_memory_mb": 300.0, "error": None, "versions": {"sktcn": "1"}, "machine": {}}
    known = {"dataset": dataset, "resample": resample, "estimator": estimator, "seed": seed}
    return known | {"parameters": parameters, "accuracy": accuracy} | scores | times | rest | others


def write_lines(records, path):
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


@pytest.fixture
def write(tmp_path):
    return lambda records, name="runs.jsonl": write_lines(records, tmp_path / name)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two estimators: A() with two seeds, B() with one."""
    rng = np.random.default_rng(0)
    records = []
    for i, name in enumerate(SETS):
        records += [record(name, "A()", 0.8 + 0.01 * i + 0.01 * seed, seed) for seed in (0, 1)]
        records.append(record(name, "B()", round(0.6 + 0.3 * rng.random(), 3), fit_seconds=5.0))
    return write_lines(records, tmp_path_factory.mktemp("runs") / "runs.jsonl")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Published accuracies of two methods, one of which lacks a set."""
    path = tmp_path_factory.mktemp("published") / "published.csv"
    old = ["" if name == "Set3" else "0.9" for name in SETS]
    rows = [f"{name},{x},0.81" for name, x in zip([*SETS, "Elsewhere"], [*old, "1"], strict=True)]
    path.write_text("\n".join(["dataset,Old,Older <&|>", *rows]) + "\n")
    return path


@pytest.fixture
def report(tmp_path):
    """Write a report; return its texts."""
    return lambda *arguments: write_report(tmp_path / "report", *arguments)


def write_report(folder, *arguments):
    main([*map(str, arguments), "--out", str(folder)])
    return [(folder / name).read_text() for name in ("index.html", "report.md")]


@pytest.fixture(scope="module")
def written(runs, table, tmp_path_factory):
    """Write the report that several tests read; return its folder and its texts."""
    folder = tmp_path_factory.mktemp("report")
    return folder, write_report(folder, runs, "--published", table, "--label", "ours=A()")


def test_the_examples_run():
    assert doctest.testmod(pictures) == doctest.TestResults(failed=0, attempted=1)


def test_scores_are_means_over_seeds(runs):
    comparison = compare([runs], {"A()": "ours"}, NOTHING)
    assert comparison.scores["ours"].tolist() == pytest.approx([0.805 + 0.01 * i for i in range(8)])
    row = summary(comparison).loc["ours"]
    assert row["accuracy"] == pytest.approx(0.84)
    assert row["fit_seconds"] == pytest.approx(16)  # 8 sets, a seed
    assert row["standard_error"] == pytest.approx(0.005)  # 0.835 and 0.845
    assert row["runs"] == 16
    assert np.isnan(summary(comparison).loc["B()", "standard_error"])


def test_a_seed_that_lacks_a_set_is_not_in_the_standard_error():
    both = [record(name, "A()", 0.5 + 0.1 * seed, seed) for name in "ab" for seed in (0, 1)]
    frame = pd.DataFrame([*both, record("a", "A()", 0.9, seed=2)])
    assert standard_error(frame, ["a", "b"]) == pytest.approx(0.05)


def test_ranks_share_what_is_equal():
    scores = pd.DataFrame({"a": [0.9, 0.8], "b": [0.9, 0.7], "c": [0.5, 0.9]})
    assert ranks(scores).to_dict() == {"a": 1.75, "b": 2.25, "c": 2.0}


def test_pairs_are_counted_over_the_sets_that_both_have():
    a = [0.9, 0.8, 0.7, 0.6, 0.91234, np.nan]
    scores = pd.DataFrame({"a": a, "b": [0.8, 0.9, 0.7, 0.5, 0.91231, 0.1]}).round(4)
    (pair,) = pairs(scores).itertuples()
    assert (pair.sets, pair.wins, pair.draws, pair.losses) == (5, 2, 2, 1)  # equal as published
    assert pair.difference == pytest.approx(0.02)


def test_p_values_are_corrected_as_holm_says():
    rng = np.random.default_rng(0)
    better = np.array([0, 0.2, 0.6])
    scores = pd.DataFrame(rng.random((20, 3)) + better, columns=list("abc")).round(4)
    found = pairs(scores).sort_values("p")
    steps = np.maximum.accumulate(found["p"].to_numpy() * [3, 2, 1])
    np.testing.assert_allclose(found["p_holm"], np.minimum(steps, 1))
    assert len(pairs(scores, among=["a"])) == 2


def test_a_difference_has_its_error_over_the_sets():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(rng.random((20, 2)), columns=list("ab")).round(4)
    (pair,) = pairs(scores).itertuples()
    test = ttest_rel(scores["a"], scores["b"])
    assert pair.difference / pair.standard_error == pytest.approx(test.statistic)


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.5])
def test_as_many_sets_as_are_needed_find_a_difference(effect):
    needed = sets_needed(-effect / 10, 0.1)
    assert TTestPower().power(effect, nobs=needed, alpha=0.05) == pytest.approx(0.8, abs=0.02)


def test_no_number_of_sets_parts_what_is_equal():
    assert np.isnan(sets_needed(0.0, 0.1))
    (pair,) = pairs(pd.DataFrame({"a": [0.5], "b": [0.6]})).itertuples()  # no spread of one set
    assert np.isnan(pair.sets_needed)


def test_log_losses_are_compared_too(write, report, tmp_path):
    losses = [0.3, 0.5, None, 0.2]
    path = write(
        record(name, "A()", 0.8, seed, log_loss=loss and loss + 0.1 * seed)
        for name, loss in zip(SETS, losses, strict=False)
        for seed in (0, 1)
    )
    accuracy, loss = tmp_path / "accuracy.csv", tmp_path / "bakeoff_log_loss.csv"
    accuracy.write_text("dataset,Old,New\nSet0,0.4,0.1\nSet1,0.5,0.2\n")
    loss.write_text("dataset,New,Old\nSet0,,0.4\nSet1,,0.5\nSet2,,0.1\nSet3,,0.35\n")
    _, markdown = report(path, "--published", accuracy, loss, "--columns", "Old")
    (pair,) = [line for line in markdown.splitlines() if line.startswith("| A() | Old |")]
    expected = np.array([-0.05, 0.05, -0.1])
    assert pair.split(" | ")[-4:-2] == [f"{expected.mean():+.4f}", f"{sem(expected):.4f}"]
    assert "| Set0 | **0.3500** | 0.4000 |" in markdown
    assert "New" not in markdown


def test_methods_without_probabilities_have_no_log_loss(write):
    records = [record(name, kind, 0.8) for name in SETS for kind in ("A()", "B()")]
    records += [record(name, "C()", 0.8, log_loss=None) for name in SETS]
    comparison = compare([write(records)], {}, NOTHING)
    assert list(comparison.losses) == ["A()", "B()"]
    assert summary(comparison)["log_loss"].isna().tolist() == [False, False, True]


def test_methods_that_always_agree_are_not_told_apart():
    (pair,) = pairs(pd.DataFrame({"a": [0.5] * 9, "b": [0.5] * 9})).itertuples()
    assert (pair.draws, pair.p, pair.p_holm) == (9, 1.0, 1.0)


def test_what_is_not_of_equals_is_said(write, table):
    records = [record(name, "A()", 0.8, seed) for name in SETS for seed in (0, 1)]
    records += [record(name, "B()", 0.7) for name in SETS[:6]]
    records += [record(SETS[6], "B()", None, error="ValueError: no", versions={"sktcn": "2"})]
    records += [record(name, "A()", 0.9, resample=1) for name in SETS]
    said = "\n".join(notes(compare([write(records)], {}, read_published([table], None))))
    assert "over the 5 of 8 sets that all 4 methods have" in said
    assert "B() lacks 2 of the sets: Set6, Set7." in said
    assert "Old lacks 1 of the sets: Set3." in said
    assert "With 5 sets no test can tell methods apart." in said
    assert "Published figures, not run here: Old, Older <&|>." in said
    assert "8 runs on resamples are left out" in said
    assert "numbers of seeds differ, A(): 2, B(): 1." in said
    assert "runs that failed are left out of means, B(): 1." in said
    assert "runs differ in versions (sktcn: 1, 2)" in said


def test_other_splits_are_not_of_equals(write, table):
    records = [record(name, "A()", 0.8, resample=r) for name in SETS for r in (1, 2)]
    records += [record(name, "B()", 0.8, resample=0) for name in SETS]
    said = "\n".join(notes(compare([write(records)], {}, NOTHING)))
    assert "other splits. Resamples of A(): [1, 2], B(): [0]" in said
    only = write([one for one in records if one["estimator"] == "A()"], "only.jsonl")
    said = "\n".join(notes(compare([only], {}, read_published([table], ["Old"]))))
    assert "own runs are on resamples, published figures of the official splits" in said


def test_equals_have_nothing_to_be_said_about_them(write):
    path = write([record(name, kind, 0.8) for name in SETS for kind in ("A()", "B()")])
    (sets,) = notes(compare([path], {}, NOTHING))
    assert "over the 8 of 8 sets that all 2 methods have" in sets


def test_the_last_line_about_a_run_counts(write):
    failed = record("Set0", "A()", None, error="ValueError: no")
    comparison = compare([write([failed, record("Set0", "A()", 0.7)])], {}, NOTHING)
    assert comparison.scores.loc["Set0", "A()"] == 0.7


class Page_(HTMLParser):  # noqa: N801
    """References of a page, and the names of its elements."""

    def __init__(self, text):
        super().__init__()
        self.links, self.names = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [v for k, v in attributes if k in ("href", "src", "xlink:href")]
        self.names += [given["id"]] if "id" in given else []


def test_the_page_needs_nothing_else(written):
    page, markdown = written[1]
    parsed = Page_(page)
    assert all(link.startswith(("#", "data:")) for link in parsed.links)
    inner = {link[1:] for link in parsed.links if link.startswith("#")}
    assert inner <= set(parsed.names)
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    assert "default-src 'none'" in page  # the browser holds it to that
    assert page.count('<svg role="img" aria-label="') == 3
    assert "Older &lt;&amp;|&gt;" in page
    assert "<&" not in page
    assert "| Older <&\\|> | 0.8100 |" in markdown


def test_the_markdown_shows_the_same(report, runs, table, tmp_path):
    _, markdown = report(runs, "--published", table, "--columns", "Old", "--label", "ours=A()")
    assert "| ours | 0.8407 | 0.0050 |" in markdown  # without Set3, which Old lacks
    rows = [line for line in markdown.splitlines() if line.startswith("| ours |")]
    assert len(rows) == 3  # in the table of methods, and in two pairs
    assert "Older" not in markdown
    for name in re.findall(r"\]\((.*?)\)", markdown):
        assert (tmp_path / "report" / name).read_text().startswith("<svg")


def test_the_same_runs_give_the_same_bytes(report, written, runs, table):
    assert report(runs, "--published", table, "--label", "ours=A()") == written[1]


def test_a_single_method_has_a_page(report, write):
    path = write([record("Set0", "A()", 0.8), record("Set1", "A()", None, error="E: <b>|x")])
    page, markdown = report(path)
    assert "E: &lt;b&gt;|x" in page
    assert "E: <b>\\|x" in markdown


def test_methods_without_a_common_set_have_a_page(report, write):
    page, _ = report(write([record("Set0", "A()", 0.8), record("Set1", "B()", 0.7)]))
    assert "over the 0 of 2 sets" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give files of runs, or --search"),
        (["{runs}", "--search", "{runs}"], "give files of runs, or --search"),
        (["{runs}", "--published", "{table}", "--columns", "New"], "must be among ['Old', 'Older"),
        (["{runs}", "--label", "A()"], "--label must be NAME=ESTIMATOR, however: 'A()'"),
        (["{runs}", "--label", "x=C()"], "--label must name estimators of ['A()', 'B()']"),
        (["{runs}", "--label", "x=A()", "--label", "x=B()"], "each estimator its own name"),
        (["{runs}", "--published", "{table}", "--label", "Old=A()"], "use --label"),
        (["{table}"], "is not a run of benchmarks.ucr"),
        (["nowhere.jsonl"], "No such file"),
        (["--search", "{runs}", "--rows", "depth"], "a parameter must be one of ['activation'"),
        (["--search", "{table}"], "has no column mean_test_score"),
        (["--search", "search.xlsx"], "must be a .csv, .json or .jsonl file"),
    ],
)
def test_mistakes_are_caught_at_the_door(report, runs, table, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        report(*(text.format(runs=runs, table=table) for text in arguments))
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_percentages_are_refused(tmp_path):
    (tmp_path / "percent.csv").write_text("dataset,Old\nSet0,81.2\n")
    with pytest.raises(ValueError, match="between 0 and 1, not in percent"):
        read_published([tmp_path / "percent.csv"], None)


@pytest.fixture
def search():
    """Results of a search over a pipeline's parameters, and another one."""
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    grid = {
        "dummyclassifier__strategy": ["stratified", "uniform", "most_frequent"],
        "dummyclassifier__random_state": [10, 9],
        "dummyclassifier__constant": [None, 1],
    }
    X, y = np.zeros((20, 2)), np.array([0] * 14 + [1] * 6)
    found = GridSearchCV(make_pipeline(DummyClassifier()), grid, cv=2).fit(X, y)
    return pd.DataFrame(found.cv_results_)


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_search_is_a_heat_map(report, search, tmp_path, ending):
    path = tmp_path / f"search.{ending}"
    search.to_csv(path) if ending == "csv" else search.to_json(path)
    page, markdown = report("--search", path, "--rows", "strategy", "--columns-by", "random_state")
    assert page.count("<svg") == 1
    assert "| strategy \\ random_state | 9 | 10 |" in markdown
    assert "| most_frequent | **0.700** | **0.700** |" in markdown
    assert "mean of 2 result(s) over 1 set(s)" in markdown  # the third parameter's two values


def test_runs_with_parameters_are_a_heat_map(report, write):
    records = [
        record(name, f"A({activation}{size})", 0.1 * size, parameters=parameters)
        for name in ("x", "y")
        for activation in ("relu", "elu")
        for size in (9, 3)
        for parameters in [{"activation": activation, "kernel_size": size}]
    ]
    _, markdown = report("--search", write(records))
    assert "| relu | 0.300 | **0.900** |" in markdown
    assert "mean of 1 result(s) over 2 set(s)" not in markdown
    assert "mean of 2 result(s) over 2 set(s)" in markdown
    _, markdown = report("--search", write(records[:-1]))
    assert "Not of equals" in markdown


@pytest.fixture
def page_of_words_and_numbers(tmp_path):
    frame = pd.DataFrame({"name": ["b", "a", "c"], "x": [10.0, 9.0, np.nan], "n": [1, 2, 3]})
    columns = {"name": Column("Name"), "x": Column("X", ".1f"), "n": Column("N", "d")}
    write_page(Page("Title", [], [Section("Table", table=make_table(frame, columns))]), tmp_path)
    return tmp_path / "index.html"


def test_headers_sort_with_pointer_and_keys(page_of_words_and_numbers, tmp_path):
    with open_browser(tmp_path / "profile") as window:
        window.get(page_of_words_and_numbers.as_uri())
        headers = window.find_elements("css selector", "thead th")
        buttons = window.find_elements("css selector", "thead button")

        def names():
            return [cell.text for cell in window.find_elements("css selector", "tbody th")]

        assert names() == ["b", "a", "c"]
        buttons[1].click()  # numbers, not words: 9 before 10; what is missing is last
        assert names() == ["a", "b", "c"]
        assert headers[1].get_attribute("aria-sort") == "ascending"
        buttons[1].click()
        assert names() == ["b", "a", "c"]
        assert headers[1].get_attribute("aria-sort") == "descending"
        buttons[0].send_keys("\ue007")  # enter
        assert names() == ["a", "b", "c"]
        assert headers[1].get_attribute("aria-sort") is None
        buttons[2].send_keys(" ")
        buttons[2].send_keys(" ")
        assert names() == ["c", "a", "b"]
        assert window.get_log("browser") == []


def rules(page, selector):
    """Declarations of a selector in the page's style sheet."""
    (block,) = re.findall(rf"^{re.escape(selector)} {{ (.*) }}$", page, re.MULTILINE)
    return dict(line.split(": ", 1) for line in block.rstrip(";").split("; "))


def test_tables_scroll_visibly_and_pictures_shrink(written):
    page, _ = written[1]
    scrolled = r'<div class="scroll"[^>]*>\s*<table>.*?</table>\s*</div>\s*<p class="hint" hidden>'
    assert len(re.findall(scrolled, page, re.DOTALL)) == page.count("<table>") > 0
    assert len(re.findall(r"<figure>\s*<svg ", page)) == 3
    assert rules(page, ".scroll")["overflow-x"] == "auto"
    assert "height" in rules(page, ".scroll::-webkit-scrollbar")  # shown, even where others hide
    picture = rules(page, "figure svg")
    assert picture["width"] == "100%"
    assert "min-width" not in picture


def test_the_page_loads_without_errors_and_fits(written, tmp_path):
    with open_browser(tmp_path / "profile") as window:
        for width in (390, 1280):
            resize(window, width)
            window.get((written[0] / "index.html").as_uri())
            frame = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
            window.execute_async_script(frame)  # until hints are shown
            page = "return document.documentElement.scrollWidth"
            assert window.execute_script(page) <= width  # tables scroll by themselves
            for figure in window.find_elements("css selector", "figure"):
                assert figure.size["width"] >= figure.find_element("tag name", "svg").size["width"]
            for box in window.find_elements("css selector", ".scroll"):
                is_wide = box.get_property("scrollWidth") > box.get_property("clientWidth")
                hint = box.find_element("xpath", "following-sibling::*[1]")
                assert hint.is_displayed() == is_wide
        loaded = "return performance.getEntriesByType('resource').map(e => e.name)"
        assert window.execute_script(loaded) == []
        assert window.get_log("browser") == []
