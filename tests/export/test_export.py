"""Exported files: they answer as the estimator does, on whatever they are given."""

from __future__ import annotations

import copy
import json
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache, partial

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sktcn import LSTMClassifier, LSTMRegressor, RocketClassifier, TCNClassifier, TCNRegressor
from sktcn.export import read_metadata, streaming_to_onnx, to_onnx, to_torch_export, verify
from sktcn.export import writing as writing_module
from sktcn.export.graph import SeriesGraph
from sktcn.export.tracing import series_network
from sktcn.networks import ACTIVATIONS, NORMS, POOLINGS

FORMATS = {"onnx": to_onnx, "pt2": to_torch_export}
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
# Series and time steps of batches, none of which is that of the export.
SHAPES = ((1, 1), (1, 2), (2, 1), (7, 9), (5, 40), (1, 130), (4, 4))
SMALL = {"max_epochs": 2, "batch_size": 8, "n_fixed_kernels": 0}
TCN = SMALL | {"n_filters": 4, "n_blocks": 2, "kernel_size": 3}
LSTM = SMALL | {"hidden_size": 4, "patch_size": 3}

formats = pytest.mark.parametrize("suffix", FORMATS)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def fitted(kind, **parameters):
    """Fit a small network on series of two channels that are not near zero."""
    X = 50 + 10 * noise(12, 2, 20)
    base = TCN if kind.__name__.startswith("TCN") else LSTM
    y = X[:, 0, :5].mean(1) if kind.__name__.endswith("Regressor") else [0, 1, 2] * 4
    return kind(**base | parameters).fit(X, y)


def answers_of(estimator, series):
    return getattr(estimator, "predict_proba", estimator.predict)(series)


