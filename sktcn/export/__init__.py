"""Export of fitted estimators to ONNX (``pip install "sktcn[onnx]"``) and to ``torch.export``."""

from sktcn.export.reading import read_metadata, verify
from sktcn.export.writing import (
    streaming_to_onnx,
    streaming_to_torch_export,
    to_onnx,
    to_torch_export,
)

__all__ = [
    "read_metadata",
    "streaming_to_onnx",
    "streaming_to_torch_export",
    "to_onnx",
    "to_torch_export",
    "verify",
]
