"""The report of `preflight`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from sktcn._data.panel import Panel, as_panel
from sktcn._model.fitted import check_owner
from sktcn.diagnostics.networks import initial_network, prepare_training
from sktcn.diagnostics.tables import listing
from sktcn.estimators.plan import plan_fit
from sktcn.preflight.cost import Cost, duration, measure_cost, size
from sktcn.preflight.data import check_classes, check_gaps, check_scales
from sktcn.preflight.finding import Finding
from sktcn.preflight.network import check_cost, check_training

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class PreflightReport:
    """What `preflight` found.

    Attributes
    ----------
    findings : list of Finding
        What speaks against the fit, errors first.
    n_series, n_channels : int
        Size of the set.
    lengths : tuple of int
        Time steps of the shortest, the median and the longest series.
    receptive_field : float or None
        Time steps that one feature sees; None if the fit would fail at its door.
    cost : Cost or None
        Parameters, steps, seconds and bytes of the fit.
    """

    findings: list[Finding]
    n_series: int
    n_channels: int
    lengths: tuple[int, int, int]
    receptive_field: float | None = None
    cost: Cost | None = None

    @property
    def ok(self) -> bool:
        """Whether there are no errors or warnings, notes aside."""
        return all(finding.severity == "note" for finding in self.findings)

    def __str__(self) -> str:
        shortest, median, longest = self.lengths
        lines = [
            f"series: {self.n_series}, channels: {self.n_channels}, "
            f"time steps: {shortest} to {longest} (median {median})"
        ]
        if self.cost is not None:
            cost = self.cost
            lines += [
                f"receptive field: {self.receptive_field:g} time steps",
                f"parameters: {cost.n_parameters:,}",
                f"training: {cost.n_steps:,} steps in {cost.n_epochs:,} epochs, about "
                f"{duration(cost.seconds)} (by a few steps, timed) and {size(cost.memory)}",
            ]
        lines.append(listing(map(str, self.findings), "No finding: ready to fit."))
        return "\n".join(lines)


def preflight(estimator: Any, X: Any, y: Any, *, cv: int = 5) -> PreflightReport:
    """Look at series, targets and parameters before a fit, which may take hours.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted or not; it is not changed.
    X, y : array-like
        Series and targets, as for ``fit``.
    cv : int, default=5
        Folds of a cross-validation to come, for which classes may be too small.

    Returns
    -------
    PreflightReport
        Findings, each with its remedy; and what the fit will cost, estimated from a few steps
        of training of a new network. A fit that would be refused has a finding that says so.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.preflight import preflight
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(40, 60)), np.arange(40) % 2
    >>> preflight(TCNClassifier(), X, y).ok
    True
    >>> X[3, 5] = np.nan
    >>> report = preflight(TCNClassifier(), X, y)
    >>> print(report.findings[0])
    error: 1 of 2,400 values are missing, which missing='error' refuses. Set missing='mask' ...
    """
    estimator = check_owner(estimator)
    if cv < 2:
        raise ValueError(f"cv must be at least 2, got cv={cv}")
    estimator = clone(estimator)
    plan_fit(estimator)
    raw = as_panel(X)
    findings = list(check_gaps(raw, estimator))
    if any(finding.severity == "error" for finding in findings):
        estimator.set_params(missing="mask")  # the rest can be looked at all the same
    try:
        model, data, config = prepare_training(estimator, X, y)
    except (ValueError, TypeError) as error:
        reason = str(error).rstrip(".")
        findings.append(Finding("error", f"fit refuses this: {reason}", "Mend what it names"))
        return PreflightReport(findings, len(raw), raw.n_channels, _spread(raw))
    panel = model.read(X)
    network = initial_network(estimator, model)
    field = float(replace(model, networks=[network]).receptive_field)
    cost = measure_cost(model, data, config, network, estimator.n_estimators)
    findings += check_scales(panel, estimator)
    findings += check_classes(data.target, model.task.classes, estimator.class_weight, cv)
    advice = model.architecture.advise(panel.lengths, network.backbone)
    findings += [Finding(*each) for each in advice]
    findings += check_training(data.panel.lengths, estimator, config, cost.n_epochs)
    findings += check_cost(cost)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return PreflightReport(findings, len(raw), raw.n_channels, _spread(panel), field, cost)


def _spread(panel: Panel) -> tuple[int, int, int]:
    lengths = panel.lengths
    return int(lengths.min()), int(np.median(lengths)), int(lengths.max())
