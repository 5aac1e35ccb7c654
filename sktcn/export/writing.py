"""Writing of fitted estimators to ONNX and ``torch.export``, which run without this library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sktcn._io.atomic import check_destination, write_atomic
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn._model.span import check_span
from sktcn.export.content import check_opset, check_runnable, onnx_content, torch_content
from sktcn.export.reading import AnyPath, open_onnx, open_torch, require, suppress_torch_messages
from sktcn.export.tracing import TraceableNetwork, series_network, step_network


def to_onnx(estimator: Any, path: AnyPath, *, opset: int | None = None) -> None:
    """Export a fitted estimator to an ONNX file, preprocessing of the series included.

    Inputs are ``series``, ``(n_series, n_channels, n_timepoints)`` in the estimator's dtype,
    raw and padded on the right with any values, and ``lengths``, ``(n_series,)`` in int64. The
    output is ``probabilities``, ``(n_series, n_classes)`` in the order of ``classes_``, or
    ``prediction``, on the scale of the targets of `fit`; NaN where the estimator would raise an
    error. Number and lengths of the series are dynamic. Estimators of time steps have
    ``probabilities``, ``(n_series, n_timepoints, n_classes)``, or ``prediction``, ``(n_series,
    n_timepoints)`` or ``(n_series, n_outputs, n_timepoints)``, NaN on padding as well.

    The labels, and other facts that a program needs, are in the metadata of the file under the key
    ``sktcn``, in JSON: see `read_metadata`.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted estimator, a search that found it, or a pipeline without other steps; it is not
        changed.
    path : str or path-like
        Destination; an older file is replaced atomically.
    opset : int, default=None
        Version of the ONNX operator set, 18 or later; None is that of torch's exporter.

    Raises
    ------
    TypeError
        If the estimator is not one of this library; the message names the place of one within it.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If the network can't be exported, because of a user-defined activation or the type of the
        labels; or if ``opset`` is not one that torch, onnx and onnxruntime support.
    ImportError
        If onnx, onnxscript or onnxruntime is not installed.
    OSError
        If the file can't be written, as where there is no such folder.

    See Also
    --------
    sktcn.export.verify : Validate the output for the golden input in the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import read_metadata, to_onnx, verify
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), ["up", "down"] * 4
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> classifier = classifier.fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "classifier.onnx")
    ...     to_onnx(classifier, path)
    ...     labels = read_metadata(path)["classes"]["values"]
    ...     difference = verify(path)
    >>> labels, difference < 1e-5
    (['down', 'up'], True)
    """
    _to_onnx(series_network, estimator, path, opset)


def streaming_to_onnx(
    estimator: Any,
    path: AnyPath,
    *,
    window: int | None = None,
    decay: float | None = None,
    opset: int | None = None,
) -> None:
    """Export the streaming form of a fitted estimator to an ONNX file.

    Inputs are ``step``, ``(n_streams, n_channels)`` in the estimator's dtype, raw, and the state:
    that of the last run or, at the start of a stream, arrays filled with the ``start`` that
    `read_metadata` has under ``state``, with the name, dtype and shape of each. Outputs are
    ``probabilities`` or ``prediction``, as from `StreamingEstimator.push`, and the state
    ``next_...``. The number of streams is dynamic; its place in a shape is "n_streams". The program
    must detect values for which the estimator would raise an error.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted and causal, as `sktcn.streaming.to_streaming` requires; it is not changed.
    path : str or path-like
        Destination; an older file is replaced atomically.
    window : int, default=None
        Answer for the newest ``window`` time steps, as in `sktcn.streaming.to_streaming`. The state
        holds their features, all of which a step reads and returns: its time grows with ``window``.
    decay : float, default=None
        Weight of a time step relative to that of the next one, as in `to_streaming`.
    opset : int, default=None
        Version of the ONNX operator set, 18 or later; None is that of torch's exporter.

    Raises
    ------
    TypeError
        If the estimator is not one of this library; the message names the place of one within it.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If the estimator looks ahead, or can't be exported because of a user-defined activation or
        the type of the labels; if ``window`` or ``decay`` is invalid; or if ``opset`` is not one
        that torch, onnx and onnxruntime support.
    ImportError
        If onnx, onnxscript or onnxruntime is not installed.
    OSError
        If the file can't be written, as where there is no such folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.export import read_metadata, streaming_to_onnx, verify
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), ["up", "down"] * 4
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> classifier = classifier.fit(X, y)
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "step.onnx")
    >>> streaming_to_onnx(classifier, path)
    >>> verify(path) < 1e-5
    True
    >>> description = read_metadata(path)["state"]
    >>> description["state_1_past"]
    {'dtype': 'float32', 'shape': ['n_streams', 4, 4], 'start': 0.0}

    A program needs onnxruntime alone; here it follows eight streams:

    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession(path)
    >>> names = [output.name for output in session.get_outputs()]
    >>> state = {
    ...     name: np.full((8, *each["shape"][1:]), each["start"], each["dtype"])
    ...     for name, each in description.items()
    ... }
    >>> for step in np.moveaxis(X, 2, 0).astype("float32"):
    ...     outputs = dict(zip(names, session.run(names, {"step": step, **state})))
    ...     state = {name: outputs[f"next_{name}"] for name in state}
    >>> np.allclose(outputs["probabilities"], classifier.predict_proba(X), atol=1e-5)
    True
    >>> folder.cleanup()
    """
    _to_onnx(_step_builder(window, decay), estimator, path, opset)


def to_torch_export(estimator: Any, path: AnyPath) -> None:
    """Export a fitted estimator to a file of ``torch.export``, preprocessing included.

    The file is read by ``torch.export.load(path).module()``, which does not need this library.
    Inputs, outputs (in a dict) and metadata, in the file ``sktcn.json`` inside, are those of
    `to_onnx`.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted estimator, a search that found it, or a pipeline without other steps; it is not
        changed.
    path : str or path-like
        Destination, usually with the suffix ``.pt2``; an older file is replaced atomically.

    Raises
    ------
    TypeError
        If the estimator is not one of this library; the message names the place of one within it.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If the network can't be exported, because of a user-defined activation or the type of the
        labels.
    OSError
        If the file can't be written, as where there is no such folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import torch
    >>> from sktcn import TCNRegressor
    >>> from sktcn.export import to_torch_export
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 20)).astype("float32")
    >>> regressor = TCNRegressor(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> regressor = regressor.fit(X, X[:, 0, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "regressor.pt2")
    ...     to_torch_export(regressor, path)
    ...     network = torch.export.load(path).module()
    >>> outputs = network(torch.tensor(X), torch.full((8,), 20))
    >>> outputs["prediction"].shape
    torch.Size([8])
    """
    _to_torch(series_network, estimator, path)


def streaming_to_torch_export(
    estimator: Any, path: AnyPath, *, window: int | None = None, decay: float | None = None
) -> None:
    """Export the streaming form of a fitted estimator to a file of ``torch.export``.

    Inputs and outputs are those of `streaming_to_onnx`, the outputs in a dict.

    Parameters
    ----------
    estimator : estimator of sktcn
        As in `streaming_to_onnx`.
    path : str or path-like
        Destination, usually with the suffix ``.pt2``.
    window : int, default=None
        As in `streaming_to_onnx`.
    decay : float, default=None
        As in `streaming_to_onnx`.

    Raises
    ------
    TypeError, NotFittedError, ValueError, OSError
        As in `streaming_to_onnx`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.export import streaming_to_torch_export, verify
    >>> X = np.random.default_rng(0).normal(size=(8, 2, 20))
    >>> regressor = TCNRegressor(n_filters=4, n_blocks=1, max_epochs=1, n_fixed_kernels=0)
    >>> regressor = regressor.fit(X, X[:, 0, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     streaming_to_torch_export(regressor, f"{folder}/step.pt2")
    ...     difference = verify(f"{folder}/step.pt2")
    >>> difference < 1e-5
    True
    """
    _to_torch(_step_builder(window, decay), estimator, path)


Builder = Callable[[FittedModel], TraceableNetwork]


def _step_builder(window: int | None, decay: float | None) -> Builder:
    def build(model: FittedModel) -> TraceableNetwork:
        model.check_causal()
        return step_network(model, check_span(model, window, decay))

    return build


def _to_onnx(build: Builder, estimator: Any, path: AnyPath, opset: int | None) -> None:
    check_destination(path)
    model = resolve_model(estimator)
    for package in ("onnx", "onnxscript", "onnxruntime"):
        require(package)
    check_opset(opset)
    network = build(model)
    with suppress_torch_messages(), _explain_errors(model, f", opset={opset}"):
        content = onnx_content(network, opset)
        check_runnable(*open_onnx(content))
    write_atomic(content, path)


def _to_torch(build: Builder, estimator: Any, path: AnyPath) -> None:
    check_destination(path)
    model = resolve_model(estimator)
    network = build(model)
    with suppress_torch_messages(), _explain_errors(model):
        content = torch_content(network)
        check_runnable(*open_torch(content))
    write_atomic(content, path)


@contextmanager
def _explain_errors(model: FittedModel, options: str = "") -> Iterator[None]:
    """Raise errors of torch and of the runtime as ValueError, with the likely parameters."""
    try:
        yield
    except ImportError:
        raise
    except Exception as error:
        lines = str(error).splitlines() or [""]
        raise ValueError(
            f"the network can't be exported, {type(error).__name__}: {lines[0]}\n"
            "A user-defined activation must consist of functions of torch alone, and ONNX runtimes "
            "lack some functions in float64, such as gelu; "
            f"got activation={model.architecture.activation!r}, dtype={model.dtype!r}{options}"
        ) from error
