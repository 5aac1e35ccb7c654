"""Trainings that end badly: divergence, Ctrl-C, too little memory; nothing is half-fitted."""

from __future__ import annotations

import copy
import re
import signal
from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from sktcn._training.net import SequenceNet
from tests.helpers.state import changed, state

SIX = {"max_epochs": 6}


class At(Callback):
    """Does something at a step of an epoch, both counted from one."""

    def __init__(self, epoch, step, act):
        self.epoch, self.step, self.act = epoch, step, act

    def on_epoch_begin(self, net, **kwargs):
        self.steps = 0

    def on_batch_begin(self, net, training=False, **kwargs):
        self.steps += training
        if training and (len(net.history), self.steps) == (self.epoch, self.step):
            self.act(net)


def interrupt(net):
    raise KeyboardInterrupt


def spoil(net):
    with torch.no_grad():
        next(net.module_.parameters()).fill_(torch.nan)


class Each(At):
    """Does one thing after the other, one in each training, at the same step."""

    def __init__(self, acts):
        acts = iter(acts)
        super().__init__(4, 2, lambda net: next(acts)(net))


class SpoilLast(Callback):
    """Spoils the weights when no loss is to come any more."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 6:
            spoil(net)


def nothing(net):
    pass


class Signalled(Callback):
    """Has the process get Ctrl-C's signal while callbacks are told that an epoch ends."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 3:
            signal.raise_signal(signal.SIGINT)


def switch_off(net):
    raise RuntimeError("the lights went out")


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def best_so_far(make, X, y, n_epochs, **parameters):
    """Weights of the best epoch among the first, by a fit that is not disturbed."""

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append({k: v.clone() for k, v in net.module_.state_dict().items()})

    seen = []
    losses = make(callbacks=[Watch()], **parameters).fit(X, y).history_["train_loss"][:n_epochs]
    return seen[int(np.argmin(losses))]


def assert_weights(estimator, expected):
    for name, tensor in estimator.net_.module_.state_dict().items():
        assert_array_equal(tensor.numpy(), expected[name].numpy())


@pytest.mark.parametrize(("epoch", "step"), [(1, 1), (4, 2)])
def test_divergence_names_epoch_and_step(tiny, data, epoch, step):
    estimator = tiny(callbacks=[At(epoch, step, spoil)], **SIX)
    words = rf"train loss of step {step} of epoch {epoch} is nan\. Try a lower lr \(lr=[\d.]+\)"
    with pytest.raises(ValueError, match=words):
        estimator.fit(*data)
    assert not hasattr(estimator, "net_")


def test_weights_spoilt_at_the_very_end_are_found(tiny, data):
    with pytest.raises(ValueError, match=r"diverged: .* is not finite after the last step"):
        tiny(callbacks=[SpoilLast()], **SIX).fit(*data)


@pytest.mark.parametrize("how", ["at a step", "at the end"])
def test_the_best_weights_before_it_diverged(tiny, data, how):
    X, y = data
    callback = At(4, 2, spoil) if how == "at a step" else SpoilLast()
    estimator = tiny(callbacks=[callback], on_divergence="best", **SIX)
    with pytest.warns(ConvergenceWarning, match="training diverged.*weights are those of epoch"):
        estimator.fit(X, y)
    assert estimator.history_["stopped"][-1] == "diverged"
    assert np.isfinite(estimator.history_["train_loss"]).all()
    assert_weights(estimator, best_so_far(tiny, X, y, 3 if how == "at a step" else 6, **SIX))
    assert np.isfinite(answers(estimator, X)).all()


@pytest.mark.parametrize(("what", "kind"), [(spoil, ValueError), (interrupt, KeyboardInterrupt)])
def test_there_is_no_best_in_the_first_epoch(tiny, data, what, kind):
    estimator = tiny(callbacks=[At(1, 2, what)], on_divergence="best", on_interrupt="best")
    with pytest.raises(kind):
        estimator.fit(*data)
    assert not hasattr(estimator, "net_")


def test_an_interrupt_leaves_the_last_fit(tiny, data):
    X, y = data
    estimator = tiny(**SIX).fit(X, y)
    before = answers(estimator, X)
    with pytest.raises(KeyboardInterrupt):
        estimator.set_params(callbacks=[At(4, 2, interrupt)]).fit(X, y)
    assert_array_equal(answers(estimator, X), before)


