"""A machine that calls the estimators' public methods in any order, with anything, and watches."""

from __future__ import annotations

import copy
import pickle
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier

from sktcn._training.checkpoint import stable_repr
from sktcn.exceptions import DivergenceError
from sktcn.persistence import load, save
from sktcn.streaming import to_streaming
from tests.conftest import make_tiny
from tests.helpers.fuzz_inputs import (
    MAX_STEPS,
    MOST_CHANNELS,
    MOST_SERIES,
    SEEDS,
    make_target,
    series,
    targets,
)
from tests.helpers.fuzz_parameters import draw_parameters, wrong_parameters
from tests.helpers.fuzz_streams import Streams
from tests.helpers.fuzz_watch import Refused, answers, is_coarse, watched
from tests.helpers.state import changed, state

PREPROCESSING = ("scaling", "differences", "missing")
SMALL = {"max_epochs": 1, "batch_size": 3, "n_filters": 2, "hidden_size": 2, "n_blocks": 1}


class Fuzz(Streams):
    """One estimator, and whatever a user may do with it.

    After each step: what was given is as it was; an error is one of `REFUSALS`, with a message,
    and leaves the estimator as it was; ordinary input is not refused; answers are finite, of the
    right shape, the same for the same series in another form, and probabilities of known labels.

    It is ``sound`` if it was not trained on from one extreme to the other.
    """

    kind: str

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
        answer = watched(lambda: self.estimator.fit(X, y), X, y)
        assert answer is self.estimator, answer
        self.sound = True

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
        n_steps = st.integers(1, MAX_STEPS)
        if self.estimator.model_.schema.n_columns is not None:
            n_steps = st.sampled_from([self.estimator.n_features_in_] * 3 + [1, MAX_STEPS])
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
        goes_on = name == "partial_fit" or self.estimator.warm_start
        if isinstance(answer, Refused):
            early = "early_stopping needs" in str(answer.error)
            must = X.ordinary and target.ordinary and not goes_on and not early
            assert not must, answer.error
            # One that had begun has drawn from the user's generator; one refused before has not.
            drawn = {"random_state"} if isinstance(answer.error, DivergenceError) else set()
            others = changed(before, state(self.estimator)) - drawn
            assert not others, f"a fit that failed changed {others}"
            return
        assert answer is self.estimator
        self._check_parameters()
        self.sound = target.ordinary and not goes_on
        self._check_answers(X)

    def _check_parameters(self):
        """See that the networks are those that the parameters describe, after whatever changes."""
        parameters, model = self.estimator.get_params(), self.estimator.model_
        preprocessing = {k: getattr(model.preprocessor, k) for k in PREPROCESSING}
        architecture = {k: v for k, v in vars(model.architecture).items() if k != "delay"}
        assert model.architecture.delay == 0  # which estimators of time steps alone have
        for name, value in (architecture | preprocessing).items():
            assert stable_repr(value) == stable_repr(parameters[name]), name
        assert len(self.estimator.nets_) == parameters["n_estimators"]

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
                words = ("changed since its fit", "classes_ can't be saved", "weight_decay")
                assert any(word in str(answer.error) for word in words), answer.error
                assert not path.exists()
                return
            loaded = watched(lambda: load(path), self.estimator)
        self._go_on_with(loaded)

    def _go_on_with(self, other):
        assert other.get_params().keys() == self.estimator.get_params().keys()
        X = np.random.default_rng(0).normal(size=(3, self.estimator.n_channels_, 5))
        found, expected = (watched(lambda e=e: answers(e, X)) for e in (other, self.estimator))
        if isinstance(expected, Refused):
            assert str(found.error) == str(expected.error)
        else:
            assert_array_equal(found, expected)
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
        if not self.sound or not X.ordinary or X.n_channels != self.estimator.n_channels_:
            return False
        if not is_coarse(self.estimator):
            return False
        table = X.is_table and self.estimator.model_.schema.n_columns is not None
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
