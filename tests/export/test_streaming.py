"""Exported time steps: step after step they answer as the estimator does, and as its streams."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sklearn.exceptions import NotFittedError

from sktcn import LSTMClassifier, LSTMRegressor, RocketClassifier, TCNClassifier, TCNRegressor
from sktcn._model.span import check_span
from sktcn.export import (
    read_metadata,
    streaming_to_onnx,
    streaming_to_torch_export,
    verify,
)
from sktcn.export.stepping import StepGraph
from sktcn.networks import ACTIVATIONS, NORMS, POOLINGS
from sktcn.streaming import to_streaming

FORMATS = {"onnx": streaming_to_onnx, "pt2": streaming_to_torch_export}
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
SMALL = {"max_epochs": 2, "batch_size": 8, "n_fixed_kernels": 0}
TCN = SMALL | {"n_filters": 4, "n_blocks": 2, "kernel_size": 3}
LSTM = SMALL | {"hidden_size": 4, "patch_size": 3}

formats = pytest.mark.parametrize("suffix", FORMATS)


def make_series(n_series, n_timepoints, seed=0):
    return 50 + 10 * np.random.default_rng(seed).normal(size=(n_series, 2, n_timepoints))


def fitted(kind, **parameters):
    """Fit a small network on series of two channels that are not near zero."""
    X = make_series(12, 20)
    base = {"TCN": TCN, "LST": LSTM, "Roc": {}}[kind.__name__[:3]]
    y = X[:, :, :5].mean(2) if kind.__name__.endswith("Regressor") else [0, 1, 2] * 4
    return kind(**base | parameters).fit(X, y)


def steps_of(path):
    """Make an exported network answer to steps, by its metadata and a runtime alone."""
    about = read_metadata(path)
    state_of = about["state"]
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(path)
        names = [output.name for output in session.get_outputs()]
        run = lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))  # noqa: E731
    else:
        module = torch.export.load(path).module()
        run = lambda inputs: {  # noqa: E731
            k: v.numpy() for k, v in module(*map(torch.from_numpy, inputs.values())).items()
        }

    def answers(X):
        state = {
            name: np.full((len(X), *each["shape"][1:]), each["start"], each["dtype"])
            for name, each in state_of.items()
        }
        for step in np.moveaxis(X, 2, 0).astype(about["dtype"]):
            outputs = run({"step": np.ascontiguousarray(step), **state})
            state = {name: outputs[f"next_{name}"] for name in state}
            yield outputs.get("probabilities", outputs.get("prediction"))

    return answers


def assert_streams_alike(estimator, answers, n_series=3, n_timepoints=40, **span):
    X = make_series(n_series, n_timepoints, seed=1).astype(estimator.dtype)
    if estimator.missing == "mask":
        X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    streaming = to_streaming(estimator, n_series, **span)
    for t, found in enumerate(answers(X)):
        expected = streaming.push(X[:, :, t])
        scale = np.abs(expected).max()
        assert np.abs(found - expected).max() / scale < TOLERANCE[estimator.dtype]
    if span:
        return
    whole = getattr(estimator, "predict_proba", estimator.predict)(X)
    assert np.abs(found - whole).max() / scale < TOLERANCE[estimator.dtype]


FILES = [
    (TCNClassifier, {"n_blocks": 1, "pooling": "mean+max", "n_estimators": 2, "missing": "mask"}),
    (LSTMRegressor, {"dtype": "float64", "pooling": "attention"}),
]


def each_with_a_format(cases, fast):
    """Combine each case with each format; those not in `fast` are slow: they share its code."""
    return [
        pytest.param(*case, suffix, marks=[] if (i, suffix) in fast else pytest.mark.slow)
        for i, case in enumerate(cases)
        for suffix in FORMATS
    ]


@pytest.mark.parametrize(
    ("kind", "parameters", "suffix"), each_with_a_format(FILES, {(0, "onnx"), (1, "pt2")})
)
def test_500_steps_of_any_number_of_streams(kind, parameters, suffix, tmp_path):
    estimator, path = fitted(kind, **parameters), tmp_path / f"step.{suffix}"
    FORMATS[suffix](estimator, path)
    assert verify(path) < TOLERANCE[estimator.dtype]
    answers = steps_of(path)
    assert_streams_alike(estimator, answers, 1, 500)
    assert_streams_alike(estimator, answers, 5, 30)
    about = read_metadata(path)
    assert about["network"] == "one time step"
    assert ("classes" in about) == hasattr(estimator, "classes_")


SPANS = [
    (TCNClassifier, {"n_blocks": 1, "pooling": "mean+max", "missing": "mask"}, {"window": 7}),
    (LSTMRegressor, {"dtype": "float64", "pooling": "attention"}, {"window": 9}),
    (LSTMClassifier, {"pooling": "attention"}, {"decay": 0.9}),
    (TCNClassifier, {"pooling": "max"}, {"window": 1}),
]


@pytest.mark.parametrize(
    ("kind", "parameters", "span", "suffix"),
    each_with_a_format(SPANS, {(0, "onnx"), (2, "pt2")}),
)
def test_windows_and_decay_of_files(kind, parameters, span, suffix, tmp_path):
    estimator, path = fitted(kind, **parameters), tmp_path / f"step.{suffix}"
    FORMATS[suffix](estimator, path, **span)
    assert verify(path) < TOLERANCE[estimator.dtype]
    assert_streams_alike(estimator, steps_of(path), **span)
    assert span.items() <= read_metadata(path).items()


@pytest.mark.slow
def test_a_window_of_fixed_kernels_in_a_file(tmp_path):
    estimator, path = fitted(RocketClassifier, n_kernels=168), tmp_path / "step.onnx"
    streaming_to_onnx(estimator, path, window=7)
    assert_streams_alike(estimator, steps_of(path), window=7)


def test_wrong_spans_are_refused(tmp_path):
    with pytest.raises(ValueError, match="multiple of patch_size, got window=4, patch_size=3"):
        streaming_to_onnx(fitted(LSTMClassifier), tmp_path / "step.onnx", window=4)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Export a regressor: the file, and its answers before and after."""
    path = tmp_path_factory.mktemp("exported") / "step.onnx"
    estimator, X = fitted(LSTMRegressor, missing="mask"), make_series(4, 20)
    before = estimator.predict(X)
    streaming_to_onnx(estimator, path, opset=18)
    return path, before, estimator.predict(X)


