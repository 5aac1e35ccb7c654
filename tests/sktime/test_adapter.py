"""The adapters for sktime: every container, the answers of our own estimators, errors."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from numpydoc.validate import validate
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from sktime.datatypes import convert

import sktcn
from sktcn import sktime_adapter
from sktcn.persistence import load, save
from sktcn.sktime_adapter import SktimeTCNClassifier, SktimeTCNRegressor

ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]
TRAINED = [adapter for adapter in ADAPTERS if "Rocket" not in adapter.__name__]
# As in tests/conftest.py: an architecture each and a task each run all the code of the four.
OTHERS = {"SktimeTCNRegressor", "SktimeLSTMClassifier"}
FEWER = [
    pytest.param(adapter, marks=[pytest.mark.slow] * (adapter.__name__ in OTHERS))
    for adapter in ADAPTERS
]
CLASSIFIERS = [adapter for adapter in ADAPTERS if adapter.__name__.endswith("Classifier")]
# All that sktime's estimators take without a further package: pd-long and pd-wide it only converts.
RAGGED = ["df-list", "nested_univ", "pd-multiindex"]
CONTAINERS = [*RAGGED, "numpy3D"]


def tiny(adapter, **parameters):
    return adapter(**adapter.get_test_params()[0] | parameters)


def ours(adapter, **parameters):
    """Make the estimator of ours that a tiny adapter holds."""
    kind = getattr(sktcn, adapter.__name__.removeprefix("Sktime"))
    return kind(**adapter.get_test_params()[0] | parameters)


def contain(X, container):
    """Put series, an array or a list of arrays, into a container of sktime's."""
    frames = [pd.DataFrame(x.T, columns=[f"channel {c}" for c in range(len(x))]) for x in X]
    indexed = convert(frames, "df-list", "pd-multiindex", "Panel")
    return convert(indexed, "pd-multiindex", container, "Panel")


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


@pytest.fixture
def target(labelled_channels):
    """Makes the target that suits an adapter: labels, or numbers."""
    labels = labelled_channels[1]
    numbers = np.unique(labels, return_inverse=True)[1] / 2
    return lambda adapter: labels if adapter in CLASSIFIERS else numbers


@pytest.fixture
def panel(labelled_channels):
    return labelled_channels[0]


@pytest.fixture
def ragged(panel):
    return [x[:, : 16 - i % 7] for i, x in enumerate(panel)]


# Answers


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("adapter", FEWER)
def test_answers_are_those_of_our_estimator(adapter, container, panel, target):
    X, y = contain(panel, container), target(adapter)
    fitted = tiny(adapter).fit(X, y)
    expected = answers(ours(adapter).fit(panel, y), panel)
    np.testing.assert_array_equal(answers(fitted, X), expected)
    np.testing.assert_array_equal(answers(fitted, panel), expected)
    named = fitted.estimator_.model_.schema.channel_names is not None
    inner = contain(panel, "df-list") if named else panel
    np.testing.assert_array_equal(answers(fitted.estimator_, inner), expected)


@pytest.mark.parametrize("container", RAGGED)
@pytest.mark.parametrize("adapter", FEWER)
def test_series_of_different_lengths_keep_them(adapter, container, ragged, target):
    X, y = contain(ragged, container), target(adapter)
    expected = answers(ours(adapter).fit(ragged, y), ragged)
    np.testing.assert_array_equal(answers(tiny(adapter).fit(X, y), X), expected)


@pytest.mark.parametrize(
    ("package", "container", "dtype"),
    [
        ("polars", "polars_panel", "float64"),
        ("gluonts", "gluonts_ListDataset_panel", "float32"),
    ],
)
def test_containers_of_other_packages(package, container, dtype, ragged, target):
    pytest.importorskip(package)
    X, y = contain(ragged, container), target(SktimeTCNClassifier)
    arrays = [x.astype(dtype) for x in ragged]
    expected = answers(ours(SktimeTCNClassifier).fit(arrays, y), arrays)
    np.testing.assert_array_equal(answers(tiny(SktimeTCNClassifier).fit(X, y), X), expected)


