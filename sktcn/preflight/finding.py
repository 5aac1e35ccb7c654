"""Findings of `preflight`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Problem of a fit, with its remedy.

    Attributes
    ----------
    severity : {"error", "warning", "note"}
        A fit with an error fails, one with a warning is likely to be poor, one with a note can be
        improved.
    what : str
        Problem.
    remedy : str
        Remedy.

    Examples
    --------
    >>> from sktcn.preflight import Finding
    >>> print(Finding("note", "The series are long", "Set batch_size=4"))
    note: The series are long. Set batch_size=4.
    """

    severity: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.what}. {self.remedy}."
