"""A fitted estimator on live signals: one time step at a time, for many streams at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn._data.panel import Floats
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn._model.step import StreamingModel, fingerprint
from sktcn.streaming.positions import Rows, StreamPositions
from sktcn.streaming.validation import check_time_steps, ended_streams


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
    model = resolve_model(estimator)
    if isinstance(n_streams, bool) or not isinstance(n_streams, int | np.integer) or n_streams < 1:
        raise ValueError(f"n_streams must be a positive integer, got n_streams={n_streams!r}")
    model.check_causal()
    return StreamingEstimator(model, int(n_streams))


class StreamingEstimator:
    """What `to_streaming` makes: answers for the series so far, after each time step.

    Time and memory of a step do not depend on how many there have been. The answers are those of
    ``predict_proba`` (or ``predict``) for the series so far, up to rounding errors. Steps of all
    streams at once are the fastest, as long as all have come equally far since they were last
    reset.

    Parameters
    ----------
    model : FittedModel
        Model that does not look ahead.
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

    def __init__(self, model: FittedModel, n_streams: int):
        self.n_streams, self.n_channels = n_streams, model.n_channels
        self._numbers = np.arange(n_streams)
        if model.task.classes is not None:
            self.classes_ = model.task.classes.copy()
        self.missing = model.preprocessor.missing
        self._one_target = model.task.one_target
        self._device = model.device
        self._max_values = model.max_stream_values()
        self._fingerprint = fingerprint(model)
        with torch.inference_mode():
            self._model = StreamingModel(model, n_streams)
        self.reset()

    def push(self, x: Any, streams: Any = None) -> Floats:
        """Take in one time step of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels)
            The newest values. NaN where the fitted ``missing`` is "mask" and a value is not
            there, or where it is "trim" and a series has ended: its answer then stays what it
            was, until the stream is reset.
        streams : int, array-like of int or of bool, default=None
            Those that ``x`` is of, each once, in the order of its rows; the others stay where
            they are. None for all.

        Returns
        -------
        ndarray of shape (n_streams, n_classes), (n_streams,) or (n_streams, n_outputs)
            Probabilities, or targets, for the series so far.

        Raises
        ------
        ValueError
            If the shape is another one, or a value can't be used. The streams then are as before.
        IndexError
            If there is no such stream.
        """
        rows = self._find_rows(streams)
        values = self._check(x, rows, self.n_channels)
        ended = self._find_ended(values[:, :, None], rows)
        return self._push(values, None if ended is None else ended[:, 0], rows)

    def push_many(self, x: Any, streams: Any = None) -> Floats:
        """Take in several time steps of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels, n_timepoints)
            The newest values, as in `push`.
        streams : int, array-like of int or of bool, default=None
            As in `push`.

        Returns
        -------
        ndarray of shape (n_streams, n_timepoints, ...)
            What `push` returns after each of the steps.

        Raises
        ------
        ValueError, IndexError
            As in `push`.
        """
        rows = self._find_rows(streams)
        values = self._check(x, rows, self.n_channels, None)
        ended = self._find_ended(values, rows)
        steps = range(values.shape[2])
        ends = [None] * len(steps) if ended is None else list(ended.T)
        return np.stack([self._push(values[:, :, t].copy(), ends[t], rows) for t in steps], axis=1)

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
        rows = self._numbers if streams is None else np.atleast_1d(self._numbers[streams])
        with torch.inference_mode():
            for state in self._model.states:
                state.reset(rows.tolist())
        if streams is None:
            self._positions = StreamPositions(self.n_streams, self._device)
            self.n_timepoints = np.zeros(self.n_streams, dtype=np.int64)
            self._ended = np.zeros(self.n_streams, dtype=bool)
            self._answer = np.zeros((self.n_streams, self._model.n_outputs))
        self.n_timepoints[rows], self._ended[rows] = 0, False
        self._positions.restart(rows)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """All that is known of the past, as arrays, for a service that is to be restarted.

        Returns
        -------
        dict of str to ndarray
            Copies; `numpy.savez` writes them. The estimator itself is not among them.
        """
        state: dict[str, NDArray[Any]] = {
            f"{index}.{name}": tensor.cpu().numpy().copy()
            for index, each in enumerate(self._model.states)
            for name, tensor in each.tensors.items()
        }
        return state | {
            "clock": np.array(self._positions.steps),
            "ahead": self._positions.ahead.copy(),
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
            for index, each in enumerate(self._model.states):
                for name, tensor in each.tensors.items():
                    tensor.copy_(torch.as_tensor(np.array(state[f"{index}.{name}"])))
        self._positions.set(int(state["clock"]), np.array(state["ahead"]))
        self.n_timepoints = np.array(state["n_timepoints"])
        self._ended = np.array(state["ended"])
        self._answer = np.array(state["answer"])

    def _push(self, values: Floats, ended: NDArray[np.bool_] | None, rows: Rows) -> Floats:
        with torch.inference_mode():
            x = torch.from_numpy(values).to(self._device)
            answer: Floats = self._step(x, rows).cpu().numpy()
        if ended is not None:
            answer[ended] = self._answer[rows][ended]
            self._ended[rows] = ended
        self.n_timepoints[rows] += 1 if ended is None else ~ended
        self._answer[rows] = answer
        if not np.isfinite(answer).all():
            lost = self._numbers[rows][~np.isfinite(answer).all(axis=1)]
            raise ValueError(
                "all streams have taken in the step, after which these have no finite answer, "
                f"and must be reset: {lost.tolist()}"
            )
        return answer[:, 0] if self._one_target else answer

    def _step(self, x: torch.Tensor, rows: Rows) -> torch.Tensor:
        if isinstance(rows, slice):
            answer = self._model(x, self._positions.of_all())
        else:
            positions = self._positions.of(rows)
            with ExitStack() as stack:
                for state in self._model.states:
                    stack.enter_context(state.select(positions.rows))
                answer = self._model(x, positions)
        self._positions.tick(rows)
        return answer

    def _find_rows(self, streams: Any) -> Rows:
        if streams is None:
            return slice(None)
        rows = np.atleast_1d(self._numbers[streams])
        if rows.ndim > 1 or not rows.size or len(set(rows.tolist())) < rows.size:
            raise ValueError(f"streams must name some streams, each once, got {streams!r}")
        return rows

    def _check(self, x: Any, rows: Rows, *others: int | None) -> Floats:
        streams = self._numbers[rows]
        shape = len(streams), *others
        return check_time_steps(
            x, shape, streams, missing=self.missing, max_values=self._max_values
        )

    def _find_ended(self, values: Floats, rows: Rows) -> NDArray[np.bool_] | None:
        """Tell which streams, ``(n_streams, n_timepoints)``, have ended; None if none can."""
        if self.missing != "trim":
            return None
        streams = self._numbers[rows]
        return ended_streams(values, streams, self._ended[rows], self.n_timepoints[rows] > 0)
