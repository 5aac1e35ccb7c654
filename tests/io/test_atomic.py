"""Files that can't be written: errors name the folder or the file, never a temporary one."""

from __future__ import annotations

import errno
import os

import pytest

from sktcn import TCNClassifier
from sktcn._io.atomic import write_atomic
from sktcn.export import (
    streaming_to_onnx,
    streaming_to_torch_export,
    to_onnx,
    to_torch_export,
)
from sktcn.persistence import save

WRITERS = [save, to_onnx, streaming_to_onnx, to_torch_export, streaming_to_torch_export]


@pytest.mark.parametrize("write", WRITERS)
def test_a_missing_folder_is_named_before_any_work(write, tmp_path):
    (tmp_path / "file").touch()
    unfitted, path = TCNClassifier(), tmp_path / "nowhere" / "model"
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere' to write into") as error:
        write(unfitted, path)
    assert error.value.filename == str(path)
    with pytest.raises(NotADirectoryError, match=f"not a folder, but a file: '{tmp_path}/file'"):
        write(unfitted, tmp_path / "file" / "model")
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        write(unfitted, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomic(b"new", "model")
    assert (tmp_path / "model").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "code"), [("os.fsync", errno.ENOSPC), ("os.replace", errno.EACCES)]
)
def test_the_error_of_a_failed_write_names_the_file(name, code, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(code, os.strerror(code), *map(str, args))

    monkeypatch.setattr(name, fail)
    with pytest.raises(OSError, match=os.strerror(code)) as error:
        write_atomic(b"new", tmp_path / "model")
    assert error.value.filename == str(tmp_path / "model")
    assert ".tmp" not in str(error.value)
    assert not list(tmp_path.iterdir())
