"""Streaming form of a fitted estimator, for one or many streams."""

from __future__ import annotations

import copy
from contextlib import ExitStack
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn._data.panel import Floats
from sktcn._fast.streams import FEW
from sktcn._model.fitted import FittedModel
from sktcn._model.span import NO_END, Span
from sktcn._model.step import StreamingModel, fingerprint
from sktcn.streaming.positions import Rows, StreamPositions
from sktcn.streaming.validation import check_state, check_time_steps, ended_streams


class StreamingEstimator:
    """Predictions for the series so far, after each time step; made by `to_streaming`.

    Time and memory of a step do not depend on the number of earlier steps. Predictions equal those
    of ``predict_proba`` (or ``predict``) for the series so far, up to rounding errors; with a
    window or a decay they are for the newest steps, see `to_streaming`. Steps of all streams at
    once are the fastest, as long as all streams have seen equally many steps since their last
    reset.

    Parameters
    ----------
    model : FittedModel
        Causal model.
    n_streams : int
        Number of parallel signals.
    span : Span, default=Span()
        Window or decay; by default none of them.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, of a classifier, in the order of the probabilities.
    multilabel : bool
        Whether a time step has several labels at once, each with a probability of its own.
    n_streams, n_channels : int
        Shape of a time step.
    n_timepoints : ndarray of shape (n_streams,)
        Time steps that each stream has seen since its start.
    delay : int
        Steps before the newest for which an estimator of time steps answers; otherwise zero.
    window : int or None
        Newest time steps that a prediction is for.
    decay : float or None
        Weight of a time step relative to that of the next one.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.streaming import to_streaming
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20) % 2
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=2, max_epochs=1).fit(X, y)
    >>> streaming = to_streaming(classifier, n_streams=2)
    >>> for x in X[:2, :10].T:
    ...     probabilities = streaming.push(x[:, None])
    >>> probabilities.shape
    (2, 2)
    >>> streaming.reset(1)
    >>> streaming.n_timepoints
    array([10,  0])
    """

    def __init__(self, model: FittedModel, n_streams: int, span: Span = NO_END):
        self.n_streams, self.n_channels = n_streams, model.n_channels
        self.window, self.decay = span
        self._indices = np.arange(n_streams)
        if model.task.classes is not None:
            self.classes_ = model.task.classes.copy()
        self.multilabel = model.task.multilabel
        self.missing = model.preprocessor.missing
        self._channel_names = model.schema.channel_names
        self._one_target = model.task.one_target
        self.delay = model.delay
        self._device = model.device
        self._max_values = model.max_stream_values()
        self._fingerprint = fingerprint(model, span)
        with torch.inference_mode():
            self._model = StreamingModel(model, n_streams, span=span)
        self.reset()

    def __repr__(self) -> str:
        given = {"window": self.window, "decay": self.decay}
        span = "".join(f", {name}={value}" for name, value in given.items() if value is not None)
        return f"StreamingEstimator(n_streams={self.n_streams}, n_channels={self.n_channels}{span})"

    def __reduce__(self) -> Any:
        raise TypeError(
            "streams cannot be pickled: save the estimator by sktcn.persistence.save, and the "
            "arrays of state_dict() by numpy.savez"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = object.__new__(type(self))
        copied.__dict__ = copy.deepcopy(self.__dict__, memo)
        return copied

    @property
    def is_full(self) -> NDArray[np.bool_]:
        """Mask of the streams whose window is full, ``(n_streams,)``.

        It is false where a stream has seen fewer than ``window`` steps since its start, all of
        which its prediction is for; without a window it is true everywhere.
        """
        return self.n_timepoints >= (self.window or 0)

    def push(self, x: Any, streams: Any = None) -> Floats:
        """Predict after one more time step of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels)
            Newest values; the columns of a frame are put in the order of fit. NaN marks a missing
            value where the fitted ``missing`` is "mask", and the end of a series where it is
            "trim": the prediction of an ended stream stays unchanged until the stream is reset.
        streams : int, array-like of int or of bool, default=None
            Streams of the rows of ``x``, each once; the others do not advance. None for all.

        Returns
        -------
        ndarray of shape (n_streams, n_classes), (n_streams,) or (n_streams, n_outputs)
            Probabilities, or targets, for the series so far, or its newest steps. An estimator of
            time steps answers for the newest step, or for the one ``delay`` steps before, with NaN
            where there is none. The last ``delay`` steps of a stream that ends have no answer.

        Raises
        ------
        ValueError
            If the shape or a value is invalid. The streams are then unchanged.
        IndexError
            If a stream does not exist.
        """
        rows = self._find_rows(streams)
        values = self._check(x, rows, self.n_channels)
        ended = self._find_ended(values[:, :, None], rows)
        return self._push(values, None if ended is None else ended[:, 0], rows)

    def push_many(self, x: Any, streams: Any = None) -> Floats:
        """Predict after each of several time steps of each stream, or of some.

        Parameters
        ----------
        x : array-like of shape (n_streams, n_channels, n_timepoints)
            Newest values, as in `push`; or a frame with an index of streams and time, or a list
            with a frame for each stream.
        streams : int, array-like of int or of bool, default=None
            As in `push`.

        Returns
        -------
        ndarray of shape (n_streams, n_timepoints, ...)
            Result of `push` after each of the steps.

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
        """Reset streams to their start.

        Parameters
        ----------
        streams : int, array-like of int or of bool, default=None
            Streams to reset; None for all.

        Raises
        ------
        IndexError
            If a stream does not exist.
        """
        rows = self._indices if streams is None else self._indices_of(streams)
        with torch.inference_mode():
            for state in self._model.states:
                state.reset(rows.tolist())
        if streams is None:
            self._positions = StreamPositions(self.n_streams, self._device)
            self.n_timepoints = np.zeros(self.n_streams, dtype=np.int64)
            self._ended = np.zeros(self.n_streams, dtype=bool)
            self._predictions = np.zeros((self.n_streams, self._model.n_outputs))
        self.n_timepoints[rows], self._ended[rows] = 0, False
        self._positions.reset(rows)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the state of all streams, from which a restarted service can resume.

        Returns
        -------
        dict of str to ndarray
            Copies, which `numpy.savez` writes; the fitted estimator is not included.
        """
        state: dict[str, NDArray[Any]] = {
            f"{index}.{name}": tensor.cpu().numpy().copy()
            for index, layer_state in enumerate(self._model.states)
            for name, tensor in layer_state.tensors.items()
        }
        return state | {
            "clock": np.array(self._positions.steps),
            "ahead": self._positions.ahead.copy(),
            "n_timepoints": self.n_timepoints.copy(),
            "ended": self._ended.copy(),
            "answer": self._predictions.copy(),
            "fingerprint": self._fingerprint.copy(),
        }

    def load_state_dict(self, state: Any) -> None:
        """Resume from a state that `state_dict` returned.

        Parameters
        ----------
        state : mapping of str to ndarray
            From a `StreamingEstimator` of the same fitted estimator, with as many streams and the
            same window or decay.

        Raises
        ------
        TypeError
            If the state is no mapping.
        ValueError
            If the state is of another estimator, window or decay. The streams are then unchanged.
        """
        check_state(state, self.state_dict())
        with torch.inference_mode():
            for index, layer_state in enumerate(self._model.states):
                for name, tensor in layer_state.tensors.items():
                    tensor.copy_(torch.as_tensor(np.array(state[f"{index}.{name}"])))
        self._positions.set(int(state["clock"]), np.array(state["ahead"]))
        self.n_timepoints = np.array(state["n_timepoints"])
        self._ended = np.array(state["ended"])
        self._predictions = np.array(state["answer"])

    def _push(self, values: Floats, ended: NDArray[np.bool_] | None, rows: Rows) -> Floats:
        predictions = self._advance(values, rows)
        if ended is not None:
            predictions[ended] = self._predictions[rows][ended]
            self._ended[rows] = ended
        self.n_timepoints[rows] += 1 if ended is None else ~ended
        self._predictions[rows] = predictions
        if np.count_nonzero(np.isfinite(predictions)) < predictions.size:
            self._check_finite(predictions, rows)
        return predictions[:, 0] if self._one_target else predictions

    def _check_finite(self, predictions: Floats, rows: Rows) -> None:
        """Raise ValueError where there is no finite answer, though there should be one."""
        waiting = self.n_timepoints[rows] <= self.delay
        lost = self._indices[rows][~(np.isfinite(predictions).all(axis=1) | waiting)]
        if lost.size:
            raise ValueError(
                "all streams have taken in the step, after which these have no finite answer, "
                f"and must be reset: {lost.tolist()}"
            )

    def _advance(self, values: Floats, rows: Rows) -> Floats:
        step = self._model.in_arrays
        if step is not None and len(values) <= FEW:
            predictions: Floats = step(values, *self._positions.arrays(rows))
        else:
            with torch.inference_mode():
                x = torch.from_numpy(values).to(self._device)
                predictions = self._advance_with_torch(x, rows).cpu().numpy()
        self._positions.advance(rows)
        return predictions

    def _advance_with_torch(self, x: torch.Tensor, rows: Rows) -> torch.Tensor:
        if isinstance(rows, slice):
            return self._model(x, self._positions.current())
        positions = self._positions.select(rows)
        with ExitStack() as stack:
            for state in self._model.states:
                stack.enter_context(state.select(positions.rows))
            return self._model(x, positions)

    def _find_rows(self, streams: Any) -> Rows:
        if streams is None:
            return slice(None)
        rows = self._indices_of(streams)
        if rows.ndim > 1 or not rows.size or len(set(rows.tolist())) < rows.size:
            raise ValueError(f"streams must name some streams, each once, got {streams!r}")
        return rows

    def _indices_of(self, streams: Any) -> NDArray[np.intp]:
        try:
            return np.atleast_1d(self._indices[streams])
        except IndexError as error:
            raise IndexError(
                f"streams must be integers from 0 to {self.n_streams - 1}, or a mask of the "
                f"{self.n_streams} streams, got {streams!r}: {error}"
            ) from error

    def _check(self, x: Any, rows: Rows, *sizes: int | None) -> Floats:
        streams = self._indices[rows]
        shape = len(streams), *sizes
        return check_time_steps(
            x,
            shape,
            streams,
            missing=self.missing,
            max_values=self._max_values,
            channel_names=self._channel_names,
        )

    def _find_ended(self, values: Floats, rows: Rows) -> NDArray[np.bool_] | None:
        """Mask ended streams, ``(n_streams, n_timepoints)``; None unless ``missing="trim"``."""
        if self.missing != "trim":
            return None
        streams = self._indices[rows]
        return ended_streams(values, streams, self._ended[rows], self.n_timepoints[rows] > 0)
