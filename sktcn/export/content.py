"""Content of exported files: a traced network, and its metadata."""

from __future__ import annotations

import io
import json
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch.fx import GraphModule

from sktcn.export.golden import ONNX_KEY, TOLERANCE, TORCH_KEY, Run, check_golden
from sktcn.export.reading import require
from sktcn.export.tracing import TraceableNetwork

MIN_OPSET = 18  # torch has no implementations below, and conversions fail for most networks


def check_opset(opset: Any) -> None:
    """Raise ValueError unless an operator set is one that the exporter can write."""
    newest = require("onnx").defs.onnx_opset_version()
    whole = isinstance(opset, int | np.integer) and not isinstance(opset, bool)
    if opset is not None and not (whole and MIN_OPSET <= opset <= newest):
        raise ValueError(
            f"opset must be an integer from {MIN_OPSET}, the lowest that works, to {newest}, "
            f"got opset={opset!r}"
        )


def onnx_content(network: TraceableNetwork, opset: int | None) -> bytes:
    """Convert a network to the content of an ONNX file."""
    program: Any = torch.onnx.export(
        network.module,
        network.arguments,
        input_names=list(network.inputs),
        output_names=network.outputs,
        dynamic_shapes=network.dynamic_shapes(named=True),
        opset_version=None if opset is None else int(opset),
        dynamo=True,
        verbose=False,
    )
    reached = program.model.opset_imports[""]
    if opset not in (None, reached):
        raise ValueError(f"the conversion to opset={opset} failed, {reached} works")
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # paths of this machine
    program.model.metadata_props[ONNX_KEY] = network.metadata
    return program.model_proto.SerializeToString()


def torch_content(network: TraceableNetwork) -> bytes:
    """Convert a network to the content of a file of ``torch.export``."""
    program = torch.export.export(
        network.module,
        network.arguments,
        dynamic_shapes=network.dynamic_shapes(named=False),
        strict=False,  # as later releases of torch have it
    )
    graphs = [m.graph for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    for node in chain.from_iterable(graph.nodes for graph in graphs):
        node.meta.pop("stack_trace", None)  # paths of this machine
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={TORCH_KEY: network.metadata})
    return file.getvalue()


def check_runnable(metadata: str, run: Run) -> None:
    """Validate that the network runs, with a tolerance wide enough for rounding errors."""
    parsed = json.loads(metadata)
    check_golden(parsed, run, 100 * TOLERANCE[parsed["dtype"]])
