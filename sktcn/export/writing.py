"""Write a fitted network to a file that needs nothing of this library."""

from __future__ import annotations

import io
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch.fx import GraphModule

from sktcn.estimators.base import SequenceEstimator
from sktcn.export.golden import (
    KEY,
    TOLERANCE,
    TORCH_KEY,
    Arrays,
    Run,
    check_golden,
    golden_inputs,
    metadata,
)
from sktcn.export.graph import AnsweringNetwork
from sktcn.export.reading import AnyPath, open_onnx, open_torch, quiet, require


def to_onnx(estimator: SequenceEstimator, path: AnyPath) -> None:
    """Write a fitted estimator to an ONNX file, preparation of the series included.

    Inputs are ``series``, ``(n_series, n_channels, n_timepoints)`` in the estimator's dtype,
    raw and padded on the right with anything, and ``lengths``, ``(n_series,)`` in int64. The
    output is ``probabilities``, ``(n_series, n_classes)`` in the order of ``classes_``, or
    ``prediction``, on the scale of `fit`'s targets; NaN where the estimator would refuse the
    series. Any number of series, and any length, will do.

    What else a program must know, the labels above all, is in the file's metadata under the key
    ``sktcn``, in JSON: see `read_metadata`.

    Parameters
    ----------
    estimator : TCNClassifier, TCNRegressor, LSTMClassifier or LSTMRegressor
        Fitted; it is left as it is.
    path : str or path-like
        Where to write. A file that is there is replaced when the new one is whole.

    Raises
    ------
    TypeError
        If it is no estimator of this library.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If its network can't be exported, because of an activation or labels of the user's own.
    ImportError
        If onnx, onnxscript or onnxruntime is missing.

    See Also
    --------
    sktcn.export.verify : Run the golden input that is in the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import read_metadata, to_onnx, verify
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), ["up", "down"] * 4
    >>> classifier = TCNClassifier(n_filters=4, max_epochs=1).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "classifier.onnx")
    ...     to_onnx(classifier, path)
    ...     labels = read_metadata(path)["classes"]["values"]
    ...     difference = verify(path)
    >>> labels, difference < 1e-5
    (['down', 'up'], True)
    """
    _check(estimator)
    for package in ("onnx", "onnxscript", "onnxruntime"):
        require(package)
    network, inputs, about = _describe(estimator)
    with quiet(), _explained(estimator):
        content = _onnx_file(network, inputs, about)
        _try(*open_onnx(content))
    _write(path, content)


def _onnx_file(network: AnsweringNetwork, inputs: Arrays, about: str) -> bytes:
    program: Any = torch.onnx.export(
        network,
        _tensors(inputs),
        input_names=list(inputs),
        output_names=[network.output_name],
        dynamic_shapes=_any_shapes(),
        dynamo=True,
        verbose=False,
    )
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where on this machine the code is
    program.model.metadata_props[KEY] = about
    return program.model_proto.SerializeToString()


def to_torch_export(estimator: SequenceEstimator, path: AnyPath) -> None:
    """Write a fitted estimator to a file of ``torch.export``, preparation included.

    To be read by ``torch.export.load(path).module()``, in which nothing of this library is
    needed; its inputs and outputs, and the metadata in the file ``sktcn.json`` inside, are those of
    `to_onnx`, the outputs in a dict.

    Parameters
    ----------
    estimator : TCNClassifier, TCNRegressor, LSTMClassifier or LSTMRegressor
        Fitted; it is left as it is.
    path : str or path-like
        Where to write, usually with the suffix ``.pt2``. A file that is there is replaced when the
        new one is whole.

    Raises
    ------
    TypeError
        If it is no estimator of this library.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If its network can't be exported, because of an activation or labels of the user's own.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import torch
    >>> from sktcn import TCNRegressor
    >>> from sktcn.export import to_torch_export
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 20)).astype("float32")
    >>> regressor = TCNRegressor(n_filters=4, max_epochs=1).fit(X, X[:, 0, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "regressor.pt2")
    ...     to_torch_export(regressor, path)
    ...     network = torch.export.load(path).module()
    >>> answers = network(torch.tensor(X), torch.full((8,), 20))
    >>> answers["prediction"].shape
    torch.Size([8])
    """
    _check(estimator)
    network, inputs, about = _describe(estimator)
    with quiet(), _explained(estimator):
        content = _torch_file(network, inputs, about)
        _try(*open_torch(content))
    _write(path, content)


def _torch_file(network: AnsweringNetwork, inputs: Arrays, about: str) -> bytes:
    program = torch.export.export(network, _tensors(inputs), dynamic_shapes=_any_shapes())
    graphs = [m.graph for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    for node in chain.from_iterable(graph.nodes for graph in graphs):
        node.meta.pop("stack_trace", None)  # where on this machine the code is
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={TORCH_KEY: about})
    return file.getvalue()


def _check(estimator: SequenceEstimator) -> None:
    if not isinstance(estimator, SequenceEstimator):
        raise TypeError(
            "estimator must be a classifier or regressor of sktcn, "
            f"got a {type(estimator).__name__}"
        )
    check_is_fitted(estimator)


def _describe(estimator: SequenceEstimator) -> tuple[AnsweringNetwork, Arrays, str]:
    network = AnsweringNetwork(estimator)
    inputs = golden_inputs(estimator, network.dtype)
    return network, inputs, metadata(estimator, inputs, network.output_name)


def _tensors(inputs: Arrays) -> tuple[torch.Tensor, ...]:
    return tuple(map(torch.from_numpy, inputs.values()))


def _any_shapes() -> tuple[dict[int, Any], ...]:
    any_number = torch.export.Dim.DYNAMIC
    return {0: any_number, 2: any_number}, {0: any_number}


def _try(about: str, run: Run) -> None:
    """Raise if what is to be written can't be run; rounding errors are for `verify` to judge."""
    known = json.loads(about)
    check_golden(known, run, 100 * TOLERANCE[known["dtype"]])


@contextmanager
def _explained(estimator: SequenceEstimator) -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise
    except Exception as error:
        lines = str(error).splitlines() or [""]
        raise ValueError(
            f"the network can't be exported, {type(error).__name__}: {lines[0]}\n"
            "An activation of one's own must be made of torch's functions alone, and ONNX "
            "runtimes lack some, as that of gelu, in float64; "
            f"got activation={estimator.activation!r}, dtype={estimator.dtype!r}"
        ) from error


def _write(path: AnyPath, content: bytes) -> None:
    """Write a file whole or not at all."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
