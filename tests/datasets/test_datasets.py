"""Data sets: the folders searched, the formats read, and the files refused."""

from __future__ import annotations

import csv
import gzip
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import sktime.datasets

from sktcn import TCNClassifier
from sktcn.datasets import list_ucr, load_ucr

UCR = Path(__file__).parents[3] / "shared" / "ucr"
UCR_SETS = sorted(folder.name for folder in UCR.glob("*/")) or ["ArrowHead"]
needs_ucr = pytest.mark.skipif(
    not UCR.is_dir(), reason=f"the UCR archive's sets are not there: no folder {UCR}"
)
SHIPPED = {
    "ACSF1": sktime.datasets.load_acsf1,
    "ArrowHead": sktime.datasets.load_arrow_head,
    "BasicMotions": sktime.datasets.load_basic_motions,
    "Covid3Month": sktime.datasets.load_covid_3month,
    "GunPoint": sktime.datasets.load_gunpoint,
    "ItalyPowerDemand": sktime.datasets.load_italy_power_demand,
    "JapaneseVowels": sktime.datasets.load_japanese_vowels,
    "OSULeaf": sktime.datasets.load_osuleaf,
    "PLAID": sktime.datasets.load_plaid,
    "Tecator": sktime.datasets.load_tecator,
    "UnitTest": sktime.datasets.load_unit_test,
}
REGRESSION = {"Covid3Month", "Tecator"}
SHAPES = {  # both splits
    "ACSF1": (200, 1460),
    "ArrowHead": (211, 251),
    "BasicMotions": (80, 6, 100),
    "Covid3Month": (201, 84),
    "GunPoint": (200, 150),
    "ItalyPowerDemand": (1096, 24),
    "OSULeaf": (442, 427),
    "Tecator": (215, 100),
    "UnitTest": (42, 24),
}
TSV = "1\t0.5\t1.5\n2\t2.5\t3.5\n"
TS = """# hand-made
@problemName Mine
@timeStamps false
@missing false
@univariate true
@equalLength true
@classLabel true up down
@data
0.5,1.5:up
2.5,3.5:down
"""


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.delenv("SKTCN_DATA_HOME", raising=False)


@pytest.fixture
def without_sktime(monkeypatch):
    monkeypatch.setitem(sys.modules, "sktime", None)
    monkeypatch.setitem(sys.modules, "sktime.datasets", None)


def save(home, train, test=None, name="Mine", ending=".tsv"):
    """Write a data set, and return the file to train with."""
    folder = home / name
    folder.mkdir(parents=True, exist_ok=True)
    for split, text in (("TRAIN", train), ("TEST", train if test is None else test)):
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}_{split}{ending}").write_bytes(data)
    return folder / f"{name}_TRAIN{ending}"


def multivariate(header, data):
    return TS.partition("@univariate")[0] + "@univariate false\n" + header + "\n@data\n" + data


def assert_same_series(X, expected):
    assert len(X) == len(expected)
    for x, other in zip(X, expected, strict=True):
        assert x.dtype == np.float64
        np.testing.assert_array_equal(x, other)


# The archive's own files.


def plainly_read(name, split):
    table = np.genfromtxt(UCR / name / f"{name}_{split.upper()}.tsv", delimiter="\t")
    return table[:, 1:], table[:, 0]


def without_tail(row):
    while np.isnan(row[-1]):
        row = row[:-1]
    return row


@needs_ucr
@pytest.mark.parametrize("name", UCR_SETS)
def test_a_set_of_the_archive(name):
    plain = {split: plainly_read(name, split) for split in ("train", "test")}
    loaded = {split: load_ucr(name, split, UCR) for split in plain}
    for split, (X, y) in loaded.items():
        table, labels = plain[split]
        assert y.dtype == np.int64
        np.testing.assert_array_equal(y, labels)
        assert_same_series(X, [without_tail(row) for row in table])
        assert isinstance(X, list) == (name == "PickupGestureWiimoteZ")
        assert isinstance(X, list) or X.shape == table.shape
    X, y = load_ucr(name, data_home=UCR)
    np.testing.assert_array_equal(y, np.concatenate([loaded[s][1] for s in ("train", "test")]))
    assert_same_series(X, [*loaded["train"][0], *loaded["test"][0]])


@needs_ucr
def test_the_names_of_the_archive_s_sets():
    assert set(list_ucr(UCR)) == {*UCR_SETS, *SHIPPED}


# What sktime ships.