def test_a_fit_that_ends_badly_has_drawn_from_the_users_generator_alone(tiny, data):
    X, y = data
    estimator = tiny(random_state=np.random.RandomState(0)).fit(X, y)
    estimator.set_params(callbacks=[At(1, 1, interrupt)])
    before, generator = state(estimator), copy.deepcopy(estimator.random_state)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    assert changed(before, state(estimator)) == {"random_state"}
    generator.randint(2)
    assert generator.randint(1000) == estimator.random_state.randint(1000)


def test_an_interrupt_keeps_the_best_on_request(tiny, data):
    X, y = data
    estimator = tiny(callbacks=[At(4, 2, interrupt)], on_interrupt="best", **SIX)
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 4.*weights are those of"):
        estimator.fit(X, y)
    assert estimator.n_iter_ == 3
    assert estimator.history_["stopped"][-1] == "interrupted"
    assert_weights(estimator, best_so_far(tiny, X, y, 3, **SIX))


def test_the_best_is_that_on_held_back_series(tiny, data):
    X, y = data
    held_back = {"early_stopping": True, "n_iter_no_change": 6, "refit": True}
    estimator = tiny(callbacks=[At(5, 1, interrupt)], on_interrupt="best", **held_back, **SIX)
    with pytest.warns(ConvergenceWarning, match="whose valid_loss was the lowest"):
        estimator.fit(X, y)
    assert len(estimator.history_["valid_loss"]) == 4


