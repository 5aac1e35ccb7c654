"""Saved and loaded: the same estimator, to the last bit."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from safetensors import safe_open
from sklearn.base import clone
from torch import nn

from sktcn import TCNClassifier, sktime_adapter
from sktcn._io.checksummed import FORMAT
from sktcn.persistence import load, save
from tests.helpers.state import state

GOLDEN = Path(__file__).parents[1] / "golden"
ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def round_trip(estimator, folder):
    save(estimator, folder / "model.safetensors")
    return load(folder / "model.safetensors")


def assert_same(loaded, estimator, X):
    assert type(loaded) is type(estimator)
    assert set(vars(loaded)) == set(vars(estimator))
    for name, value in vars(estimator).items():
        assert state(getattr(loaded, name)) == state(value), name
    assert_array_equal(answers(loaded, X), answers(estimator, X))


# The same estimator


def test_all_that_fit_learns_is_kept(tiny, data, tmp_path):
    estimator = tiny().fit(*data)
    assert_same(round_trip(estimator, tmp_path), estimator, data[0])


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_estimators": 3},
        {"dtype": "float64", "norm": "weight"},
        {"early_stopping": True},
        {"early_stopping": True, "refit": True, "n_estimators": 2},
        {"activation": nn.Softsign, "optimizer": torch.optim.RAdam},
        {"activation": "prelu", "optimizer": "sgd", "gradient_clip": 1.0},
        {"random_state": None},
        {"device": torch.device("cpu"), "max_epochs": np.int64(2), "pooling": np.str_("max")},
    ],
    ids=str,
)
def test_it_is_the_same_whatever_the_parameters(tiny, data, parameters, tmp_path):
    estimator = tiny(**parameters).fit(*data)
    assert_same(round_trip(estimator, tmp_path), estimator, data[0])


@pytest.mark.parametrize("sizes", [(3, 2), [5, 1, 3], np.array([2, 4])], ids=str)
def test_kernels_of_several_sizes_are_the_same(labelled, sizes, tmp_path):
    X, y = labelled
    estimator = TCNClassifier(kernel_size=sizes, norm="weight", n_filters=4, max_epochs=2).fit(X, y)
    assert_same(round_trip(estimator, tmp_path), estimator, X)


CHOICES = {
    "norm": st.sampled_from(["batch", "layer", "group", "weight", None]),
    "pooling": st.sampled_from(["mean", "max", "last", "attention", "mean+max"]),
    "residual": st.sampled_from(["add", "concat", None]),
    "activation": st.sampled_from(["relu", "gelu", "prelu", nn.Softsign]),
    "dtype": st.sampled_from(["float32", "float64"]),
    "scaling": st.sampled_from(["channel", "series", None]),
    "missing": st.sampled_from(["error", "mask", "interpolate", "trim"]),
    "differences": st.booleans(),
    "dropout": st.sampled_from([0.0, 0.3]),
}
TCN_CHOICES = {
    "causal": st.booleans(),
    "multiscale": st.booleans(),
    "n_blocks": st.sampled_from(["auto", 1]),
    "n_filters": st.sampled_from([3, np.int32(4)]),
}
LSTM_CHOICES = {
    "bidirectional": st.booleans(),
    "n_layers": st.integers(1, 2),
    "patch_size": st.sampled_from(["auto", 3]),
}


@given(st.data())
@settings(max_examples=15, deadline=None, derandomize=True)
def check_any_network(tiny, X, y, folder, choices):
    parameters = choices.draw(st.fixed_dictionaries({}, optional=CHOICES))
    own = TCN_CHOICES if "TCN" in tiny.args[0] else LSTM_CHOICES
    parameters |= choices.draw(st.fixed_dictionaries({}, optional=own))
    if parameters.get("missing", "error") != "error":
        X = np.where(np.arange(X.shape[1]) < 13, X, np.nan)
    ragged = choices.draw(st.booleans())
    X = [x[: 16 - i % 7] for i, x in enumerate(X)] if ragged else X
    estimator = tiny(**parameters, max_epochs=1).fit(X, y)
    assert_same(round_trip(estimator, folder), estimator, X)


def test_any_network_is_the_same(tiny, data, tmp_path):
    check_any_network(tiny, *data, tmp_path)


LABELS = {
    "int8": np.array([-3, 7], dtype=np.int8),
    "uint64": np.array([1, 2**64 - 1], dtype=np.uint64),
    "float32": np.array([0.0, 1.0], dtype=np.float32),
    "big-endian": np.array([2, 300], dtype=">i4"),
    "bool": np.array([False, True]),
    "unicode": np.array(["größer", "小さい \U0001f40c \"\\\n'"]),
    "wide": np.array(["a", "b"], dtype="<U40"),
    "objects": np.array(["no", "yes"], dtype=object),
    "half a surrogate": np.array(["\ud800", "x"]),
    "what a header holds": np.array(
        ['"sha256": "' + "0" * 64 + '"', '\\"sha256\\": \\"' + "0" * 64]
    ),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_keep_their_kind(tcn_classifier, labelled, labels, tmp_path):
    X, y = labelled
    classifier = tcn_classifier(max_epochs=1).fit(X, labels[(y == "wave").astype(int)])
    loaded = round_trip(classifier, tmp_path)
    assert_same(loaded, classifier, X)
    assert loaded.predict(X).dtype == classifier.predict(X).dtype
    assert_array_equal(loaded.predict(X), classifier.predict(X))


def test_weights_of_classes_are_kept(tcn_classifier, labelled, tmp_path):
    weights = {"flat": 1, np.str_("wave"): np.float32(0.1)}
    classifier = tcn_classifier(class_weight=weights).fit(*labelled)
    assert_same(round_trip(classifier, tmp_path), classifier, labelled[0])


@pytest.mark.parametrize("n_filters", [[4, 3], (3, 4), np.array([3, 3])], ids=str)
def test_a_width_for_each_block_is_kept(tcn_classifier, labelled, n_filters, tmp_path):
    classifier = tcn_classifier(n_filters=n_filters).fit(*labelled)
    assert_same(round_trip(classifier, tmp_path), classifier, labelled[0])


def test_several_targets_are_kept(tiny_regressor, measured, tmp_path):
    X, y = measured
    regressor = tiny_regressor().fit(X, np.column_stack([y, 100 - y]))
    assert_same(round_trip(regressor, tmp_path), regressor, X)


def test_names_of_columns_are_kept(tiny, data, tmp_path):
    X, y = pd.DataFrame(data[0]).add_prefix("t"), data[1]
    estimator = tiny().fit(X, y)
    loaded = round_trip(estimator, tmp_path)
    assert_same(loaded, estimator, X)
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(X[X.columns[::-1]])


def test_a_random_state_is_kept(tiny, data, tmp_path):
    estimator = tiny(random_state=np.random.RandomState(3)).fit(*data)
    loaded = round_trip(estimator, tmp_path)
    assert_same(loaded, estimator, data[0])
    assert_array_equal(answers(loaded.fit(*data), data[0]), answers(estimator.fit(*data), data[0]))


@pytest.mark.parametrize("container", ["numpy", "frames"])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_adapters_for_sktime(adapter, container, labelled_channels, tmp_path):
    X, y = labelled_channels
    if not adapter.__name__.endswith("Classifier"):
        y = np.unique(y, return_inverse=True)[1].astype(float)
    short = [np.ones((2, 5))]
    if container == "frames":
        short = [pd.DataFrame(short[0].T, columns=["a", "b"])]
        X = [pd.DataFrame(x.T, columns=["a", "b"]).head(16 - i % 5) for i, x in enumerate(X)]
    estimator = adapter(**adapter.get_test_params()[0], random_state=4).fit(X, y)
    loaded = round_trip(estimator, tmp_path)
    assert_same(loaded, estimator, X)
    assert_same(loaded.estimator_, estimator.estimator_, short)
    assert loaded.get_tags() == estimator.get_tags()
    assert_array_equal(answers(loaded.clone().fit(X, y), X), answers(estimator, X))


def test_adapters_of_one_class(labelled_channels, tmp_path):
    X, _ = labelled_channels
    with pytest.warns(UserWarning, match="only single label"):
        fitted = sktime_adapter.SktimeTCNClassifier().fit(X, np.repeat("a", len(X)))
    assert_same(round_trip(fitted, tmp_path), fitted, X)


# What can be done with it


def assert_go_on_alike(loaded, estimator, X, y):
    for one in (loaded, estimator):
        one.partial_fit(X, y)
    assert loaded.n_iter_ == estimator.n_iter_
    assert loaded.history_["train_loss"] == estimator.history_["train_loss"]
    for ours, theirs in zip(loaded.nets_, estimator.nets_, strict=True):
        for name in ("module_", "optimizer_", "generators"):
            assert state(getattr(ours, name)) == state(getattr(theirs, name)), name


def test_one_block_for_long_series_without_dilation(tmp_path):
    X = np.random.default_rng(0).normal(size=(4, 6000))
    network = TCNClassifier(n_filters=8, n_blocks=1, kernel_size=3, dilation_base=1, max_epochs=1)
    save(network.fit(X, [0, 1, 0, 1]), tmp_path / "one.sktcn")
    assert_array_equal(load(tmp_path / "one.sktcn").predict_proba(X), network.predict_proba(X))


def test_what_could_not_be_loaded_is_not_saved(tiny, data, tmp_path, monkeypatch):
    path = tmp_path / "kept.sktcn"
    fitted = tiny().fit(*data)
    save(fitted, path)
    path.chmod(0o600)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("sktcn._io.checksummed.MAX_HEADER_BYTES", 100)
        with pytest.raises(ValueError, match=r"such as history_: \d+ bytes, and 100 may be read"):
            save(fitted, path)
    assert path.read_bytes() == before
    save(fitted, path)
    assert path.stat().st_mode & 0o777 == 0o600  # whoever could not read it still can't


def test_it_goes_on_as_the_one_saved(tiny, data, tmp_path):
    estimator = tiny(dropout=0.3, n_estimators=2, batch_size=5).fit(*data)
    loaded = round_trip(estimator, tmp_path)
    for _ in range(2):
        assert_go_on_alike(loaded, estimator, *data)


def test_it_goes_on_where_partial_fit_stopped(tiny_regressor, measured, tmp_path):
    regressor = tiny_regressor().partial_fit(*measured).partial_fit(*measured)
    loaded = round_trip(regressor, tmp_path)
    assert loaded.n_iter_ == 2
    assert_go_on_alike(loaded, regressor, *measured)


def test_it_goes_on_from_a_fresh_optimizer_where_another_is_asked_for(tiny, data, tmp_path):
    estimator = tiny().fit(*data).set_params(optimizer="sgd")
    loaded = round_trip(estimator, tmp_path)
    assert_go_on_alike(loaded, estimator, *data)


def test_it_can_be_fitted_cloned_pickled_and_saved_again(tiny, data, tmp_path):
    estimator = tiny(warm_start=True).fit(*data)
    loaded = round_trip(estimator, tmp_path)
    raw = (tmp_path / "model.safetensors").read_bytes()
    assert_same(round_trip(loaded, tmp_path), estimator, data[0])
    assert (tmp_path / "model.safetensors").read_bytes() == raw
    assert_same(pickle.loads(pickle.dumps(loaded)), estimator, data[0])
    assert state(clone(loaded)) == state(clone(estimator))
    assert_array_equal(
        answers(loaded.fit(*data), data[0]), answers(copy.deepcopy(estimator).fit(*data), data[0])
    )


def test_saving_and_loading_change_nothing_else(tiny, data, tmp_path):
    estimator = tiny(activation=nn.PReLU).fit(*data)
    before, generators = state(estimator), (torch.get_rng_state(), np.random.get_state())
    round_trip(estimator, tmp_path)
    assert state(estimator) == before
    assert state((torch.get_rng_state(), np.random.get_state())) == state(generators)


def test_another_device_may_be_asked_for(tiny, data, tmp_path, monkeypatch):
    save(tiny(device="cpu").fit(*data), tmp_path / "model")
    assert load(tmp_path / "model", device=torch.device("cpu")).device == torch.device("cpu")
    unused = "sktcn.persistence.estimator._find_kind"
    monkeypatch.setattr(unused, lambda name: pytest.fail("was used"))
    with pytest.raises(ValueError, match=r"device must be .*'abacus'"):
        load(tmp_path / "model", device="abacus")


def test_any_reader_of_safetensors_reads_the_weights(tiny, data, tmp_path):
    estimator = tiny().fit(*data)
    save(estimator, tmp_path / "model")
    with safe_open(tmp_path / "model", "pt") as file:
        for name, weight in estimator.net_.module_.state_dict().items():
            assert torch.equal(file.get_tensor(f"nets_.0.module.{name}"), weight)
        assert json.loads(file.metadata()["sktcn"])["estimator"]["kind"] == type(estimator).__name__


def test_older_files_stay_readable():
    formats = set()
    for path in sorted(GOLDEN.glob("*.safetensors")):
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        loaded, formats = load(path), formats | {expected["format"]}
        assert getattr(loaded, "classes_", np.array(None)).tolist() == expected.get("classes")
        method = "predict_proba" if "classes" in expected else "predict"
        found = getattr(loaded, method)(np.array(expected["X"]))
        assert_allclose(found, expected[method], rtol=1e-5, atol=1e-5)
    assert formats == set(range(1, FORMAT + 1))