def sktime_reads(name, split):
    frame, y = SHIPPED[name](split=split)
    return [np.stack([cell.to_numpy() for cell in row]) for row in frame.to_numpy()], y


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("split", ["train", "test", None])
def test_a_set_that_sktime_ships(name, split):
    X, y = load_ucr(name, split)
    series, labels = sktime_reads(name, split)
    if name in REGRESSION:
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y.astype(labels.dtype), labels)  # float32
    else:
        assert y.dtype.kind == ("U" if name == "BasicMotions" else "i")
        assert [str(label).lower() for label in y] == labels.tolist()
    assert_same_series(X, [x[0] if len(x) == 1 else x for x in series])
    assert isinstance(X, list) == (name in {"JapaneseVowels", "PLAID"})
    if split is None and name in SHAPES:
        assert X.shape == SHAPES[name]


def test_shapes_of_what_is_unequal():
    vowels, _ = load_ucr("JapaneseVowels", "train")
    plaid, _ = load_ucr("PLAID", "train")
    assert len(vowels) == 270
    assert {x.shape[0] for x in vowels} == {12}
    assert len(plaid) == 537
    assert {x.ndim for x in plaid} == {1}


def test_the_names_of_what_sktime_ships():
    assert list_ucr() == sorted(SHIPPED)


# Hand-made files.


def test_tsv(tmp_path):
    save(tmp_path, TSV, "-1.0000000e+00\t4\t5e0\r\n\r\n")
    X, y = load_ucr("Mine", data_home=tmp_path)
    np.testing.assert_array_equal(X, [[0.5, 1.5], [2.5, 3.5], [4, 5]])
    np.testing.assert_array_equal(y, [1, 2, -1])
    assert (X.dtype, y.dtype) == (np.float64, np.int64)


def test_targets_in_a_tsv(tmp_path):
    save(tmp_path, TSV, "0.25\t4\t5\n")
    assert load_ucr("Mine", "train", tmp_path)[1].dtype == np.int64
    _, y = load_ucr("Mine", data_home=tmp_path)
    assert y.tolist() == [1.0, 2.0, 0.25]


def test_the_padding_of_a_tsv_is_left_out_and_what_is_missing_stays(tmp_path):
    save(tmp_path, "1\t0.5\tNaN\t1.5\tNaN\n2\tnan\t2.5\t3.5\t4.5\n", "1\t1\t2\tNaN\tNaN\n")
    X, _ = load_ucr("Mine", "train", tmp_path)
    assert_same_series(X, [[0.5, np.nan, 1.5], [np.nan, 2.5, 3.5, 4.5]])
    X, _ = load_ucr("Mine", "test", tmp_path)
    np.testing.assert_array_equal(X, [[1, 2]])
    assert [len(x) for x in load_ucr("Mine", data_home=tmp_path)[0]] == [3, 4, 2]


def test_splits_of_a_tsv_may_differ_in_length(tmp_path):
    save(tmp_path, TSV, "1\t1\t2\t3\n")
    assert load_ucr("Mine", "train", tmp_path)[0].shape == (2, 2)
    assert load_ucr("Mine", "test", tmp_path)[0].shape == (1, 3)
    assert [len(x) for x in load_ucr("Mine", data_home=tmp_path)[0]] == [2, 2, 3]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_ts(tmp_path, newline):
    save(tmp_path, TS.replace("\n", newline), TS.replace("2.5,3.5", "?,3.5"), ending=".ts")
    X, y = load_ucr("Mine", data_home=tmp_path)
    np.testing.assert_array_equal(X, [[0.5, 1.5], [2.5, 3.5], [0.5, 1.5], [np.nan, 3.5]])
    assert y.tolist() == ["up", "down"] * 2


def test_labels_of_a_ts_keep_their_case(tmp_path):
    save(
        tmp_path,
        TS.replace("up down", "A a").replace(":up", ":A").replace(":down", ":a"),
        ending=".ts",
    )
    assert load_ucr("Mine", "train", tmp_path)[1].tolist() == ["A", "a"]


def test_a_label_may_hold_a_question_mark(tmp_path):
    save(tmp_path, TS.replace("up", "ok?"), ending=".ts")
    assert load_ucr("Mine", "train", tmp_path)[1].tolist() == ["ok?", "down"]


@pytest.mark.parametrize("comment", ["# measured later\n", "  % measured later\n", "\n"])
def test_comments_among_the_data_of_a_ts_are_left_out(tmp_path, comment):
    save(tmp_path, TS.replace("2.5", comment + "2.5"), ending=".ts")
    X, y = load_ucr("Mine", "train", tmp_path)
    np.testing.assert_array_equal(X, [[0.5, 1.5], [2.5, 3.5]])
    assert y.tolist() == ["up", "down"]