def test_a_table_is_of_one_channel(labelled):
    X, y = labelled
    expected = answers(ours(SktimeTCNClassifier).fit(X, y), X)
    np.testing.assert_array_equal(answers(tiny(SktimeTCNClassifier).fit(X, y), X), expected)


@pytest.mark.parametrize("dtype", ["int64", "bool", "Int64"])
def test_columns_of_any_numeric_type(dtype, panel, target):
    y = target(SktimeTCNClassifier)
    frames = [(frame > 1).astype(dtype) for frame in contain(panel, "df-list")]
    expected = answers(ours(SktimeTCNClassifier).fit((panel > 1).astype(float), y), panel > 1)
    fitted = tiny(SktimeTCNClassifier).fit(frames, y)
    np.testing.assert_array_equal(answers(fitted, frames), expected)


def test_single_precision(panel, target):
    single, y = panel.astype("float32"), target(SktimeTCNClassifier)
    expected = answers(ours(SktimeTCNClassifier).fit(single, y), single)
    X = contain(single, "pd-multiindex")
    np.testing.assert_array_equal(answers(tiny(SktimeTCNClassifier).fit(X, y), X), expected)


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_labels_in_a_series(dtype, panel, target):
    y = target(SktimeTCNClassifier)
    fitted = tiny(SktimeTCNClassifier).fit(panel, pd.Series(y, dtype=dtype))
    assert list(fitted.classes_) == list(fitted.estimator_.classes_) == ["a", "b", "c"]
    by_array = tiny(SktimeTCNClassifier).fit(panel, y)
    np.testing.assert_array_equal(answers(fitted, panel), answers(by_array, panel))
    np.testing.assert_array_equal(fitted.predict(panel), by_array.predict(panel))


def test_one_network_learns_several_numbers(panel, measured):
    y = np.column_stack([measured[1], measured[1] ** 2])
    fitted = tiny(SktimeTCNRegressor).fit(panel, pd.DataFrame(y, columns=["level", "square"]))
    predicted = fitted.predict(panel)
    assert list(predicted.columns) == ["level", "square"]
    expected = ours(SktimeTCNRegressor).fit(panel, y).predict(panel)
    np.testing.assert_array_equal(predicted, expected)


def test_sktime_makes_a_network_for_each_of_several_labels(panel, target):
    y = target(SktimeTCNClassifier)
    labels = pd.DataFrame({"letter": y, "is a": y == "a"})
    predicted = tiny(SktimeTCNClassifier).fit(panel, labels).predict(panel)
    for name, column in labels.items():
        expected = ours(SktimeTCNClassifier).fit(panel, column.to_numpy()).predict(panel)
        np.testing.assert_array_equal(predicted[name], expected)


# Parameters


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_parameters_are_those_of_our_estimator(adapter):
    assert inspect.signature(adapter) == inspect.signature(type(ours(adapter)))
    assert tiny(adapter).get_params() == ours(adapter).get_params()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_unknown_parameter_is_refused(adapter):
    with pytest.raises(TypeError, match="n_trees"):
        adapter(n_trees=3)
    with pytest.raises(ValueError, match="n_trees"):
        adapter().set_params(n_trees=3)


@pytest.mark.parametrize(
    "copied",
    [clone, copy.deepcopy, SktimeTCNClassifier.clone, lambda it: pickle.loads(pickle.dumps(it))],
    ids=["scikit-learn's clone", "deepcopy", "sktime's clone", "pickle"],
)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_copies_have_the_same_parameters_and_tags(adapter, copied):
    original = tiny(adapter, missing="mask", random_state=1)
    copy = copied(original)
    assert copy is not original
    assert copy == original
    assert copy.get_params() == original.get_params()
    assert copy.get_tags() == original.get_tags()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_reset_forgets_what_was_learned(adapter, panel, target):
    fitted = tiny(adapter).fit(panel, target(adapter))
    parameters = fitted.get_params()
    fitted.reset()
    assert not fitted.is_fitted
    assert not hasattr(fitted, "estimator_")
    assert fitted.get_params() == parameters


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_scikit_learn_knows_the_task_and_the_state(adapter, panel, target):
    estimator = tiny(adapter)
    assert is_classifier(estimator) == (adapter in CLASSIFIERS)
    assert is_regressor(estimator) != is_classifier(estimator)
    with pytest.raises(NotFittedError):
        check_is_fitted(estimator)
    check_is_fitted(estimator.fit(panel, target(adapter)))


