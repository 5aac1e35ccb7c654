"""Read an exported network, and verify that it computes what the estimator did."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from sktcn.export.golden import KEY, TOLERANCE, TORCH_KEY, Arrays, arrays, difference
from sktcn.export.writing import AnyPath, quiet, require

Run = Callable[[Arrays], Arrays]


def verify(path: AnyPath, tolerance: float | None = None) -> float:
    """Run the golden input that is in an exported file, and compare with its golden output.

    Parameters
    ----------
    path : str or path-like
        A file of `to_onnx`, to be run by onnxruntime, or of `to_torch_export`, by torch. Load
        only files that you trust.
    tolerance : float, default=None
        Largest difference that is let through; None is 1e-5 in float32 and 1e-9 in float64.

    Returns
    -------
    float
        Largest difference from what the estimator answered when it was exported, relative to the
        largest of these numbers.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it is not an exported network, or the difference is too large.
    ImportError
        If it needs onnxruntime, and that is missing.
    """
    about, run = _open(path)
    golden = about["golden"]
    found = difference(run(arrays(golden["inputs"])), arrays(golden["outputs"]))
    tolerance = TOLERANCE[about["dtype"]] if tolerance is None else tolerance
    if not found <= tolerance:
        raise ValueError(
            f"{os.fspath(path)} does not give its golden output: the difference is {found:.2g}, "
            f"expected at most {tolerance:.2g}"
        )
    return found


def read_metadata(path: AnyPath) -> dict[str, Any]:
    """Read what an exported file says about its network.

    Parameters
    ----------
    path : str or path-like
        A file of `to_onnx` or `to_torch_export`.

    Returns
    -------
    dict
        ``sktcn`` (version), ``estimator``, ``network``, ``n_channels``, ``dtype``, ``missing``;
        ``classes`` of a classifier, with their ``dtype`` and ``values``; and ``golden``, the
        ``inputs`` and ``outputs`` by name, with ``dtype`` and ``values``, None for NaN.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it is not an exported network.
    """
    return _open(path)[0]


def _open(path: AnyPath) -> tuple[dict[str, Any], Run]:
    path = Path(path)
    path.open("rb").close()  # an OSError that says what is wrong
    open_file = _open_torch if zipfile.is_zipfile(path) else _open_onnx
    try:
        about, run = open_file(path)
        return json.loads(about), run
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no network exported by sktcn, or is damaged") from error


def _open_onnx(path: Path) -> tuple[str, Run]:
    require("onnxruntime")
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Arrays) -> Arrays:
        return dict(zip(names, session.run(names, inputs), strict=True))

    return session.get_modelmeta().custom_metadata_map[KEY], run


def _open_torch(path: Path) -> tuple[str, Run]:
    extra_files = {TORCH_KEY: ""}
    with quiet():
        module = torch.export.load(path, extra_files=extra_files).module()

    def run(inputs: Arrays) -> Arrays:
        outputs = module(*map(torch.from_numpy, inputs.values()))
        return {name: output.numpy() for name, output in outputs.items()}

    return extra_files[TORCH_KEY], run
