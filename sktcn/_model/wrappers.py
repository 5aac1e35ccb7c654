"""Estimators that wrap another: those that answer as it does, and the place of it in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn.base import MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

PLACES = (
    *("best_estimator_", "calibrated_classifiers_", "estimators_", "estimator_"),
    *("classifier_", "regressor_", "estimator"),
)


def unwrap(estimator: Any) -> Any:
    """Return the estimator that answers for a wrapper which changes neither series nor answers.

    Such wrappers are a search after its fit, a frozen estimator, a pipeline without transformers
    and an adapter for sktime.
    """
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        return unwrap(steps[0]) if len(steps) == 1 else estimator
    if isinstance(estimator, FrozenEstimator):
        return unwrap(estimator.estimator)
    if hasattr(estimator, "best_estimator_"):
        return unwrap(estimator.best_estimator_)
    changes_answers = isinstance(estimator, MetaEstimatorMixin)
    return estimator if changes_answers else getattr(estimator, "estimator_", estimator)


def advise_inner(estimator: Any, is_wanted: Callable[[Any], bool]) -> str:
    """Name the place of a wanted estimator within another, to end an error message.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> advise_inner(make_pipeline(PCA(), Ridge()), lambda inner: isinstance(inner, Ridge))
    ': pass estimator[-1], and the series as estimator[:-1] transforms them'
    """
    found = _find(estimator, is_wanted)
    if found is None:
        return ""
    path = ""
    for place, holder in [("", estimator), *found]:
        path += place
        if hasattr(holder, "inner_advice"):
            return f": estimator{path} {holder.inner_advice}"
    if hasattr(estimator, "refit") and "best_estimator_" not in path:
        return f", which has a best_estimator_ after a fit with refit=True, and estimator{path}"
    advice = f": pass estimator{path}"
    if "[-1]" in path:
        pipeline = path[: path.rindex("[-1]")]
        advice += f", and the series as estimator{pipeline}[:-1] transforms them"
    if "calibrated" in path:
        advice += ", which is not calibrated; joblib.dump keeps the calibration"
    return advice


def _find(estimator: Any, is_wanted: Callable[[Any], bool]) -> list[tuple[str, Any]] | None:
    """Return a wanted estimator and those about it, each with its place in the one before."""
    for place, inner in _held(estimator):
        below = [] if is_wanted(inner) else _find(inner, is_wanted)
        if below is not None:
            return [(place, inner), *below]
    return None


def _held(estimator: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(estimator, Pipeline):
        yield "[-1]", estimator.steps[-1][1]
        return
    for name in PLACES:
        inner = getattr(estimator, name, None)
        if isinstance(inner, list) and inner:
            yield f".{name}[0]", inner[0]
        elif inner is not None:
            yield f".{name}", inner
