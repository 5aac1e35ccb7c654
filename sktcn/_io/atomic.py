"""Atomic replacement of files."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid


def check_path(path: str | os.PathLike[str]) -> None:
    """Raise TypeError for what is no path."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or path-like, got {type(path).__name__}")


def check_destination(path: str | os.PathLike[str]) -> None:
    """Raise OSError with ``path`` unless it names a file, new or not, in an existing folder.

    Raise TypeError for what is no path.
    """
    check_path(path)
    folder = os.path.dirname(os.path.realpath(path))
    problems = {
        (errno.ENOENT, f"no folder {folder!r} to write into"): not os.path.exists(folder),
        (errno.ENOTDIR, f"not a folder, but a file: {folder!r}"): not os.path.isdir(folder),
        (errno.EISDIR, "a folder, not a file"): os.path.isdir(path),
    }
    for (code, problem), found in problems.items():
        if found:
            raise OSError(code, problem, os.fspath(path))


def write_atomic(raw: bytes, path: str | os.PathLike[str]) -> None:
    """Write a temporary file in the same folder, and rename it to ``path``.

    An OSError has that path, not the temporary file's.
    """
    check_destination(path)
    target = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(target), f".sktcn-{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(target, temporary)  # keep the permissions of the file replaced
        os.replace(temporary, target)
    except OSError as error:
        problem = error.strerror or str(error)
        raise OSError(error.errno, problem, os.fspath(path)) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
