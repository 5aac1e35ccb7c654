"""Files that are whole, and that no one but a forger writes."""

from __future__ import annotations

import json

import pytest
from safetensors import safe_open

from sktcn._io.checksummed import pack
from sktcn.persistence import load


def forge(path, change, *keys):
    """Change the JSON in a file, and make it whole again."""
    with safe_open(path, "np") as file:
        found = json.loads(file.metadata()["sktcn"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for key in ("format", "sha256", "sktcn"):
        found.pop(key)
    place = found["estimator"]
    for key in keys[:-1]:
        place = place[key]
    if keys:
        place[keys[-1]] = change(found["estimator"])
    path.write_bytes(pack(found, arrays))


def assert_refused(path, words=None):
    with pytest.raises((ValueError, OSError), match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)
