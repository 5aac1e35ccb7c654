"""A validation part of the user's own, for early stopping."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EpochScoring

from sktcn import TCNClassifier

FLEETING = {"lr": 0.05, "n_iter_no_change": 3, "max_epochs": 40}


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def halves(data):
    """Training and validation part; shuffled targets soon make the validation loss worse."""
    X, y = data
    y = np.random.default_rng(0).permutation(y)
    return X[:16], y[:16], {"X_val": X[16:], "y_val": y[16:]}


def test_the_part_stops_the_training(tiny, data):
    X, y, part = halves(data)
    estimator = tiny(**FLEETING).fit(X, y, **part)
    losses = estimator.history_["valid_loss"]
    assert estimator.n_iter_ == len(losses) == int(np.argmin(losses)) + 1 + 3 < 40


def test_the_best_weights_answer_for_the_part(tiny, data):
    X, y, part = halves(data)
    estimator = tiny(**FLEETING, early_stopping=True).fit(X, y, **part)
    metric = estimator.model_.task.metric.name
    best = int(np.argmin(estimator.history_["valid_loss"]))
    score = estimator.score(part["X_val"], part["y_val"])
    assert estimator.history_[f"valid_{metric}"][best] == pytest.approx(score, rel=1e-5)


def test_all_other_series_are_trained_on(tiny, data):
    X, y, part = halves(data)
    options = {"max_epochs": 3, "n_iter_no_change": 99, "lr_schedule": None}
    estimator = tiny(**options, early_stopping=True, validation_fraction=0.5).fit(X, y, **part)
    plain = tiny(**options).fit(X, y)
    assert estimator.history_["train_loss"] == plain.history_["train_loss"]


def test_networks_share_the_part(tiny, data):
    X, y, part = halves(data)
    estimator = tiny(n_estimators=2, max_epochs=2).fit(X, y, **part)
    assert np.isfinite(estimator.history_["valid_loss"]).all()
    assert estimator.history_["member"] == [0, 0, 1, 1]


def test_weights_of_the_part(tiny, data):
    X, y, part = halves(data)
    weight = np.array([0, 0, 2, 1, 1, 1, 1, 1])
    weighted = tiny(max_epochs=2, dtype="float64").fit(X, y, **part, sample_weight_val=weight)
    rows = np.repeat(np.arange(8), weight)
    repeated = tiny(max_epochs=2, dtype="float64").fit(
        X, y, X_val=part["X_val"][rows], y_val=part["y_val"][rows]
    )
    for name in weighted.history_:
        if name.startswith("valid_"):
            assert weighted.history_[name] == pytest.approx(repeated.history_[name], rel=1e-9)


@pytest.mark.parametrize("container", ["lists", "memmap", "nan"])
def test_containers_of_the_part(tiny, data, container, tmp_path, monkeypatch):
    X, y, part = halves(data)
    monkeypatch.setattr("sktcn._data.chunked.CHUNK_VALUES", 60)
    parameters = {"max_epochs": 2}
    if container == "memmap":
        stored = np.memmap(tmp_path / "x", float, "w+", shape=X[:8].shape)
        stored[:] = part["X_val"]
        part["X_val"] = stored
    elif container == "lists":
        X, part["X_val"] = list(X), [x[: 10 + i % 4] for i, x in enumerate(part["X_val"])]
    else:
        part["X_val"] = np.where(np.arange(16) > 11, np.nan, part["X_val"])
        parameters["missing"] = "trim"
    estimator = tiny(**parameters).fit(X, y, **part)
    metric = estimator.model_.task.metric.name
    score = estimator.score(part["X_val"], part["y_val"])
    best = int(np.argmin(estimator.history_["valid_loss"]))
    assert estimator.history_[f"valid_{metric}"][best] == pytest.approx(score, rel=1e-5)


def test_inputs_stay_as_they_are(tiny, data):
    X, y, part = halves(data)
    before = {name: value.copy() for name, value in part.items()}
    tiny().fit(X, y, **part)
    for name, value in part.items():
        assert_array_equal(value, before[name])


def test_callbacks_score_the_part(tiny_classifier, labelled):
    X, y, part = halves(labelled)
    estimator = tiny_classifier(callbacks=[EpochScoring("accuracy", name="s")]).fit(X, y, **part)
    assert estimator.history_["s"] == estimator.history_["valid_accuracy"]


def test_groups_stay_on_one_side(labelled):
    X, y = labelled
    patients = np.repeat(np.arange(6), 4)
    splitter = GroupShuffleSplit(1, test_size=0.3, random_state=0)
    ((train, valid),) = splitter.split(X, y, patients)
    classifier = TCNClassifier(n_filters=4, max_epochs=2)
    classifier.fit(X[train], y[train], X_val=X[valid], y_val=y[valid])
    assert len(classifier.history_["valid_loss"]) == 2


def test_a_pipeline_transforms_the_part(labelled):
    X, y, part = halves(labelled)
    classifier = TCNClassifier(n_filters=4, max_epochs=2)
    with sklearn.config_context(enable_metadata_routing=True):
        classifier.set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), classifier, transform_input=["X_val"])
        pipeline.fit(100 + X, y, X_val=100 + part["X_val"], y_val=part["y_val"])
    assert max(pipeline[-1].history_["valid_loss"]) < 3


def test_an_unfinished_fit_of_another_part_is_refused(tiny, data, tmp_path, monkeypatch):
    X, y, part = halves(data)

    def stop(*args, **kwargs):
        raise RuntimeError("stop")

    options = {"checkpoint": tmp_path, "checkpoint_every": 1, "max_epochs": 2}
    monkeypatch.setattr("sktcn._training.trainer.fit_net", stop)
    with pytest.raises(RuntimeError, match="stop"):
        tiny(**options).fit(X, y, **part)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="X_val was"):
        tiny(**options).fit(X, y, X_val=1 + part["X_val"], y_val=part["y_val"])
    assert tiny(**options).fit(X, y, **part).n_iter_ == 2


def wrong(data, **changed):
    X, y, part = halves(data)
    return (X, y), part | changed


@pytest.mark.parametrize("missing", ["X_val", "y_val"])
def test_half_a_part_is_refused(tiny, data, missing):
    (X, y), part = wrong(data, **{missing: None})
    with pytest.raises(ValueError, match=r"X_val and y_val must be passed together"):
        tiny().fit(X, y, **part)


def test_weights_alone_are_refused(tiny, data):
    with pytest.raises(ValueError, match="got sample_weight_val alone"):
        tiny().fit(*data, sample_weight_val=np.ones(3))


def test_a_part_without_early_stopping_is_refused(tiny, data):
    (X, y), part = wrong(data)
    with pytest.raises(ValueError, match=r"X_val and y_val .* early_stopping=False"):
        tiny(early_stopping=False).fit(X, y, **part)
    with pytest.raises(ValueError, match=r"refit must be False with X_val"):
        tiny(refit=True).fit(X, y, **part)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"X_val": np.zeros((8, 3, 16))}, "1 channels"),
        ({"X_val": np.full((8, 16), np.nan)}, "NaN"),
        ({"X_val": np.zeros((5, 16))}, "inconsistent numbers"),
        ({"sample_weight_val": np.zeros(8)}, "zero"),
        ({"X_val": np.zeros((8, 9))}, "features"),
    ],
)
def test_series_that_do_not_fit_those_of_the_training(tiny, data, changed, words):
    (X, y), part = wrong(data, **changed)
    estimator = tiny()
    with pytest.raises(ValueError, match=rf"validation part, X_val and y_val, .*{words}"):
        estimator.fit(X, y, **part)
    assert not hasattr(estimator, "n_features_in_")


def test_labels_that_the_training_part_lacks(tiny_classifier, labelled):
    (X, y), part = wrong(labelled, y_val=["flat"] * 7 + ["new"])
    with pytest.raises(ValueError, match=r"validation part.*labels of the classes known.*new"):
        tiny_classifier().fit(X, y, **part)


def test_a_part_without_weight(tiny_classifier, labelled):
    X, y = np.vstack([labelled[0]] * 2), np.r_[labelled[1], ["third"] * 24]
    part = {"X_val": X[:2], "y_val": ["third", "third"]}
    with pytest.raises(ValueError, match=r"validation part.*positive weight"):
        tiny_classifier(class_weight={"third": 0.0}).fit(X, y, **part)