@cache
def opened(path):
    """Read an exported network at `path` as a user would, without this library."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(path)
        return lambda x, lengths: session.run(None, {"series": x, "lengths": lengths})
    network = torch.export.load(path).module()
    return lambda x, lengths: [*network(torch.tensor(x), torch.tensor(lengths)).values()]


def run(path, x, lengths):
    """Compute the outputs of the exported network at `path`."""
    [answers] = opened(path)(x, lengths)
    return np.asarray(answers)


def batch(estimator, n_series, n_steps, seed=1):
    """Ragged series, and the same padded with NaN."""
    rng = np.random.default_rng(seed)
    dtype = estimator.model_.dtype
    x = (50 + 10 * rng.normal(size=(n_series, estimator.model_.n_channels, n_steps))).astype(dtype)
    if estimator.missing in ("mask", "interpolate"):
        x[rng.random(x.shape) < 0.3] = np.nan
    lengths = rng.integers(1, n_steps + 1, n_series)
    lengths[0] = n_steps
    series = [row[:, :length].copy() for row, length in zip(x, lengths, strict=True)]
    for row, length in zip(x, lengths, strict=True):
        row[:, length:] = np.nan
    return series, x, lengths


def assert_same_answers(estimator, path):
    """Hold a file against its estimator, relative to the largest answer."""
    for n_series, n_steps in SHAPES:
        series, x, lengths = batch(estimator, n_series, n_steps)
        expected, found = answers_of(estimator, series), run(path, x, lengths)
        assert found.shape == expected.shape
        assert found.dtype == x.dtype
        apart = np.abs(found - expected).max() / np.abs(expected).max()
        assert apart < TOLERANCE[str(x.dtype)], (n_series, n_steps)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def exported(folder):
    """Make one of a few exports, which take seconds: the estimator and its file."""
    made = {}

    def make(name, suffix):
        if name not in made:
            made[name] = FEW[name]()
        path = folder / f"{name}.{suffix}"
        if not path.exists():
            FORMATS[suffix](made[name], path)
        return made[name], path

    return make


FEW = {
    "tcn": partial(fitted, TCNClassifier, causal=False, n_blocks=1, pooling="mean+max"),
    "lstm": partial(fitted, LSTMRegressor, dtype="float64", missing="mask"),
}
# An LSTM takes long to trace, and longest for a file of torch.
few = pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("tcn", "onnx"),
        ("tcn", "pt2"),
        ("lstm", "onnx"),
        pytest.param("lstm", "pt2", marks=pytest.mark.slow),
    ],
)
but_for_torch = pytest.mark.parametrize(
    "suffix", ["onnx", pytest.param("pt2", marks=pytest.mark.slow)]
)
but_for_onnx = pytest.mark.parametrize(
    "suffix", [pytest.param("onnx", marks=pytest.mark.slow), "pt2"]
)


@few
def test_batches_and_lengths_not_seen_at_export(exported, name, suffix):
    estimator, path = exported(name, suffix)
    assert_same_answers(estimator, path)


@few
def test_one_call_verifies(exported, name, suffix):
    estimator, path = exported(name, suffix)
    assert 0 <= verify(path) < TOLERANCE[estimator.dtype]


@formats
def test_what_padding_holds_changes_nothing(exported, suffix):
    estimator, path = exported("tcn", suffix)
    _, x, lengths = batch(estimator, 4, 12)
    garbled = np.where(np.isnan(x), np.float32(np.inf), x)
    np.testing.assert_array_equal(run(path, x, lengths), run(path, garbled, lengths))


@formats
def test_what_the_estimator_refuses_is_nan(exported, suffix):
    estimator, path = exported("tcn", suffix)
    _, x, _ = batch(estimator, 6, 10)
    x = np.nan_to_num(x)
    lengths = np.array([10, 10, 9, 0, 11, 10])
    x[0, 0, 3], x[1, 1, 9], x[2, 1, 9] = np.nan, np.inf, np.nan  # the last one is padding
    found = np.isnan(run(path, x, lengths))
    assert found.all(1).tolist() == found.any(1).tolist()
    assert found.all(1).tolist() == [True, True, False, True, True, False]


@but_for_torch
def test_infinity_is_refused_where_nan_is_not(exported, suffix):
    estimator, path = exported("lstm", suffix)
    _, x, _ = batch(estimator, 2, 10)
    x[0, 0, 3], x[1, 0, 3] = np.inf, np.nan
    assert np.isnan(run(path, x, np.array([10, 10]))).tolist() == [True, False]


@formats
def test_metadata_tell_what_a_program_must_know(exported, suffix):
    about = read_metadata(exported("tcn", suffix)[1])
    assert about["classes"] == {"dtype": "int64", "values": [0, 1, 2]}
    assert about["estimator"] == "TCNClassifier"
    assert (about["n_channels"], about["dtype"], about["missing"]) == (2, "float32", "error")
    assert set(about["golden"]["inputs"]) == {"series", "lengths"}
    assert set(about["golden"]["outputs"]) == {"probabilities"}
    assert len(json.dumps(about)) < 10_000


@but_for_torch
def test_metadata_of_a_regressor_with_missing_values(exported, suffix):
    about = read_metadata(exported("lstm", suffix)[1])
    assert "classes" not in about
    assert set(about["golden"]["outputs"]) == {"prediction"}
    assert "null" in json.dumps(about["golden"]["inputs"])  # gaps


def test_metadata_have_the_names_of_channels():
    frames = [pd.DataFrame(x.T, columns=["load", "heat"]) for x in noise(8, 2, 20)]
    network = series_network(TCNRegressor(**TCN).fit(frames, np.arange(8.0)).model_)
    assert json.loads(network.metadata)["channels"] == ["load", "heat"]


def test_inputs_of_onnx_have_names_and_any_shape(exported):
    inputs = onnxruntime.InferenceSession(exported("tcn", "onnx")[1]).get_inputs()
    assert [(i.name, i.type) for i in inputs] == [
        ("series", "tensor(float)"),
        ("lengths", "tensor(int64)"),
    ]
    assert [i.shape for i in inputs] == [["n_series", 2, "n_timepoints"], ["n_series"]]
    (output,) = onnxruntime.InferenceSession(exported("tcn", "onnx")[1]).get_outputs()
    assert output.shape == ["n_series", 3]


def opset_of(path):
    return {each.domain: each.version for each in onnx.load(path).opset_import}[""]


LATER = [pytest.param(opset, marks=pytest.mark.slow) for opset in (19, np.int64(26))]


@pytest.mark.parametrize("opset", [18, *LATER])
def test_operator_sets(opset, tmp_path, capfd):
    estimator = fitted(TCNClassifier, causal=False, pooling="mean+max", n_blocks=1)
    path = tmp_path / "file.onnx"
    to_onnx(estimator, path, opset=opset)
    assert opset_of(path) == opset
    assert_same_answers(estimator, path)
    assert capfd.readouterr() == ("", "")


def test_the_operator_set_is_torchs_without_one(exported):
    assert opset_of(exported("tcn", "onnx")[1]) == 20


@pytest.mark.parametrize("opset", [13, 17, 1000, 18.0, True, "18"])
@pytest.mark.parametrize("export", [to_onnx, streaming_to_onnx])
def test_operator_sets_that_are_refused(export, opset, exported, tmp_path, monkeypatch):
    estimator, _ = exported("tcn", "onnx")
    monkeypatch.setattr(torch.onnx, "export", None)  # no work before the error
    message = r"opset must be an integer from 18, the lowest that works, to \d\d, got opset="
    with pytest.raises(ValueError, match=message + repr(opset)):
        export(estimator, tmp_path / "file.onnx", opset=opset)


@few
def test_files_tell_nothing_of_the_machine(exported, name, suffix):
    content = exported(name, suffix)[1].read_bytes()
    for place in (os.path.dirname(writing_module.__file__), os.path.dirname(torch.__file__)):
        assert place.encode() not in content


def tampered(path, folder, change):
    """Copy a file, with a change in its golden output."""
    about = read_metadata(path)
    [output] = about["golden"]["outputs"].values()
    output["values"] = change(np.array(output["values"])).tolist()
    copied = folder / path.name
    if path.suffix == ".onnx":
        model = onnx.load(path)
        model.metadata_props[0].value = json.dumps(about)
        onnx.save(model, copied)
        return copied
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copied, "w") as new:
        for item in old.infolist():
            ours = item.filename.endswith("sktcn.json")
            new.writestr(item.filename, json.dumps(about) if ours else old.read(item))
    return copied


@formats
def test_another_answer_is_found_out(exported, suffix, tmp_path):
    path = exported("tcn", suffix)[1]
    changed = tampered(path, tmp_path, lambda golden: golden * 1.0001)
    with pytest.raises(ValueError, match=r"tcn.*not give its golden.*at most 1e-05, got 0.0001"):
        verify(changed)
    assert verify(changed, tolerance=1e-3) == pytest.approx(1e-4, rel=0.1)
    with pytest.raises(ValueError, match=r"not give its golden.*at most 1, got inf"):
        verify(tampered(path, tmp_path, lambda golden: golden[:-1]), tolerance=1.0)


def test_a_network_that_answers_otherwise_is_not_written(tmp_path, monkeypatch):
    estimator = fitted(TCNClassifier, n_blocks=1)
    monkeypatch.setattr(SeriesGraph, "_refused", lambda self, x, lengths: lengths == 1)
    with pytest.raises(ValueError, match=r"can't be exported.*does not give its golden output"):
        to_torch_export(estimator, tmp_path / "file.pt2")
    assert not list(tmp_path.iterdir())


def test_a_file_of_torch_needs_nothing_of_this_library(exported):
    path = exported("tcn", "pt2")[1]
    code = (
        "import sys; sys.modules['sktcn'] = None; import torch; from torch.export import load; "
        f"network = load({str(path)!r}).module(); x = torch.ones(1, 2, 5); "
        "print(network(x, torch.tensor([5]))['probabilities'].shape)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "torch.Size([1, 3])"


@formats
@pytest.mark.parametrize("read", [verify, read_metadata])
def test_files_that_are_none_of_ours(exported, suffix, tmp_path, read):
    content = exported("tcn", suffix)[1].read_bytes()
    path = tmp_path / f"broken.{suffix}"
    for broken in (b"", b"nothing", content[: len(content) // 2], content[:-10]):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"broken.*is damaged, or not exported by sktcn"):
            read(path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")


@formats
def test_an_export_of_something_else(suffix, tmp_path):
    path = tmp_path / f"other.{suffix}"
    program = torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),))
    if suffix == "pt2":
        torch.export.save(program, path)
    else:
        with writing_module.suppress_torch_messages():
            torch.onnx.export(program, (torch.zeros(1, 2),), verbose=False).save(path)
    with pytest.raises(ValueError, match=r"other.*is damaged, or not exported by sktcn"):
        verify(path)


@formats
def test_only_fitted_estimators_of_ours(suffix, tmp_path):
    export, path = FORMATS[suffix], tmp_path / "file"
    with pytest.raises(NotFittedError):
        export(TCNClassifier(), path)
    with pytest.raises(TypeError, match=r"must be a classifier or regressor.*LogisticRegression"):
        export(LogisticRegression(), path)
    assert not list(tmp_path.iterdir())


@formats
def test_labels_that_json_does_not_know(suffix, tmp_path):
    labels = np.array([(1, 2), (3, 4)] * 6 + [None], dtype=object)[:-1]
    classifier = fitted(TCNClassifier)
    model = classifier.model_
    classifier.model_ = replace(model, task=replace(model.task, classes=labels[:3]))
    with pytest.raises(ValueError, match=r"labels.*must be strings, numbers or booleans.*\(1, 2\)"):
        FORMATS[suffix](classifier, tmp_path / "file")
    assert not list(tmp_path.iterdir())


def picky(x):
    return x if x.sum() > 0 else x + 1 - 1


@but_for_onnx
def test_an_activation_that_torch_cannot_trace(suffix, tmp_path):
    classifier = fitted(TCNClassifier, activation=picky, n_blocks=1)
    with pytest.raises(ValueError, match=r"can't be exported(.|\n)*activation=<function picky"):
        FORMATS[suffix](classifier, tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_an_activation_that_the_runtime_lacks(tmp_path):
    classifier = fitted(TCNClassifier, activation="gelu", dtype="float64", n_blocks=1)
    with pytest.raises(ValueError, match=r"can't be exported(.|\n)*'gelu', dtype='float64'"):
        streaming_to_onnx(classifier, tmp_path / "file.onnx")
    assert not list(tmp_path.iterdir())


@formats
def test_a_write_that_fails_leaves_the_old_file(exported, suffix, tmp_path, monkeypatch):
    path = exported("tcn", suffix)[1]
    old = tmp_path / path.name
    shutil.copy(path, old)

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        writing_module.write_atomic(b"new", old)
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_bytes() == path.read_bytes()


@formats
def test_nothing_of_the_estimator_or_the_process_is_changed(suffix, tmp_path, capfd):
    estimator = fitted(TCNClassifier, norm="weight", n_blocks=1)
    module, generator = estimator.net_.module_, torch.get_rng_state()
    before = copy.deepcopy(module.state_dict())
    known = dict(vars(estimator)), module.training, str(module)
    FORMATS[suffix](estimator, tmp_path / "file")
    assert (vars(estimator), module.training, str(module)) == known
    assert all(map(torch.equal, module.state_dict().values(), before.values()))
    assert all(weight.requires_grad for weight in module.parameters())
    assert torch.equal(torch.get_rng_state(), generator)
    assert torch.is_grad_enabled()
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_parameters_set_after_the_fit_change_nothing():
    estimator = fitted(TCNRegressor, missing="mask")
    series, x, lengths = batch(estimator, 3, 11)
    expected = estimator.predict(series)
    estimator.set_params(missing="error", scaling=None, dtype="float64", n_filters=7)
    network = SeriesGraph(estimator.model_)
    assert network.network.dtype == torch.float32
    found = network(torch.tensor(x), torch.tensor(lengths))["prediction"].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@but_for_torch
def test_an_export_with_fixed_kernels_logs_nothing(suffix, tmp_path, caplog):
    classifier = RocketClassifier(n_kernels=168).fit(noise(8, 3, 9), [0, 1] * 4)
    FORMATS[suffix](classifier, tmp_path / "file")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_named(exported, package, tmp_path, monkeypatch):
    estimator, path = exported("tcn", "onnx")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf'{package} is needed: pip install "sktcn\[onnx\]"'):
        to_onnx(estimator, tmp_path / "file")
    if package == "onnxruntime":
        with pytest.raises(ImportError, match="onnxruntime is needed"):
            verify(path)


def looped(step, state, inputs):
    """Scan without torch's compiler, which takes seconds for each shape."""
    outputs = []
    for each in inputs if isinstance(inputs, torch.Tensor) else zip(*inputs, strict=True):
        state, output = step(state, each)
        outputs.append(output)
    return state, torch.stack(outputs)


