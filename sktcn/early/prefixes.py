"""Probabilities of the prefixes of series, and their calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, check_cv
from sklearn.utils import _safe_indexing

from sktcn._data.panel import Floats, Indices, as_panel
from sktcn._data.reading import is_framed
from sktcn._model.fitted import resolve_model
from sktcn.streaming.conversion import to_streaming

MAX_STREAMS = 256  # parallel streams
N_LENGTHS = 10  # prefix lengths at which a temperature is fitted
TEMPERATURE_BOUNDS = (0.2, 5.0)  # few series must not make a classifier certain


def prefix_proba(estimator: Any, X: Any) -> list[Floats]:
    """Predict the probabilities of the classes after each time step of series.

    Parameters
    ----------
    estimator : TCNClassifier or LSTMClassifier
        Fitted and causal, as `to_streaming` requires.
    X : array-like or list of arrays
        Series, as in `fit`.

    Returns
    -------
    list of ndarray of shape (n_timepoints_i, n_classes)
        For each series, in row ``t`` the ``predict_proba`` of its first ``t + 1`` steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20) % 2
    >>> classifier = TCNClassifier(max_epochs=3).fit(X, y)
    >>> first, *others = prefix_proba(classifier, X)
    >>> first.shape
    (30, 2)
    >>> np.allclose(first[-1:], classifier.predict_proba(X[:1]), atol=1e-5)
    True
    """
    model = resolve_model(estimator)
    if model.task.classes is None or model.task.per_step:
        kind = "classifier of whole series" if model.task.per_step else "classifier"
        raise TypeError(f"prefix_proba takes a {kind}, got {model.schema.owner}")
    model.check_causal()
    panel = model.read(X)
    order = np.argsort(panel.lengths, kind="stable")
    prefixes: list[Any] = [None] * len(panel)
    for batch in np.array_split(order, range(MAX_STREAMS, len(order), MAX_STREAMS)):
        streaming = to_streaming(model, len(batch))
        padded = np.zeros((len(batch), panel.n_channels, panel.lengths[batch].max()))
        for x, index in zip(padded, batch, strict=True):
            x[:, : panel.lengths[index]] = panel.series(index).T
        for proba, index in zip(streaming.push_many(padded), batch, strict=True):
            prefixes[index] = proba[: panel.lengths[index]].copy()
    return prefixes


def fit_prefixes(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    weight: Floats | None,
    n_prefixes: int,
    *,
    used: Indices,
) -> Any:
    """Fit a clone to the ``used`` series and to ``n_prefixes`` prefixes of each.

    The shortest prefix is ``1 / (n_prefixes + 1)`` of its series. Prefixes have the weight of their
    series; where it is None, no weights are passed to the estimator.
    """
    estimator = clone(estimator)
    if len(used) < len(y):
        X, y = _safe_indexing(X, used), y[used]
        weight = None if weight is None else weight[used]
    weights = {} if weight is None else {"sample_weight": np.tile(weight, n_prefixes + 1)}
    if n_prefixes == 0:
        return estimator.fit(X, y, **weights)
    fractions = np.arange(1, n_prefixes + 1) / (n_prefixes + 1)
    if is_framed(X):
        series, prefixes = list(X), [x.iloc[: _part(len(x), f)] for f in fractions for x in X]
    else:
        panel = as_panel(X)
        series = [panel.series(i).T for i in range(len(panel))]
        prefixes = [x[:, : _part(x.shape[1], f)] for f in fractions for x in series]
    return estimator.fit(series + prefixes, np.tile(y, n_prefixes + 1), **weights)


def _part(n_timepoints: int, fraction: float) -> int:
    return math.ceil(fraction * n_timepoints)


def out_of_fold_proba(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    weight: Floats | None,
    n_prefixes: int,
    *,
    used: Indices,
    cv: Any,
    random_state: Any,
) -> list[Floats]:
    """Predict as `prefix_proba` for the ``used`` series held out, with None for the others."""
    prefixes: list[Any] = [None] * len(y)
    for train, held_out in _splits(y, used, cv, random_state):
        fitted = fit_prefixes(estimator, X, y, weight, n_prefixes, used=train)
        fold = prefix_proba(fitted, _safe_indexing(X, held_out))
        for index, prefix in zip(held_out, fold, strict=True):
            prefixes[index] = prefix
    return prefixes


def _splits(y: NDArray[Any], used: Indices, cv: Any, random_state: Any) -> list[Any]:
    """Split the ``used`` series into training parts and parts held out, by scikit-learn's ``cv``.

    An integer stratifies, in as many folds as the rarest class has series if these are fewer. Raise
    ValueError if there is one class only or a class of one series, if ``cv`` makes no partition, or
    if a class is missing in a training part.
    """
    labels, counts = np.unique(y[used], return_counts=True)
    if len(labels) < 2:
        raise ValueError(
            f"y must have at least two classes, got {len(labels)} class: {labels.tolist()}"
        )
    if counts.min() < 2:
        raise ValueError(
            f"each class must have at least two series, one of which is held out, got one of "
            f"class {labels.tolist()[counts.argmin()]!r}"
        )
    if not isinstance(cv, Integral):
        splits = [tuple(map(np.asarray, split)) for split in check_cv(cv).split(y, y)]
        held_out = np.concatenate([held for _, held in splits])
        if not np.array_equal(np.sort(held_out), np.arange(len(y))):
            raise ValueError(
                f"cv must hold each of the {len(y)} series out once, got {len(splits)} splits that "
                f"hold out {len(held_out)}: splits in a list are of one X, not of its parts in an "
                "outer cross-validation"
            )
        parts = [[part[np.isin(part, used)] for part in split] for split in splits]
        if any(len(np.unique(y[train])) < len(labels) for train, _ in parts):
            raise ValueError("cv must leave each class in each training part, got one without")
        return [(train, held) for train, held in parts if len(held)]
    folds = StratifiedKFold(min(cv, counts.min()), shuffle=True, random_state=random_state)
    return [(used[train], used[held]) for train, held in folds.split(used, y[used])]


@dataclass(frozen=True)
class PrefixTemperature:
    """Temperature scaling (Guo et al., 2017) with a temperature that depends on the length.

    A network trained on whole series is overconfident on their prefixes. Logits are divided by a
    temperature, which is fitted at some lengths to the likelihood of series held out, and
    interpolated between these lengths.

    Attributes
    ----------
    n_timepoints : ndarray of shape (n_lengths,)
        Lengths at which a temperature was fitted.
    temperature : ndarray of shape (n_lengths,)
        Temperatures; above one where the classifier was overconfident.

    References
    ----------
    .. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> confident = np.tile([0.99, 0.01], (8, 1))
    >>> scaling = PrefixTemperature.fit([confident] * 4, np.array([0, 0, 0, 1]))
    >>> scaling.transform(confident, np.arange(1, 9))[0].round(2)
    array([0.75, 0.25])
    """

    n_timepoints: NDArray[np.int64]
    temperature: Floats

    @classmethod
    def fit(
        cls, prefixes: list[Floats], codes: NDArray[np.int64], weight: Floats | None = None
    ) -> Self:
        """Fit to the probabilities of `prefix_proba`, of series of the classes ``codes``."""
        weight = np.ones(len(codes)) if weight is None else weight
        longest = max(map(len, prefixes))
        lengths = np.unique(np.geomspace(1, longest, N_LENGTHS).round().astype(np.int64))
        temperatures = []
        for length in lengths:
            indices = [i for i, prefix in enumerate(prefixes) if len(prefix) >= length]
            proba = np.stack([prefixes[i][length - 1] for i in indices])
            temperatures.append(_fit_temperature(proba, codes[indices], weight[indices]))
        return cls(lengths, np.array(temperatures))

    def transform(self, probabilities: Floats, n_timepoints: Any) -> Floats:
        """Calibrate probabilities, ``(n, n_classes)``, after ``n_timepoints``, ``(n,)``."""
        log_length = np.log(np.maximum(n_timepoints, 1))
        temperature = np.interp(log_length, np.log(self.n_timepoints), self.temperature)
        calibrated: Floats = softmax(_logits(probabilities) / temperature[:, None], axis=1)
        return calibrated


def _fit_temperature(probabilities: Floats, codes: NDArray[np.int64], weight: Floats) -> float:
    logits, rows = _logits(probabilities), np.arange(len(codes))

    def loss(log_temperature: float) -> float:
        likelihoods = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(np.average(likelihoods[rows, codes], weights=weight))

    result = minimize_scalar(loss, bounds=np.log(TEMPERATURE_BOUNDS), method="bounded")
    return float(np.exp(result.x))


def _logits(probabilities: Floats) -> Floats:
    return np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
