"""The estimators inside scikit-learn's tools."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    learning_curve,
    permutation_test_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

LEARNING = {"max_epochs": 20, "lr": 0.02}
GRID = {"activation": ["relu", "tanh"], "kernel_size": [2, 3]}

RELEASE = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
since_1_8 = pytest.mark.skipif(RELEASE < (1, 8), reason="needs scikit-learn 1.8")


def by_step(grid, name):
    return {f"{name}__{parameter}": values for parameter, values in grid.items()}


def test_pipeline(tiny, data):
    X, y = data
    pipeline = make_pipeline(StandardScaler(), tiny(**LEARNING)).fit(X, y)
    assert pipeline.predict(X).shape == y.shape
    assert pipeline.score(X, y) > 0.5
    assert pipeline[-1].n_features_in_ == X.shape[1]


def test_pipeline_of_series_with_channels(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    pipeline = make_pipeline(FunctionTransformer(np.abs), tiny_classifier(**LEARNING)).fit(X, y)
    assert pipeline.score(X, y) > 0.6


def test_grid_search_in_a_pipeline(tcn_classifier, labelled):
    X, y = labelled
    pipeline = Pipeline([("scale", StandardScaler()), ("tcn", tcn_classifier())])
    search = GridSearchCV(pipeline, by_step(GRID, "tcn"), cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_["tcn"].activation in GRID["activation"]
    np.testing.assert_array_equal(search.classes_, ["flat", "wave"])


def test_grid_search_in_two_processes_scores_as_in_one(tcn_classifier, labelled_channels):
    def scores(n_jobs):
        search = GridSearchCV(
            tcn_classifier(), GRID, cv=2, n_jobs=n_jobs, error_score="raise", scoring="neg_log_loss"
        ).fit(*labelled_channels)
        return [search.cv_results_[f"split{fold}_test_score"] for fold in range(2)]

    np.testing.assert_array_equal(scores(1), scores(2))


def test_randomized_search(tiny, data):
    X, y = data
    choices = {"lr": [0.001, 0.01, 0.1], "dropout": [0.0, 0.2], "pooling": ["mean", "max"]}
    search = RandomizedSearchCV(
        tiny(), choices, n_iter=3, cv=2, random_state=0, error_score="raise"
    ).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(search.predict(X)) == len(y)


def test_halving_grid_search(tcn_classifier, labelled):
    search = HalvingGridSearchCV(
        tcn_classifier(), GRID, cv=2, factor=2, random_state=0, min_resources=8, error_score="raise"
    ).fit(*labelled)
    assert search.n_iterations_ > 1
    assert set(search.best_params_) == set(GRID)


def test_halving_grid_search_over_epochs(tcn_classifier, labelled):
    search = HalvingGridSearchCV(
        tcn_classifier(),
        {"activation": ["relu", "tanh"]},
        cv=2,
        factor=2,
        resource="max_epochs",
        min_resources=2,
        max_resources=4,
        error_score="raise",
    ).fit(*labelled)
    assert search.best_estimator_.n_iter_ == 4


def test_cross_val_predict_of_probabilities(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    probabilities = cross_val_predict(
        tiny_classifier(**LEARNING), X, y, cv=3, method="predict_proba"
    )
    assert probabilities.shape == (24, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.mean(np.array(["a", "b", "c"])[probabilities.argmax(axis=1)] == y) > 0.6


@pytest.mark.parametrize(
    "method", ["sigmoid", "isotonic", pytest.param("temperature", marks=since_1_8)]
)
def test_calibration(tiny_classifier, labelled, method):
    X, y = labelled
    calibrated = CalibratedClassifierCV(tiny_classifier(), cv=2, method=method).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)


def test_calibration_of_series_with_channels(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    calibrated = CalibratedClassifierCV(tiny_classifier(), cv=2).fit(X, y)
    assert calibrated.predict_proba(X).shape == (24, 3)


def test_stacking(tcn_classifier, labelled):
    X, y = labelled
    members = [("relu", tcn_classifier()), ("tanh", tcn_classifier(activation="tanh"))]
    stacked = StackingClassifier(members, final_estimator=LogisticRegression(), cv=2).fit(X, y)
    assert stacked.transform(X).shape == (24, 2)
    assert stacked.score(X, y) > 0.5


def test_bagging(tiny_classifier, labelled):
    X, y = labelled
    bagged = BaggingClassifier(
        tiny_classifier(**LEARNING), n_estimators=2, max_samples=0.8, random_state=0
    ).fit(X, y)
    seeds = {member.random_state for member in bagged.estimators_}
    assert len(seeds) == 2
    assert bagged.score(X, y) > 0.5


def test_boosting(tiny_classifier, labelled):
    X, y = labelled
    boosted = AdaBoostClassifier(tiny_classifier(**LEARNING), n_estimators=2, random_state=0)
    assert boosted.fit(X, y).score(X, y) > 0.5
    assert boosted.predict_proba(X).shape == (24, 2)


def test_one_against_the_rest(tiny_classifier, labelled_channels):
    X, y = labelled_channels
    classifier = OneVsRestClassifier(tiny_classifier(**LEARNING)).fit(X[:, 0], y)
    assert classifier.predict_proba(X[:, 0]).shape == (24, 3)
    assert set(classifier.predict(X[:, 0])) <= set("abc")


def test_permutation_test(tcn_classifier, labelled):
    score, permuted, p_value = permutation_test_score(
        tcn_classifier(**LEARNING), *labelled, cv=2, n_permutations=4, random_state=0
    )
    assert score > permuted.mean()
    assert p_value <= 0.4


def test_learning_curve(tiny, data):
    sizes, train, test = learning_curve(
        tiny(),
        *data,
        cv=2,
        train_sizes=[0.5, 1.0],
        shuffle=True,
        random_state=0,
        error_score="raise",
    )
    assert list(sizes) == [6, 12]
    assert np.isfinite(train).all()
    assert np.isfinite(test).all()


def test_frozen(tiny, data):
    X, y = data
    fitted = tiny().fit(X, y)
    answers = fitted.predict(X)
    frozen = FrozenEstimator(fitted).fit(X[:4], y[:4])
    np.testing.assert_array_equal(frozen.predict(X), answers)


def test_frozen_and_calibrated(tiny_classifier, labelled):
    X, y = labelled
    fitted = FrozenEstimator(tiny_classifier().fit(X, y))
    calibrated = CalibratedClassifierCV(fitted).fit(X, y)
    np.testing.assert_array_equal(calibrated.classes_, fitted.classes_)


def test_transformed_target(tiny_regressor, measured):
    X, y = measured
    transformed = TransformedTargetRegressor(
        tiny_regressor(**LEARNING), func=np.log, inverse_func=np.exp
    )
    assert (transformed.fit(X, np.exp(y)).predict(X) > 0).all()
    direct = tiny_regressor(**LEARNING).fit(X, y)
    np.testing.assert_allclose(
        np.log(transformed.predict(X)), direct.predict(X), rtol=1e-5, atol=1e-5
    )


def test_routing_of_weights_through_a_pipeline(tiny, data):
    X, y = data
    weight = np.linspace(0.1, 3, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        asked = tiny().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(FunctionTransformer(), asked).fit(X, y, sample_weight=weight)
    expected = tiny().fit(X, y, sample_weight=weight).predict(X)
    np.testing.assert_array_equal(pipeline.predict(X), expected)


@since_1_8  # before, a search passes a pipeline's score no weights
def test_routing_of_weights_through_a_search(tcn_classifier, labelled):
    X, y = labelled
    weight = np.linspace(0.1, 3, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        asked = tcn_classifier().set_fit_request(sample_weight=True)
        asked.set_score_request(sample_weight=True)
        pipeline = Pipeline([("same", FunctionTransformer()), ("tcn", asked)])
        search = GridSearchCV(pipeline, by_step(GRID, "tcn"), cv=2, error_score="raise")
        search.fit(X, y, sample_weight=weight)
    expected = tcn_classifier(
        **{name.removeprefix("tcn__"): value for name, value in search.best_params_.items()}
    ).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
