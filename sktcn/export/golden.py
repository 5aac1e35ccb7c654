"""What travels with an exported network: what it is, and a golden input with its output."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._model.fitted import FittedModel
from sktcn._version import __version__

KEY = "sktcn"  # under which the metadata are kept in an ONNX file ...
TORCH_KEY = "sktcn.json"  # ... and the file of theirs inside one of torch.export
LENGTHS = (16, 9, 1)  # of the golden series ...
MAX_VALUES = 2000  # ... or less, where there are so many channels that each has more values
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}

Arrays = dict[str, NDArray[Any]]
Run = Callable[[Arrays], Arrays]


def golden_inputs(model: FittedModel) -> Arrays:
    """Make a few series like those of `fit`, with gaps where there may be any.

    Parameters
    ----------
    model : FittedModel
        Model to export.

    Returns
    -------
    dict of ndarray
        ``series`` and ``lengths``, as the exported network takes them.
    """
    rng = np.random.default_rng(0)
    statistics = model.preprocessor.statistics
    n_steps = int(np.clip(MAX_VALUES // model.n_channels, 3, LENGTHS[0]))
    lengths = np.minimum(LENGTHS, n_steps)
    series = rng.normal(size=(len(lengths), model.n_channels, n_steps))
    series = series * statistics.scale[:, None] + statistics.mean[:, None]
    if model.preprocessor.missing in ("mask", "interpolate"):
        series[rng.random(series.shape) < 0.2] = np.nan
    series[np.arange(n_steps) >= lengths[:, None, None].repeat(series.shape[1], 1)] = 0.0
    return {"series": series.astype(model.dtype), "lengths": lengths.astype(np.int64)}


def whole_series(model: FittedModel, inputs: Arrays) -> dict[str, Any]:
    """Describe a network that answers for whole series.

    Parameters
    ----------
    model : FittedModel
        Model to export.
    inputs : dict of ndarray
        As of `golden_inputs`.

    Returns
    -------
    dict
        For `metadata`: what the network is, and its golden input and output.
    """
    dtype = inputs["series"].dtype
    ragged = [x[:, :n] for x, n in zip(inputs["series"], inputs["lengths"], strict=True)]
    answers = model.task.decode(model.outputs(model.read(ragged)))
    outputs = {model.task.output_name: answers.astype(dtype)}
    return {"network": "whole series", "golden": _pair(inputs, outputs)}


def time_steps(model: FittedModel, start: Arrays) -> dict[str, Any]:
    """Describe a network that answers to one more time step.

    Parameters
    ----------
    model : FittedModel
        Model to export.
    start : dict of ndarray
        State of one stream that has seen nothing, ``(1, ...)`` each, of one value all over.

    Returns
    -------
    dict
        For `metadata`: what the network is, its golden steps, and what it answers to each.
    """
    series = golden_inputs(model)["series"]
    answers = [
        model.task.decode(model.outputs(model.read(series[:, :, : t + 1]))).astype(model.dtype)
        for t in range(series.shape[2])
    ]
    steps = {"step": np.moveaxis(series, 2, 0)}
    state = {
        name: {"dtype": str(each.dtype), "shape": each.shape[1:], "start": each.flat[0].item()}
        for name, each in start.items()
    }
    golden = _pair(steps, {model.task.output_name: np.stack(answers)})
    return {"network": "one time step", "state": state, "golden": golden}


def metadata(model: FittedModel, name: str, described: dict[str, Any]) -> str:
    """Tell in JSON what an exported network is, and what the estimator answers to its input.

    Parameters
    ----------
    model : FittedModel
        Model to export.
    name : str
        Class of the estimator.
    described : dict
        By `whole_series` or `time_steps`.

    Returns
    -------
    str
        An object; see `sktcn.export.read_metadata`.
    """
    about: dict[str, Any] = {
        "sktcn": __version__,
        "estimator": name,
        "n_channels": model.n_channels,
        "dtype": model.dtype,
        "missing": model.preprocessor.missing,
    }
    if model.task.classes is not None:
        about["classes"] = _labels(model.task.classes)
    return json.dumps(about | described, allow_nan=False)


def _pair(inputs: Arrays, outputs: Arrays) -> dict[str, Any]:
    listed = {name: _listed(array) for name, array in inputs.items()}
    return {"inputs": listed, "outputs": {name: _listed(array) for name, array in outputs.items()}}


def _labels(classes: NDArray[Any]) -> dict[str, Any]:
    values = classes.tolist()
    unknown = [label for label in values if not isinstance(label, str | int | float)]
    if unknown:
        raise ValueError(
            "the labels of an exported classifier must be strings, numbers or booleans, "
            f"got the class {unknown[0]!r}"
        )
    return {"dtype": str(classes.dtype), "values": values}


def _listed(array: NDArray[Any]) -> dict[str, Any]:
    values = array.astype(object)
    values[array != array] = None  # JSON has no NaN
    return {"dtype": str(array.dtype), "values": values.tolist()}


def check_golden(
    about: dict[str, Any], run: Run, tolerance: float | None = None, name: str = "the network"
) -> float:
    """Run a network on its golden input.

    Parameters
    ----------
    about : dict
        Its metadata.
    run : callable
        Maps inputs by name to outputs by name.
    tolerance : float, default=None
        Largest difference that is let through; None is that of `TOLERANCE`.
    name : str
        What to call it in an error.

    Returns
    -------
    float
        Largest difference from the golden output, relative to the largest number of each.

    Raises
    ------
    ValueError
        If that is too large, or if a shape or a NaN differs.
    """
    golden = about["golden"]
    if "state" in about:
        run = partial(_run_steps, about["state"], run)
    outputs, expected = run(_arrays(golden["inputs"])), _arrays(golden["outputs"])
    apart = max(_difference(outputs[key], array) for key, array in expected.items())
    most = TOLERANCE[about["dtype"]] if tolerance is None else tolerance
    if not apart <= most:
        raise ValueError(
            f"{name} does not give its golden output: expected a difference of at most "
            f"{most:.2g}, got {apart:.2g}"
        )
    return apart


def _run_steps(state: dict[str, Any], run: Run, inputs: Arrays) -> Arrays:
    """Give a network one time step after the other, and what it said of the past."""
    known = {
        name: np.full((inputs["step"].shape[1], *each["shape"]), each["start"], each["dtype"])
        for name, each in state.items()
    }
    answers = []
    for step in inputs["step"]:
        outputs = run({"step": np.ascontiguousarray(step), **known})
        known = {name: outputs.pop(f"next_{name}") for name in known}
        answers.append(outputs)
    return {name: np.stack([each[name] for each in answers]) for name in answers[0]}


def _arrays(listed: dict[str, Any]) -> Arrays:
    return {name: np.array(each["values"], dtype=each["dtype"]) for name, each in listed.items()}


def _difference(found: NDArray[Any], golden: NDArray[Any]) -> float:
    if found.shape != golden.shape or (np.isnan(found) != np.isnan(golden)).any():
        return np.inf
    apart = np.abs(found.astype(np.float64) - golden)
    return float(np.nanmax(apart) / (np.nanmax(np.abs(golden)) or 1.0))