def test_a_ts_needs_few_tags(tmp_path):
    save(tmp_path, "@classLabel true up down\n@data\n1,2:up\n", ending=".ts")
    assert load_ucr("Mine", "train", tmp_path)[0].tolist() == [[1, 2]]


@pytest.mark.parametrize(("ending", "text"), [(".tsv", TSV), (".ts", TS)])
def test_a_byte_order_mark_is_read_past(tmp_path, ending, text):
    save(tmp_path, text.encode("utf-8-sig"), ending=ending)
    assert load_ucr("Mine", "train", tmp_path)[0].tolist() == [[0.5, 1.5], [2.5, 3.5]]


TXT = "  1.0000000e+00  5.0e-01   1.5\n  2.0000000e+00  2.5000000e+00  3.5\n"
ARFF = """% hand-made
@RELATION Mine

@ATTRIBUTE att0 NUMERIC
@attribute att1 real
@attribute target {up,down}

@DATA
0.5,1.5,up
% among the data
2.5,3.5,down
"""
CHANNELS = """@relation Mine
@attribute Mine relational
  @attribute t0 numeric
  @attribute t1 numeric
  @attribute t2 numeric
@end Mine
@attribute target {1,2}
@data
'1,2,3\\n4,?,6',1
'7,8,?\\n9,0,?',2
"""
FORMATS = {".tsv": TSV, ".ts": TS, ".txt": TXT, ".arff": ARFF}


@pytest.mark.parametrize("ending", FORMATS)
def test_formats_as_they_are_and_compressed(tmp_path, ending):
    labels = {".tsv": [1, 2], ".ts": ["up", "down"], ".txt": [1, 2], ".arff": ["up", "down"]}[
        ending
    ]
    save(tmp_path, FORMATS[ending], ending=ending)
    save(tmp_path, gzip.compress(FORMATS[ending].encode()), name="Zipped", ending=f"{ending}.gz")
    for name in ("Mine", "Zipped"):
        X, y = load_ucr(name, "train", tmp_path)
        np.testing.assert_array_equal(X, [[0.5, 1.5], [2.5, 3.5]])
        assert y.tolist() == labels
        assert name in list_ucr(tmp_path)


def test_one_split_may_be_compressed(tmp_path):
    file = save(tmp_path, TSV)
    file.with_name("Mine_TRAIN.tsv.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert len(load_ucr("Mine", data_home=tmp_path)[0]) == 4


def test_channels_of_an_arff(tmp_path):
    limit = csv.field_size_limit()
    save(tmp_path, CHANNELS, ending=".arff")
    X, y = load_ucr("Mine", "train", tmp_path)
    assert_same_series(X, [[[1, 2, 3], [4, np.nan, 6]], [[7, 8], [9, 0]]])
    assert y.tolist() == [1, 2]
    assert csv.field_size_limit() == limit


def test_targets_of_an_arff(tmp_path):
    save(
        tmp_path,
        ARFF.replace("{up,down}", "numeric").replace("up", "0.5").replace("down", "2"),
        ending=".arff",
    )
    assert load_ucr("Mine", "train", tmp_path)[1].tolist() == [0.5, 2]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("1 2", [1, 2]),
        ("-1 1.0", [-1, 1]),
        ("0.5 2", [0.5, 2.0]),
        ("1 nan", ["1", "nan"]),
        ("1 01", ["1", "01"]),
        ("1 two", ["1", "two"]),
        ("True False", ["True", "False"]),
    ],
)
def test_one_rule_for_the_type_of_labels(tmp_path, labels, expected):
    first, second = labels.split()
    data = {
        ".ts": TS.replace("up down", labels)
        .replace(":up", f":{first}")
        .replace(":down", f":{second}")
    }
    data[".arff"] = (
        ARFF.replace("up,down", f"{first},{second}")
        .replace(",up", f",{first}")
        .replace("down", second)
    )
    if {type(label) for label in expected} != {str}:
        data[".tsv"] = TSV.replace("1\t", f"{first}\t").replace("2\t", f"{second}\t")
        data[".txt"] = data[".tsv"].replace("\t", "  ")
    for ending, text in data.items():
        save(tmp_path, text, name=ending[1:], ending=ending)
        y = load_ucr(ending[1:], "train", tmp_path)[1]
        assert y.tolist() == expected
        assert y.dtype.kind == np.array(expected).dtype.kind


def test_listed_labels_decide_the_type_of_both_splits(tmp_path):
    save(
        tmp_path,
        TS.replace("up down", "1 2 x").replace(":up", ":1").replace(":down", ":2"),
        ending=".ts",
    )
    assert load_ucr("Mine", "train", tmp_path)[1].tolist() == ["1", "2"]