@pytest.mark.parametrize("name", sktime_adapter.__all__)
def test_adapters_are_documented_in_full_with_an_example(name):
    errors = validate(f"sktcn.sktime_adapter.{name}")["errors"]
    assert not [error for error in errors if error[0] not in {"ES01", "SA01"}]


# Missing values


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_tag_tells_whether_values_may_be_missing(adapter):
    def takes_missing(estimator):
        return estimator.get_tag("capability:missing_values")

    assert not takes_missing(adapter())
    for policy in ("mask", "interpolate", "trim"):
        assert takes_missing(adapter(missing=policy))
        assert takes_missing(adapter().set_params(missing=policy))
        assert takes_missing(adapter(missing=policy).set_params(random_state=1).reset().clone())
        assert not takes_missing(adapter(missing=policy).set_params(missing="error"))


@pytest.mark.parametrize("container", ["df-list", "numpy3D", "pd-multiindex"])
@pytest.mark.parametrize("missing", ["mask", "interpolate"])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_missing_values_are_taken_as_our_estimator_takes_them(
    adapter, missing, container, panel, target
):
    panel[::3, 0, 4:7] = np.nan
    X, y = contain(panel, container), target(adapter)
    expected = answers(ours(adapter, missing=missing).fit(panel, y), panel)
    np.testing.assert_array_equal(answers(tiny(adapter, missing=missing).fit(X, y), X), expected)


def test_missing_values_of_pandas_are_nan(panel, target):
    y = target(SktimeTCNClassifier)
    panel[::3, 0, 4:7] = np.nan
    X = [frame.astype("Float64") for frame in contain(panel, "df-list")]
    assert X[0].iloc[4, 0] is pd.NA
    expected = answers(ours(SktimeTCNClassifier, missing="mask").fit(panel, y), panel)
    fitted = tiny(SktimeTCNClassifier, missing="mask").fit(X, y)
    np.testing.assert_array_equal(answers(fitted, X), expected)


def test_padding_can_be_cut_off(ragged, target):
    y = target(SktimeTCNClassifier)
    padded = np.stack(
        [np.pad(x, ((0, 0), (0, 16 - x.shape[1])), constant_values=np.nan) for x in ragged]
    )
    expected = answers(ours(SktimeTCNClassifier).fit(ragged, y), ragged)
    fitted = tiny(SktimeTCNClassifier, missing="trim").fit(padded, y)
    np.testing.assert_array_equal(answers(fitted, padded), expected)


@pytest.mark.parametrize("container", ["df-list", "numpy3D", "pd-multiindex"])
def test_missing_values_are_refused_without_a_policy(container, panel, target):
    fitted = tiny(SktimeTCNClassifier).fit(panel, target(SktimeTCNClassifier))
    panel[0, 0, 3] = np.nan
    with pytest.raises(ValueError, match="missing values"):
        fitted.predict(contain(panel, container))


# Errors


def test_other_channels_than_in_fit_are_refused(panel, target):
    fitted = tiny(SktimeTCNClassifier).fit(panel, target(SktimeTCNClassifier))
    with pytest.raises(ValueError, match="2 channels as in fit, got 1"):
        fitted.predict(contain(panel[:, :1], "pd-multiindex"))


def test_steps_that_are_out_of_order_are_refused(panel, target):
    X = contain(panel, "pd-multiindex")
    shuffled = pd.concat([X.iloc[[3]], X.iloc[:3], X.iloc[4:]])
    with pytest.raises(TypeError, match=r"index .*monoton"):
        tiny(SktimeTCNClassifier).fit(shuffled, target(SktimeTCNClassifier))


