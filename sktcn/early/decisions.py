"""Decisions, the threshold at which they are taken, and decisions on live signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.panel import Floats
from sktcn.early.prefixes import PrefixTemperature
from sktcn.streaming.estimator import StreamingEstimator


@dataclass(frozen=True)
class Decisions:
    """Decisions on series or streams.

    Attributes
    ----------
    labels : ndarray of shape (n_series,)
        Most probable class at the decision.
    n_timepoints : ndarray of shape (n_series,)
        Time steps before the decision.
    probabilities : ndarray of shape (n_series, n_classes)
        Calibrated probabilities at the decision.
    decided : ndarray of shape (n_series,)
        False where no probability has reached the threshold yet: the other attributes are then
        those of the last step.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn.early import Decisions
    >>> proba = np.array([[0.9, 0.1], [0.4, 0.6]])
    >>> decisions = Decisions(np.array(["a", "b"]), np.array([7, 30]), proba, proba.max(1) > 0.8)
    >>> decisions.labels[decisions.decided], decisions.n_timepoints[decisions.decided]
    (array(['a'], dtype='<U1'), array([7]))
    """

    labels: NDArray[Any]
    n_timepoints: NDArray[np.int64]
    probabilities: Floats
    decided: NDArray[np.bool_]


class EarlyStreaming:
    """Decisions on live signals; made by `EarlyClassifier.to_streaming`.

    Parameters
    ----------
    streaming : StreamingEstimator
        Streaming form of a classifier.
    temperature : PrefixTemperature
        Calibration of the probabilities.
    threshold : float
        Probability at which a stream is decided on.
    min_length : int
        Least number of time steps of a decision.

    Attributes
    ----------
    streaming : StreamingEstimator
        Streaming form of the classifier.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.early import EarlyClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(40, 20)), np.arange(40) % 2
    >>> X[y == 1] += 3
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=10, n_fixed_kernels=0)
    >>> early = EarlyClassifier(classifier, cv=2, threshold=0.8).fit(X, y)
    >>> live = early.to_streaming(n_streams=2)
    >>> for x in X[:2].T:
    ...     decisions = live.push(x[:, None])
    >>> decisions.labels.tolist(), decisions.decided.tolist()
    ([0, 1], [True, True])
    """

    def __init__(
        self,
        streaming: StreamingEstimator,
        *,
        temperature: PrefixTemperature,
        threshold: float,
        min_length: int,
    ):
        self.streaming = streaming
        self._temperature, self._threshold = temperature, threshold
        self._min_length, self._classes = min_length, streaming.classes_
        self.reset()

    def __repr__(self) -> str:
        return f"EarlyStreaming({self.streaming}, threshold={self._threshold:.3g})"

    def __reduce__(self) -> Any:
        raise TypeError(
            "streams cannot be pickled: keep the EarlyClassifier by joblib.dump, and the arrays of "
            "state_dict() by numpy.savez"
        )

    def push(self, x: Any, streams: Any = None) -> Decisions:
        """Decide after one more time step of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels)
            Newest values, as in `StreamingEstimator.push`.
        streams : int, array-like of int or of bool, default=None
            Streams of the rows of ``x``, as in `StreamingEstimator.push`; None for all.

        Returns
        -------
        Decisions
            Decisions on these streams. A decision is final until the stream is reset.
        """
        newest = self.streaming.push(x, streams)
        rows = self._rows_of(streams)
        self._decide(rows, newest, self.streaming.n_timepoints[rows])
        return self._decisions(rows)

    def push_many(self, x: Any, streams: Any = None) -> Decisions:
        """Decide after several more time steps of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels, n_timepoints)
            Newest values, as in `StreamingEstimator.push_many`.
        streams : int, array-like of int or of bool, default=None
            As in `push`.

        Returns
        -------
        Decisions
            Result of `push` after the last of the steps.
        """
        before = self.streaming.n_timepoints.copy()
        newest = self.streaming.push_many(x, streams)
        rows = self._rows_of(streams)
        for t in range(newest.shape[1]):
            steps = np.minimum(before[rows] + t + 1, self.streaming.n_timepoints[rows])
            self._decide(rows, newest[:, t], steps)
        return self._decisions(rows)

    def _rows_of(self, streams: Any) -> NDArray[np.intp]:
        indices = np.arange(self.streaming.n_streams)
        return indices if streams is None else np.atleast_1d(indices[streams])

    def _decide(self, rows: NDArray[np.intp], newest: Floats, steps: NDArray[np.int64]) -> None:
        """Decide on streams, of so many time steps, by their newest uncalibrated probabilities."""
        is_open = ~self._decided[rows]
        undecided, steps = rows[is_open], steps[is_open]
        seen = np.minimum(steps, self.streaming.window or steps)
        proba = self._temperature.transform(newest[is_open], seen)
        self._probabilities[undecided], self._n_timepoints[undecided] = proba, steps
        confident = proba.max(axis=1) >= self._threshold
        self._decided[undecided] = confident & (steps >= self._min_length)

    def _decisions(self, rows: NDArray[np.intp]) -> Decisions:
        probabilities = self._probabilities[rows]
        labels = self._classes[probabilities.argmax(axis=1)]
        return Decisions(labels, self._n_timepoints[rows], probabilities, self._decided[rows])

    def reset(self, streams: Any = None) -> None:
        """Reset streams to their start, undecided.

        Parameters
        ----------
        streams : int, array-like of int or of bool, default=None
            Streams to reset; None for all.
        """
        self.streaming.reset(streams)
        n_streams = self.streaming.n_streams
        if streams is None:
            self._probabilities = np.zeros((n_streams, len(self._classes)))
            self._n_timepoints = np.zeros(n_streams, dtype=np.int64)
            self._decided = np.zeros(n_streams, dtype=bool)
            return
        self._probabilities[streams], self._n_timepoints[streams] = 0.0, 0
        self._decided[streams] = False

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of all streams, from which a restarted service can resume.

        Returns
        -------
        dict of str to ndarray
            Copies, which `numpy.savez` writes.
        """
        return self.streaming.state_dict() | {
            "probabilities": self._probabilities.copy(),
            "decision_timepoints": self._n_timepoints.copy(),
            "decided": self._decided.copy(),
        }

    def load_state_dict(self, state: Any) -> None:
        """Resume from a state that `state_dict` returned.

        Parameters
        ----------
        state : mapping of str to ndarray
            From the same fitted classifier, with as many streams.

        Raises
        ------
        ValueError
            If the state is of another classifier.
        """
        self.streaming.load_state_dict(state)
        self._probabilities = np.array(state["probabilities"])
        self._n_timepoints = np.array(state["decision_timepoints"])
        self._decided = np.array(state["decided"])