UNEQUAL = "1,2,3:4,?,6:{}\n\n7:8:{}\n"


def test_multivariate_unequal_ts_with_classes(tmp_path):
    header = "@equalLength false\n@classLabel true a b"
    save(tmp_path, multivariate(header, UNEQUAL.format("a", "b")), ending=".ts")
    X, y = load_ucr("Mine", "train", tmp_path)
    assert_same_series(X, [[[1, 2, 3], [4, np.nan, 6]], [[7], [8]]])
    assert y.tolist() == ["a", "b"]


@pytest.mark.parametrize("also", ["", "@classLabel false\n"])
def test_multivariate_unequal_ts_with_targets(tmp_path, also):
    header = f"@equalLength false\n{also}@targetLabel true"
    save(tmp_path, multivariate(header, UNEQUAL.format("0.1", "-2")), ending=".ts")
    X, y = load_ucr("Mine", "train", tmp_path)
    assert_same_series(X, [[[1, 2, 3], [4, np.nan, 6]], [[7], [8]]])
    assert y.dtype == np.float64
    assert y.tolist() == [0.1, -2.0]


def test_multivariate_equal_ts(tmp_path):
    header = "@equalLength true\n@classLabel true a b"
    save(tmp_path, multivariate(header, "1,2:3,4:5,6:a\n7,8:9,10:11,12:b\n"), ending=".ts")
    X, _ = load_ucr("Mine", "train", tmp_path)
    np.testing.assert_array_equal(X, np.arange(1, 13).reshape(2, 3, 2))


def stamped(*series):
    header = "@timeStamps true\n@equalLength false\n@classLabel true a b"
    return multivariate(header, "".join(f"{line}\n" for line in series))


@pytest.mark.parametrize(
    "stamps",
    [
        ("0", "1", "2"),
        ("5", " 8", "11"),
        ("0.1", "0.2", "0.3"),
        ("2020-01-01", "2020-01-02", "2020-01-03"),
        ("2020-01-01 10:00:00", "2020-01-01 10:05:00", "2020-01-01 10:10:00"),
    ],
)
def test_even_time_stamps_are_left_out(tmp_path, stamps):
    line = "({0},1),({1},?), ({2},3) : ({0},10),({1},20),({2},30) : a"
    save(tmp_path, stamped(line.format(*stamps)), ending=".ts")
    X, y = load_ucr("Mine", "train", tmp_path)
    np.testing.assert_array_equal(X, [[[1, np.nan, 3], [10, 20, 30]]])
    assert y.tolist() == ["a"]


def test_series_may_start_at_different_times(tmp_path):
    save(
        tmp_path,
        stamped("(0,1),(2,3):(0,1),(2,3):a", "(7,1):(7,2):b", "(5,4),(7,6):(5,4),(7,6):b"),
        ending=".ts",
    )
    X, _ = load_ucr("Mine", "train", tmp_path)
    assert_same_series(X, [[[1, 3], [1, 3]], [[1], [2]], [[4, 6], [4, 6]]])


BAD_STAMPS = {
    "other times": (
        "(1,10),(2,20),(3,30)",
        "channel 1 must have the time stamps of channel 0, 0, 1, 2, got 1, 2, 3",
    ),
    "fewer times": ("(0,10),(2,20)", "channel 1 must have the time stamps"),
    "not in order": ("(0,10),(2,20),(1,30)", "must be in order and even, got 0, 2, 1"),
    "backwards": ("(2,10),(1,20),(0,30)", "must be in order and even, got 2, 1, 0"),
    "twice": ("(0,10),(0,20),(1,30)", "must be in order and even"),
    "not even": ("(0,10),(1,20),(3,30)", "must be in order and even, got 0, 1, 3"),
    "other steps": ("(0,10),(2,20),(4,30)", "must be 1 apart as in the series before, got 2"),
    "dates not even": ("(2020-01-31,1),(2020-02-29,2),(2020-03-31,3)", "must be in order and even"),
    "no date": ("(noon,1),(evening,2)", "Error parsing datetime string"),
    "no stamps": ("1,2,3", r"must be pairs '\(time,value\)'"),
}


