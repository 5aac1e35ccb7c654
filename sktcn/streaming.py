"""A fitted estimator on live signals: one time step at a time, for many streams at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from sktcn.estimators.base import SequenceEstimator
from sktcn.steps import Steps, fingerprint

Floats = NDArray[np.float64]


def to_streaming(estimator: Any, n_streams: int = 1) -> StreamingEstimator:
    """Make a fitted estimator answer after each time step of live signals.

    Parameters
    ----------
    estimator : TCNClassifier, TCNRegressor, LSTMClassifier or LSTMRegressor
        Fitted, and blind to the future; or one of `sktcn.sktime_adapter`. It is not changed, and
        later fits of it change nothing here.
    n_streams : int, default=1
        Signals that are followed side by side.

    Returns
    -------
    StreamingEstimator
        At the start of all streams.

    Raises
    ------
    ValueError
        If the estimator looks ahead: with ``causal=False``, ``bidirectional=True``,
        ``scaling="series"`` or ``missing="interpolate"``.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(20, 30)), np.arange(20) % 2
    >>> classifier = TCNClassifier(max_epochs=3).fit(X + y[:, None], y)
    >>> streaming = to_streaming(classifier, n_streams=20)
    >>> for step in X.T:
    ...     probabilities = streaming.push(step[:, None])
    >>> np.allclose(probabilities, classifier.predict_proba(X), atol=1e-5)
    True
    """
    estimator = getattr(estimator, "estimator_", estimator)
    if not isinstance(estimator, SequenceEstimator):
        raise TypeError(
            f"to_streaming takes a classifier or regressor of sktcn, got {type(estimator).__name__}"
        )
    check_is_fitted(estimator)
    if isinstance(n_streams, bool) or not isinstance(n_streams, int | np.integer) or n_streams < 1:
        raise ValueError(f"n_streams must be a positive integer, got n_streams={n_streams!r}")
    check_causal(estimator)
    return StreamingEstimator(estimator, int(n_streams))


def check_causal(estimator: SequenceEstimator) -> None:
    """Raise if a fitted estimator looks ahead.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.

    Raises
    ------
    ValueError
        It names the parameter that stands in the way.
    """
    preparation, backbone = estimator._preparation, estimator.net_.module_.backbone
    ahead = "bidirectional=True" if hasattr(backbone, "layers") else "causal=False"
    for looks, parameter in (
        (not backbone.causal, ahead),
        (preparation.scaling == "series", "scaling='series'"),
        (preparation.missing == "interpolate", "missing='interpolate'"),
    ):
        if looks:
            raise ValueError(
                "an estimator must see the past alone to be streamed, got one that was "
                f"fitted with {parameter}"
            )


class StreamingEstimator:
    """What `to_streaming` makes: answers for the series so far, after each time step.

    Time and memory of a step do not depend on how many there have been. The answers are those of
    ``predict_proba`` (or ``predict``) for the series so far, up to rounding errors.

    Parameters
    ----------
    estimator : estimator
        As `to_streaming` takes it.
    n_streams : int
        Signals that are followed side by side.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, of a classifier, in the order of the probabilities.
    n_streams, n_channels : int
        Shape of a time step.
    n_timepoints : ndarray of shape (n_streams,)
        Time steps that each stream has seen since its start.
    """

    def __init__(self, estimator: SequenceEstimator, n_streams: int):
        self.n_streams, self.n_channels = n_streams, estimator.n_channels_
        if is_classifier(estimator):
            self.classes_ = estimator.classes_.copy()
        self.missing = estimator._preparation.missing
        self._device = estimator.device_
        self._most = float(torch.finfo(next(estimator.net_.module_.parameters()).dtype).max)
        self._fingerprint = fingerprint(estimator)
        with torch.inference_mode():
            self._steps = Steps(estimator, n_streams)
        self.reset()

    def push(self, x: Any) -> Floats:
        """Take in one time step of each stream.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels)
            The newest values. NaN where the fitted ``missing`` is "mask" and a value is not
            there, or where it is "trim" and a series has ended: its answer then stays what it
            was, until the stream is reset.

        Returns
        -------
        ndarray of shape (n_streams, n_classes), (n_streams,) or (n_streams, n_outputs)
            Probabilities, or targets, for the series so far.

        Raises
        ------
        ValueError
            If the shape is another one, or a value can't be used. The streams then are as before.
        """
        values = self._check(x, self.n_streams, self.n_channels)
        ended = self._find_ended(values[:, :, None])
        return self._push(values, None if ended is None else ended[:, 0])

    def push_many(self, x: Any) -> Floats:
        """Take in several time steps of each stream.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels, n_timepoints)
            The newest values, as in `push`.

        Returns
        -------
        ndarray of shape (n_streams, n_timepoints, ...)
            What `push` returns after each of the steps.

        Raises
        ------
        ValueError
            As in `push`.
        """
        values = self._check(x, self.n_streams, self.n_channels, None)
        ended = self._find_ended(values)
        steps = range(values.shape[2])
        ends = [None] * len(steps) if ended is None else list(ended.T)
        return np.stack([self._push(values[:, :, t], ends[t]) for t in steps], axis=1)

    def reset(self, streams: Any = None) -> None:
        """Start some streams anew.

        Parameters
        ----------
        streams : int, array-like of int or of bool, default=None
            Which ones; None for all.

        Raises
        ------
        IndexError
            If there is no such stream.
        """
        rows = np.arange(self.n_streams)
        rows = rows if streams is None else np.atleast_1d(rows[streams])
        with torch.inference_mode():
            for memory in self._steps.memories:
                memory.reset(rows.tolist())
        if streams is None:
            self._clock = 0
            self.n_timepoints = np.zeros(self.n_streams, dtype=np.int64)
            self._ended = np.zeros(self.n_streams, dtype=bool)
            self._answer = np.zeros((self.n_streams, self._steps.n_outputs))
        self.n_timepoints[rows], self._ended[rows] = 0, False

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """All that is known of the past, as arrays, for a service that is to be restarted.

        Returns
        -------
        dict of str to ndarray
            Copies; `numpy.savez` writes them. The estimator itself is not among them.
        """
        state: dict[str, NDArray[Any]] = {
            f"{index}.{name}": tensor.cpu().numpy().copy()
            for index, memory in enumerate(self._steps.memories)
            for name, tensor in memory.state.items()
        }
        return state | {
            "clock": np.array(self._clock),
            "n_timepoints": self.n_timepoints.copy(),
            "ended": self._ended.copy(),
            "answer": self._answer.copy(),
            "fingerprint": self._fingerprint.copy(),
        }

    def load_state_dict(self, state: Any) -> None:
        """Go on where `state_dict` was taken.

        Parameters
        ----------
        state : mapping of str to ndarray
            From a `StreamingEstimator` of the same fitted estimator, with as many streams.

        Raises
        ------
        ValueError
            If it is of another one. The streams then are as before.
        """
        own = self.state_dict()
        for name, array in own.items():
            if name not in state:
                raise ValueError(f"state must have an entry {name!r}, as state_dict() has")
            given = np.asarray(state[name])
            if given.shape != array.shape or given.dtype != array.dtype:
                raise ValueError(
                    f"state[{name!r}] must be of shape {array.shape} and dtype {array.dtype}, got "
                    f"{given.shape} and {given.dtype}: it is of another estimator, or of another "
                    "number of streams"
                )
        if not np.array_equal(state["fingerprint"], self._fingerprint):
            raise ValueError("state must be of the same fitted estimator, got that of another one")
        with torch.inference_mode():
            for index, memory in enumerate(self._steps.memories):
                for name, tensor in memory.state.items():
                    tensor.copy_(torch.as_tensor(np.array(state[f"{index}.{name}"])))
        self._clock = int(state["clock"])
        self.n_timepoints = np.array(state["n_timepoints"])
        self._ended = np.array(state["ended"])
        self._answer = np.array(state["answer"])

    def _push(self, values: Floats, ended: NDArray[np.bool_] | None) -> Floats:
        with torch.inference_mode():
            x = torch.tensor(values, device=self._device)  # a copy: it is remembered
            answer: Floats = self._steps(x, self._clock).cpu().numpy()
        if ended is not None:
            answer[ended] = self._answer[ended]
            self._ended = ended
        self._clock += 1
        self.n_timepoints += 1 if ended is None else ~ended
        self._answer = answer
        return answer[:, 0].copy() if self._steps.one_target else answer.copy()

    def _check(self, x: Any, *shape: int | None) -> Floats:
        values = np.asarray(x)
        if values.dtype.kind not in "biuf":
            raise TypeError(f"x must hold real numbers, got dtype {values.dtype}")
        fits = values.ndim == len(shape) and values.size
        if not fits or any(n not in (None, m) for n, m in zip(shape, values.shape, strict=True)):
            names = ", ".join(["n_streams", "n_channels", "n_timepoints"][: len(shape)])
            sizes = ", ".join("any" if n is None else str(n) for n in shape)
            raise ValueError(f"x must be of shape ({names}) = ({sizes}), got {values.shape}")
        values = values.astype(np.float64, order="C", copy=False)
        usable = np.abs(values) <= self._most
        if usable.all():  # as nearly always
            return values
        if self.missing in ("mask", "trim"):
            usable |= np.isnan(values)
        if not usable.all():
            stream, channel = np.argwhere(~usable)[0][:2]
            raise ValueError(
                f"x must have usable values, with missing={self.missing!r}, "
                f"got {values[~usable][0]} in stream {stream}, channel {channel}"
            )
        return values

    def _find_ended(self, values: Floats) -> NDArray[np.bool_] | None:
        """Tell which streams, ``(n_streams, n_timepoints)``, have ended; None if none can."""
        if self.missing != "trim":
            return None
        gone = np.isnan(values)
        absent = np.logical_and.reduce(gone, axis=1)
        ended = np.logical_or.accumulate(absent | self._ended[:, None], axis=1)
        problems = {
            "has values of some channels only": gone.any(axis=1) & ~absent,
            "has ended, and takes no more values until it is reset": ended & ~absent,
            "must have a value to start with": ended[:, :1] & (self.n_timepoints == 0)[:, None],
        }
        for problem, wrong in problems.items():
            if wrong.any():
                raise ValueError(
                    f"with missing='trim', stream {np.argwhere(wrong)[0, 0]} {problem}"
                )
        return ended
