"""What `preflight` says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that speaks against a fit, or that its user may want to know.

    Attributes
    ----------
    severity : {"error", "warning", "note"}
        Whether the fit fails, is likely to go wrong, or could be done better.
    what : str
        What is the matter.
    remedy : str
        What helps.
    """

    severity: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.what}. {self.remedy}."
