"""The adapters inside what scikit-learn and sktime build of estimators."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sktime.base import load
from sktime.classification.compose import ClassifierPipeline
from sktime.classification.ensemble import BaggingClassifier, WeightedEnsembleClassifier
from sktime.classification.model_selection import TSCGridSearchCV
from sktime.pipeline import make_pipeline
from sktime.regression.compose import RegressorPipeline
from sktime.regression.model_selection import TSRGridSearchCV
from sktime.transformations.compose import FitInTransform
from sktime.transformations.difference import Differencer

from sktcn.sktime_adapter import (
    SktimeLSTMClassifier,
    SktimeLSTMRegressor,
    SktimeTCNClassifier,
    SktimeTCNRegressor,
)

CLASSIFIERS = [SktimeTCNClassifier, SktimeLSTMClassifier]
FOLDS = KFold(2)


def tiny(adapter, **parameters):
    return adapter(**adapter.get_test_params()[0] | parameters)


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def slow(adapter):
    return pytest.param(adapter, marks=pytest.mark.slow)


# As in tests/conftest.py: an architecture each and a task each run all the code of the four.
@pytest.fixture(
    params=[
        SktimeTCNClassifier,
        SktimeLSTMRegressor,
        slow(SktimeTCNRegressor),
        slow(SktimeLSTMClassifier),
    ]
)
def problem(request, labelled, measured):
    """An adapter, and the series and the target that suit it."""
    X, y = labelled if request.param in CLASSIFIERS else measured
    return tiny(request.param), X[:, None], y


@pytest.fixture
def frames(labelled):
    """Series of different lengths, and their labels."""
    X, y = labelled
    return [pd.DataFrame({"channel": x[: 16 - i % 5]}) for i, x in enumerate(X)], y


# scikit-learn's


def test_pipeline_of_scikit_learn(problem):
    adapter, X, y = problem
    pipeline = Pipeline([("tanh", FunctionTransformer(np.tanh)), ("net", adapter)])
    expected = answers(adapter.clone().fit(np.tanh(X), y), np.tanh(X))
    np.testing.assert_array_equal(answers(pipeline.fit(X, y), X), expected)


def test_search_of_scikit_learn_through_a_pipeline(problem):
    adapter, X, y = problem
    adapter.set_params(n_fixed_kernels=0)
    pipeline = Pipeline([("tanh", FunctionTransformer(np.tanh)), ("net", adapter)])
    search = GridSearchCV(pipeline, {"net__lr": [1e-8, 0.03]}, cv=2).fit(X, y)
    assert search.best_params_ == {"net__lr": 0.03}
    assert search.predict(X).shape == y.shape


def test_cross_validation_of_scikit_learn(problem):
    adapter, X, y = problem
    scores = cross_val_score(adapter, X, y, cv=FOLDS)
    predicted = cross_val_predict(adapter, X, y, cv=FOLDS)
    for score, (train, test) in zip(scores, FOLDS.split(X), strict=True):
        fitted = adapter.clone().fit(X[train], y[train])
        assert fitted.score(X[test], y[test]) == score
        np.testing.assert_array_equal(fitted.predict(X[test]), predicted[test])


def test_cross_validation_of_scikit_learn_over_series_of_different_lengths(frames):
    X, y = frames
    probabilities = cross_val_predict(tiny(SktimeTCNClassifier), X, y, cv=2, method="predict_proba")
    assert probabilities.shape == (24, 2)


# sktime's


def test_pipelines_of_sktime(problem):
    adapter, X, y = problem
    difference = np.diff(X, prepend=0)
    difference[:, :, 0] = 0
    expected = answers(adapter.clone().fit(difference, y), difference)
    kind = ClassifierPipeline if type(adapter) in CLASSIFIERS else RegressorPipeline
    for pipeline in (
        kind(adapter, [Differencer()]),
        make_pipeline(Differencer(), adapter),
        Differencer() * adapter,
    ):
        assert isinstance(pipeline, kind)
        np.testing.assert_array_equal(answers(pipeline.fit(X, y), X), expected)


def test_pipelines_of_sktime_over_other_series(problem):
    """As many as there are: sktime fits a Differencer to each series, unless told not to."""
    adapter, X, y = problem
    difference = np.diff(X, prepend=0)
    difference[:, :, 0] = 0
    expected = answers(adapter.clone().fit(difference, y), difference[:5])
    pipeline = FitInTransform(Differencer()) * adapter
    np.testing.assert_array_equal(answers(pipeline.fit(X, y), X[:5]), expected)


def test_pipeline_of_sktime_over_series_of_different_lengths(frames):
    X, y = frames
    difference = [x.diff().fillna(0) for x in X]
    expected = answers(tiny(SktimeTCNClassifier).fit(difference, y), difference)
    pipeline = Differencer() * tiny(SktimeTCNClassifier)
    np.testing.assert_array_equal(answers(pipeline.fit(X, y), X), expected)


@pytest.mark.parametrize("adapter", CLASSIFIERS)
def test_bagging_of_sktime(adapter, labelled):
    X, y = labelled
    bag = BaggingClassifier(tiny(adapter), n_estimators=2, random_state=0)
    assert answers(bag.fit(X[:, None], y), X[:, None]).shape == (24, 2)


def test_weighted_ensemble_of_sktime(labelled):
    X, y = labelled
    members = [(adapter.__name__, tiny(adapter)) for adapter in CLASSIFIERS]
    ensemble = WeightedEnsembleClassifier(members, cv=2, random_state=0).fit(X[:, None], y)
    assert answers(ensemble, X[:, None]).shape == (24, 2)


def test_evaluation_of_sktime(problem):
    adapter, X, y = problem
    kind = "classification" if type(adapter) in CLASSIFIERS else "regression"
    evaluation = f"sktime.{kind}.model_evaluation"
    module = pytest.importorskip(evaluation, reason=f"this release of sktime lacks {evaluation}")
    table = module.evaluate(adapter, FOLDS, X, y, error_score="raise")
    assert len(table) == 2


def test_search_of_sktime(problem):
    adapter, X, y = problem
    adapter.set_params(n_fixed_kernels=0)
    kind = TSCGridSearchCV if type(adapter) in CLASSIFIERS else TSRGridSearchCV
    search = kind(adapter, {"lr": [1e-8, 0.03]}, cv=FOLDS).fit(X, y)
    assert search.best_params_ == {"lr": 0.03}
    assert search.predict(X).shape == y.shape


def test_saved_adapters_answer_as_before(problem, tmp_path):
    adapter, X, y = problem
    expected = answers(adapter.fit(X, y), X)
    adapter.save(tmp_path / "adapter")
    for loaded in (load(adapter.save()), load(tmp_path / "adapter.zip"), deepcopy(adapter)):
        np.testing.assert_array_equal(answers(loaded, X), expected)
