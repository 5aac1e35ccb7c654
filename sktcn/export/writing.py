"""Write a fitted network to a file that needs nothing of this library."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch.fx import GraphModule

from sktcn._io.atomic import write_atomic
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn.export.golden import (
    KEY,
    TOLERANCE,
    TORCH_KEY,
    Run,
    check_golden,
)
from sktcn.export.reading import AnyPath, open_onnx, open_torch, quiet, require
from sktcn.export.tracing import Traced, trace_time_step, trace_whole_series


def to_onnx(estimator: Any, path: AnyPath) -> None:
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
    _to_onnx(trace_whole_series, estimator, path)


def streaming_to_onnx(estimator: Any, path: AnyPath) -> None:
    """Write a fitted estimator's answer to one more time step to an ONNX file.

    Inputs are ``step``, ``(n_streams, n_channels)`` in the estimator's dtype, raw, and the state:
    what the last run told of it, or at the start of a stream, all over, the ``start`` that
    `read_metadata` has under ``state`` with the name, dtype and shape of each. Outputs are
    ``probabilities`` or ``prediction``, as `StreamingEstimator.push` returns them, and the state
    ``next_...``. Any number of streams will do. Values that the estimator would refuse are the
    program's to find.

    Parameters
    ----------
    estimator : TCNClassifier, TCNRegressor, LSTMClassifier or LSTMRegressor
        Fitted, and blind to the future, as `sktcn.streaming.to_streaming` takes it; it is left as
        it is.
    path : str or path-like
        Where to write. A file that is there is replaced when the new one is whole.

    Raises
    ------
    TypeError
        If it is no estimator of this library.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If it looks ahead, or can't be exported because of an activation or labels of the user's
        own.
    ImportError
        If onnx, onnxscript or onnxruntime is missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import read_metadata, streaming_to_onnx, verify
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), ["up", "down"] * 4
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "step.onnx")
    ...     streaming_to_onnx(classifier, path)
    ...     state = read_metadata(path)["state"]
    ...     difference = verify(path)
    >>> difference < 1e-5
    True
    >>> list(state)[:2], state["state_1_past"]
    (['state_0_previous', 'state_0_started'], {'dtype': 'float32', 'shape': [4, 4], 'start': 0.0})
    """
    _to_onnx(trace_time_step, estimator, path)


def to_torch_export(estimator: Any, path: AnyPath) -> None:
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
    _to_torch(trace_whole_series, estimator, path)


def streaming_to_torch_export(estimator: Any, path: AnyPath) -> None:
    """Write a fitted estimator's answer to one more time step to a file of ``torch.export``.

    Inputs and outputs are those of `streaming_to_onnx`, the outputs in a dict.

    Parameters
    ----------
    estimator : TCNClassifier, TCNRegressor, LSTMClassifier or LSTMRegressor
        As `streaming_to_onnx` takes it.
    path : str or path-like
        Where to write, usually with the suffix ``.pt2``.

    Raises
    ------
    TypeError, NotFittedError, ValueError
        As `streaming_to_onnx`.
    """
    _to_torch(trace_time_step, estimator, path)


Trace = Callable[[FittedModel, str], Traced]


def _to_onnx(trace: Trace, estimator: Any, path: AnyPath) -> None:
    model = resolve_model(estimator)
    for package in ("onnx", "onnxscript", "onnxruntime"):
        require(package)
    traced = trace(model, type(estimator).__name__)
    with quiet(), _explained(model):
        content = _onnx_file(traced)
        _try(*open_onnx(content))
    write_atomic(content, path)


def _onnx_file(traced: Traced) -> bytes:
    program: Any = torch.onnx.export(
        traced.network,
        traced.arguments,
        input_names=list(traced.inputs),
        output_names=traced.outputs,
        dynamic_shapes=traced.dynamic_shapes,
        dynamo=True,
        verbose=False,
    )
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where on this machine the code is
    program.model.metadata_props[KEY] = traced.about
    return program.model_proto.SerializeToString()


def _to_torch(trace: Trace, estimator: Any, path: AnyPath) -> None:
    model = resolve_model(estimator)
    traced = trace(model, type(estimator).__name__)
    with quiet(), _explained(model):
        content = _torch_file(traced)
        _try(*open_torch(content))
    write_atomic(content, path)


def _torch_file(traced: Traced) -> bytes:
    program = torch.export.export(
        traced.network, traced.arguments, dynamic_shapes=traced.dynamic_shapes
    )
    graphs = [m.graph for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    for node in chain.from_iterable(graph.nodes for graph in graphs):
        node.meta.pop("stack_trace", None)  # where on this machine the code is
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={TORCH_KEY: traced.about})
    return file.getvalue()


def _try(about: str, run: Run) -> None:
    """Raise if what is to be written can't be run; rounding errors are for `verify` to judge."""
    known = json.loads(about)
    check_golden(known, run, 100 * TOLERANCE[known["dtype"]])


@contextmanager
def _explained(model: FittedModel) -> Iterator[None]:
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
            f"got activation={model.architecture.activation!r}, dtype={model.dtype!r}"
        ) from error