def assert_network_answers(estimator, monkeypatch):
    """Hold the module that is exported, not the file, against its estimator."""
    monkeypatch.setattr("torch._higher_order_ops.scan", looped)
    network = SeriesGraph(estimator.model_)
    for n_series, n_steps in ((3, 1), (5, 40)):
        series, x, lengths = batch(estimator, n_series, n_steps)
        outputs = network(torch.tensor(x), torch.tensor(lengths))
        found, expected = outputs[network.output_name].numpy(), answers_of(estimator, series)
        assert found.shape == expected.shape
        atol = TOLERANCE[estimator.model_.dtype] * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


@dtypes
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("residual", ["add", "concat", None])
@pytest.mark.parametrize("ahead", [True, False])
def test_networks_of_any_kind(norm, residual, ahead, dtype, monkeypatch):
    common = {"norm": norm, "residual": residual, "dtype": dtype, "max_epochs": 1}
    tcn = fitted(TCNRegressor, causal=not ahead, n_filters=[16, 5], kernel_size=4, **common)
    lstm = fitted(LSTMClassifier, bidirectional=ahead, hidden_size=16, n_layers=2, **common)
    assert_network_answers(tcn, monkeypatch)
    assert_network_answers(lstm, monkeypatch)


@dtypes
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("patch_size", [1, 5])
def test_poolings_and_patches(pooling, patch_size, dtype, monkeypatch):
    common = {"pooling": pooling, "dtype": dtype}
    tcn = fitted(TCNClassifier, multiscale=patch_size == 1, **common)
    assert_network_answers(tcn, monkeypatch)
    assert_network_answers(fitted(LSTMRegressor, patch_size=patch_size, **common), monkeypatch)


