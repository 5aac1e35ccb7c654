"""Metrics of segments, against the definitions written down plainly."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktcn.metrics import (
    SEGMENT_SCORERS,
    edit_score,
    find_segments,
    segment_confusion,
    segmental_f1,
)
from tests.estimators.test_steps import make, recordings

labels = st.lists(st.sampled_from("abc"), min_size=1, max_size=25)
pairs = st.lists(
    st.integers(1, 25).flatmap(
        lambda n: st.tuples(
            *[st.lists(st.sampled_from("abc"), min_size=n, max_size=n) for _ in range(2)]
        )
    ),
    min_size=1,
    max_size=3,
)


def plain_segments(steps):
    """List label and set of steps of each run."""
    groups = groupby(range(len(steps)), key=lambda t: steps[t])
    return [(label, set(places)) for label, places in groups]


def plain_f1(y_true, y_pred, overlap):
    """Count as the evaluation code of MS-TCN does."""
    tp = fp = fn = 0
    for true, predicted in zip(y_true, y_pred, strict=True):
        true, hit = plain_segments(true), set()
        for label, steps in plain_segments(predicted):
            shares = [len(steps & t) / len(steps | t) * (label == own) for own, t in true]
            best = int(np.argmax(shares))
            if shares[best] >= overlap and best not in hit:
                tp += 1
                hit.add(best)
            else:
                fp += 1
        fn += len(true) - len(hit)
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return 2 * precision * recall / (precision + recall) if tp else 0.0


def plain_distance(one, other):
    if not one or not other:
        return len(one) + len(other)
    replaced = plain_distance(one[1:], other[1:]) + (one[0] != other[0])
    inserted = min(plain_distance(one[1:], other), plain_distance(one, other[1:])) + 1
    return min(replaced, inserted)


@settings(deadline=None)
@given(steps=labels)
def test_segments_are_the_runs(steps):
    found = find_segments(steps)
    assert [(s.label, set(range(s.start, s.stop))) for s in found] == plain_segments(steps)


@settings(deadline=None)
@given(series=pairs, overlap=st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_f1_is_that_of_the_definition(series, overlap):
    y_true, y_pred = zip(*series, strict=True)
    expected = plain_f1(y_true, y_pred, overlap)
    assert segmental_f1(list(y_true), list(y_pred), overlap=overlap) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(
    series=st.lists(
        st.tuples(*[st.lists(st.sampled_from("ab"), min_size=6, max_size=6)] * 2),
        min_size=1,
        max_size=2,
    )
)
def test_edit_score_is_that_of_the_definition(series):
    scores = []
    for true, predicted in series:
        one, other = ([label for label, _ in plain_segments(s)] for s in (true, predicted))
        scores.append(1 - plain_distance(one, other) / max(len(one), len(other)))
    y_true, y_pred = (list(each) for each in zip(*series, strict=True))
    assert edit_score(y_true, y_pred) == pytest.approx(np.mean(scores))


@given(series=pairs)
def test_true_answers_are_perfect(series):
    y = [true for true, _ in series]
    assert segmental_f1(y, y, overlap=1.0) == edit_score(y, y) == 1.0
    confusion, _ = segment_confusion(y, y)
    assert confusion.sum() == np.trace(confusion) == sum(len(plain_segments(each)) for each in y)


@given(series=pairs)
def test_the_confusion_counts_all_segments(series):
    y_true, y_pred = (list(each) for each in zip(*series, strict=True))
    confusion, names = segment_confusion(y_true, y_pred)
    for counts, y in ((confusion.sum(axis=1), y_true), (confusion.sum(axis=0), y_pred)):
        found = [label for each in y for label, _ in plain_segments(each)]
        assert counts[:-1].tolist() == [found.count(name) for name in names]


def test_steps_without_a_label_and_the_background_are_left_out():
    y_true, y_pred = [["a", "none", "b", "b"]], [["a", "c", "b", "b"]]
    assert segmental_f1(y_true, y_pred, ignore_label="none") == 1.0
    assert edit_score(y_true, y_pred, ignore_label="none") == 1.0
    assert segmental_f1([["a", "c", "b"]], [["a", "b", "b"]], background="c") == 1.0
    assert segmental_f1([[1.0, np.nan, 2.0]], [[1.0, 3.0, 2.0]]) == 1.0
    assert segmental_f1([["a", "a"]], [["a", "a"]], background="a") == 1.0


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([["a"]], [["a"], ["b"]], "equally many series, got 1 and 2"),
        ([["a", "a"]], [["a"]], "got 2 and 1 in series 0"),
        (np.zeros((1, 2, 3)), np.zeros((1, 2, 3)), "one label a step"),
        ([[1, 1]], [["1", "1"]], "of one kind, got numbers and text"),
    ],
)
def test_answers_must_be_of_the_same_steps(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        edit_score(y_true, y_pred)


@pytest.mark.parametrize("overlap", [0, 1.5])
def test_an_overlap_is_a_share(overlap):
    for metric in (segmental_f1, segment_confusion):
        with pytest.raises(ValueError, match="overlap must be"):
            metric([["a"]], [["a"]], overlap=overlap)


def test_a_confusion_of_other_labels_is_refused():
    with pytest.raises(ValueError, match=r"the labels \['a', 'b'\], got \['c'\]"):
        segment_confusion([["a", "c"]], [["a", "b"]], labels=["a", "b"])


def test_labels_are_of_one_series():
    with pytest.raises(ValueError, match="n_timepoints"):
        find_segments([["a"], ["b"]])
    assert find_segments([]) == []


def test_scorers_leave_out_the_steps_that_the_estimator_ignores():
    X, y = recordings(6)
    y = [np.where(np.arange(len(each)) % 7 < 2, "none", each) for each in y]
    classifier = make("TCNStepClassifier", ignore_label="none").fit(X, y)
    expected = edit_score(y, classifier.predict(X), ignore_label="none")
    assert expected != edit_score(y, classifier.predict(X))
    wrapped = make_pipeline(FunctionTransformer(), FrozenEstimator(classifier))
    for each in (classifier, FrozenEstimator(classifier), wrapped):
        assert SEGMENT_SCORERS["edit"](each, X, y) == expected


def test_scorers_take_an_estimator():
    X, y = recordings(6)
    scores = cross_validate(make("TCNStepClassifier"), X, y, cv=2, scoring=SEGMENT_SCORERS)
    assert {f"test_{name}" for name in SEGMENT_SCORERS} <= set(scores)
    assert all((scores[f"test_{name}"] >= 0).all() for name in SEGMENT_SCORERS)
