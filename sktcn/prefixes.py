"""What a classifier says of the beginnings of series, and how far that is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import is_classifier

from sktcn.estimators.checks import check_estimator
from sktcn.streaming import check_causal, to_streaming

Floats = NDArray[np.float64]

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
    estimator = getattr(estimator, "estimator_", estimator)
    if not is_classifier(estimator):
        raise TypeError(f"prefix_proba takes a classifier, got {type(estimator).__name__}")
    check_estimator(estimator)
    check_causal(estimator)
    panel = estimator._check_series(X, reset=False)
    order = np.argsort(panel.lengths, kind="stable")
    answers: list[Any] = [None] * len(panel)
    for rows in np.array_split(order, range(STREAMS, len(order), STREAMS)):
        streaming = to_streaming(estimator, len(rows))
        padded = np.zeros((len(rows), panel.n_channels, panel.lengths[rows].max()))
        for row, index in zip(padded, rows, strict=True):
            row[:, : panel.lengths[index]] = panel.series(index).T
        for answer, index in zip(streaming.push_many(padded), rows, strict=True):
            answers[index] = answer[: panel.lengths[index]].copy()
    return answers


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