@dtypes
@pytest.mark.parametrize("activation", [*ACTIVATIONS, torch.sin, torch.nn.Softsign])
def test_activations(activation, dtype, monkeypatch):
    for kind in (TCNClassifier, LSTMClassifier):
        assert_network_answers(fitted(kind, activation=activation, dtype=dtype), monkeypatch)


@pytest.mark.parametrize("missing", ["error", "mask", "interpolate", "trim"])
@pytest.mark.parametrize("scaling", ["channel", "series", None])
@pytest.mark.parametrize("differences", [True, False])
def test_preparations(missing, scaling, differences, monkeypatch):
    options = {"missing": missing, "scaling": scaling, "differences": differences}
    assert_network_answers(fitted(TCNRegressor, dtype="float64", **options), monkeypatch)


def test_several_targets_and_ensembles(monkeypatch):
    X = noise(12, 2, 20)
    regressor = TCNRegressor(**TCN, n_estimators=3).fit(X, 1e4 * X[:, :, :3].mean(2) + 5e4)
    assert_network_answers(regressor, monkeypatch)


def test_series_shorter_than_the_kernels_reach(monkeypatch):
    tcn = fitted(TCNClassifier, n_blocks=6, kernel_size=5, causal=False)
    assert_network_answers(tcn, monkeypatch)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("detached", [False, True])
