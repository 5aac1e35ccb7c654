"""Fitted estimators as files that need nothing of this library: ONNX, and torch's own.

``pip install sktcn[onnx]`` brings what the former takes.
"""

from sktcn.export.reading import read_metadata, verify
from sktcn.export.writing import to_onnx, to_torch_export

__all__ = ["read_metadata", "to_onnx", "to_torch_export", "verify"]
