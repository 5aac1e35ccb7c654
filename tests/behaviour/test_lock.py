"""Releases whose hashes `make install` checks are the releases that are tested."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def releases(text):
    found = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {re.sub(r"[._-]+", "-", name).lower(): release for name, release in found}


def test_all_releases_but_torch_have_hashes():
    tested = releases((ROOT / "constraints.txt").read_text("utf-8"))
    locked = (ROOT / ".ci" / "hashes.txt").read_text("utf-8")
    assert tested.items() - releases(locked).items() == {("torch", tested["torch"])}
    for requirement in re.split(r"^(?=\w)", locked, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in requirement
