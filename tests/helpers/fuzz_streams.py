"""The part of the fuzz machine that follows streams."""

from __future__ import annotations

import copy

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from numpy.testing import assert_allclose

from sktcn.streaming import to_streaming
from tests.helpers.fuzz_inputs import MAX_STEPS, SEEDS, series
from tests.helpers.fuzz_watch import Refused, answers, is_coarse, watched
from tests.helpers.state import state


class Streams(RuleBasedStateMachine):
    """Streams of an estimator, of whatever it was when they began.

    After each step: a push that failed has moved nothing; answers are finite, and those of the
    estimator for the series so far.
    """

    streaming = None

    @rule(n_streams=st.sampled_from([1, 2, 3, 0, -1, True, 1.5, None]))
    def to_streaming(self, n_streams):
        """Follow streams from now on."""
        answer = watched(lambda: to_streaming(self.estimator, n_streams), self.estimator)
        if isinstance(answer, Refused):
            return
        assert type(n_streams) is int
        assert n_streams > 0
        self.streaming, self.followed = answer, copy.deepcopy(self.estimator)
        self.sound_then = self.sound and is_coarse(self.estimator)
        self.past = [[] for _ in range(n_streams)]

    @precondition(lambda self: self.streaming)
    @rule(data=st.data(), seed=SEEDS, many=st.booleans())
    def push(self, data, seed, many):
        """Push the next steps of streams."""
        most = self.streaming.n_streams
        rows = data.draw(
            st.sampled_from([None, None, [0], [most - 1], 0, [0, 0], [most], "all", [[0]], []])
        )
        n_rows = most if rows is None else len(np.atleast_1d(rows))
        n_steps = st.integers(1, MAX_STEPS) if many else st.just(1)
        n_channels = st.sampled_from([self.streaming.n_channels] * 9 + [4])
        odd = ["nothing", "nothing", "values", "dtype", *["shape"] * many]
        X = data.draw(series(st.tuples(st.just(n_rows), n_channels, n_steps), odd))
        x = X.given if many else _first_steps(X.given)
        push = self.streaming.push_many if many else self.streaming.push
        before = state(self.streaming.state_dict())
        try:
            answer = watched(lambda: push(x, rows), x)
        except IndexError as error:
            answer = Refused(error)
        if isinstance(answer, Refused):
            must = self._must_push(X, n_rows, rows) and np.ndim(x) == 2 + many
            assert not must, answer.error
            assert state(self.streaming.state_dict()) == before, "a push that failed moved streams"
            return
        assert np.isfinite(answer).all(), answer
        values = np.asarray(x, dtype=float)
        self._check_streams(answer, values if many else values[:, :, None], many, rows)

    def _must_push(self, X, n_rows, rows):
        if not X.ordinary or X.holds_objects or len({each.shape for each in X.plain}) > 1:
            return False
        fits = (X.n_series, X.n_channels) == (n_rows, self.streaming.n_channels)
        named = rows is None or rows == 0 or rows in ([0], [self.streaming.n_streams - 1])
        return fits and named and self.sound_then

    def _check_streams(self, answer, values, many, rows):
        numbers = np.arange(self.streaming.n_streams)[rows if rows is not None else slice(None)]
        for number, steps in zip(np.atleast_1d(numbers), values, strict=True):
            self.past[number].extend(s for s in steps.T if self._counts(s))
        prefixes = [np.array(self.past[n]).T for n in np.atleast_1d(numbers)]
        newest = answer[:, -1] if many else answer
        expected = watched(lambda: answers(self.followed, prefixes))
        if not isinstance(expected, Refused):
            assert_allclose(newest, expected, rtol=1e-3, atol=1e-4)

    def _counts(self, step):
        return self.streaming.missing != "trim" or not np.isnan(step).all()

    @precondition(lambda self: self.streaming)
    @rule(rows=st.sampled_from([None, 0, [0], [9], [True]]))
    def reset(self, rows):
        """Reset streams."""
        try:
            self.streaming.reset(rows)
        except IndexError:
            return
        numbers = np.arange(len(self.past))[rows if rows is not None else slice(None)]
        for number in np.atleast_1d(numbers):
            self.past[number] = []

    @precondition(lambda self: self.streaming)
    @rule()
    def restart(self):
        """Go on from the state in another object."""
        other = to_streaming(self.followed, self.streaming.n_streams)
        other.load_state_dict(self.streaming.state_dict())
        self.streaming = other


def _first_steps(x):
    """Take one time step of each series, ``(n, c)``, of an array or lists."""
    if isinstance(x, np.ndarray) and x.ndim == 3:
        return x[:, :, 0]
    return [np.asarray(each)[..., 0].tolist() for each in x]
