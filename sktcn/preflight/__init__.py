"""Validation of series, targets and parameters, and the cost of a fit, before the fit."""

from sktcn.preflight.cost import Cost
from sktcn.preflight.finding import Finding
from sktcn.preflight.report import PreflightReport, preflight

__all__ = ["Cost", "Finding", "PreflightReport", "preflight"]
