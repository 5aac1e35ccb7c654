"""What a classifier says of the beginnings of series, and how far that is to be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import _safe_indexing

from sktcn._data.panel import Floats, as_panel
from sktcn._model.fitted import resolve_model
from sktcn.streaming.estimator import to_streaming

STREAMS = 256  # series that are streamed side by side
CHECKPOINTS = 10  # lengths at which a temperature is fitted
RANGE = (0.2, 5.0)  # temperatures: few series must not make a classifier quite sure


def prefix_proba(estimator: Any, X: Any) -> list[Floats]:
    """Probabilities of the classes after each time step of series.

    Parameters
    ----------
    estimator : TCNClassifier or LSTMClassifier
        Fitted, and blind to the future, as `to_streaming` takes it.
    X : array-like or list of arrays
        Series, as in `fit`.

    Returns
    -------
    list of ndarray of shape (n_timepoints_i, n_classes)
        For each series, in row ``t`` what ``predict_proba`` says of its first ``t + 1`` steps.

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
    if model.task.classes is None:
        raise TypeError(f"prefix_proba takes a classifier, got {type(estimator).__name__}")
    model.check_causal()
    panel = model.read(X)
    order = np.argsort(panel.lengths, kind="stable")
    answers: list[Any] = [None] * len(panel)
    for rows in np.array_split(order, range(STREAMS, len(order), STREAMS)):
        streaming = to_streaming(model, len(rows))
        padded = np.zeros((len(rows), panel.n_channels, panel.lengths[rows].max()))
        for row, index in zip(padded, rows, strict=True):
            row[:, : panel.lengths[index]] = panel.series(index).T
        for answer, index in zip(streaming.push_many(padded), rows, strict=True):
            answers[index] = answer[: panel.lengths[index]].copy()
    return answers


def fit_prefixes(estimator: Any, X: Any, y: NDArray[Any], n_prefixes: int) -> Any:
    """Fit to series and to their beginnings, so that a classifier knows what these look like.

    Parameters
    ----------
    estimator : TCNClassifier or LSTMClassifier
        It stays as it is.
    X : array-like or list of arrays
        Series, as in `fit`.
    y : ndarray of shape (n_series,)
        Class labels.
    n_prefixes : int
        Beginnings of each series, from ``1 / (n_prefixes + 1)`` of it on.

    Returns
    -------
    TCNClassifier or LSTMClassifier
        A fitted copy.
    """
    estimator = clone(estimator)
    if n_prefixes == 0:
        return estimator.fit(X, y)
    panel = as_panel(X)
    whole = [panel.series(i).T for i in range(len(panel))]
    shares = np.arange(1, n_prefixes + 1) / (n_prefixes + 1)
    parts = [x[:, : math.ceil(share * x.shape[1])] for share in shares for x in whole]
    return estimator.fit(whole + parts, np.tile(y, n_prefixes + 1))


def out_of_fold_proba(
    estimator: Any, X: Any, y: NDArray[Any], n_prefixes: int, *, cv: int, random_state: Any
) -> list[Floats]:
    """Probabilities of beginnings, of each series by a classifier that has not seen it.

    Parameters
    ----------
    estimator : TCNClassifier or LSTMClassifier
        It stays as it is.
    X : array-like or list of arrays
        Series, as in `fit`.
    y : ndarray of shape (n_series,)
        Class labels.
    n_prefixes : int
        As in `fit_prefixes`.
    cv : int
        Stratified folds in which series are held back, or as many as the rarest class has series.
    random_state : int, RandomState instance or None
        Decides which series are held back together.

    Returns
    -------
    list of ndarray of shape (n_timepoints_i, n_classes)
        As of `prefix_proba`.
    """
    labels, counts = np.unique(y, return_counts=True)
    if len(labels) < 2:
        raise ValueError(
            f"y must have at least two classes, got {len(labels)} class: {labels.tolist()}"
        )
    if counts.min() < 2:
        raise ValueError(
            f"each class must have at least two series, one of which is held back, got one of "
            f"class {labels.tolist()[counts.argmin()]!r}"
        )
    folds = StratifiedKFold(min(cv, counts.min()), shuffle=True, random_state=random_state)
    prefixes: list[Any] = [None] * len(y)
    for seen, held_back in folds.split(y, y):
        fitted = fit_prefixes(estimator, _safe_indexing(X, seen), y[seen], n_prefixes)
        found = prefix_proba(fitted, _safe_indexing(X, held_back))
        for index, prefix in zip(held_back, found, strict=True):
            prefixes[index] = prefix
    return prefixes


@dataclass(frozen=True)
class PrefixTemperature:
    """Temperature scaling (Guo et al., 2017) with a temperature that depends on the length.

    A network that was trained on whole series is too sure of their beginnings. Logits are divided
    by a temperature that was fitted at some lengths, to the likelihood of series held back, and is
    interpolated between them.

    Attributes
    ----------
    n_timepoints : ndarray of shape (n_lengths,)
        Lengths at which a temperature was fitted.
    temperature : ndarray of shape (n_lengths,)
        The temperatures: above one, the classifier was too sure.

    References
    ----------
    .. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> sure = np.tile([0.99, 0.01], (8, 1))
    >>> scaling = PrefixTemperature.fit([sure] * 4, np.array([0, 0, 0, 1]))
    >>> scaling.transform(sure, np.arange(1, 9))[0].round(2)
    array([0.75, 0.25])
    """

    n_timepoints: NDArray[np.int64]
    temperature: Floats

    @classmethod
    def fit(cls, prefixes: list[Floats], codes: NDArray[np.int64]) -> Self:
        """Fit to probabilities, as of `prefix_proba`, of series of the classes ``codes``."""
        longest = max(map(len, prefixes))
        steps = np.unique(np.geomspace(1, longest, CHECKPOINTS).round().astype(np.int64))
        temperatures = []
        for step in steps:
            reached = [i for i, prefix in enumerate(prefixes) if len(prefix) >= step]
            rows = np.stack([prefixes[i][step - 1] for i in reached])
            temperatures.append(_fit_temperature(rows, codes[reached]))
        return cls(steps, np.array(temperatures))

    def transform(self, probabilities: Floats, n_timepoints: Any) -> Floats:
        """Scale probabilities, ``(n, n_classes)``, of series of ``n_timepoints``, ``(n,)``."""
        seen = np.log(np.maximum(n_timepoints, 1))
        temperature = np.interp(seen, np.log(self.n_timepoints), self.temperature)
        scaled: Floats = softmax(_logarithm(probabilities) / temperature[:, None], axis=1)
        return scaled


def _fit_temperature(probabilities: Floats, codes: NDArray[np.int64]) -> float:
    logits, rows = _logarithm(probabilities), np.arange(len(codes))

    def loss(log_temperature: float) -> float:
        likelihoods = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(likelihoods[rows, codes].mean())

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded")
    return float(np.exp(found.x))


def _logarithm(probabilities: Floats) -> Floats:
    return np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
