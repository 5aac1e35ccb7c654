"""Errors: objects that can't be saved, and files damaged, foreign, forged or half written."""

from __future__ import annotations

import ast
import copy
import os
import pickle
import re
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from torch import nn

import sktcn
from sktcn import TCNClassifier, TCNRegressor, sktime_adapter
from sktcn.persistence import load, save
from tests.helpers.forged import assert_refused, forge

ROOT = Path(__file__).parents[2]
ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]


class Own(nn.Module):
    """An activation that no file can hold."""

    def forward(self, x):
        return x.relu()


class OwnOptimizer(torch.optim.SGD):
    """An optimiser that no file can hold."""


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
    ids=["class", "function", "module", "optimizer", "callback"],
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


def test_a_path_before_the_estimator_is_refused(small, tmp_path):
    with pytest.raises(TypeError, match="path must be a str or path-like, got TCNClassifier"):
        save(tmp_path / "model", small)


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


def put(file, position, byte):
    file.seek(position)
    file.write(bytes([byte]))


def flip(saved, positions):
    raw = saved.read_bytes()
    with saved.open("r+b", buffering=0) as file:  # in place: to make a file anew takes longer
        for position, bit in positions:
            put(file, position, raw[position] ^ 1 << bit)
            assert_refused(saved)
            put(file, position, raw[position])
    assert saved.read_bytes() == raw


def cut(saved, lengths):
    for length in sorted(lengths, reverse=True):
        os.truncate(saved, length)
        assert_refused(saved, "cut")


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 of a zip file", pickle.dumps("text"), b"text" * 9]
)
def test_a_file_of_another_kind(content, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"not written by .*there is no header at its start"):
        load(path)


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
    "record": (lambda e: {"Standardizer": {}}, ["model", "preprocessor"]),
    "no nets": (lambda e: [{}], ["nets"]),
    "attributes": (lambda e: {}, ["attributes"]),
}


@pytest.mark.parametrize(("change", "keys"), FORGED.values(), ids=FORGED)
def test_what_save_never_writes(saved, change, keys):
    forge(saved, change, *keys)
    assert_refused(saved, "can't be loaded")


def test_a_weight_missing(saved):
    keys = ["nets", 0, "module", "dict"]
    forge(saved, lambda e: e["nets"][0]["module"]["dict"][:-1], *keys)
    assert_refused(saved, "head.linear.bias")


def test_a_device_that_is_missing(saved):
    forge(saved, lambda e: "cuda:99", "parameters", "device")
    assert_refused(saved, r"cuda:99.*load\(path, device='cpu'\)")
    assert load(saved, device="cpu").device_.type == "cpu"


def test_only_an_adapter_needs_sktime(saved, tmp_path, monkeypatch):
    adapter = sktime_adapter.SktimeTCNRegressor(n_filters=2, n_blocks=1, max_epochs=1)
    save(adapter.fit(np.eye(8)[:, None], np.arange(8.0)), tmp_path / "adapter")
    monkeypatch.delattr(sktcn, "sktime_adapter")
    monkeypatch.delitem(sys.modules, "sktcn.sktime_adapter")
    monkeypatch.setitem(sys.modules, "sktime.classification.base", None)
    save(load(saved), saved)
    with pytest.raises(ImportError, match=r'pip install "sktcn\[sktime\]"'):
        load(tmp_path / "adapter")


@pytest.mark.parametrize("module", ["persistence/files", "_io/tagged_json", "_io/checksummed"])
def test_nothing_is_pickled_nor_imported_by_name(module):
    source = (ROOT / "sktcn" / f"{module}.py").read_text(encoding="utf-8")
    names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    assert not names & {"pickle", "joblib", "importlib", "__import__", "eval", "exec", "compile"}
    assert not re.search(r"(import|from) (pickle|joblib|importlib)|torch\.(save|load)\b", source)


def test_a_newer_format_says_so(saved, monkeypatch):
    monkeypatch.setattr("sktcn._io.checksummed.FORMAT", 4)
    monkeypatch.setattr("sktcn._io.checksummed.__version__", "9.9.9")
    forge(saved, None)
    monkeypatch.undo()
    assert_refused(saved, r"format 4, written by sktcn 9\.9\.9.*newer version")


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
    """Kill a process that saves two models in turn; collect a letter of each model found."""
    X, y = np.random.default_rng(0).normal(size=(8, 6)), np.random.default_rng(1).normal(size=8)
    for name, seed in (("a", 0), ("b", 1)):
        regressor = TCNRegressor(n_filters=48, n_blocks=3, max_epochs=1, random_state=seed)
        save(regressor.fit(X, y), folder / name)
    command = [sys.executable, "-m", "tests.helpers.killed_saves", str(folder), str(times)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return answer.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_a_few_times(tmp_path):
    found = kill(tmp_path, 3)
    assert len(found) == 3
    assert set(found) <= {"a", "b"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_fifty_times(tmp_path):
    found = kill(tmp_path, 50)
    assert len(found) == 50
    assert set(found) == {"a", "b"}
