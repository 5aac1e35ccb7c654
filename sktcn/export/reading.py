"""Reading and verification of exported networks."""

from __future__ import annotations

import io
import json
import logging
import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sktcn.export.golden import ONNX_KEY, TORCH_KEY, Arrays, Run, check_golden

LOGGERS = (
    "torch.onnx._internal.exporter._registration",
    "onnxscript.optimizer._constant_folding",
    "onnxscript.version_converter",
)

AnyPath = str | os.PathLike[str]


def verify(path: AnyPath, tolerance: float | None = None) -> float:
    """Run an exported network on the golden input in its file, and validate the output.

    Parameters
    ----------
    path : str or path-like
        File of `to_onnx`, run by onnxruntime, or of `to_torch_export`, run by torch, or of their
        forms for streams. Load only files that you trust.
    tolerance : float, default=None
        Largest difference accepted; None is 1e-5 in float32 and 1e-9 in float64.

    Returns
    -------
    float
        Largest difference from the predictions of the exported estimator, relative to the largest
        of these.

    Raises
    ------
    OSError
        If the file does not exist.
    ValueError
        If the file is not an exported network, or the difference is too large.
    ImportError
        If the file needs onnxruntime, which is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import to_torch_export, verify
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.repeat(["low", "high"], 10)
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> classifier = classifier.fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_torch_export(classifier, f"{folder}/model.pt2")
    ...     difference = verify(f"{folder}/model.pt2")
    >>> difference < 1e-5
    True
    """
    metadata, run = _open(path)
    return check_golden(metadata, run, tolerance, os.fspath(path))


def read_metadata(path: AnyPath) -> dict[str, Any]:
    """Read the metadata of an exported network.

    Parameters
    ----------
    path : str or path-like
        File of `to_onnx` or `to_torch_export`, or of their forms for streams.

    Returns
    -------
    dict
        ``sktcn`` (version), ``estimator``, ``network``, ``n_channels``, ``dtype``, ``missing``;
        ``channels``, their names, of an estimator that was fitted on frames; ``classes`` of a
        classifier, with their ``dtype`` and ``values``; and ``golden``, the ``inputs`` and
        ``outputs`` by name, with ``dtype`` and ``values``, None for NaN.

    Raises
    ------
    OSError
        If the file does not exist.
    ValueError
        If the file is not an exported network.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import read_metadata, to_torch_export
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.repeat(["low", "high"], 10)
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> classifier = classifier.fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_torch_export(classifier, f"{folder}/model.pt2")
    ...     metadata = read_metadata(f"{folder}/model.pt2")
    >>> metadata["classes"]["values"]
    ['high', 'low']
    """
    return _open(path)[0]


def _open(path: AnyPath) -> tuple[dict[str, Any], Run]:
    content = Path(path).read_bytes()
    open_content = open_torch if zipfile.is_zipfile(io.BytesIO(content)) else open_onnx
    try:
        metadata, run = open_content(content)
        return json.loads(metadata), run
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{os.fspath(path)} is damaged, or not exported by sktcn") from error


def open_onnx(content: bytes) -> tuple[str, Run]:
    """Read the metadata of an ONNX file, in JSON, and a function that runs its network."""
    onnxruntime = require("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised anyway
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map[ONNX_KEY], partial(_run_onnx, session)


def _run_onnx(session: Any, inputs: Arrays) -> Arrays:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def open_torch(content: bytes) -> tuple[str, Run]:
    """Read the metadata of a ``torch.export`` file, and a function that runs its network."""
    extra_files = {TORCH_KEY: ""}
    with suppress_torch_messages():
        module = torch.export.load(io.BytesIO(content), extra_files=extra_files).module()
    return extra_files[TORCH_KEY], partial(_run_torch, module)


def _run_torch(module: nn.Module, inputs: Arrays) -> Arrays:
    outputs = module(*map(torch.from_numpy, inputs.values()))
    return {name: output.numpy() for name, output in outputs.items()}


def require(package: str) -> Any:
    """Import a package; where it is not installed, the ImportError names the extra ``onnx``."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(f'{package} is needed: pip install "sktcn[onnx]"') from error


@contextmanager
def suppress_torch_messages() -> Iterator[None]:
    """Suppress messages on deprecations, the absence of torchvision, conversions and constants."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
