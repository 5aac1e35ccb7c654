"""Saved and loaded: the same estimator to the last bit, or an error that names the file."""

from __future__ import annotations

import copy
import json
import pickle
import stat
import subprocess
import sys
from dataclasses import fields, is_dataclass
from enum import IntEnum
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
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from torch import nn

from sktcn import TCNClassifier, TCNRegressor, sktime_adapter
from sktcn._encoding import Decoder, Encoder
from sktcn._sealed_file import seal
from sktcn.persistence import load, save

GOLDEN = Path(__file__).parent / "golden"
KILLER = Path(__file__).parent / "killed_saves.py"
ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]
NOT_KEPT = {  # of a skorch net: what is the same for all, and callbacks with what they remember
    *("callbacks", "callbacks_", "virtual_params_", "criterion", "criterion_", "train_split"),
    *("_params_to_validate", "cuda_dependent_attributes_", "lr"),
}


class Own(nn.Module):
    """An activation that no file can hold."""

    def forward(self, x):
        return x.relu()


class OwnOptimizer(torch.optim.SGD):
    """An optimiser that no file can hold."""


def answers(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def state(value):
    """What a value is made of, such that what is equal to the last bit is equal."""
    if isinstance(value, IntEnum):  # sktime's, which compare as what they are saved as
        return state(int(value))
    if isinstance(value, np.ndarray):
        content = value.tolist() if value.dtype.kind in "OT" else value.tobytes()
        return value.dtype.str, value.shape, content
    if isinstance(value, torch.Tensor):
        return str(value.dtype), state(value.cpu().numpy())
    if isinstance(value, nn.Module):
        return str(value), value.training, state(dict(value.state_dict()))
    if isinstance(value, torch.optim.Optimizer):
        return type(value), state(value.state_dict())
    if isinstance(value, torch.Generator):
        return state(value.get_state())
    if isinstance(value, np.random.Generator):
        return state(value.bit_generator.state)
    if isinstance(value, np.random.RandomState):
        return state(value.get_state())
    if is_dataclass(value):
        return [type(value), *(state(getattr(value, field.name)) for field in fields(value))]
    if isinstance(value, dict):
        return type(value), [(state(k), state(v)) for k, v in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [state(item) for item in value]
    if type(value).__module__.startswith("sktcn.") and not isinstance(value, type):
        return type(value), {
            name: state(item) for name, item in vars(value).items() if name not in NOT_KEPT
        }
    return type(value), repr(value)


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
    if container == "frames":
        X = [pd.DataFrame(x.T, columns=["a", "b"]).head(16 - i % 5) for i, x in enumerate(X)]
    estimator = adapter(**adapter.get_test_params()[0], random_state=4).fit(X, y)
    loaded = round_trip(estimator, tmp_path)
    assert_same(loaded, estimator, X)
    assert_same(loaded.estimator_, estimator.estimator_, [np.ones((2, 5))])
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
        for name in ("module_", "optimizer_", "randomness"):
            assert state(getattr(ours, name)) == state(getattr(theirs, name)), name


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
    monkeypatch.setattr("sktcn.persistence._find_kind", lambda name: pytest.fail("was used"))
    with pytest.raises(ValueError, match=r"device must be .*'abacus'"):
        load(tmp_path / "model", device="abacus")


def test_a_device_that_is_missing_is_an_error_that_says_what_to_do(tiny, data, tmp_path):
    path = tmp_path / "model"
    save(tiny().fit(*data), path)
    forge(path, lambda found: found["parameters"] | {"device": "cuda:99"}, "parameters")
    with pytest.raises(ValueError, match=r"model.*cuda:99.*load\(path, device='cpu'\)"):
        load(path)
    assert load(path, device="cpu").device_.type == "cpu"


def test_any_reader_of_safetensors_reads_the_weights(tiny, data, tmp_path):
    estimator = tiny().fit(*data)
    save(estimator, tmp_path / "model")
    with safe_open(tmp_path / "model", "pt") as file:
        for name, weight in estimator.net_.module_.state_dict().items():
            assert torch.equal(file.get_tensor(f"nets_.0.module.{name}"), weight)
        assert json.loads(file.metadata()["sktcn"])["estimator"]["kind"] == type(estimator).__name__


def test_older_files_stay_readable():
    for path in sorted(GOLDEN.glob("*.safetensors")):
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        loaded = load(path)
        assert loaded.classes_.tolist() == expected["classes"]
        found = loaded.predict_proba(np.array(expected["X"]))
        assert_allclose(found, expected["predict_proba"], rtol=0, atol=1e-5)
    assert expected["format"] == 1


# What can't be saved


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"activation": Own}, "activation .*Own.*class of torch.nn"),
        ({"activation": torch.tanh}, "activation .*tanh.*class of torch.nn"),
        ({"activation": nn.LeakyReLU(0.1)}, "activation .*LeakyReLU.*class of torch.nn"),
        ({"optimizer": OwnOptimizer}, "optimizer .*OwnOptimizer.*class of torch.optim"),
        ({"callbacks": [sys.intern]}, r"callbacks\.0 .*intern.*callbacks=None"),
    ],
    ids=str,
)
def test_parameters_that_are_code_are_refused(tiny, data, parameters, words, tmp_path):
    estimator = tiny().fit(*data).set_params(**parameters)
    with pytest.raises(TypeError, match=words):
        save(estimator, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_labels_of_other_kinds_are_refused(tcn_classifier, labelled, tmp_path):
    X, y = labelled
    days = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")
    classifier = tcn_classifier().fit(X, days[(y == "wave").astype(int)])
    with pytest.raises(TypeError, match=r"classes_ .*datetime64"):
        save(classifier, tmp_path / "model")


@pytest.mark.parametrize(
    "parameters",
    [
        {"activation": "tanh"},
        {"pooling": "max"},
        {"dtype": "float64"},
        {"norm": "group"},
        {"dropout": 0.5},
    ],
    ids=str,
)
def test_parameters_that_are_not_those_of_the_fit_are_refused(tiny, data, parameters, tmp_path):
    estimator = tiny(norm="layer", pooling="mean").fit(*data).set_params(**parameters)
    with pytest.raises(ValueError, match=r"changed since its fit.*set them back"):
        save(estimator, tmp_path / "model")


@pytest.mark.parametrize("parameters", [{"causal": False}, {"dilation_base": 3}], ids=str)
def test_a_network_of_the_same_weights_is_another_one(
    tcn_classifier, labelled, parameters, tmp_path
):
    classifier = tcn_classifier().fit(*labelled).set_params(**parameters)
    with pytest.raises(ValueError, match=r"changed since its fit.*set them back"):
        save(classifier, tmp_path / "model")


def test_bad_parameters_are_refused(tiny, data, tmp_path):
    estimator = tiny().fit(*data).set_params(lr=-1.0)
    with pytest.raises(ValueError, match="lr"):
        save(estimator, tmp_path / "model")


@pytest.mark.parametrize("make", [TCNClassifier, *ADAPTERS])
def test_what_is_not_fitted_is_refused(make, tmp_path):
    with pytest.raises(NotFittedError):
        save(make(), tmp_path / "model")


class OwnClassifier(TCNClassifier):
    """A class that a file could name only."""


@pytest.mark.parametrize(
    "other",
    [None, "model", TCNClassifier, OwnClassifier(), make_pipeline(TCNClassifier())],
    ids=str,
)
def test_other_objects_are_refused(other, tmp_path):
    with pytest.raises(TypeError, match=r"estimator must be one of .*TCNClassifier"):
        save(other, tmp_path / "model")


# Whole, or not there


@pytest.fixture(scope="module")
def small():
    """A fitted estimator of few bytes."""
    X, y = np.random.default_rng(0).normal(size=(8, 6)), np.arange(8) % 2
    parameters = {"n_filters": 2, "n_blocks": 1, "kernel_size": 2, "optimizer": "sgd"}
    return TCNClassifier(**parameters, differences=False, max_epochs=1).fit(X, y)


@pytest.fixture
def saved(small, tmp_path):
    path = tmp_path / "small model"
    save(small, path)
    return path


def forge(path, change, *keys):
    """Change the JSON in a file, and make it whole again."""
    with safe_open(path, "np") as file:
        found = json.loads(file.metadata()["sktcn"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for key in ("format", "sha256", "sktcn"):
        found.pop(key)
    place = found["estimator"]
    for key in keys[:-1]:
        place = place[key]
    if keys:
        place[keys[-1]] = change(found["estimator"])
    path.write_bytes(seal(found, arrays))


def assert_refused(path, words=None):
    with pytest.raises((ValueError, OSError), match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)


def flip(saved, positions):
    raw = saved.read_bytes()
    for position, bit in positions:
        spoilt = bytearray(raw)
        spoilt[position] ^= 1 << bit
        saved.write_bytes(spoilt)
        assert_refused(saved)


def cut(saved, lengths):
    raw = saved.read_bytes()
    for length in lengths:
        saved.write_bytes(raw[:length])
        assert_refused(saved, "cut")


def test_some_bits_flipped(saved):
    size = saved.stat().st_size
    flip(saved, [(i, i % 8) for i in [*range(20), *range(20, size, 41)]])


def test_cut_at_some_lengths(saved):
    size = saved.stat().st_size
    cut(saved, [*range(10), *range(10, size, 97), size - 1])


@pytest.mark.slow
def test_every_bit_flipped(saved):
    flip(saved, [(i, bit) for i in range(saved.stat().st_size) for bit in range(8)])


@pytest.mark.slow
def test_cut_at_every_length(saved):
    cut(saved, range(saved.stat().st_size))


def test_something_added(saved):
    saved.write_bytes(saved.read_bytes() + b"\0")
    assert_refused(saved, "damaged")


FOREIGN = {
    "nothing": b"",
    "text": b"these are not the weights that you are looking for",
    "pickle": pickle.dumps({"a": 1}),
    "a terabyte claimed": (2**40).to_bytes(8, "little") + b"{}",
    "all that there is claimed": b"\xff" * 64,
    "safetensors of others": b"\x02\0\0\0\0\0\0\0{}",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_foreign_files(content, tmp_path):
    (tmp_path / "other").write_bytes(content)
    assert_refused(tmp_path / "other", "not written by sktcn")


def test_no_file_and_no_folder(small, tmp_path):
    assert_refused(tmp_path / "nowhere")
    with pytest.raises(OSError, match=tmp_path.name):
        load(tmp_path)
    with pytest.raises(OSError, match="nowhere"):
        save(small, tmp_path / "nowhere" / "model")
    with pytest.raises(OSError, match=tmp_path.name):
        save(small, tmp_path)
    assert not list(tmp_path.iterdir())


FORGED = {
    "kind": (lambda e: "Unpickler", ["kind"]),
    "no parameters": (lambda e: None, ["parameters"]),
    "parameter of a newer version": (lambda e: 1, ["parameters", "thinking"]),
    "parameter": (lambda e: "most", ["parameters", "pooling"]),
    "huge": (lambda e: 10**12, ["parameters", "n_filters"]),
    "other network": (lambda e: 3, ["parameters", "n_filters"]),
    "function": (lambda e: {"class": "os.system"}, ["parameters", "activation"]),
    "builtin": (lambda e: {"class": "print"}, ["parameters", "activation"]),
    "module": (lambda e: {"class": "torch.nn.functional"}, ["parameters", "activation"]),
    "no module": (lambda e: {"class": "torch.nn.Parameter"}, ["parameters", "activation"]),
    "of arguments": (lambda e: {"class": "torch.nn.Linear"}, ["parameters", "activation"]),
    "tag": (lambda e: {"pickle": "gASVBQ=="}, ["parameters", "lr"]),
    "two tags": (lambda e: {"float": "nan", "tuple": []}, ["parameters", "lr"]),
    "objects": (lambda e: {"array": ["O", "noise"]}, ["parameters", "n_filters"]),
    "no array": (lambda e: {"array": ["<f8", "x"]}, ["parameters", "n_filters"]),
    "record": (lambda e: {"Standardizer": {}}, ["attributes", "_preparation"]),
    "no nets": (lambda e: [{}], ["nets"]),
    "attributes": (lambda e: {}, ["attributes"]),
}


@pytest.mark.parametrize(("change", "keys"), FORGED.values(), ids=FORGED)
def test_what_save_never_writes(saved, change, keys):
    forge(saved, change, *keys)
    assert_refused(saved, "can't be loaded")


def test_a_weight_missing(saved):
    state = ["nets", 0, "module", "dict"]
    forge(saved, lambda e: e["nets"][0]["module"]["dict"][:-1], *state)
    assert_refused(saved, "head.bias")


def test_a_newer_format_says_so(saved, monkeypatch):
    monkeypatch.setattr("sktcn._sealed_file.FORMAT", 2)
    monkeypatch.setattr("sktcn._sealed_file.__version__", "9.9.9")
    forge(saved, None)
    monkeypatch.undo()
    assert_refused(saved, r"format 2, written by sktcn 9\.9\.9.*newer version")


def test_a_save_that_fails_leaves_the_old_file(small, saved, monkeypatch):
    def fail(descriptor):
        raise OSError("no space left")

    raw = saved.read_bytes()
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        save(copy.deepcopy(small).set_params(verbose=1), saved)
    assert saved.read_bytes() == raw
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions and links")
def test_a_file_like_any_other(small, tmp_path):
    (tmp_path / "ordinary").touch()
    (tmp_path / "link").symlink_to(tmp_path / "model")
    save(small, str(tmp_path / "link"))
    modes = {stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("ordinary", "model")}
    assert len(modes) == 1
    assert (tmp_path / "link").is_symlink()


def kill(folder, times):
    """Let a process save two models in turn, and kill it; what is found, a letter each time."""
    X, y = np.random.default_rng(0).normal(size=(8, 6)), np.random.default_rng(1).normal(size=8)
    for name, seed in (("a", 0), ("b", 1)):
        regressor = TCNRegressor(n_filters=48, n_blocks=3, max_epochs=1, random_state=seed)
        save(regressor.fit(X, y), folder / name)
    command = [sys.executable, str(KILLER), str(folder), str(times)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(not hasattr(sys, "abiflags"), reason="needs fork")
def test_killed_a_few_times(tmp_path):
    assert set(kill(tmp_path, 4)) <= {"a", "b"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(sys, "abiflags"), reason="needs fork")
def test_killed_fifty_times(tmp_path):
    found = kill(tmp_path, 50)
    assert len(found) == 50
    assert set(found) == {"a", "b"}


# Values


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.sampled_from([np.float32(0.1), np.float64("nan"), np.str_("x"), np.bool_(True)]),
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
        ),
    )
)
@settings(deadline=None, max_examples=40)
def test_values_come_back_as_they_were(value):
    encoder = Encoder()
    text = json.dumps(encoder.encode(value, "value"))
    assert state(Decoder(encoder.arrays).decode(json.loads(text))) == state(value)


@pytest.mark.parametrize("value", [1j, b"x", {1}, print, object()])
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match=r"its\.name can't be saved"):
        Encoder().encode(value, "its.name")
