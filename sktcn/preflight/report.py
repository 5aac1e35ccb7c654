"""Report of all checks before a fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from sktcn._data.dataset import batch_sizes
from sktcn._data.panel import Panel
from sktcn._data.reading import load_series, names_in_frames, read_panel
from sktcn._model.fitted import check_owner
from sktcn.diagnostics.networks import initial_network, prepare_training
from sktcn.diagnostics.tables import listing
from sktcn.estimators.base import trains_in_epochs
from sktcn.estimators.plan import plan_fit
from sktcn.estimators.steps import StepEstimator
from sktcn.preflight.cost import Cost, format_bytes, format_duration, measure_cost
from sktcn.preflight.data import (
    check_axes,
    check_classes,
    check_frame,
    check_missing,
    check_scales,
)
from sktcn.preflight.finding import Finding
from sktcn.preflight.network import check_cost, check_crop, check_training
from sktcn.preflight.times import check_times

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class PreflightReport:
    """Result of `preflight`.

    Attributes
    ----------
    findings : list of Finding
        Problems of the fit, errors first.
    n_series, n_channels : int
        Size of the data set.
    lengths : tuple of int
        Time steps of the shortest, the median and the longest series.
    receptive_field : float or None
        Raw time steps that one feature depends on; None if the fit would fail before training.
    cost : Cost or None
        Parameters, updates, time and memory of the fit; None where it has no updates.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.preflight import preflight
    >>> X, y = np.random.default_rng(0).normal(size=(40, 60)), np.arange(40) % 2
    >>> report = preflight(TCNClassifier(n_blocks=1), X, y)
    >>> report.ok, report.lengths, report.receptive_field
    (False, (60, 60, 60), 10.0)
    >>> report.findings[0].severity
    'warning'
    """

    findings: list[Finding]
    n_series: int
    n_channels: int
    lengths: tuple[int, int, int]
    receptive_field: float | None = None
    cost: Cost | None = None

    @property
    def ok(self) -> bool:
        """True without errors and warnings."""
        return all(finding.severity == "note" for finding in self.findings)

    def __str__(self) -> str:
        shortest, median, longest = self.lengths
        lines = [
            f"series: {self.n_series}, channels: {self.n_channels}, "
            f"time steps: {shortest} to {longest} (median {median})"
        ]
        if self.receptive_field is not None:
            lines.append(f"receptive field: {self.receptive_field:g} time steps")
        if self.cost is not None:
            cost = self.cost
            lines += [
                f"parameters: {cost.n_parameters:,}",
                f"training: {cost.n_steps:,} updates in {cost.n_epochs:,} epochs, about "
                f"{format_duration(cost.seconds)} (from a few timed updates) and "
                f"{format_bytes(cost.memory)}",
            ]
        elif self.receptive_field is not None:
            lines.append("training: in closed form, without updates")
        lines.append(listing(map(str, self.findings), "No finding: ready to fit."))
        return "\n".join(lines)


def preflight(estimator: Any, X: Any, y: Any, *, cv: int = 5) -> PreflightReport:
    """Check series, targets and parameters before a fit, which may take hours.

    Parameters
    ----------
    estimator : estimator of sktcn
        Estimator, fitted or not; it is not changed.
    X, y : array-like
        Series and targets, as for ``fit``.
    cv : int, default=5
        Folds of a later cross-validation, for which classes may be too small.

    Returns
    -------
    PreflightReport
        Findings, each with its remedy, and the cost of the fit, estimated from a few updates of a
        new network. A fit that would raise an error has a finding with its message.

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
    preprocessing = plan_fit(estimator).preprocessing
    raw, names = read_panel(load_series(X)), names_in_frames(X)
    findings = [*check_frame(X), *check_axes(raw)]
    if names is not None:
        findings += check_times(X, per_step=isinstance(estimator, StepEstimator))
    findings += check_missing(raw, preprocessing.missing, names)
    if any(finding.severity == "error" for finding in findings):
        estimator.set_params(missing="mask")  # for the other checks
    try:
        model, data, config = prepare_training(estimator, X, y)
    except (ValueError, TypeError) as error:
        reason = str(error).rstrip(".")
        findings.append(Finding("error", f"fit raises an error: {reason}", "Correct its cause"))
        return PreflightReport(
            _errors_first(findings), len(raw), raw.n_channels, _length_range(raw)
        )
    panel = model.read(X)
    network = initial_network(estimator, model, data.panel)
    field = float(replace(model, networks=[network]).receptive_field)
    task, sizes = model.task, batch_sizes(data.panel.lengths, config.batch_size)
    findings += check_scales(panel, preprocessing.scaling, names)
    findings += check_classes(data.target, task.classes, task.class_weight, cv)
    advice = model.architecture.advise(panel.lengths, network.backbone, sizes, field)
    findings += [Finding(*each) for each in advice]
    cost = None
    if trains_in_epochs(estimator):
        cost = measure_cost(model, data, config, network)
    if cost is not None:
        findings += check_training(cost, len(data.panel), config, task.validation_fraction)
        findings += check_crop(config.crop, network)
        findings += check_cost(cost)
    findings = _errors_first(findings)
    return PreflightReport(findings, len(raw), raw.n_channels, _length_range(panel), field, cost)


def _errors_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _length_range(panel: Panel) -> tuple[int, int, int]:
    lengths = panel.lengths
    return int(lengths.min()), int(np.median(lengths)), int(lengths.max())
