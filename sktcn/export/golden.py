"""Metadata of an exported network, with a golden input and its output."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn._model.fitted import FittedModel
from sktcn._model.span import NO_END, Span
from sktcn._model.step import StreamingModel
from sktcn._version import __version__

ONNX_KEY = "sktcn"  # key of the metadata in an ONNX file
TORCH_KEY = "sktcn.json"  # name of the metadata's file inside a file of torch.export
LENGTHS = (16, 9, 1)  # time steps of the golden series, fewer if a series ...
MAX_VALUES = 2000  # ... of many channels would exceed this number of values
STREAMS = "n_streams"  # name of the first axis of steps and states
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}

Arrays = dict[str, NDArray[Any]]
Run = Callable[[Arrays], Arrays]


def golden_inputs(model: FittedModel) -> Arrays:
    """Draw a few series like those of `fit`, with missing values if the model accepts them.

    Returns ``series`` and ``lengths``, the inputs of the exported network.
    """
    rng = np.random.default_rng(0)
    statistics = model.preprocessor.statistics
    n_steps = int(np.clip(MAX_VALUES // model.n_channels, 3, LENGTHS[0]))
    lengths = np.minimum(LENGTHS, n_steps)
    lengths[0] += model.delay  # or no step of a stream has an answer
    n_steps += model.delay
    series = rng.normal(size=(len(lengths), model.n_channels, n_steps))
    series = series * statistics.scale[:, None] + statistics.mean[:, None]
    if model.preprocessor.missing in ("mask", "interpolate"):
        series[rng.random(series.shape) < 0.2] = np.nan
    series[np.arange(n_steps) >= lengths[:, None, None].repeat(series.shape[1], 1)] = 0.0
    return {"series": series.astype(model.dtype), "lengths": lengths.astype(np.int64)}


def describe_series_network(model: FittedModel, inputs: Arrays) -> dict[str, Any]:
    """Describe a network of whole series: kind, golden input and golden output."""
    dtype = inputs["series"].dtype
    ragged = [x[:, :n] for x, n in zip(inputs["series"], inputs["lengths"], strict=True)]
    if model.task.per_step:
        predictions = _stack_steps(_answer_steps(model, ragged), inputs["series"].shape[2])
        if model.task.classes is None and predictions.ndim == 3:  # as the estimator's predict
            predictions = predictions.transpose(0, 2, 1)
    else:
        predictions = model.task.decode(model.outputs(model.read(ragged)))
    outputs = {model.task.output_name: predictions.astype(dtype)}
    return {"network": "whole series", "golden": _encode_golden(inputs, outputs)}


def describe_step_network(model: FittedModel, start: Arrays, span: Span = NO_END) -> dict[str, Any]:
    """Describe a network of one time step: kind, state, golden steps and the output after each.

    ``start`` has the initial state of one stream, arrays of shape ``(1, ...)`` of one value each.
    """
    series = golden_inputs(model)["series"]
    if span == NO_END:
        predictions = _answer_stream(model, series).astype(model.dtype)
    else:
        predictions = _answer_span(model, series, span).astype(model.dtype)
    steps = {"step": np.moveaxis(series, 2, 0)}
    state = {
        name: {
            "dtype": str(array.dtype),
            "shape": [STREAMS, *array.shape[1:]],
            "start": array.flat[0].item(),
        }
        for name, array in start.items()
    }
    golden = _encode_golden(steps, {model.task.output_name: predictions})
    given = {name: value for name, value in span.options.items() if value is not None}
    return {"network": "one time step", **given, "state": state, "golden": golden}


def _answer_span(model: FittedModel, series: NDArray[Any], span: Span) -> NDArray[Any]:
    """Compute the answer of a stream after each step of series, ``(n_steps, n_series, ...)``."""
    with torch.inference_mode():
        streaming = StreamingModel(model, len(series), span=span)
        steps = torch.from_numpy(series).double().to(model.device).unbind(2)
        answers = np.stack([streaming(x, t).cpu().numpy() for t, x in enumerate(steps)])
    return answers[:, :, 0] if model.task.one_target else answers


def _answer_stream(model: FittedModel, series: NDArray[Any]) -> NDArray[Any]:
    """Compute the answer after each step of series, ``(n_steps, n_series, ...)``."""
    steps = range(series.shape[2])
    if not model.task.per_step:
        prefixes = (model.read(series[:, :, : t + 1]) for t in steps)
        return np.stack([model.task.decode(model.outputs(prefix)) for prefix in prefixes])
    answers = np.stack(_answer_steps(model, series), axis=1)
    missing = np.full_like(answers[: model.delay], np.nan)
    return np.concatenate([missing, answers[: len(answers) - model.delay]])


def _answer_steps(model: FittedModel, series: Any) -> list[NDArray[Any]]:
    """Compute the answers for the time steps of each series, ``(n_timepoints_i, ...)``."""
    outputs = dict(model.iter_steps(model.read(series)))
    return [model.task.decode(outputs[index]) for index in range(len(series))]


def _stack_steps(answers: list[NDArray[Any]], n_steps: int) -> NDArray[Any]:
    """Stack the answers for steps, with NaN for those that a series lacks."""
    padded = np.full((len(answers), n_steps, *answers[0].shape[1:]), np.nan)
    for row, each in zip(padded, answers, strict=True):
        row[: len(each)] = each
    return padded


def build_metadata(model: FittedModel, description: dict[str, Any]) -> str:
    """Build the metadata, a JSON object, of an exported estimator."""
    metadata: dict[str, Any] = {
        "sktcn": __version__,
        "estimator": model.schema.owner,
        "n_channels": model.n_channels,
        "dtype": model.dtype,
        "missing": model.preprocessor.missing,
    }
    if model.schema.channel_names is not None:
        metadata["channels"] = list(map(str, model.schema.channel_names))
    if model.task.classes is not None:
        metadata["classes"] = _encode_labels(model.task.classes)
    return json.dumps(metadata | description, allow_nan=False)


def _encode_labels(classes: NDArray[Any]) -> dict[str, Any]:
    values = classes.tolist()
    unknown = [label for label in values if not isinstance(label, str | int | float)]
    if unknown:
        raise ValueError(
            "the labels of an exported classifier must be strings, numbers or booleans, "
            f"got the class {unknown[0]!r}"
        )
    return {"dtype": str(classes.dtype), "values": values}


def _encode_golden(inputs: Arrays, outputs: Arrays) -> dict[str, Any]:
    return {"inputs": _encode_arrays(inputs), "outputs": _encode_arrays(outputs)}


def _encode_arrays(arrays: Arrays) -> dict[str, Any]:
    encoded = {}
    for name, array in arrays.items():
        values = array.astype(object)
        values[array != array] = None  # JSON has no NaN
        encoded[name] = {"dtype": str(array.dtype), "values": values.tolist()}
    return encoded


def _decode_arrays(encoded: dict[str, Any]) -> Arrays:
    return {name: np.array(each["values"], dtype=each["dtype"]) for name, each in encoded.items()}


def check_golden(
    metadata: dict[str, Any], run: Run, tolerance: float | None = None, name: str = "the network"
) -> float:
    """Validate the outputs of ``run`` for the golden input, and return the largest difference.

    The difference is relative to the largest value of an output. Raises ValueError if it exceeds
    ``tolerance``, by default that of `TOLERANCE`, or if a shape or a NaN differs.
    """
    golden = metadata["golden"]
    if "state" in metadata:
        run = partial(_run_steps, metadata["state"], run)
    outputs = run(_decode_arrays(golden["inputs"]))
    expected = _decode_arrays(golden["outputs"])
    difference = max(_difference(outputs[key], array) for key, array in expected.items())
    limit = TOLERANCE[metadata["dtype"]] if tolerance is None else tolerance
    if not difference <= limit:
        raise ValueError(
            f"{name} does not give its golden output: expected a difference of at most "
            f"{limit:.2g}, got {difference:.2g}"
        )
    return difference


def _run_steps(description: dict[str, Any], run: Run, inputs: Arrays) -> Arrays:
    """Run a network of one time step over several, feeding its state back."""
    n_streams = inputs["step"].shape[1]
    state = {}
    for name, each in description.items():
        sizes = [size for size in each["shape"] if size != STREAMS]  # absent in older files
        state[name] = np.full((n_streams, *sizes), each["start"], each["dtype"])
    by_step = []
    for step in inputs["step"]:
        outputs = run({"step": np.ascontiguousarray(step), **state})
        state = {name: outputs.pop(f"next_{name}") for name in state}
        by_step.append(outputs)
    return {name: np.stack([outputs[name] for outputs in by_step]) for name in by_step[0]}


def _difference(output: NDArray[Any], golden: NDArray[Any]) -> float:
    if output.shape != golden.shape or (np.isnan(output) != np.isnan(golden)).any():
        return np.inf
    difference = np.abs(output.astype(np.float64) - golden)
    return float(np.nanmax(difference) / (np.nanmax(np.abs(golden)) or 1.0))