def decision_steps(
    prefixes: list[Floats], threshold: float, min_length: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the first step at which the largest probability reaches a threshold.

    Returns the number of steps before each decision, all steps of a series that stays undecided,
    and a mask of the series decided.
    """
    steps, decided = [], []
    for prefix in prefixes:
        confident = prefix.max(axis=1) >= threshold
        confident[: min_length - 1] = False
        decided.append(bool(confident.any()))
        steps.append(int(confident.argmax()) + 1 if decided[-1] else len(prefix))
    return np.array(steps), np.array(decided)


def threshold_trade_off(
    prefixes: list[Floats],
    codes: NDArray[np.int64],
    min_length: int,
    weight: Floats | None = None,
) -> dict[str, Floats]:
    """Compute "threshold", "accuracy", "earliness" and "harmonic_mean", one row per threshold.

    ``prefixes`` has for each series ``(n_timepoints, n_classes)``, ``codes`` its class, and
    ``weight``, ``(n_series,)``, its weight in the means.
    """
    weight = np.ones(len(codes)) if weight is None else weight
    lengths = np.array([len(prefix) for prefix in prefixes])
    confidences = [prefix[min_length - 1 :].max(axis=1) for prefix in prefixes]
    weights = np.repeat(weight, [len(each) for each in confidences])
    thresholds = _quantiles(np.concatenate(confidences), weights)
    rows = []
    for threshold in np.unique([*thresholds, 1.0]):
        steps, _ = decision_steps(prefixes, threshold, min_length)
        predicted = [p[step - 1].argmax() for p, step in zip(prefixes, steps, strict=True)]
        accuracy, earliness = np.average(
            [predicted == codes, steps / lengths], axis=1, weights=weight
        )
        rows.append((threshold, accuracy, earliness))
    threshold, accuracy, earliness = np.array(rows).T
    saved = 1 - earliness
    harmonic_mean = 2 * accuracy * saved / np.maximum(accuracy + saved, np.finfo(float).tiny)
    columns = ("threshold", "accuracy", "earliness", "harmonic_mean")
    return dict(zip(columns, (threshold, accuracy, earliness, harmonic_mean), strict=True))


def _quantiles(values: Floats, weight: Floats) -> Floats:
    """Compute the weighted percentiles, each of which is one of the values; none of none."""
    if len(values) == 0:
        return values
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return values[order[np.searchsorted(total, np.linspace(0, 1, 101) * total[-1])]]


def choose_threshold(
    trade_off: dict[str, Floats],
    n_series: float,
    *,
    accuracy: float | None,
    waiting_cost: float | None,
) -> float:
    """Choose the threshold of the best trade-off, by the parameters of `EarlyClassifier`."""
    accuracies, earliness = trade_off["accuracy"], trade_off["earliness"]
    if waiting_cost is not None:
        score = accuracies - waiting_cost * earliness
    else:
        best = accuracies.max()
        rate = (best * n_series + 1) / (n_series + 2)  # Laplace's: no zero error if all are right
        error = np.sqrt(rate * (1 - rate) / n_series)
        target = best - error if accuracy is None else min(accuracy, best)
        score = np.where(accuracies >= target, -earliness, -np.inf)
    return float(trade_off["threshold"][score.argmax()])
