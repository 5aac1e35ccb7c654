"""A machine that calls the estimators' public methods in any order, with anything, and watches."""

from __future__ import annotations

import copy
import pickle
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier
from sklearn.exceptions import DataConversionWarning, NotFittedError

from sktcn.persistence import load, save
from sktcn.streaming import to_streaming
from tests.conftest import make_tiny
from tests.fuzz_inputs import (
    MOST_CHANNELS,
    MOST_SERIES,
    MOST_STEPS,
    make_target,
    series,
    targets,
)
from tests.fuzz_parameters import draw_parameters, wrong_parameters
from tests.state import state
from tests.surroundings import surroundings

REFUSALS = (ValueError, TypeError, NotFittedError)
SEEDS = st.integers(0, 2**16)
SMALL = {"max_epochs": 1, "batch_size": 3, "n_filters": 2, "hidden_size": 2, "n_blocks": 1}
SPELLED = {"rtol": 1e-3, "atol": 1e-4}  # a stream sums in another order


@dataclass(frozen=True)
class Refused:
    """An error of a kind that a user may be given."""

    error: Exception


def watched(action, *objects):
    """Do something; what it returns, or `Refused`. ``objects`` and all that is global stay."""
    before, world = state(objects), surroundings()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"the classes .* have one series each", UserWarning)
        warnings.filterwarnings("ignore", r"A column-vector y", DataConversionWarning)
        try:
            answer = action()
        except REFUSALS as error:
            assert len(str(error)) > 10, repr(error)
            answer = Refused(error)
    assert state(objects) == before, "an input was changed"
    assert surroundings() == world, "something global was changed"
    return answer


