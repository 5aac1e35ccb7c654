"""Migration of files of earlier formats to the current one."""

from __future__ import annotations

import re
from typing import Any

RENAMED_WEIGHTS = (  # names in the networks of format 1
    (r"\.outer\.", ".conv1."),
    (r"\.inner\.", ".conv2."),
    (r"^pooling\.", "head.pooling."),
    (r"^head\.(?=weight$|bias$)", "head.linear."),
)


def migrate(state: dict[str, Any]) -> dict[str, Any]:
    """Convert the JSON of a file to the estimator in the current format."""
    packed: dict[str, Any] = state["estimator"]
    return _from_format_1(packed) if state["format"] < 2 else packed


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


def _rename_weights(module: dict[str, Any]) -> dict[str, Any]:
    """Rename the weights in an encoded dict, a list of pairs under the key "dict"."""
    return {"dict": [[_rename_weight(name), value] for name, value in module["dict"]]}


def _rename_weight(name: str) -> str:
    for old, new in RENAMED_WEIGHTS:
        name = re.sub(old, new, name)
    return name
