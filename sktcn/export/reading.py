"""Read an exported network, and verify that it computes what the estimator did."""

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

from sktcn.export.golden import KEY, TORCH_KEY, Arrays, Run, check_golden

AnyPath = str | os.PathLike[str]


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
    return check_golden(about, run, tolerance, os.fspath(path))


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
    content = Path(path).read_bytes()
    open_content = open_torch if zipfile.is_zipfile(io.BytesIO(content)) else open_onnx
    try:
        about, run = open_content(content)
        return json.loads(about), run
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{os.fspath(path)} is damaged, or not exported by sktcn") from error


def open_onnx(content: bytes) -> tuple[str, Run]:
    """Make what is in an ONNX file ready to run.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    about : str
        The metadata, JSON.
    run : callable
        Maps inputs by name to outputs by name.
    """
    onnxruntime = require("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised as well
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map[KEY], partial(_run_onnx, session)


def _run_onnx(session: Any, inputs: Arrays) -> Arrays:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def open_torch(content: bytes) -> tuple[str, Run]:
    """Make what is in a file of ``torch.export`` ready to run.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    about : str
        The metadata, JSON.
    run : callable
        Maps inputs by name to outputs by name.
    """
    extra_files = {TORCH_KEY: ""}
    with quiet():
        module = torch.export.load(io.BytesIO(content), extra_files=extra_files).module()
    return extra_files[TORCH_KEY], partial(_run_torch, module)


def _run_torch(module: nn.Module, inputs: Arrays) -> Arrays:
    outputs = module(*map(torch.from_numpy, inputs.values()))
    return {name: output.numpy() for name, output in outputs.items()}


def require(package: str) -> Any:
    """Import a package of the extra ``onnx``, or say how to install it.

    Parameters
    ----------
    package : str
        Its name.

    Returns
    -------
    module
        The package.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(f"{package} is needed: pip install sktcn[onnx]") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what torch tells of its own deprecations, and that there is no torchvision.

    Yields
    ------
    None
        Within, it does.
    """
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