@pytest.mark.parametrize("case", BAD_STAMPS)
def test_time_stamps_that_differ_or_are_uneven(tmp_path, case):
    channel, words = BAD_STAMPS[case]
    first = "(0,1),(1,2),(2,3)" if case in ("other times", "fewer times") else channel
    text = stamped("(0,1),(1,2):(0,1),(1,2):a", f"{first}:{channel}:b")
    file = save(tmp_path, text, ending=".ts")
    line = text.splitlines().index(f"{first}:{channel}:b") + 1
    with pytest.raises(ValueError, match=words) as error:
        load_ucr("Mine", "train", tmp_path)
    assert str(error.value).startswith(f"{file}: line {line}: ")


def test_an_estimator_takes_it(tmp_path):
    header = "@equalLength false\n@classLabel true a b"
    save(tmp_path, multivariate(header, UNEQUAL.format("a", "b")), name="Many", ending=".ts")
    save(tmp_path, TSV, "1\t1\t2\tNaN\n2\t1\t2\t3\n", name="LaterUnequal")
    for name in ("Many", "LaterUnequal", "UnitTest"):
        X, y = load_ucr(name, "train", tmp_path)
        classifier = TCNClassifier(
            n_filters=4, n_blocks=1, max_epochs=1, missing="mask", random_state=0
        ).fit(X, y)
        X, y = load_ucr(name, "test", tmp_path)
        assert classifier.predict(X).shape == y.shape


def test_files_stay_as_they_were(tmp_path):
    files = [save(tmp_path, TSV), save(tmp_path, TS, name="Other", ending=".ts")]
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    load_ucr("Mine", data_home=tmp_path)
    load_ucr("Other", data_home=tmp_path)
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in files] == before
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 4


# Places.


def test_data_home_then_the_environment_then_what_sktime_ships(tmp_path, monkeypatch):
    assert len(load_ucr("UnitTest", "train")[0]) == 20
    save(tmp_path / "b", "1\t2\t3\n4\t5\t6\n", name="UnitTest")
    monkeypatch.setenv("SKTCN_DATA_HOME", str(tmp_path / "b"))
    assert len(load_ucr("UnitTest", "train")[0]) == 2
    save(tmp_path / "a", "1\t2\t3\n", name="UnitTest")
    assert len(load_ucr("UnitTest", "train", tmp_path / "a")[0]) == 1
    (tmp_path / "empty").mkdir()
    assert len(load_ucr("UnitTest", "train", tmp_path / "empty")[0]) == 2
    assert len(load_ucr("GunPoint", "train", tmp_path / "empty")[0]) == 50


def test_names_of_all_places(tmp_path, monkeypatch):
    save(tmp_path / "a", TSV, name="Alpha")
    save(tmp_path / "b", TS, name="Zeta", ending=".ts")
    (tmp_path / "b" / "Nothing").mkdir()
    monkeypatch.setenv("SKTCN_DATA_HOME", str(tmp_path / "b"))
    assert list_ucr(tmp_path / "a") == sorted([*SHIPPED, "Alpha", "Zeta"])


@pytest.mark.parametrize("given", [str, Path])
def test_a_home_may_be_a_string_and_start_with_a_tilde(tmp_path, monkeypatch, given):
    save(tmp_path / "archive", TSV)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_ucr("Mine", "train", given("~/archive"))[0].shape == (2, 2)
    assert "Mine" in list_ucr(given("~/archive"))
    monkeypatch.setenv("SKTCN_DATA_HOME", "~/archive")
    assert load_ucr("Mine", "train")[0].shape == (2, 2)


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("SKTCN_DATA_HOME", "")
    assert list_ucr() == sorted(SHIPPED)


def test_tsv_comes_before_ts(tmp_path):
    save(tmp_path, TSV)
    save(tmp_path, TS, ending=".ts")
    assert load_ucr("Mine", data_home=tmp_path)[1].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("split", ["train", "test", None])
def test_both_splits_have_one_ending(tmp_path, split):
    save(tmp_path, TS, ending=".ts")
    file = save(tmp_path, TSV)
    file.with_name("Mine_TEST.tsv").unlink()
    assert set(load_ucr("Mine", split, tmp_path)[1]) == {"up", "down"}


def test_one_split_may_be_read_without_the_other(tmp_path):
    save(tmp_path, TSV).with_name("Mine_TEST.tsv").unlink()
    assert load_ucr("Mine", "train", tmp_path)[0].shape == (2, 2)


@pytest.mark.usefixtures("without_sktime")
@pytest.mark.parametrize("ending", FORMATS)
def test_no_format_takes_sktime(tmp_path, ending):
    save(tmp_path, FORMATS[ending], ending=ending)
    assert load_ucr("Mine", data_home=tmp_path)[0].shape == (4, 2)
    assert list_ucr(tmp_path) == ["Mine"]
    assert list_ucr() == []


# What is refused.


