"""Frames of pandas: an index of series and time, lists of frames, long tables; channels by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

from sktcn import TCNClassifier, TCNRegressor, TCNStepClassifier
from sktcn.datasets import from_long
from sktcn.early import EarlyClassifier
from sktcn.explain import attribute
from sktcn.persistence import load, save
from sktcn.preflight import preflight
from sktcn.streaming import to_streaming

TINY = {"n_filters": 4, "n_blocks": 2, "max_epochs": 10}
SWAPPED = ["second", "first"]
LONG_TABLE = pd.DataFrame(
    {
        "id": np.repeat(["a", "b"], 6),
        "time": pd.date_range("2024", periods=12),
        "x": np.arange(12.0),
    }
)


@pytest.fixture
def data():
    """Arrays of 20 series, the same as an indexed frame, and labels that one channel shows."""
    rng = np.random.default_rng(0)
    y = np.array(["a", "b"] * 10)
    X = rng.normal(scale=0.2, size=(20, 2, 12))
    X[y == "a", 0] += 2
    index = pd.MultiIndex.from_product([range(20), range(12)], names=["series", "time"])
    return X, pd.DataFrame(X.transpose(0, 2, 1).reshape(-1, 2), index, ["first", "second"]), y


def listed(frame):
    return [x.droplevel(0) for _, x in frame.groupby(level=0, sort=False)]


@pytest.mark.parametrize("contain", [lambda frame: frame, listed])
def test_answers_are_those_of_arrays_and_channels_go_by_their_names(contain, data, tmp_path):
    X, frame, y = data
    expected = TCNClassifier(**TINY).fit(X, y).predict_proba(X)
    classifier = TCNClassifier(**TINY).fit(contain(frame), y)
    assert list(classifier.feature_names_in_) == ["first", "second"]
    assert classifier.n_features_in_ == 2
    save(classifier, tmp_path / "model")
    for fitted in (classifier, load(tmp_path / "model")):
        for new in (frame, frame[SWAPPED], listed(frame), listed(frame[SWAPPED])):
            np.testing.assert_array_equal(fitted.predict_proba(new), expected)
        with pytest.warns(UserWarning, match=r"with feature names: .* \['first', 'second'\]"):
            np.testing.assert_array_equal(fitted.predict_proba(X), expected)
        with pytest.raises(ValueError, match=r"channels of fit, \['first', 'second'\], got .*'c'"):
            fitted.predict(contain(frame.rename(columns={"second": "c"})))
        with pytest.raises(ValueError, match=r"channels of fit, .*got \['first'\]"):
            fitted.predict(contain(frame[["first"]]))


def test_rows_in_any_order_and_series_of_any_length(data):
    X, frame, y = data
    expected = TCNClassifier(**TINY).fit([x[:, : 12 - i % 3] for i, x in enumerate(X)], y)
    ragged = frame[[time < 12 - series % 3 for series, time in frame.index]]
    by_time = ragged.sort_index(level="time", kind="stable")
    fitted = TCNClassifier(**TINY).fit(by_time, y)
    np.testing.assert_array_equal(
        fitted.predict_proba(ragged),
        expected.predict_proba([x[:, : 12 - i % 3] for i, x in enumerate(X)]),
    )


def test_one_channel_and_nullable_columns(data):
    X, frame, y = data
    expected = TCNClassifier(**TINY, missing="mask").fit(X[:, :1], y).predict_proba(X[:, :1])
    for column in (frame["first"], frame[["first"]].astype("Float64")):
        fitted = TCNClassifier(**TINY, missing="mask").fit(column, y)
        np.testing.assert_array_equal(fitted.predict_proba(column), expected)


def test_continued_fits_put_channels_in_order(data):
    X, frame, y = data
    expected = TCNClassifier(**TINY).partial_fit(X, y, ["a", "b"]).partial_fit(X, y)
    named = TCNClassifier(**TINY).partial_fit(frame, y, ["a", "b"]).partial_fit(frame[SWAPPED], y)
    np.testing.assert_array_equal(named.predict_proba(frame), expected.predict_proba(X))


def test_steps_of_streams_in_a_list_of_frames(data):
    X, frame, y = data
    classifier = TCNClassifier(**TINY).fit(frame, y)
    # as many steps as channels: without their names, one would be taken for the other
    expected = to_streaming(classifier, 20).push_many(X[:, :, :2])
    frames = [steps.droplevel(0).iloc[:2][SWAPPED] for _, steps in frame.groupby(level=0)]
    np.testing.assert_array_equal(to_streaming(classifier, 20).push_many(frames), expected)
    with pytest.raises(
        ValueError, match=r"many time steps, got \[2, 1\]: push each .* streams=\[i\]"
    ):
        to_streaming(classifier, 2).push_many([frames[0], frames[1].head(1)])


@pytest.mark.parametrize("contain", [lambda frame: frame, listed])
def test_a_value_that_cannot_be_used_is_named_by_its_channel(contain, data):
    _, frame, y = data
    holed = frame.copy()
    holed.iloc[15, 1] = np.nan
    classifier = TCNClassifier(**TINY).fit(contain(frame), y)
    with pytest.raises(ValueError, match=r"series 1, channel 1 \('second'\), time step 3"):
        classifier.predict(contain(holed))
    with pytest.raises(ValueError, match=r"channel 1 \('second'\)"):
        TCNClassifier(**TINY).fit(contain(holed), y)
    with pytest.raises(ValueError, match=r"in stream 0, channel 1 \('second'\)"):
        to_streaming(classifier).push([holed[SWAPPED].iloc[15]])


def test_frames_in_an_array_of_objects_are_a_list(data):
    _, frame, y = data
    frames = np.empty(20, dtype=object)
    frames[:] = listed(frame)
    classifier = TCNClassifier(**TINY).fit(frames[:12], y[:12])
    np.testing.assert_array_equal(classifier.predict_proba(frames), classifier.predict_proba(frame))
    with pytest.raises(TypeError, match=r"pass a column of them as X\.tolist\(\)"):
        classifier.predict(pd.Series(list(frames)))


def test_dates_that_are_not_in_order_are_a_warning(data):
    _, frame, y = data
    dated = [x.set_index(pd.date_range("2024", periods=12)) for x in listed(frame)]
    classifier = TCNClassifier(**TINY).fit(dated, y)
    with pytest.warns(UserWarning, match=r"dates of series 1 are not in order.*x\.sort_index"):
        classifier.predict([dated[0], dated[1][::-1]])


def test_dates_before_series_in_an_index_are_refused(data):
    _, frame, y = data
    dates = pd.date_range("2024", periods=12, freq="h")
    frame.index = frame.index.set_levels(dates, level="time")
    classifier = TCNClassifier(**TINY).fit(frame, y)
    with pytest.raises(ValueError, match=r"dates in its first level, 'time': pass X\.swaplevel"):
        classifier.predict(frame.swaplevel())


def test_labels_of_steps_have_the_times_of_their_series(data):
    _, frame, _ = data
    frames = listed(frame)
    labels = [np.sign(x["first"]) for x in frames]
    TCNStepClassifier(**TINY).fit(frames, labels)
    TCNStepClassifier(**TINY).fit(frames, [each.to_numpy()[::-1] for each in labels])
    with pytest.raises(ValueError, match="index of X in each series, got another in series 0"):
        TCNStepClassifier(**TINY).fit(frames, [each[::-1] for each in labels])
    with pytest.raises(ValueError, match="sample_weight must have the index of X in each series"):
        TCNStepClassifier(**TINY).fit(frames, labels, [1 + each[::-1] for each in labels])


def test_one_row_is_pushed_in_a_list(data):
    _, frame, y = data
    streaming = to_streaming(TCNClassifier(**TINY).fit(frame, y))
    with pytest.raises(ValueError, match=r"got \(2,\); pass that of one stream as \[x\]"):
        streaming.push(frame.iloc[0])
    assert streaming.push([frame.iloc[0]]).shape == (1, 2)
    named = {"first": 1.0, "second": 2.0}
    with pytest.raises(TypeError, match=r"got dict; pass pd\.DataFrame\(\[x\]\)"):
        streaming.push(named)
    with pytest.raises(TypeError, match=r"dtype object; pass pd\.DataFrame\(x\)"):
        streaming.push([named])
    with pytest.raises(TypeError, match="a missing value is nan"):
        streaming.push([[None, 1.0]])
    with pytest.raises(ValueError, match=r"channels of fit, .*got \['first', 'third'\]"):
        streaming.push([pd.Series({"first": 1.0, "third": 2.0})])
    assert streaming.push(pd.DataFrame([named])).shape == (1, 2)
    streaming.reset()
    expected = streaming.push([frame.iloc[0]])
    streaming.reset()
    (row,) = frame.iloc[:1][["second", "first"]].itertuples(index=False)
    np.testing.assert_array_equal(streaming.push([row]), expected)
    with pytest.raises(ValueError, match=r"pass the frame of one stream as \[x\]"):
        streaming.push_many(frame.loc[0])
    with pytest.raises(ValueError, match=r"got \(5, 2\); streams=\[i\] .* push_many takes several"):
        streaming.push(frame.iloc[:5].to_numpy())


def test_rows_of_frames_are_pushed_by_their_names(data):
    X, frame, y = data
    classifier = TCNClassifier(**TINY).fit(frame, y)
    expected = to_streaming(classifier, 2).push(X[:2, :, 0])
    swapped = frame[SWAPPED]
    rows = [swapped.loc[each].iloc[0] for each in frame.index.unique(0)[:2]]
    np.testing.assert_array_equal(to_streaming(classifier, 2).push(rows), expected)
    unnamed = [row.reset_index(drop=True) for row in rows]  # in the order of `SWAPPED`
    assert (to_streaming(classifier, 2).push(unnamed) != expected).any()


def test_names_after_a_fit_without_them_are_a_warning(data):
    X, frame, y = data
    classifier = TCNClassifier(**TINY).fit(X, y)
    with pytest.warns(UserWarning, match="TCNClassifier was fitted without feature names"):
        classifier.predict(frame)
    classifier.predict(frame.set_axis([0, 1], axis=1))  # numbers are no names, as in scikit-learn


def test_the_frame_stays_as_it_was(data):
    _, frame, y = data
    before = frame.copy()
    TCNClassifier(**TINY).fit(frame, y).predict(frame[SWAPPED])
    pd.testing.assert_frame_equal(frame, before)


def test_streams_early_decisions_explanations_and_preflight_know_the_names(data):
    X, frame, y = data
    classifier = TCNClassifier(**TINY).fit(frame, y)
    expected = to_streaming(classifier, 20).push_many(X)
    np.testing.assert_array_equal(to_streaming(classifier, 20).push_many(frame[SWAPPED]), expected)
    streaming = to_streaming(classifier, 20)
    step = frame.xs(0, level="time")[SWAPPED]
    np.testing.assert_array_equal(streaming.push(step), expected[:, 0])
    with pytest.raises(ValueError, match=r"channels of fit, .*got \['a', 'b'\]"):
        streaming.push(step.set_axis(["a", "b"], axis=1))
    np.testing.assert_array_equal(
        attribute(classifier, frame[SWAPPED][:24])[0], attribute(classifier, frame[:24])[0]
    )
    assert preflight(classifier, frame, y).n_series == 20
    early = EarlyClassifier(TCNClassifier(**TINY)).fit(frame, y)
    of_arrays = EarlyClassifier(TCNClassifier(**TINY)).fit(X, y)
    np.testing.assert_array_equal(early.predict_proba(frame[SWAPPED]), of_arrays.predict_proba(X))


BAD = {
    "three levels": (lambda f: pd.concat({"x": f}), "two levels, series and time"),
    "a time twice": (lambda f: pd.concat([f, f.iloc[:1]]), "got 0 twice in 0"),
    "empty": (lambda f: f.iloc[:0], "empty frame"),
    "names twice": (lambda f: f[["first", "first"]], "different names"),
    "text": (lambda f: f.astype(str), "channel 'first' must hold real numbers"),
    "other names in a list": (
        lambda f: [f.loc[0], f.loc[1].rename(columns={"first": "c"})],
        "series 1 must have the channels of series 0",
    ),
    "mixed list": (lambda f: [f.loc[0], np.ones((2, 12))], "series 1 must be a frame"),
}


@pytest.mark.parametrize("case", BAD)
def test_frames_that_are_refused(case, data):
    change, words = BAD[case]
    with pytest.raises((ValueError, TypeError), match=words):
        TCNClassifier(**TINY).fit(change(data[1]), data[2])


def test_targets_have_the_order_of_the_series(data):
    _, frame, y = data
    labels = pd.Series(y)
    TCNClassifier(**TINY).fit(frame, labels)
    for estimator in (TCNClassifier(**TINY), EarlyClassifier(TCNClassifier(**TINY))):
        with pytest.raises(ValueError, match=r"order of X.*y\.loc\[X\.index\.unique\(0\)\]"):
            estimator.fit(frame, labels[::-1])
        with pytest.raises(ValueError, match="one row for each series"):
            estimator.fit(frame, pd.Series(np.repeat(y, 12), frame.index))


def test_a_long_frame_names_the_remedy(data):
    _, frame, y = data
    with pytest.raises(ValueError, match=r"\[240, 20\]\. .*from_long"):
        TCNRegressor(**TINY).fit(frame.reset_index(), (y == "a").astype(float))


def test_long_tables(data):
    X, frame, y = data
    long = frame.assign(label=np.repeat(y, 12)).reset_index().sample(frac=1, random_state=0)
    series, labels = from_long(long, id="series", time="time", target="label")
    assert labels.index.tolist() == long["series"].unique().tolist()
    assert labels.tolist() == y[labels.index].tolist()
    for index, x in zip(labels.index, series, strict=True):
        np.testing.assert_array_equal(x.to_numpy().T, X[index])
    of_arrays = cross_val_score(TCNClassifier(**TINY), X[labels.index], labels, cv=2)
    of_frames = cross_val_score(TCNClassifier(**TINY), series, labels, cv=2)
    np.testing.assert_array_equal(of_frames, of_arrays)
    assert from_long(long, id="series", time="time", channels=["second"])[1] is None
    with pytest.raises(ValueError, match=r"have the columns \['when'\], got \['series'"):
        from_long(long, id="series", time="when")
    with pytest.raises(ValueError, match=r"one first, got several in .*x\.pop\('first'\)"):
        from_long(long, id="series", time="time", target="first")
    unlabelled = (long["series"] == 3) & (long["time"] == 5)
    gap = long.assign(label=long["label"].mask(unlabelled))
    with pytest.raises(ValueError, match=r"label in all rows, got 1 of 12 missing in 3; .*'first'"):
        from_long(gap, id="series", time="time", target="label")
    with pytest.raises(TypeError, match="got dict"):
        from_long({"series": [1]}, id="series", time="time")


BAD_COLUMNS = {
    "a name for a list": ({"channels": "x"}, "list of names, got 'x'"),
    "the target as a channel": (
        {"target": "label", "channels": ["x", "label"]},
        r"different columns, got \['id', 'time', 'label', 'x', 'label'\]",
    ),
    "one column for both": ({"time": "id"}, "must be different columns"),
    "several targets": ({"target": ["x", "label"]}, r"one column, got \['x', 'label'\]"),
    "labels of time steps": ({"target": "x"}, r"in a, such as \[0\.0, 1\.0\]; .*leave out target"),
    "a level of the index": (
        {"id": "level"},
        r"columns \['level'\], got .*; pass frame\.reset_index\(\)",
    ),
}


@pytest.mark.parametrize("case", BAD_COLUMNS)
def test_columns_of_a_long_table_that_are_refused(case):
    changed, words = BAD_COLUMNS[case]
    table = LONG_TABLE.assign(label=LONG_TABLE["id"]).rename_axis("level")
    with pytest.raises((ValueError, TypeError), match=words):
        from_long(table, **{"id": "id", "time": "time"} | changed)


def test_a_column_twice_and_a_row_without_a_name_are_refused():
    with pytest.raises(ValueError, match="each column once, got 'x' twice"):
        from_long(pd.concat([LONG_TABLE, LONG_TABLE[["x"]]], axis=1), id="id", time="time")
    for column in ("id", "time"):
        holed = LONG_TABLE.assign(**{column: LONG_TABLE[column].where(LONG_TABLE.index != 7)})
        with pytest.raises(ValueError, match=f"got none in '{column}', row 7"):
            from_long(holed, id="id", time="time")


def test_times_that_are_text_keep_the_order_of_rows_or_are_refused():
    dates = LONG_TABLE.assign(time=LONG_TABLE["time"].astype(str))
    np.testing.assert_array_equal(from_long(dates, id="id", time="time")[0][1]["x"], range(6, 12))
    counted = LONG_TABLE.assign(time=[str(n) for n in range(8, 20)])
    with pytest.raises(ValueError, match=r"numbers or dates, got text, such as '10'.*to_numeric"):
        from_long(counted, id="id", time="time")
    ranked = pd.Categorical(counted["time"], counted["time"], ordered=True)
    series, _ = from_long(counted.assign(time=ranked), id="id", time="time")
    np.testing.assert_array_equal(series[0]["x"], range(6))


@pytest.mark.parametrize(
    "X", [{"a": np.ones(3)}, (x for x in np.ones((2, 3))), {1.0}, None, "text"]
)
def test_objects_that_hold_no_series(X, data):
    fitted = TCNClassifier(**TINY).fit(data[0], data[2])
    words = f"an array .* a list of arrays .* a frame of pandas.*got {type(X).__name__}"
    for use in (
        lambda: TCNClassifier().fit(X, [0, 1]),
        lambda: fitted.predict(X),
        lambda: EarlyClassifier().fit(X, [0, 1]),
        lambda: preflight(TCNClassifier(), X, [0, 1]),
        lambda: attribute(fitted, X),
    ):
        with pytest.raises(TypeError, match=words):
            use()
    with pytest.raises(TypeError, match=r"n_timepoints\) = .* real numbers, got"):
        to_streaming(fitted).push_many(X)


def test_a_table_of_another_length_names_the_remedy(data):
    X, y = data[0][:, 0], data[2]
    fitted = TCNClassifier(**TINY).fit(X, y)
    for new in (X[:, :8], pd.DataFrame(X[:, :8]), X[:, :8].tolist()):
        with pytest.raises(ValueError, match=r"8 features, .* 12 .*X\[:, None, :\] or as a list"):
            fitted.predict(new)
    assert len(fitted.predict(X[:, None, :8])) == len(fitted.predict(list(X[:, :8]))) == 20


UNREADABLE = {
    "a long table": (LONG_TABLE, r"got others in the columns \['id', 'time'\].*from_long"),
    "words": (np.array([["a", "b"]] * 12), "float: .*; X must hold real numbers"),
    "a list of words": (["word"] * 12, "float: 'word'; X must hold real numbers"),
    "a list of dicts": ([{"x": np.ones(3)}] * 12, "X must hold real numbers"),
    "a matrix of times": (
        pd.date_range("2024", periods=24).to_numpy().reshape(12, 2),
        "X must hold real numbers, got dtype datetime64",
    ),
    "one series": (
        np.ones(12),
        r"Reshape.*\(n_series, n_timepoints\), got \(12,\): .* as X\[None\]",
    ),
    "one column": (LONG_TABLE["x"], r"one series as X\.to_numpy\(\)\[None\]"),
    "groups": (
        LONG_TABLE.groupby("id")[["x"]],
        "array or a list of arrays, got DataFrameGroupBy",
    ),
    "names and groups": (
        list(LONG_TABLE.groupby("id")[["x"]]),
        r"a list of frames, got pairs: pass \[frame for _, frame in X\]",
    ),
}


@pytest.mark.filterwarnings("ignore:DataFrameGroupBy.dtypes:FutureWarning")  # of pandas 2.1 alone
@pytest.mark.parametrize("case", UNREADABLE)
def test_containers_that_are_not_read_name_the_remedy(case):
    X, words = UNREADABLE[case]
    with pytest.raises((ValueError, TypeError), match=f"(?s){words}"):
        TCNRegressor(**TINY).fit(X, np.arange(len(X)))


@pytest.mark.parametrize(
    ("X", "words"),
    [([], "got an empty list$"), ([np.ones((2, 9)), np.ones((3, 9))], "and 3 in series 1$")],
)
def test_errors_that_name_what_was_expected_get_no_advice(X, words, data):
    for use in (TCNClassifier(**TINY).fit, TCNClassifier(**TINY).fit(*data[::2]).score):
        with pytest.raises(ValueError, match=words):
            use(X, np.arange(len(X)))


def test_one_series_of_several_channels_names_the_remedy(data):
    X, frame, y = data
    fitted = TCNClassifier(**TINY).fit(X, y)
    for given, passed in ((X[0], r"\(2, 12\) as X\["), (X[0].T, r"\(12, 2\) as X\.T\[")):
        with pytest.raises(ValueError, match=rf"2 channels as in fit, got 1; .*{passed}None\]"):
            fitted.predict(given)
    fitted = TCNClassifier(**TINY).fit(listed(frame), y)
    with pytest.raises(ValueError, match=r"got 1; pass a frame with one series as \[X\]"):
        fitted.predict(frame.loc[0])


def test_a_frame_of_few_columns_may_have_time_steps_in_its_rows(data):
    _, frame, y = data
    flat = frame.reset_index(drop=True)
    with pytest.warns(UserWarning, match=r"240 series of 2 time steps: .*from_long") as warned:
        TCNClassifier(**TINY).fit(flat, np.repeat(y, 12))
    assert warned[0].filename == __file__
