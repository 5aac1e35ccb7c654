"""Atomic replacement of files."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid


def write_atomic(raw: bytes, path: str | os.PathLike[str]) -> None:
    """Write a temporary file in the same folder, and rename it to ``path``."""
    path = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(path), f".sktcn-{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, temporary)  # keep the permissions of the file replaced
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
