"""Tables and lists as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def text_table(columns: Mapping[str, Sequence[Any]]) -> str:
    """Format named columns: text to the left, numbers to the right, in three digits.

    Examples
    --------
    >>> print(text_table({"block": ["1", "2"], "norm": [0.51234, 1e-9]}))
    block   norm
    1      0.512
    2      1e-09
    """
    written = [_column(name, list(entries)) for name, entries in columns.items()]
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*written, strict=True))


def _column(name: str, entries: list[Any]) -> list[str]:
    text = any(isinstance(entry, str) for entry in entries)
    cells = [name, *(entry if isinstance(entry, str) else f"{entry:.3g}" for entry in entries)]
    width = max(map(len, cells))
    return [cell.ljust(width) if text else cell.rjust(width) for cell in cells]


def listing(findings: Iterable[str], nothing: str) -> str:
    """Format findings as a list, or return ``nothing`` if there are none.

    Examples
    --------
    >>> print(listing(["block 1 is dead", "block 2 too"], "all is well"))
    - block 1 is dead
    - block 2 too
    """
    return "\n".join(f"- {finding}" for finding in findings) or nothing