def test_the_index_is_not_looked_at_but_for_the_order(panel, target):
    y = target(SktimeTCNClassifier)
    gaps = [x.set_index(x.index**2) for x in contain(panel, "df-list")]
    expected = answers(ours(SktimeTCNClassifier).fit(panel, y), panel)
    np.testing.assert_array_equal(answers(tiny(SktimeTCNClassifier).fit(gaps, y), gaps), expected)


def test_columns_of_text_are_refused(panel, target):
    X = [x.astype(str) for x in contain(panel, "df-list")]
    with pytest.raises(TypeError, match="categorical"):
        tiny(SktimeTCNClassifier).fit(X, target(SktimeTCNClassifier))


def test_of_one_class_sktime_takes_care_by_itself(panel):
    with pytest.warns(UserWarning, match="only single label"):
        fitted = tiny(SktimeTCNClassifier).fit(panel, np.repeat("a", len(panel)))
    assert list(fitted.predict(panel[:2])) == ["a", "a"]
    np.testing.assert_array_equal(fitted.predict_proba(panel[:2]), [[1], [1]])
    assert not hasattr(fitted, "estimator_")


@pytest.mark.parametrize("adapter", TRAINED)
@pytest.mark.parametrize(
    "parameter",
    [{"max_epochs": 0}, {"optimizer": "newton"}, {"missing": "drop"}, {"warm_start": True}],
    ids=str,
)
def test_parameters_are_checked_in_fit(adapter, parameter, panel, target):
    with pytest.raises(ValueError, match=next(iter(parameter))):
        tiny(adapter, **parameter).fit(panel, target(adapter))


@pytest.mark.parametrize("adapter", [each for each in ADAPTERS if each not in TRAINED])
@pytest.mark.parametrize(
    "parameter", [{"n_kernels": 0}, {"alphas": []}, {"missing": "drop"}], ids=str
)
def test_parameters_of_the_closed_form_are_checked_in_fit(adapter, parameter, panel, target):
    with pytest.raises(ValueError, match=next(iter(parameter))):
        tiny(adapter, **parameter).fit(panel, target(adapter))


def test_without_sktime_the_error_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "sktcn.sktime_adapter")
    monkeypatch.setitem(sys.modules, "sktime.classification.base", None)
    with pytest.raises(ImportError, match=r'pip install "sktcn\[sktime\]"'):
        importlib.import_module("sktcn.sktime_adapter")


# Names of the channels


@pytest.fixture
def named():
    rng = np.random.default_rng(0)
    y = np.array(["a", "b"] * 10)
    X = rng.normal(scale=0.2, size=(20, 2, 12))
    X[y == "a", 0] += 2
    index = pd.MultiIndex.from_product([range(20), range(12)], names=["series", "time"])
    return pd.DataFrame(X.transpose(0, 2, 1).reshape(-1, 2), index, ["first", "second"]), y


def test_channels_are_known_by_their_names(named):
    frame, y = named
    classifier = SktimeTCNClassifier(n_filters=4, n_blocks=2, max_epochs=10).fit(frame, y)
    expected = classifier.predict_proba(frame)
    np.testing.assert_array_equal(classifier.predict_proba(frame[["second", "first"]]), expected)
    assert (classifier.predict(frame[["second", "first"]]) == classifier.predict(frame)).all()


def test_channels_of_other_names_are_refused(named):
    frame, y = named
    classifier = SktimeTCNClassifier(n_filters=4, n_blocks=2, max_epochs=1).fit(frame, y)
    with pytest.raises(ValueError, match=r"channels of fit, \['first', 'second'\], got .*'third'"):
        classifier.predict(frame.rename(columns={"second": "third"}))


def test_names_of_channels_are_saved(named, tmp_path):
    frame, y = named
    save(SktimeTCNClassifier(n_filters=4, n_blocks=2, max_epochs=1).fit(frame, y), tmp_path / "m")
    loaded = load(tmp_path / "m")
    np.testing.assert_array_equal(
        loaded.predict_proba(frame[["second", "first"]]), loaded.predict_proba(frame)
    )
