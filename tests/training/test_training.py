"""Course of a training: its schedule, its history, its end, and its continuation."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

from sktcn._training.config import TrainingConfig
from sktcn.exceptions import DivergenceError


class Recorder(Callback):
    """Notes what it is told, the rate of each step, and the weights after each epoch."""

    def __init__(self):
        self.told, self.rates, self.sizes, self.weights = [], [], [], []

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.told.append("train begin")
        self.sizes.append(len(X))

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if training:
            self.rates.append(net.optimizer_.param_groups[0]["lr"])

    def on_epoch_end(self, net, **kwargs):
        self.told.append("epoch end")
        self.weights.append(copy.deepcopy(net.module_.state_dict()))
        net.history.record("answer", 42)

    def on_train_end(self, net, **kwargs):
        self.told.append("train end")


class Interrupt(Callback):
    """Ctrl-C in the middle of the second epoch."""

    def on_batch_end(self, net, training=False, **kwargs):
        if training and len(net.history) == 2:
            raise KeyboardInterrupt


def answers(estimator, X):
    return getattr(estimator, "decision_function", estimator.predict)(X)


def rates(make, data, **parameters):
    recorder = Recorder()
    estimator = make(callbacks=[recorder], lr=0.01, max_epochs=10, **parameters).fit(*data)
    assert len(recorder.rates) == 10 * 3  # batches of 8 of the 24 series
    assert_array_equal(estimator.history_["lr"], recorder.rates[2::3])
    return np.array(recorder.rates)


def test_one_cycle(tiny, data):
    found = rates(tiny, data)
    peak = int(found.argmax())
    assert peak in (8, 9)  # three tenths of the 30 steps
    assert (np.diff(found[: peak + 1]) > 0).all()
    assert (np.diff(found[peak:]) < 0).all()
    assert 0.0099 < found.max() <= 0.01
    assert max(found[0], found[-1]) < 0.0003


def test_cosine(tiny, data):
    found = rates(tiny, data, lr_schedule="cosine")
    assert (np.diff(found) < 0).all()
    assert 0.0099 < found[0] <= 0.01
    assert 0 < found[-1] < 0.0001


def test_no_schedule(tiny, data):
    assert set(rates(tiny, data, lr_schedule=None)) == {0.01}


@pytest.mark.slow
@pytest.mark.parametrize(("batch_size", "n_epochs"), [(24, 1200), (3, 177), (1, 103)])
def test_epochs_by_the_number_of_batches(tcn_regressor, measured, batch_size, n_epochs):
    X, y = measured
    regressor = tcn_regressor(max_epochs="auto", batch_size=batch_size, n_blocks=1)
    assert regressor.fit(X[:, :4], y).n_iter_ == n_epochs


@pytest.mark.parametrize(("n_batches", "n_epochs"), [(1, 1200), (8, 177), (24, 103)])
def test_updates_grow_with_the_number_of_batches(n_batches, n_epochs):
    assert TrainingConfig(max_epochs="auto").n_epochs(n_batches) == n_epochs


def test_history_is_a_table(tiny, data):
    table = pd.DataFrame(tiny().fit(*data).history_)
    metric = "accuracy" if "Classifier" in tiny.args[0] else "r2"
    assert set(table.columns) == {"epoch", "train_loss", f"train_{metric}", "lr", "seconds"}
    assert list(table["epoch"]) == [1, 2, 3]
    assert (table["seconds"] > 0).all()
    stopped = pd.DataFrame(tiny(early_stopping=True, n_estimators=2).fit(*data).history_)
    assert {"valid_loss", f"valid_{metric}", "member"} < set(stopped.columns)
    assert list(stopped["member"]) == [0, 0, 0, 1, 1, 1]


def test_the_loss_falls(tiny, data):
    history = tiny(max_epochs=20, lr=0.02).fit(*data).history_
    assert history["train_loss"][-1] < 0.8 * history["train_loss"][0]


def test_callbacks_are_told(tiny, data):
    recorder = Recorder()
    estimator = tiny(callbacks=[recorder]).fit(*data)
    assert recorder.told == ["train begin", *["epoch end"] * 3, "train end"]
    assert estimator.history_["answer"] == [42, 42, 42]


def test_a_callback_of_ones_own_stops_quietly(tiny, data, capsys):
    stopping = EarlyStopping(
        monitor="train_loss", patience=2, threshold=0.9, sink=lambda text: None
    )
    estimator = tiny(callbacks=[stopping], max_epochs=20).fit(*data)
    assert estimator.n_iter_ < 10
    assert len(estimator.history_["epoch"]) == estimator.n_iter_
    assert len(estimator.predict(data[0])) == 24
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_leaves_an_estimator_unfitted(tiny, data):
    estimator = tiny(callbacks=[Interrupt()])
    before = set(vars(estimator))
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(*data)
    assert set(vars(estimator)) == before


@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupt_leaves_a_fitted_estimator_as_it_was(tiny, data, warm_start):
    X, y = data
    estimator = tiny(warm_start=warm_start).fit(X, y)
    before, nets = answers(estimator, X), estimator.nets_
    estimator.set_params(callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    assert estimator.nets_ is nets
    assert_array_equal(answers(estimator, X), before)


def shuffled(data):
    """Targets that have nothing to do with the series: the validation loss soon gets worse."""
    X, y = data
    return X, np.random.default_rng(0).permutation(y)


HASTY = {"early_stopping": True, "validation_fraction": 0.3, "lr": 0.05, "n_iter_no_change": 3}


def test_early_stopping_goes_back_to_the_best_weights(tiny, data):
    recorder = Recorder()
    estimator = tiny(**HASTY, max_epochs=100, callbacks=[recorder]).fit(*shuffled(data))
    losses = estimator.history_["valid_loss"]
    best = int(np.argmin(losses))
    assert estimator.n_iter_ == len(losses) == best + 1 + 3 < 100
    assert recorder.sizes[0] < 24
    for name, tensor in estimator.net_.module_.state_dict().items():
        assert torch.equal(tensor, recorder.weights[best][name])


def test_the_best_weights_are_restored_at_the_last_epoch_too(tiny, data):
    recorder = Recorder()
    options = HASTY | {"n_iter_no_change": 50}
    estimator = tiny(**options, max_epochs=8, callbacks=[recorder]).fit(*shuffled(data))
    best = int(np.argmin(estimator.history_["valid_loss"]))
    assert estimator.n_iter_ == 8
    for name, tensor in estimator.net_.module_.state_dict().items():
        assert torch.equal(tensor, recorder.weights[best][name])


def test_refit_on_all_series(tiny, data):
    recorder = Recorder()
    estimator = tiny(**HASTY, max_epochs=100, refit=True, callbacks=[recorder]).fit(*shuffled(data))
    part, whole = recorder.sizes
    assert part < whole == 24
    assert estimator.n_iter_ == int(np.argmin(estimator.history_["valid_loss"])) + 1


def test_a_class_of_one_series_is_named(tiny_classifier, labelled):
    X, y = labelled
    y = np.where(np.arange(24) == 5, "alone", y)
    with pytest.warns(UserWarning, match=r"alone.*one series.*early stopping"):
        classifier = tiny_classifier(early_stopping=True).fit(X, y)
    assert "alone" in classifier.classes_


def test_early_stopping_needs_something_to_hold_back(tiny_classifier, tiny_regressor, measured):
    X, y = measured
    with pytest.raises(ValueError, match="at least two series"):
        tiny_regressor(early_stopping=True).fit(X[:1], y[:1])
    with (
        pytest.warns(UserWarning, match="one series each"),
        pytest.raises(ValueError, match="at least two series"),
    ):
        tiny_classifier(early_stopping=True).fit(X[:2], ["a", "b"])


def test_a_bar_on_stderr(tiny, data, capsys):
    tiny(verbose=1).fit(*data)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "3/3" in shown.err
    assert "train_loss" in shown.err
    tiny().fit(*data)
    assert capsys.readouterr() == ("", "")


def test_divergence_is_said(tiny, data):
    unbridled = {"lr": 1e20, "norm": None, "gradient_clip": None, "lr_schedule": None}
    with pytest.raises(DivergenceError, match=r"diverged.*lr=1e\+20"):
        tiny(**unbridled, optimizer="sgd", max_epochs=20).fit(*data)


def test_gradient_clip_bounds_a_step(tiny, data):
    def weights(**parameters):
        estimator = tiny(
            optimizer="sgd",
            weight_decay=0,
            lr_schedule=None,
            dtype="float64",
            dropout=0.0,
            max_epochs=1,
            batch_size=24,
            **parameters,
        ).fit(*data)
        return torch.cat([p.detach().flatten() for p in estimator.net_.module_.parameters()])

    start = weights(lr=1e-30)
    moved = torch.linalg.norm(weights(lr=1.0, gradient_clip=1e-3) - start)
    assert float(moved) == pytest.approx(1e-3, rel=1e-2)
    assert torch.linalg.norm(weights(lr=1.0, gradient_clip=None) - start) > 0.01


def test_label_smoothing_keeps_from_certainty(tiny_classifier, labelled):
    X, y = labelled
    options = {"max_epochs": 60, "lr": 0.05, "dropout": 0.0}
    sharp = tiny_classifier(**options, label_smoothing=0).fit(X, y).predict_proba(X)
    smooth = tiny_classifier(**options, label_smoothing=0.4).fit(X, y).predict_proba(X)
    assert sharp.max(axis=1).mean() > 0.95
    assert smooth.max(axis=1).mean() == pytest.approx(0.8, abs=0.08)  # 1 - 0.4 + 0.4 / 2 classes
    assert_allclose(smooth.sum(axis=1), 1)


def scheduler():
    return LRScheduler("StepLR", step_size=1, gamma=0.1)


@pytest.mark.parametrize("callback", [scheduler, lambda: ("rate", scheduler())])
def test_two_schedules_of_the_learning_rate_are_refused(callback, tiny, data):
    with pytest.raises(ValueError, match=r"LRScheduler.*lr_schedule=None, got .*'cosine'"):
        tiny(callbacks=[callback()], lr_schedule="cosine").fit(*data)


def test_a_scheduler_of_skorch_sets_the_learning_rate(tiny, data):
    estimator = tiny(callbacks=[scheduler()], lr_schedule=None, lr=0.01).fit(*data)
    np.testing.assert_allclose(estimator.history_["event_lr"], [1e-2, 1e-3, 1e-4])
    plain = tiny(lr_schedule=None, lr=0.01).fit(*data)
    assert estimator.history_["train_loss"][1:] != plain.history_["train_loss"][1:]