def test_fixed_kernels(n_channels, detached, monkeypatch):
    classifier = RocketClassifier(n_kernels=2016).fit(noise(8, n_channels, 30), [0, 1] * 4)
    head = classifier.model_.networks[0].head
    if detached:
        head.linear.weight[:, head.responses % 3 == 0] = 0
    assert_network_answers(classifier, monkeypatch)


GRID = [
    (TCNClassifier, {"norm": "layer", "pooling": "attention", "missing": "interpolate"}),
    (TCNClassifier, {"norm": "group", "n_filters": 16, "residual": "concat", "pooling": "last"}),
    (TCNClassifier, {"norm": "weight", "residual": None, "scaling": "series", "missing": "mask"}),
    (TCNClassifier, {"norm": None, "multiscale": False, "differences": False, "scaling": None}),
    (TCNClassifier, {"n_blocks": 6, "causal": False, "zero_init_residual": True}),
    (TCNClassifier, {"activation": "prelu", "missing": "trim", "pooling": "max"}),
    (TCNRegressor, {"norm": "layer", "dtype": "float64", "causal": False, "pooling": "attention"}),
    (TCNRegressor, {"norm": "batch", "dtype": "float64", "missing": "interpolate"}),
    (TCNRegressor, {"norm": "group", "dtype": "float64", "scaling": "series", "n_filters": 16}),
    (TCNRegressor, {"norm": "weight", "n_estimators": 3, "differences": False}),
    (LSTMClassifier, {"patch_size": 1, "n_layers": 2, "pooling": "attention"}),
    (LSTMClassifier, {"bidirectional": True, "norm": "batch", "pooling": "last"}),
    (LSTMClassifier, {"norm": "group", "hidden_size": 16, "residual": "concat", "n_layers": 3}),
    (LSTMClassifier, {"norm": "weight", "missing": "mask", "pooling": "max", "n_estimators": 2}),
    (LSTMRegressor, {"norm": None, "residual": None, "n_layers": 2, "missing": "interpolate"}),
    (LSTMRegressor, {"dtype": "float64", "norm": "batch", "scaling": "series", "pooling": "last"}),
    (LSTMRegressor, {"dtype": "float64", "activation": "prelu", "patch_size": 5, "n_layers": 2}),
]


