"""Relative links in the documentation lead to files of the repository, or to pages made of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(
        page
        for folder in ("benchmarks", "docs", "examples")
        for page in (ROOT / folder).rglob("*.md")
        if not {"_build", "node_modules"} & set(page.parts)
    ),
]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def leads_somewhere(page, target):
    path = page.parent / target
    if path.parent.name == "gallery":  # made from the examples by `make docs`
        source = "docs/gallery_header.rst" if path.stem == "index" else f"examples/{path.stem}.py"
        return (ROOT / source).exists()
    return path.exists()


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_resolve(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    files = [target for target in targets if "://" not in target]
    assert [target for target in files if not leads_somewhere(page, target)] == []