@pytest.mark.parametrize("split", ["tran", "TRAIN", "", 0])
def test_unknown_split(split):
    words = rf"split must be None, 'train' or 'test', got split={split!r}"
    with pytest.raises(ValueError, match=words):
        load_ucr("GunPoint", split)


@pytest.mark.parametrize("name", ["", None, 3, "a/b", "../a", "a\\b", "/a", "a/"])
def test_not_a_name(name):
    with pytest.raises(ValueError, match=r"name must be .* got name="):
        load_ucr(name)


def test_a_set_that_is_nowhere(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    monkeypatch.setenv("SKTCN_DATA_HOME", str(tmp_path / "b"))
    with pytest.raises(FileNotFoundError, match="no data set 'Nowhere'") as error:
        load_ucr("Nowhere", data_home=tmp_path)
    message = str(error.value)
    places = [tmp_path / "Nowhere", tmp_path / "b" / "Nowhere", Path("datasets/data/Nowhere")]
    found = [message.index(str(place)) for place in places]
    assert found == sorted(found)
    for words in ("data_home", "$SKTCN_DATA_HOME", "sktime", "timeseriesclassification.com"):
        assert words in message
    for words in ("www.cs.ucr.edu", "Nowhere/Nowhere_TRAIN.tsv", "Nothing is downloaded"):
        assert words in message
    assert "Did you mean" not in message
    assert "pip install" not in message


@pytest.mark.usefixtures("without_sktime")
def test_a_set_that_is_nowhere_without_sktime():
    words = r"no data set 'GunPoint'.* nothing: data_home .*pip install \"sktcn\[sktime\]\""
    with pytest.raises(FileNotFoundError, match=f"(?s){words}"):
        load_ucr("GunPoint")


@pytest.mark.parametrize("name", ["GunPiont", "gunpoint", "GUN_POINT"])
def test_close_matches(name):
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'GunPoint'\?"):
        load_ucr(name)


@pytest.mark.parametrize("ending", [".tsv", ".ts"])
@pytest.mark.parametrize(("split", "missing"), [("test", "TEST"), (None, "TEST"), (None, "TRAIN")])
def test_one_file_is_missing(tmp_path, ending, split, missing):
    folder = save(tmp_path, TS if ending == ".ts" else TSV, ending=ending).parent
    file = folder / f"Mine_{missing}{ending}"
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r"is missing.*www\.cs\.ucr\.edu") as error:
        load_ucr("Mine", split, tmp_path)
    assert str(file) in str(error.value)


@pytest.mark.parametrize("ask", [list_ucr, lambda home: load_ucr("GunPoint", data_home=home)])
def test_a_home_must_be_a_folder(tmp_path, monkeypatch, ask):
    file = tmp_path / "file"
    file.touch()
    for place, error in ((file, NotADirectoryError), (tmp_path / "nowhere", FileNotFoundError)):
        with pytest.raises(error, match=f"data_home must be a folder, however: {place}"):
            ask(place)
        monkeypatch.setenv("SKTCN_DATA_HOME", str(place))
        with pytest.raises(error, match=rf"\$SKTCN_DATA_HOME must be a folder, however: {place}"):
            ask(None)
        monkeypatch.delenv("SKTCN_DATA_HOME")


BAD_TSV = {
    "empty": ("", 1, "empty file"),
    "blank": ("\n\n", 1, "empty file"),
    "cut off": (TSV[:-5], 2, "2 values, where the first line has 3"),
    "cut off after a tab": (TSV[:-4], 2, "could not convert string to float: ''"),
    "no label before a tab": ("\t1\t2\n", 1, "could not convert string to float: ''"),
    "too long": (TSV + "\n3\t1\t2\t3\n", 4, "4 values, where the first line has 3"),
    "text": (TSV + "3\t1\tx\n", 3, "could not convert string to float: 'x'"),
    "commas": (TSV.replace("\t", ","), 1, "could not convert string to float"),
    "no label": (TSV + "NaN\t1\t2\n", 3, "label must be a finite number, got 'nan'"),
    "no series": (TSV + "1\n", 3, "1 values, where the first line has 3"),
    "labels alone": ("1\n2\n", 1, "no value but the label"),
    "all is missing": (TSV + "1\tNaN\tNaN\n", 3, "no value but the label"),
    "binary": (TSV.encode() + bytes(range(256)), 3, "could not convert string to float"),
    "UTF-16": (TSV.encode("utf-16"), 1, "utf-8"),
}


