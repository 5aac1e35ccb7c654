"""A look at series, targets and parameters before hours are spent on a fit."""

from sktcn.preflight.cost import Cost
from sktcn.preflight.finding import Finding
from sktcn.preflight.report import PreflightReport, preflight

__all__ = ["Cost", "Finding", "PreflightReport", "preflight"]