class Fuzz(RuleBasedStateMachine):
    """One estimator, and whatever a user may do with it.

    After each step: what was given is as it was; an error is one of `REFUSALS`, with a message,
    and leaves the estimator as it was; ordinary input is not refused; answers are finite, of the
    right shape, the same for the same series in another form, and probabilities of known labels.
    """

    kind: str

    def __init__(self):
        super().__init__()
        self.streaming = None

    @initialize(parameters=draw_parameters(), X=series(odd=["nothing"]), about=targets())
    def begin(self, parameters, X, about):
        """Make an estimator, and fit it."""
        estimator = make_tiny(self.kind)
        names = estimator.get_params()
        wanted = {k: v for k, v in (SMALL | parameters).items() if k in names}
        self.estimator = estimator.set_params(**wanted)
        self._fit_anyhow()
        self._train("fit", X, about)

    def _fit_anyhow(self):
        """Fit it to what it must take."""
        X = np.random.default_rng(0).normal(size=(6, 1, 5))
        y = np.arange(6) % 2
        assert watched(lambda: self.estimator.fit(X, y), X, y) is self.estimator

    # What changes it

    @rule(X=series(), about=targets())
    def fit(self, X, about):
        """Fit it."""
        self._train("fit", X, about)

    @rule(data=st.data(), about=targets(), known=st.sampled_from([True, True, False]))
    def partial_fit(self, data, about, known):
        """Go on with it."""
        X = data.draw(self._alike())
        self._train("partial_fit", X, about, known)

    def _alike(self):
        """Draw series, most of them of the shape of those of the last fit."""
        n_channels = st.sampled_from([self.estimator.n_channels_] * 9 + [1, MOST_CHANNELS])
        n_steps = st.integers(1, MOST_STEPS)
        if self.estimator._fitted_on_table:
            n_steps = st.sampled_from([self.estimator.n_features_in_] * 3 + [1, MOST_STEPS])
        n_series = st.integers(1, MOST_SERIES)
        return series(st.tuples(n_series, n_channels, n_steps))

    def _train(self, name, X, about, known=False):
        target = make_target(X.n_series, **about, classify=is_classifier(self.estimator))
        y = target.y
        if known and is_classifier(self.estimator):
            rng = np.random.default_rng(about["seed"])
            y = rng.choice(self.estimator.classes_, size=X.n_series)
        given = {} if target.weight is None else {"sample_weight": target.weight}
        method = getattr(self.estimator, name)
        before = state(self.estimator)
        answer = watched(lambda: method(X.given, y, **given), X.given, y, given)
        if isinstance(answer, Refused):
            goes_on = name == "partial_fit" or self.estimator.warm_start
            early = "early_stopping needs" in str(answer.error)
            must = X.ordinary and target.ordinary and not goes_on and not early
            assert not must, answer.error
            assert state(self.estimator) == before, "a fit that failed changed the estimator"
            return
        assert answer is self.estimator
        self._check_answers(X)

    @rule(parameters=draw_parameters())
    def set_params(self, parameters):
        """Change parameters to others that are right."""
        names = self.estimator.get_params()
        self.estimator.set_params(**{k: v for k, v in parameters.items() if k in names})

    @rule(wrong=wrong_parameters(), X=series(odd=["nothing"]))
    def set_wrong_params(self, wrong, X):
        """Change one to what is wrong, see a fit refuse it, and change it back."""
        name, value = wrong
        right = self.estimator.get_params()
        if name not in right:
            answer = watched(lambda: self.estimator.set_params(**{name: value}), self.estimator)
            assert isinstance(answer, Refused)
            return
        self.estimator.set_params(**{name: value})
        y = np.arange(X.n_series) % 2
        answer = watched(lambda: self.estimator.fit(X.given, y), X.given, y, self.estimator)
        assert isinstance(answer, Refused), f"{name}={value!r} was taken"
        self.estimator.set_params(**{name: right[name]})

    @rule(X=series(), about=targets(), goes_on=st.sampled_from([False, False, True]))
    def clone(self, X, about, goes_on):
        """Make an unfitted copy, and now and then go on with it."""
        copied = watched(lambda: clone(self.estimator), self.estimator)
        assert state(copied.get_params()) == state(self.estimator.get_params())
        assert set(vars(copied)) == set(self.estimator.get_params())
        for action in (copied.predict, to_streaming):
            answer = watched(lambda action=action: action(copied), copied)
            assert isinstance(answer, Refused)
        if goes_on:
            self.estimator = copied
            self._fit_anyhow()
            self._train("fit", X, about)

    @rule(through=st.sampled_from(["pickle", "deepcopy"]))
    def copy(self, through):
        """Go on with a copy."""
        copies = {"pickle": lambda e: pickle.loads(pickle.dumps(e)), "deepcopy": copy.deepcopy}
        copied = watched(lambda: copies[through](self.estimator), self.estimator)
        classes = getattr(self.estimator, "classes_", np.zeros(0))
        if classes.dtype.isnative:  # numpy's pickles are
            assert state(copied) == state(self.estimator)
        self._go_on_with(copied)

    @rule()
    def save_and_load(self):
        """Go on with what is in a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model")
            answer = watched(lambda: save(self.estimator, path), self.estimator)
            if isinstance(answer, Refused):
                assert "changed since its fit" in str(answer.error)
                assert not path.exists()
                return
            loaded = watched(lambda: load(path), self.estimator)
        self._go_on_with(loaded)

    def _go_on_with(self, other):
        assert other.get_params().keys() == self.estimator.get_params().keys()
        X = np.random.default_rng(0).normal(size=(3, self.estimator.n_channels_, 5))
        assert_array_equal(_answers(other, X), _answers(self.estimator, X))
        self.estimator = other

    # What it answers

    @rule(data=st.data())
    def predict(self, data):
        """Ask it."""
        self._check_answers(data.draw(self._alike()))

    def _check_answers(self, X):
        methods = ["predict"]
        if is_classifier(self.estimator):
            methods += ["predict_proba", "predict_log_proba", "decision_function"]
        for method in methods:
            ask = getattr(self.estimator, method)
            answer = watched(lambda ask=ask: ask(X.given), X.given, self.estimator)
            if isinstance(answer, Refused):
                assert not self._must_take(X), answer.error
                return
            self._check_answer(method, answer, X)
            if X.exact and X.plain is not None:
                assert_array_equal(answer, ask(X.plain))

    def _must_take(self, X):
        if not X.ordinary or X.n_channels != self.estimator.n_channels_:
            return False
        table = X.is_table and self.estimator._fitted_on_table
        return not table or X.plain[0].shape[1] == self.estimator.n_features_in_

    def _check_answer(self, method, answer, X):
        assert len(answer) == X.n_series
        if method == "predict" and is_classifier(self.estimator):
            assert set(answer.tolist()) <= set(self.estimator.classes_.tolist())
            return
        assert answer.dtype == np.float64
        if method == "predict_log_proba":
            assert not np.isnan(answer).any()
            assert (answer <= 0).all()
        else:
            assert np.isfinite(answer).all(), answer
        if method == "predict_proba":
            assert answer.shape == (X.n_series, len(self.estimator.classes_))
            assert_allclose(answer.sum(axis=1), 1.0)
            assert (answer >= 0).all()

    @rule(data=st.data(), seed=SEEDS)
    def score(self, data, seed):
        """Have it scored."""
        X, rng = data.draw(self._alike()), np.random.default_rng(seed)
        classes = getattr(self.estimator, "classes_", None)
        y = rng.normal(size=X.n_series) if classes is None else rng.choice(classes, X.n_series)
        if not X.ordinary or (X.n_series < 2 and classes is None):
            return  # scikit-learn's own score warns
        answer = watched(lambda: self.estimator.score(X.given, y), X.given, y, self.estimator)
        assert isinstance(answer, Refused) or np.isfinite(answer)

    # Streams

    @rule(n_streams=st.sampled_from([1, 2, 3, 0, -1, True, 1.5, None]))
    def to_streaming(self, n_streams):
        """Follow streams from now on."""
        answer = watched(lambda: to_streaming(self.estimator, n_streams), self.estimator)
        if isinstance(answer, Refused):
            return
        assert n_streams in (1, 2, 3)
        assert n_streams is not True
        self.streaming, self.followed = answer, copy.deepcopy(self.estimator)
        self.past = [[] for _ in range(n_streams)]

    @precondition(lambda self: self.streaming)
    @rule(data=st.data(), seed=SEEDS, many=st.booleans())
    def push(self, data, seed, many):
        """Give streams their next steps."""
        most = self.streaming.n_streams
        rows = data.draw(
            st.sampled_from([None, None, [0], [most - 1], 0, [0, 0], [most], "all", [[0]], []])
        )
        n_rows = most if rows is None else len(np.atleast_1d(rows))
        n_steps = st.integers(0, MOST_STEPS) if many else st.just(1)
        n_channels = st.sampled_from([self.streaming.n_channels] * 9 + [4])
        X = data.draw(series(st.tuples(st.just(n_rows), n_channels, n_steps)))
        x = X.given if many else _first_steps(X.given)
        push = self.streaming.push_many if many else self.streaming.push
        before = state(self.streaming.state_dict())
        try:
            answer = watched(lambda: push(x, rows), x)
        except IndexError as error:
            answer = Refused(error)
        if isinstance(answer, Refused):
            assert state(self.streaming.state_dict()) == before, "a push that failed moved streams"
            return
        assert np.isfinite(answer).all(), answer
        values = np.asarray(x, dtype=float)
        self._check_streams(answer, values if many else values[:, :, None], many, rows)

    def _check_streams(self, answer, values, many, rows):
        numbers = np.arange(self.streaming.n_streams)[rows if rows is not None else slice(None)]
        for number, steps in zip(np.atleast_1d(numbers), values, strict=True):
            self.past[number].extend(s for s in steps.T if self._counts(s))
        prefixes = [np.array(self.past[n]).T for n in np.atleast_1d(numbers)]
        newest = answer[:, -1] if many else answer
        expected = watched(lambda: _answers(self.followed, prefixes))
        if not isinstance(expected, Refused):
            assert_allclose(newest, expected, **SPELLED)

    def _counts(self, step):
        return self.streaming.missing != "trim" or not np.isnan(step).all()

    @precondition(lambda self: self.streaming)
    @rule(rows=st.sampled_from([None, 0, [0], [9], [True]]))
    def reset(self, rows):
        """Let streams start anew."""
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


def _answers(estimator, X: Any):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def _first_steps(x):
    """Take one time step of each series, ``(n, c)``, of an array or lists."""
    if isinstance(x, np.ndarray) and x.ndim == 3:
        return x[:, :, 0]
    return [np.asarray(each)[..., 0].tolist() for each in x]
