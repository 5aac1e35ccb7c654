"""When to decide, and decisions on live signals."""

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
    """What was decided of some series or streams, and when.

    Attributes
    ----------
    labels : ndarray of shape (n_series,)
        Most probable class at the decision.
    n_timepoints : ndarray of shape (n_series,)
        Time steps that the decision took.
    probabilities : ndarray of shape (n_series, n_classes)
        Calibrated probabilities at the decision.
    decided : ndarray of shape (n_series,)
        False where the probability has not sufficed: the series ended before, or the stream has
        not come so far; the other attributes are of the newest step then.
    """

    labels: NDArray[Any]
    n_timepoints: NDArray[np.int64]
    probabilities: Floats
    decided: NDArray[np.bool_]


class EarlyStreaming:
    """What `EarlyClassifier.to_streaming` makes: decisions on live signals.

    Parameters
    ----------
    streaming : StreamingEstimator
        Of a classifier.
    temperature : PrefixTemperature
        How its probabilities are calibrated.
    threshold : float
        Probability that suffices.
    min_length : int
        Time steps before which nothing is decided.

    Attributes
    ----------
    streaming : StreamingEstimator
        The stream of probabilities below.
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

    def push(self, x: Any, streams: Any = None) -> Decisions:
        """Take in one time step of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels)
            The newest values, as in `StreamingEstimator.push`.
        streams : int, array-like of int or of bool, default=None
            Those that ``x`` is of, as there; None for all.

        Returns
        -------
        Decisions
            Of these streams. Where there is one, it stays until the stream is reset.
        """
        newest = self.streaming.push(x, streams)
        numbers = np.arange(self.streaming.n_streams)
        rows = numbers if streams is None else np.atleast_1d(numbers[streams])
        undecided = ~self._decided[rows]
        open_, seen = rows[undecided], self.streaming.n_timepoints
        self._probabilities[open_] = self._temperature.transform(newest[undecided], seen[open_])
        self._n_timepoints[open_] = seen[open_]
        sure = self._probabilities[open_].max(axis=1) >= self._threshold
        self._decided[open_] = sure & (seen[open_] >= self._min_length)
        probabilities = self._probabilities[rows]
        labels = self._classes[probabilities.argmax(axis=1)]
        return Decisions(labels, self._n_timepoints[rows], probabilities, self._decided[rows])

    def reset(self, streams: Any = None) -> None:
        """Start some streams anew, undecided.

        Parameters
        ----------
        streams : int, array-like of int or of bool, default=None
            Which ones; None for all.
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
        """All that is known of the past, as arrays, for a service that is to be restarted.

        Returns
        -------
        dict of str to ndarray
            Copies; `numpy.savez` writes them.
        """
        return self.streaming.state_dict() | {
            "probabilities": self._probabilities.copy(),
            "decision_timepoints": self._n_timepoints.copy(),
            "decided": self._decided.copy(),
        }

    def load_state_dict(self, state: Any) -> None:
        """Go on where `state_dict` was taken.

        Parameters
        ----------
        state : mapping of str to ndarray
            From the same fitted classifier, with as many streams.

        Raises
        ------
        ValueError
            If it is of another one.
        """
        self.streaming.load_state_dict(state)
        self._probabilities = np.array(state["probabilities"])
        self._n_timepoints = np.array(state["decision_timepoints"])
        self._decided = np.array(state["decided"])


def decision_steps(
    prefixes: list[Floats], threshold: float, min_length: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find when the largest probability suffices.

    Parameters
    ----------
    prefixes : list of ndarray of shape (n_timepoints_i, n_classes)
        Probabilities after each time step, of each series.
    threshold : float
        Probability that suffices.
    min_length : int
        Time steps before which nothing is decided.

    Returns
    -------
    steps : ndarray of shape (n_series,)
        Time steps that each series takes; all of them where it never suffices.
    decided : ndarray of shape (n_series,)
        Whether it does.
    """
    steps, decided = [], []
    for prefix in prefixes:
        sure = prefix.max(axis=1) >= threshold
        sure[: min_length - 1] = False
        decided.append(bool(sure.any()))
        steps.append(int(sure.argmax()) + 1 if decided[-1] else len(prefix))
    return np.array(steps), np.array(decided)


def threshold_trade_off(
    prefixes: list[Floats], codes: NDArray[np.int64], min_length: int
) -> dict[str, Floats]:
    """Tell what each threshold would bring.

    Parameters
    ----------
    prefixes : list of ndarray of shape (n_timepoints_i, n_classes)
        Probabilities after each time step, of each series.
    codes : ndarray of shape (n_series,)
        Its class.
    min_length : int
        Time steps before which nothing is decided.

    Returns
    -------
    dict of ndarray
        Columns "threshold", "accuracy", "earliness" and "harmonic_mean".
    """
    lengths = np.array([len(prefix) for prefix in prefixes])
    surest = np.concatenate([prefix[min_length - 1 :].max(axis=1) for prefix in prefixes])
    levels = np.quantile(surest, np.linspace(0, 1, 101)) if len(surest) else surest
    rows = []
    for threshold in np.unique([*levels, 1.0]):
        steps, _ = decision_steps(prefixes, threshold, min_length)
        chosen = [p[step - 1].argmax() for p, step in zip(prefixes, steps, strict=True)]
        rows.append((threshold, np.mean(chosen == codes), np.mean(steps / lengths)))
    threshold, accuracy, earliness = np.array(rows).T
    sooner = 1 - earliness
    harmonic = 2 * accuracy * sooner / np.maximum(accuracy + sooner, np.finfo(float).tiny)
    return {
        "threshold": threshold,
        "accuracy": accuracy,
        "earliness": earliness,
        "harmonic_mean": harmonic,
    }


def choose_threshold(
    trade_off: dict[str, Floats],
    n_series: int,
    *,
    accuracy: float | None,
    waiting_cost: float | None,
) -> float:
    """Choose what suits best.

    Parameters
    ----------
    trade_off : dict of ndarray
        By `threshold_trade_off`.
    n_series : int
        Series that it is of.
    accuracy, waiting_cost : float or None
        As in `sktcn.early.EarlyClassifier`.

    Returns
    -------
    float
        The threshold.
    """
    reached = trade_off["accuracy"]
    if waiting_cost is not None:
        worth = reached - waiting_cost * trade_off["earliness"]
    else:
        best = reached.max()
        rate = (best * n_series + 1) / (n_series + 2)  # less sure where all are right
        error = np.sqrt(rate * (1 - rate) / n_series)
        wanted = best - error if accuracy is None else min(accuracy, best)
        worth = np.where(reached >= wanted, -trade_off["earliness"], -np.inf)
    return float(trade_off["threshold"][worth.argmax()])