@pytest.mark.parametrize("case", BAD_TSV)
def test_corrupt_tsv(tmp_path, case):
    text, line, words = BAD_TSV[case]
    file = save(tmp_path, text)
    with pytest.raises(ValueError, match=words) as error:
        load_ucr("Mine", "train", tmp_path)
    assert str(error.value).startswith(f"{file}: line {line}: ")
    assert len(str(error.value)) < len(str(file)) + 300


PLAIN = multivariate("@equalLength true\n@classLabel true a b", "1,2:3,4:a\n")
UNLABELLED = TS.replace("true up down", "false").replace(":up", "").replace(":down", "")
TARGETS = TS.replace("@classLabel true up down", "@targetLabel true")
TARGETS = TARGETS.replace("up", "1.5").replace("down", "2")
STAMPS = TS.replace("timeStamps false", "timeStamps true")
STAMPS = STAMPS.replace("0.5,1.5", "(0,0.5),(1,1.5)").replace("2.5,3.5", "(0,2.5),(1,3.5)")
BAD_TS = {  # the series of TS are in lines 9 and 10, that of PLAIN in 9
    "empty": ("", 1, "without a line '@data'"),
    "blank": ("\n\n", 1, "without a line '@data'"),
    "cut off in the header": (TS[:80], 5, "without a line '@data'"),
    "no series": (TS.partition("@data")[0] + "@data\n", 8, "without a series"),
    "bad @univariate": (TS.replace("@univariate true", "@univariate yes"), 5, "must be true or"),
    "@equalLength alone": (TS.replace("@equalLength true", "@equalLength"), 6, "must be true or"),
    "no @classLabel": (TS.replace("@classLabel true up down\n", ""), 7, "have '@classLabel true"),
    "@classLabel false": (TS.replace("true up down", "false"), 8, "have '@classLabel true"),
    "tag in the data": (TS + "@missing true\n", 11, "@missing must stand before @data"),
    "not labelled": (UNLABELLED, 8, "header must have '@classLabel true"),
    "text": (TS.replace("3.5", "x"), 10, "could not convert string to float: 'x'"),
    "text in the middle": (TS + "x,2:up\n" + "1,2:up\n" * 40, 11, "could not convert"),
    "no value": (TS.replace("2.5,3.5", "2.5,"), 10, "could not convert string to float: ''"),
    "cut off before the label": (TS[: TS.rindex(":")], 10, "separated by ':', got '2.5,3.5'"),
    "cut off before its name": (TS[: TS.rindex("down")], 10, "label '' must be one of"),
    "cut off in the label": (TS[:-3], 10, r"label 'do' must be one of .*\['up', 'down'\]"),
    "no such label": (TS + "1,2:left\n", 11, "'left' must be one of"),
    "other case": (TS + "1,2:Up\n", 11, "'Up' must be one of"),
    "label missing": (TS + "1,2:?\n", 11, r"'\?' must be one of"),
    "labels not listed": (TS.replace("@classLabel", "@classLabels"), 8, "must have '@classLabel"),
    "unequal": (TS + "\n1,2,3:up\n", 12, "differ in length, but .*@equalLength true"),
    "series empty": (TS + ":up\n", 11, "a series without values"),
    "a channel less": (PLAIN + "1,2:b\n", 10, "1 channels, where the first series has 2"),
    "a channel more": (PLAIN + "1,2:3,4:5,6:b\n", 10, "3 channels, where the first series has 2"),
    "a channel shorter": (PLAIN + "1,2:3:b\n", 10, "channels of different lengths"),
    "a channel empty": (PLAIN + "1,2::b\n", 10, "channels of different lengths"),
    "target text": (TARGETS.replace(":2", ":two"), 10, "could not convert string to float"),
    "target missing": (TARGETS.replace(":2", ":?"), 10, "could not convert string to float"),
    "target infinite": (TARGETS.replace(":2", ":inf"), 10, "must be a finite number, got 'inf'"),
    "target cut off": (TARGETS[: TARGETS.rindex("2")], 10, "could not convert string to float"),
    "timestamps cut off": (STAMPS[: STAMPS.rindex(")")], 10, "separated by ':'"),
    "timestamps without a label": (STAMPS[: STAMPS.rindex(":")], 10, "separated by ':'"),
    "binary": (bytes(range(256)), 3, "utf-8"),
    "binary in the middle": (TS.encode() + b"1,2:up\n" * 1500 + b"\xff\n", 1511, "utf-8"),
    "UTF-16": (TS.encode("utf-16"), 1, "utf-8"),
    "Latin-1": (TS.replace("down", "gr\xfcn").encode("latin-1"), 7, "utf-8"),
}
BAD_ARFF = {  # the series of ARFF are in lines 9 and 11, those of CHANNELS in 9 and 10
    "empty": ("", 0, "without a line '@data'"),
    "no @data": (ARFF.partition("@DATA")[0], 7, "without a line '@data'"),
    "no series": (ARFF.partition("@DATA")[0] + "@DATA\n", 8, "without a series"),
    "bad attribute": (ARFF.replace("NUMERIC", "something"), 5, "unknown attribute something"),
    "attributes of text": (ARFF.replace("NUMERIC", "string"), 8, "String attributes"),
    "text": (ARFF.replace("3.5", "x"), 11, "could not convert string to float: 'x'"),
    "no such label": (ARFF.replace(",up\n", ",left\n"), 9, "left value not in"),
    "label missing": (ARFF.replace(",up\n", ",?\n"), 9, r"'\?' must be one of"),
    "a value less": (ARFF.replace("2.5,", ""), 11, "2 values .* should be 3"),
    "a value more": (ARFF.replace("2.5,", "2.5,2,"), 11, "4 values .* should be 3"),
    "a value more in all": (
        CHANNELS.replace("1,2,3", "1,2,3,4").replace("7,8,?", "7,8,?,?"),
        9,
        "8 values",
    ),
    "a channel less": (CHANNELS.replace("\\n9,0,?", ""), 10, "4 values .* should be 7"),
    "nothing observed": (ARFF.replace("2.5,3.5", "?,?"), 11, "no value but the label"),
    "UTF-16": (ARFF.encode("utf-16"), 1, "utf-8"),
}
BAD_TXT = {
    "cut off": (TXT[: TXT.rindex(" ")], 2, "2 values, where the first line has 3"),
    "commas": (TXT.replace("  ", ","), 1, "could not convert string to float"),
}
BAD = {".ts": BAD_TS, ".arff": BAD_ARFF, ".txt": BAD_TXT}


