"""Splits, scores and parameters of the runner."""

from __future__ import annotations

import doctest
import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.accuracy import scores, specs, splits
from benchmarks.accuracy.scores import auroc, calibration_error, score_labels, score_probabilities
from benchmarks.accuracy.specs import as_json, as_library_input, normalise, seeded
from benchmarks.accuracy.splits import fold_names, load_split, resample_indices
from benchmarks.common import runs, series
from tests.helpers import archive


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return np.sort(rng.integers(1, 12, 60)), rng.permutation(np.repeat(np.arange(1, 12), 8))


@pytest.mark.parametrize("module", [runs, scores, series, specs, splits])
def test_the_examples_run(module):
    answer = doctest.testmod(module)
    assert answer.attempted
    assert not answer.failed


def test_resamples_are_those_of_the_archives_users(labels):
    from sktime.utils.sampling import stratified_resample

    y, y_test = labels
    frames = [pd.DataFrame({"row": range(60)}), pd.DataFrame({"row": range(60, 60 + len(y_test))})]
    for seed in range(1, 4):
        train, _, test, _ = stratified_resample(
            frames[0], y.astype(str), frames[1], y_test.astype(str), seed
        )
        ours = resample_indices(y, y_test, seed)
        np.testing.assert_array_equal(ours[0], train["row"])
        np.testing.assert_array_equal(ours[1], test["row"])


def test_resamples_keep_every_series_and_the_classes_sizes(tmp_path):
    archive.write_tsv(tmp_path, "Three", n_classes=3, n_train=14, n_test=11)
    official = load_split("Three", 0, str(tmp_path))
    for resample in (1, 2):
        drawn = load_split("Three", resample, str(tmp_path))
        for part in (0, 1):
            np.testing.assert_array_equal(np.sort(drawn[part][1]), np.sort(official[part][1]))
        series = [np.concatenate([part[0] for part in parts]) for parts in (official, drawn)]
        np.testing.assert_array_equal(*(np.unique(x, axis=0) for x in series))
        assert not np.array_equal(drawn[0][0], official[0][0])


def test_resamples_of_ragged_series_are_lists(tmp_path):
    archive.write_ragged(tmp_path, "Ragged")
    (X, y), _ = load_split("Ragged", 1, str(tmp_path))
    assert isinstance(X, list)
    assert len(X) == len(y) == 12


@pytest.mark.parametrize("write", [archive.write_tsv, archive.write_ragged])
def test_folds_share_out_the_training_part_alone(write, tmp_path):
    write(tmp_path, "Any")
    (X, y), _ = load_split("Any", 0, str(tmp_path))
    for path in tmp_path.rglob("*_TEST.*"):
        path.write_text("not looked at")
    held_back = [load_split("Any", fold, str(tmp_path))[1] for fold in fold_names(3)]
    first = [float(x.flat[0]) for series, _ in held_back for x in series]
    assert sorted(first) == sorted(float(x.flat[0]) for x in X)
    counts = [np.unique(labels, return_counts=True)[1] for _, labels in held_back]
    assert np.ptp(counts, axis=0).max() <= 1
    (X_train, y_train), (X_held, y_held) = load_split("Any", "fold 2 of 3", str(tmp_path))
    assert len(X_train) == len(y_train) == len(y) - len(y_held)
    assert len(X_held) == len(y_held)


def test_calibration_error_is_that_of_the_bins():
    probabilities = np.array([[0.9, 0.1], [0.88, 0.12], [0.3, 0.7], [0.4, 0.6]])
    y = np.array(["a", "b", "b", "a"])
    # One bin a confidence: .867 to .933 holds both of the first two, one of them right.
    expected = (abs(0.9 + 0.88 - 1) + abs(0.7 - 1) + abs(0.6 - 0)) / 4
    assert calibration_error(y, probabilities, ["a", "b"]) == pytest.approx(expected)


def test_auroc_of_two_classes_is_scikit_learns():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 50), rng.random(50)
    ours = auroc(y, np.stack([1 - p, p], axis=1), np.array([0, 1]))
    assert ours == pytest.approx(roc_auc_score(y, p))


def test_a_class_without_a_test_series_has_no_curve():
    y = np.array([0, 1, 0, 1])
    probabilities = np.array([[0.6, 0.1, 0.3], [0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.3, 0.4, 0.3]])
    found = score_probabilities(y, probabilities, np.array([0, 1, 2]))
    assert found["auroc"] == 1.0
    assert np.isfinite(found["log_loss"])
    assert auroc(np.zeros(4), probabilities, np.array([0, 1, 2])) is None


def test_a_class_that_is_only_predicted_is_an_error_of_the_rest():
    found = score_labels(np.array(["a", "a", "b"]), np.array(["a", "c", "b"]))
    assert found == {"accuracy": pytest.approx(2 / 3), "balanced_accuracy": pytest.approx(0.75)}


def test_an_estimator_is_told_in_one_way():
    assert normalise(' TCNClassifier( n_filters =[4,8], norm= "layer" )') == (
        "TCNClassifier(n_filters=[4, 8], norm='layer')"
    )


def test_a_seed_goes_to_whatever_takes_one():
    estimator = seeded("sklearn.ensemble.RandomForestClassifier(max_depth=2)", 3)
    assert estimator.random_state == 3
    assert seeded("sklearn.svm.SVC()", 3).random_state == 3


def test_parameters_are_told_in_json():
    value = {"a": (1, 2.5), "b": np.float64(0.5), "c": float("nan"), "d": len, "e": np.arange(2)}
    told = as_json(value)
    assert json.loads(json.dumps(told, allow_nan=False)) == {
        "a": [1, 2.5],
        "b": 0.5,
        "c": "nan",
        "d": "<built-in function len>",
        "e": [0, 1],
    }


def test_series_come_as_each_library_takes_them():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sktime.classification.dummy import DummyClassifier

    from sktcn import TCNClassifier

    table, panel = np.zeros((4, 5)), np.zeros((4, 2, 5))
    ragged = [np.zeros(5), np.zeros(3)]
    assert as_library_input(TCNClassifier(), table).shape == (4, 5)
    assert as_library_input(TCNClassifier(), ragged) is ragged
    assert as_library_input(DummyClassifier(), table).shape == (4, 1, 5)
    assert as_library_input(DummyClassifier(), panel).shape == (4, 2, 5)
    assert [frame.shape for frame in as_library_input(DummyClassifier(), ragged)] == [
        (5, 1),
        (3, 1),
    ]
    assert as_library_input(make_pipeline(StandardScaler()), panel).shape == (4, 10)
    with pytest.raises(ValueError, match=r"one length for Pipeline, however their lengths are 3"):
        as_library_input(make_pipeline(StandardScaler()), ragged)
