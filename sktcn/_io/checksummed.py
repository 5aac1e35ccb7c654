"""Files in the safetensors format that contain their own SHA-256 checksum."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as build_safetensors

from sktcn._io.atomic import check_path
from sktcn._version import __version__

FORMAT = 3  # tests/golden has a file of each
CHECKSUM = re.compile(rb'\\"sha256\\": \\"([0-9a-f]{64})\\"')  # JSON within a string of JSON
MAX_HEADER_BYTES = 2**26  # bytes of JSON, which parse into objects of up to a few GB
BLANK = "0" * 64  # placeholder of the checksum while it is computed


def pack(state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """Serialise a state and arrays to the content of a file."""
    head = {"format": FORMAT, "sha256": BLANK, "sktcn": __version__}
    raw = build_safetensors(arrays, {"sktcn": json.dumps(head | state)})
    length = int.from_bytes(raw[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise ValueError(
            f"there is too much to be written beside arrays, such as history_: {length} bytes, "
            f"and {MAX_HEADER_BYTES} may be read again"
        )
    return _with_checksum(raw, hashlib.sha256(raw).hexdigest())


def _with_checksum(raw: bytes, checksum: str) -> bytes:
    match = CHECKSUM.search(raw)
    assert match is not None
    return raw[: match.start(1)] + checksum.encode() + raw[match.end(1) :]


def unpack(raw: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Parse the content of a file into its state and arrays."""
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    state = json.loads(header["__metadata__"]["sktcn"])
    if state["format"] > FORMAT:
        raise ValueError(
            f"it is of format {state['format']}, written by sktcn {state['sktcn']}; "
            f"sktcn {__version__} knows formats up to {FORMAT}: a newer version is needed"
        )
    return state, parse_safetensors(raw)


def read_checked(path: str | os.PathLike[str]) -> bytes:
    """Read a file, and validate its size, its header and its checksum in this order."""
    check_path(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if file.read(1) not in (b"{", b""):
            pickled = "; joblib.load reads files of joblib" if start[:1] == b"\x80" else ""
            raise ValueError(
                f"{os.fspath(path)!r} was not written by sktcn.persistence.save: there is no "
                f"header at its start{pickled}"
            )
        if length > size - 8:
            raise ValueError(
                f"{os.fspath(path)!r} is cut, or was not written by sktcn.persistence.save: "
                f"it has {size} bytes, and would have {8 + length} or more"
            )
        if length > MAX_HEADER_BYTES:
            raise ValueError(
                f"{os.fspath(path)!r} was not written by sktcn.persistence.save: "
                f"its header would have {length} bytes, and may have {MAX_HEADER_BYTES}"
            )
        file.seek(8)
        header = file.read(length)
        checksum = CHECKSUM.search(header)
        if checksum is None:
            raise ValueError(
                f"{os.fspath(path)!r} was not written by sktcn.persistence.save, or is damaged: "
                "there is no checksum in its header"
            )
        raw = start + header + file.read()
    expected = checksum.group(1).decode()
    computed = hashlib.sha256(_with_checksum(raw, BLANK)).hexdigest()
    if computed != expected:
        raise ValueError(
            f"{os.fspath(path)!r} is damaged or cut: the sha256 of its content is {computed}, "
            f"its header says {expected}"
        )
    return raw
