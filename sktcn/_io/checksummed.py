"""A file in the safetensors format with a digest of all of it inside."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as build_safetensors

from sktcn._version import __version__

FORMAT = 2  # tests/golden has a file of each
DIGEST = re.compile(rb'\\"sha256\\": \\"([0-9a-f]{64})\\"')  # in JSON that is text in JSON
MAX_HEADER_BYTES = 2**26  # bytes of JSON, from which objects of a few GB can be made
BLANK = "0" * 64  # stands for the digest in what the digest is of


def pack(state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """Make the content of a file, the digest of all of it inside."""
    head = {"format": FORMAT, "sha256": BLANK, "sktcn": __version__}
    raw = build_safetensors(arrays, {"sktcn": json.dumps(head | state)})
    length = int.from_bytes(raw[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise ValueError(
            f"there is too much to be written beside arrays, such as history_: {length} bytes, "
            f"and {MAX_HEADER_BYTES} may be read again"
        )
    return _with_digest(raw, hashlib.sha256(raw).hexdigest())


def _with_digest(raw: bytes, digest: str) -> bytes:
    found = DIGEST.search(raw)
    assert found is not None
    return raw[: found.start(1)] + digest.encode() + raw[found.end(1) :]


def unpack(raw: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Take the state and the arrays out of the content of a file."""
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    state = json.loads(header["__metadata__"]["sktcn"])
    if state["format"] > FORMAT:
        raise ValueError(
            f"it is of format {state['format']}, written by sktcn {state['sktcn']}; "
            f"sktcn {__version__} knows formats up to {FORMAT}: a newer version is needed"
        )
    return state, parse_safetensors(raw)


def read_checked(path: str | os.PathLike[str]) -> bytes:
    """Read a file as long as it may be one of ours, and check the digest."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > size - 8:
            raise ValueError(
                f"{os.fspath(path)!r} is cut, or was not written by sktcn.persistence.save: "
                f"it has {size} bytes, and would have {8 + length} or more"
            )
        if length > MAX_HEADER_BYTES:
            raise ValueError(
                f"{os.fspath(path)!r} was not written by sktcn.persistence.save: "
                f"its header would have {length} bytes, and may have {MAX_HEADER_BYTES}"
            )
        header = file.read(length)
        digest = DIGEST.search(header)
        if digest is None:
            raise ValueError(
                f"{os.fspath(path)!r} was not written by sktcn.persistence.save, or is damaged: "
                "there is no digest in its header"
            )
        raw = start + header + file.read()
    written = digest.group(1).decode()
    found = hashlib.sha256(_with_digest(raw, BLANK)).hexdigest()
    if found != written:
        raise ValueError(
            f"{os.fspath(path)!r} is damaged or cut: the sha256 of its content is {found}, "
            f"that of what was written is {written}"
        )
    return raw
