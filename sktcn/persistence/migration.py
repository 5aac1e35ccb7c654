"""Migration of files of earlier formats to the current one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

NORM_EPS = 1e-5  # of the norm of a pooled head

RENAMED_WEIGHTS = (  # names in the networks of format 1
    (r"\.outer\.", ".conv1."),
    (r"\.inner\.", ".conv2."),
    (r"^pooling\.", "head.pooling."),
    (r"^head\.(?=weight$|bias$)", "head.linear."),
)


def migrate(state: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    """Convert the JSON of a file to the estimator in the current format.

    The arrays that are new in it are added to those of the file.
    """
    packed: dict[str, Any] = state["estimator"]
    if state["format"] < 2:
        packed = _from_format_1(packed)
    return _from_format_2(packed, arrays) if state["format"] < 3 else packed


def _from_format_1(packed: dict[str, Any]) -> dict[str, Any]:
    """Collect the fitted model from the attributes of an estimator, and rename the weights."""
    if "estimator_" in packed:
        packed = packed | {"estimator_": _from_format_1(packed["estimator_"])}
    if not packed["nets"]:
        return packed
    attributes = dict(packed["attributes"])
    regression = "_target_scaler" in attributes
    names = ("scaler", "one_target") if regression else ("classes",)
    old_names = ("_target_scaler", "_one_target") if regression else ("classes_",)
    model = {
        "preprocessor": attributes.pop("_preparation"),
        "task": {new: attributes.pop(old) for new, old in zip(names, old_names, strict=True)},
        "n_channels": attributes.pop("n_channels_"),
        "table": attributes.pop("_fitted_on_table"),
        "longest": attributes.pop("_longest"),
        "dtype": packed["parameters"]["dtype"],
    }
    nets = [net | {"module": _rename_weights(net["module"])} for net in packed["nets"]]
    return packed | {"attributes": attributes, "model": model, "nets": nets}


def _from_format_2(packed: dict[str, Any], arrays: Arrays, prefix: str = "") -> dict[str, Any]:
    """Add an identity as the norm of each pooled head."""
    if "estimator_" in packed:
        inner = _from_format_2(packed["estimator_"], arrays, f"{prefix}estimator_.")
        packed = packed | {"estimator_": inner}
    nets = [
        net | {"module": _add_norm(net["module"], arrays, f"{prefix}{number}.")}
        for number, net in enumerate(packed["nets"])
    ]
    return packed | {"nets": nets}


def _add_norm(module: dict[str, Any], arrays: Arrays, prefix: str) -> dict[str, Any]:
    weights = dict(module["dict"])
    if "head.thresholds" in weights:
        return module
    linear = arrays[weights["head.linear.weight"]["tensor"]]
    width, dtype = linear.shape[1], linear.dtype
    statistics: Arrays = {
        "running_mean": np.zeros(width, dtype),
        "running_var": np.full(width, 1 - NORM_EPS, dtype),
        "n_batches": np.zeros((), np.int64),
    }
    for name, array in statistics.items():
        arrays[f"{prefix}head.norm.{name}"] = array
        weights[f"head.norm.{name}"] = {"tensor": f"{prefix}head.norm.{name}"}
    return {"dict": list(weights.items())}


def _rename_weights(module: dict[str, Any]) -> dict[str, Any]:
    """Rename the weights in an encoded dict, a list of pairs under the key "dict"."""
    return {"dict": [[_rename_weight(name), value] for name, value in module["dict"]]}


def _rename_weight(name: str) -> str:
    for old, new in RENAMED_WEIGHTS:
        name = re.sub(old, new, name)
    return name