def test_dimensions_have_names(exported):
    path, _, _ = exported
    session = onnxruntime.InferenceSession(path)
    described = read_metadata(path)["state"]
    (step, *states), (answer, *after) = session.get_inputs(), session.get_outputs()
    assert (step.shape, answer.shape) == (["n_streams", 2], ["n_streams", 2])
    assert {state.name: state.shape for state in states} == {
        name: each["shape"] for name, each in described.items()
    }
    assert [state.shape for state in states] == [state.shape for state in after]
    assert {state.shape[0] for state in states} == {"n_streams"}


def test_a_file_whose_shapes_lack_the_axis_of_streams_is_verified(exported, tmp_path):
    whole, path = exported[0], tmp_path / "step.onnx"
    model, about = onnx.load(whole), read_metadata(whole)
    for each in about["state"].values():
        del each["shape"][0]
    model.metadata_props[0].value = json.dumps(about)
    onnx.save(model, path)
    assert verify(path) < TOLERANCE["float32"]


def network_answers(estimator, window=None, decay=None):
    """The network that is exported, without a file: for the many kinds of it."""
    network = StepGraph(estimator.model_, check_span(estimator.model_, window, decay))

    def answers(X):
        state = [row.repeat(len(X), *[1] * (row.ndim - 1)) for row in network.start()]
        for t in range(X.shape[2]):
            with torch.inference_mode():
                answer, *state = network(torch.tensor(X[:, :, t]), *state).values()
            yield answer.numpy()

    return answers


ROCKET = (RocketClassifier, {"n_kernels": 168}, {"window": 7})


@pytest.mark.parametrize(("kind", "parameters", "span"), [*SPANS, ROCKET])
def test_windows_and_decay(kind, parameters, span):
    estimator = fitted(kind, **parameters)
    assert_streams_alike(estimator, network_answers(estimator, **span), **span)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("residual", ["add", "concat", None])
@pytest.mark.parametrize("kind", [TCNClassifier, LSTMClassifier])
def test_networks_of_any_kind(kind, norm, residual, dtype):
    layers = {"n_filters": [4, 6]} if kind is TCNClassifier else {"n_layers": 2}
    estimator = fitted(kind, norm=norm, residual=residual, dtype=dtype, **layers)
    assert_streams_alike(estimator, network_answers(estimator))


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("missing", ["error", "mask", "trim"])
@pytest.mark.parametrize("kind", [TCNRegressor, LSTMRegressor])
def test_poolings_and_preparations(kind, pooling, missing):
    estimator = fitted(kind, pooling=pooling, missing=missing, differences=missing != "trim")
    assert_streams_alike(estimator, network_answers(estimator))


@pytest.mark.parametrize("activation", [*ACTIVATIONS, torch.sin, torch.nn.Softsign])
def test_activations_in_float64(activation):
    estimator = fitted(TCNClassifier, activation=activation, dtype="float64")
    assert_streams_alike(estimator, network_answers(estimator))


@formats
def test_what_looks_ahead_is_refused(suffix, tmp_path):
    path = tmp_path / f"step.{suffix}"
    with pytest.raises(ValueError, match="fitted with causal=False"):
        FORMATS[suffix](fitted(TCNClassifier, causal=False), path)
    with pytest.raises(NotFittedError):
        FORMATS[suffix](TCNClassifier(), path)
    with pytest.raises(TypeError, match="must be a classifier or regressor of sktcn"):
        FORMATS[suffix]("network", path)
    assert not path.exists()


def test_the_estimator_is_left_alone(exported):
    _, before, after = exported
    np.testing.assert_array_equal(after, before)


@pytest.mark.slow
@formats
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", [TCNClassifier, LSTMClassifier])
def test_files_of_any_kind(kind, norm, dtype, suffix, tmp_path):
    estimator, path = fitted(kind, norm=norm, dtype=dtype), tmp_path / f"step.{suffix}"
    FORMATS[suffix](estimator, path)
    assert_streams_alike(estimator, steps_of(path), 2, 500)


@pytest.mark.slow
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "gelu"])
def test_activations_of_files_in_float64(activation, tmp_path):
    estimator = fitted(TCNClassifier, activation=activation, dtype="float64")
    streaming_to_onnx(estimator, tmp_path / "step.onnx")
    assert_streams_alike(estimator, steps_of(tmp_path / "step.onnx"))