@pytest.fixture
def handler():
    """Python's own, which a process started in the background doesn't have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_at_an_epochs_end_is_no_callbacks_wish_to_stop(tiny, data, tmp_path, handler):
    X, y = data
    parameters = SIX | {"checkpoint": tmp_path, "checkpoint_every": 1}
    with pytest.raises(KeyboardInterrupt):
        tiny(**parameters, callbacks=[Signalled()]).fit(X, y)
    assert list(tmp_path.iterdir())  # to go on from
    kept = tiny(**SIX, on_interrupt="best", callbacks=[Signalled()])
    with pytest.warns(ConvergenceWarning, match="interrupted in epoch 3"):
        kept.fit(X, y)
    assert kept.history_["stopped"][-1] == "interrupted"
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize(
    ("several", "n_kept"), [({"n_estimators": 3}, 1), ({"early_stopping": True, "refit": True}, 1)]
)
@pytest.mark.parametrize("epoch", [1, 3])
def test_an_interrupt_keeps_what_was_trained_before(tiny, data, several, n_kept, epoch, tmp_path):
    X, y = data
    second = At(epoch, 1, nothing)
    acts = iter([nothing, interrupt])
    second.act = lambda net: next(acts)(net)
    parameters = SIX | several | {"checkpoint": tmp_path, "checkpoint_every": 1}
    kept = tiny(**parameters, on_interrupt="best", callbacks=[second])
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        kept.fit(X, y)
    assert len(kept.nets_) == n_kept + (epoch > 1 and "n_estimators" in several)
    assert kept.history_["stopped"].count("interrupted") == 1
    assert np.isfinite(answers(kept, X)).all()
    assert list(tmp_path.iterdir())


def test_weights_that_a_last_step_spoilt_are_not_the_best(tiny, data):
    X, y = data

    class SpoilThird(Callback):
        def on_batch_end(self, net, training=False, **kwargs):
            if training and len(net.history) == 3:
                spoil(net)

    one_batch = SIX | {"batch_size": len(X), "lr_schedule": None}
    kept = tiny(**one_batch, on_divergence="best", callbacks=[SpoilThird()])
    with pytest.warns(ConvergenceWarning, match="of epoch [12],"):
        kept.fit(X, y)
    assert np.isfinite(answers(kept, X)).all()


def test_a_fit_goes_on_after_it_diverged(tiny, data):
    X, y = data
    kept = tiny(**SIX, on_divergence="best", callbacks=[At(4, 1, spoil)])
    with pytest.warns(ConvergenceWarning, match="diverged"):
        kept.fit(X, y)
    kept.set_params(callbacks=None).partial_fit(X, y)
    assert np.isfinite(answers(kept, X)).all()


def test_the_networks_after_an_interrupted_one_are_left_out(tiny, data):
    X, y = data
    calls = []

    def second(net):
        calls.append(net)
        if len(calls) == 2:
            raise KeyboardInterrupt

    settings = {"n_estimators": 3, "callbacks": [At(4, 1, second)], "on_interrupt": "best"}
    with pytest.warns(ConvergenceWarning):
        estimator = tiny(**settings, **SIX).fit(X, y)
    assert len(estimator.nets_) == 2
    assert answers(estimator, X).shape[0] == len(X)


def test_an_interrupted_fit_can_be_gone_on_with(tiny, data, tmp_path):
    X, y = data
    settings = {"checkpoint": tmp_path, "checkpoint_every": 1, "on_interrupt": "best"} | SIX
    with pytest.warns(ConvergenceWarning):
        tiny(callbacks=[At(4, 2, interrupt)], **settings).fit(X, y)
    went_on = tiny(callbacks=[At(99, 1, interrupt)], **settings).fit(X, y)
    assert_array_equal(answers(went_on, X), answers(tiny(**SIX).fit(X, y), X))


def test_a_network_that_has_diverged_is_kept_while_the_next_is_trained(tiny, data, tmp_path):
    X, y = data
    settings = {"n_estimators": 2, "on_divergence": "best", "checkpoint_every": 1} | SIX
    make = partial(tiny, **settings)
    with pytest.warns(ConvergenceWarning):
        undisturbed = make(callbacks=[Each([spoil, nothing])]).fit(X, y)
    with pytest.warns(ConvergenceWarning), pytest.raises(RuntimeError, match="lights"):
        make(callbacks=[Each([spoil, switch_off])], checkpoint=tmp_path).fit(X, y)
    went_on = make(callbacks=[Each([nothing])], checkpoint=tmp_path).fit(X, y)
    for name in ("epoch", "train_loss", "stopped", "member"):
        assert_array_equal(went_on.history_[name], undisturbed.history_[name])
    assert_array_equal(answers(went_on, X), answers(undisturbed, X))


def test_keeping_the_best_changes_no_undisturbed_fit(tiny, data):
    X, y = data
    careful = tiny(on_divergence="best", on_interrupt="best").fit(X, y)
    assert_array_equal(answers(careful, X), answers(tiny().fit(X, y), X))


@pytest.fixture
def small_memory(monkeypatch):
    """A device on which no more than three series fit, once it is asked for a fourth."""
    infer = SequenceNet.infer

    def refuse(net, x, **kwargs):
        if len(x["x"]) > 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return infer(net, x, **kwargs)

    monkeypatch.setattr(SequenceNet, "infer", refuse)


def test_too_little_memory_names_batch_size(tiny, data, small_memory):
    estimator = tiny(batch_size=8)
    words = "too little memory for batch_size=8 and series of up to 16 time steps.*'auto'"
    with pytest.raises(MemoryError, match=words):
        estimator.fit(*data)
    assert not hasattr(estimator, "net_")


def test_batch_size_is_halved_until_the_series_fit(tiny, data, small_memory, tmp_path):
    X, y = data
    found = tiny(batch_size="auto", checkpoint=tmp_path, checkpoint_every=1).fit(X, y)
    assert found.batch_size_ == 2
    assert_array_equal(answers(found, X), answers(tiny(batch_size=2).fit(X, y), X))


def test_auto_takes_16_where_memory_is_enough(tiny, data):
    X, y = data
    found = tiny(batch_size="auto").fit(X, y)
    assert found.batch_size_ == 16
    assert_array_equal(answers(found, X), answers(tiny(batch_size=16).fit(X, y), X))


def test_a_batch_of_one_that_does_not_fit_is_an_error(tiny, data, monkeypatch):
    def refuse(net, x, **kwargs):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(SequenceNet, "infer", refuse)
    with pytest.raises(MemoryError, match=re.escape("batch_size=1 and series")):
        tiny(batch_size="auto").fit(*data)


def test_a_partial_fit_names_batch_size_too(tiny, data, small_memory):
    X, y = data
    known = {"classes": np.unique(y)} if "Classifier" in tiny.args[0] else {}
    with pytest.raises(MemoryError, match="batch_size=8"):
        tiny(batch_size=8).partial_fit(X, y, **known)