@pytest.mark.parametrize(("ending", "case"), [(e, case) for e in BAD for case in BAD[e]])
def test_corrupt_files(tmp_path, ending, case):
    text, line, words = BAD[ending][case]
    file = save(tmp_path, text, ending=ending)
    with pytest.raises(ValueError, match=words) as error:
        load_ucr("Mine", "train", tmp_path)
    assert str(error.value).startswith(f"{file}: line {line}: ")
    assert len(str(error.value)) < len(str(file)) + 300


@pytest.mark.parametrize("cut", [slice(0), slice(5), slice(-4), slice(1, None)])
def test_corrupt_gzip(tmp_path, cut):
    file = save(tmp_path, gzip.compress(TSV.encode())[cut], ending=".tsv.gz")
    with pytest.raises(ValueError, match=rf"{file}: (not a complete gzip file|line 1: empty)"):
        load_ucr("Mine", "train", tmp_path)


@pytest.mark.parametrize("ending", [".csv", ".TSV", ".tsf", "", ".gz", ".npz.gz"])
def test_files_of_other_formats_are_named(tmp_path, ending):
    folder = save(tmp_path, TSV, ending=ending).parent
    with pytest.raises(FileNotFoundError, match="no data set 'Mine'") as error:
        load_ucr("Mine", data_home=tmp_path)
    assert f"{folder} holds Mine_TEST{ending}, Mine_TRAIN{ending}\n" in str(error.value)
    assert "with the suffix .tsv, .ts, .txt, .arff or one of these and .gz" in str(error.value)
    assert "Mine" not in list_ucr(tmp_path)


def test_files_beside_the_set_s_folder_are_named(tmp_path):
    folder = save(tmp_path, TSV).parent
    with pytest.raises(FileNotFoundError, match="no data set 'Mine'") as error:
        load_ucr("Mine", data_home=folder)
    assert f"{folder} holds Mine_TEST.tsv, Mine_TRAIN.tsv\n" in str(error.value)


def test_what_is_there_instead_of_a_missing_file_is_named(tmp_path):
    file = save(tmp_path, TSV)
    file.rename(file.with_suffix(".TSV"))
    with pytest.raises(FileNotFoundError, match=r"holds Mine_TEST\.tsv, Mine_TRAIN\.TSV") as error:
        load_ucr("Mine", "train", tmp_path)
    assert str(error.value).startswith(f"{file} is missing; ")


def test_the_corrupt_one_of_two_files_is_named(tmp_path):
    file = save(tmp_path, TSV, TSV + "x").with_name("Mine_TEST.tsv")
    with pytest.raises(ValueError, match="could not convert") as error:
        load_ucr("Mine", data_home=tmp_path)
    assert str(error.value).startswith(f"{file}: line 3: ")