@pytest.mark.slow
@formats
@pytest.mark.parametrize(("kind", "parameters"), GRID, ids=lambda value: str(value)[:70])
def test_files_of_any_kind(kind, parameters, suffix, tmp_path):
    estimator, path = fitted(kind, **parameters), tmp_path / f"file.{suffix}"
    FORMATS[suffix](estimator, path)
    assert_same_answers(estimator, path)
    assert verify(path) < TOLERANCE[estimator.dtype]


@pytest.mark.slow
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_in_onnx(activation, tmp_path):
    for dtype in ("float32", "float64") if activation != "gelu" else ("float32",):
        estimator = fitted(LSTMClassifier, activation=activation, dtype=dtype)
        path = tmp_path / f"{dtype}.onnx"
        to_onnx(estimator, path)
        assert_same_answers(estimator, path)


@pytest.mark.slow
def test_a_gelu_in_float64_has_a_file_of_torch(tmp_path):
    estimator = fitted(TCNClassifier, activation="gelu", dtype="float64")
    path = tmp_path / "file.pt2"
    to_torch_export(estimator, path)
    assert_same_answers(estimator, path)


@pytest.mark.slow
@formats
def test_the_default_networks_after_a_whole_fit(tmp_path, suffix):
    X, y = 3 * noise(30, 1, 150), np.array(["up", "down", "flat"] * 10)
    for kind in (TCNClassifier, LSTMClassifier):
        estimator, path = kind(max_epochs=40).fit(X, y), tmp_path / f"{kind.__name__}.{suffix}"
        FORMATS[suffix](estimator, path)
        assert verify(path) < 1e-5
        assert read_metadata(path)["classes"]["values"] == ["down", "flat", "up"]
        longer = 3 * noise(5, 1, 400, seed=3).astype("float32")
        found = run(path, longer, np.full(5, 400))
        np.testing.assert_allclose(found, estimator.predict_proba(longer), atol=1e-5)
