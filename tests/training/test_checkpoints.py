"""Fits that are broken off and gone on with: they end at the same bits, or say what differs."""

from __future__ import annotations

import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    EpochScoring,
    Freezer,
    PrintLog,
    ProgressBar,
    Unfreezer,
)

from sktcn._training.checkpoint import Checkpoint, stable_repr

ALWAYS = 1e-9  # seconds: after each step
KILLED = Path(__file__).parents[1] / "helpers" / "killed_fits.py"


class BreakOff(Callback):
    """Fails at a step, like a process that dies."""

    def __init__(self, at):
        self.at = at

    def on_train_begin(self, net, **kwargs):
        self.steps_left = self.at

    def on_batch_begin(self, net, training=False, **kwargs):
        if training:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise RuntimeError("the lights went out")


class Counter(Callback):
    """Counts steps, in the way of skorch's callbacks, which end what they learn with _."""

    def on_train_begin(self, net, **kwargs):
        self.steps_ = 0

    def on_batch_end(self, net, training=False, **kwargs):
        self.steps_ += training

    def on_epoch_end(self, net, **kwargs):
        net.history.record("steps", self.steps_)


def outcome(estimator, X):
    """All that a fit leaves, but for times."""
    history = {k: v for k, v in estimator.history_.items() if k != "seconds"}
    return history, estimator.n_iter_, getattr(estimator, "predict_proba", estimator.predict)(X)


def assert_same(found, expected):
    assert found[:2] == expected[:2]
    assert_array_equal(found[2], expected[2])


def break_off(make, at, X, y, **parameters):
    """Begin a fit that fails; the callback is of the same class when it is gone on with."""
    with pytest.raises(RuntimeError, match="lights"):
        make(callbacks=[BreakOff(at)], **parameters).fit(X, y)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 17), every=st.sampled_from([ALWAYS, 1, 2, 60.0]))
def test_a_fit_goes_on_where_it_was(tiny, data, tmp_path_factory, at, every):
    X, y = data
    where = {"checkpoint": tmp_path_factory.mktemp("fit"), "checkpoint_every": every}
    settings = {"max_epochs": 6, "dropout": 0.3}
    break_off(tiny, at, X, y, **where, **settings)
    assert any(where["checkpoint"].iterdir())
    went_on = tiny(callbacks=[BreakOff(1000)], **where, **settings).fit(X, y)
    assert_same(outcome(went_on, X), outcome(tiny(**settings).fit(X, y), X))
    assert not any(where["checkpoint"].iterdir())


@pytest.mark.parametrize(
    "settings",
    [
        {"early_stopping": True, "n_iter_no_change": 2, "lr": 0.05},
        {"early_stopping": True, "refit": True, "n_estimators": 2},
        {"random_state": 3, "norm": "layer", "activation": torch.nn.SiLU},
        {"optimizer": "sgd", "lr_schedule": "cosine", "on_divergence": "best"},
        {"dtype": "float64", "batch_size": "auto"},
    ],
    ids=str,
)
@pytest.mark.parametrize("at", [4, pytest.param(11, marks=pytest.mark.slow)])
def test_whatever_the_training(tiny, data, tmp_path, settings, at):
    X, y = data
    settings = {"max_epochs": 8} | settings
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS}
    break_off(tiny, at, X, y, **where, **settings)
    went_on = tiny(callbacks=[BreakOff(1000)], **where, **settings).fit(X, y)
    assert_same(outcome(went_on, X), outcome(tiny(**settings).fit(X, y), X))


def test_no_step_is_made_twice(tiny, data, tmp_path):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS}
    break_off(tiny, 7, X, y, **where)
    went_on = tiny(callbacks=[BreakOff(2)], **where).fit(X, y)  # 3 epochs of 3 steps
    assert went_on.n_iter_ == 3


def test_what_callbacks_have_learned_is_kept(tiny, data, tmp_path):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS}
    with pytest.raises(RuntimeError):
        tiny(callbacks=[Counter(), BreakOff(5)], **where).fit(X, y)
    went_on = tiny(callbacks=[Counter(), BreakOff(1000)], **where).fit(X, y)
    assert went_on.history_["steps"] == [3, 6, 9]


RESUMED = {
    "scores": lambda: [EpochScoring(None, on_train=True, name="s"), BatchScoring(None, name="b")],
    "frozen": lambda: [Freezer("head*", at=1), Unfreezer("head*", at=3)],
    "patience": lambda: [EarlyStopping("train_loss", patience=2, threshold=0.5)],
    "logs": lambda: [PrintLog(sink=str), ProgressBar(detect_notebook=False)],
}


@pytest.mark.parametrize("callbacks", RESUMED.values(), ids=RESUMED)
@pytest.mark.parametrize("at", [pytest.param(4, marks=pytest.mark.slow), 7])
def test_callbacks_of_skorch_go_on(tiny, data, tmp_path, callbacks, at):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS}
    options = {"early_stopping": True, "max_epochs": 5}
    with pytest.raises(RuntimeError, match="lights"):
        tiny(callbacks=[*callbacks(), BreakOff(at)], **where, **options).fit(X, y)
    went_on = tiny(callbacks=[*callbacks(), BreakOff(1000)], **where, **options).fit(X, y)
    expected = tiny(callbacks=[*callbacks(), BreakOff(1000)], **options).fit(X, y)
    assert_same(outcome(went_on, X), outcome(expected, X))


def test_a_printed_fit_is_checkpointed(tiny, data, tmp_path, capsys):
    tiny(verbose=2, checkpoint=tmp_path, checkpoint_every=ALWAYS).fit(*data)
    assert len(capsys.readouterr().out.splitlines()) == 2 + 3


def test_callbacks_that_cannot_be_kept_are_refused(tiny_classifier, labelled, tmp_path):
    class Keeper(Callback):
        def on_train_begin(self, net, **kwargs):
            self.kept_ = object()

    with pytest.raises(TypeError, match=r"checkpoint must be None.*Keeper.*kept_"):
        tiny_classifier(callbacks=[Keeper()], checkpoint=tmp_path).fit(*labelled)


def test_series_on_disk_go_on_in_the_middle_of_a_chunk(tiny, data, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "sktcn._data.chunked.CHUNK_VALUES", 100
    )  # 24 series of 16 steps are four chunks
    (tmp_path / "fit").mkdir()
    X, y = data
    X.tofile(tmp_path / "series")
    stored = np.memmap(tmp_path / "series", dtype=X.dtype, mode="r", shape=X.shape)
    where = {"checkpoint": tmp_path / "fit", "checkpoint_every": ALWAYS}
    for at in (4, 3):
        break_off(tiny, at, stored, y, **where)
    went_on = tiny(callbacks=[BreakOff(1000)], **where).fit(stored, y)
    assert_same(outcome(went_on, X), outcome(tiny().fit(stored, y), X))


def test_a_fit_without_seed_goes_on_with_its_own(tiny, data, tmp_path):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS, "random_state": None}
    found = []
    for at in (5, 2):
        break_off(tiny, at, X, y, **where)
        found.append([p.read_bytes() for p in sorted(tmp_path.glob("fit*"))])
    assert found[0] == found[1]


def test_a_warm_start_goes_on(tiny, data, tmp_path):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": ALWAYS}
    estimator = tiny(warm_start=True).fit(X, y)
    undisturbed = tiny(warm_start=True).fit(X, y).fit(X, y)
    with pytest.raises(RuntimeError):
        estimator.set_params(callbacks=[BreakOff(5)], **where).fit(X, y)
    estimator.set_params(callbacks=[BreakOff(1000)]).fit(X, y)
    assert_same(outcome(estimator, X), outcome(undisturbed, X))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda X, y: ({"lr": 0.5}, X, y), r"lr was 0\.\d+ and is 0\.5"),
        (lambda X, y: ({"n_estimators": 2}, X, y), "n_estimators was 1 and is 2"),
        (lambda X, y: ({}, X + 1, y), "X was"),
        (lambda X, y: ({}, X[:, ::-1], y), "X was"),
        (lambda X, y: ({}, X, y[::-1]), "y was"),
        (lambda X, y: ({"random_state": 1}, X, y), "random_state was 0 and is 1"),
    ],
)
def test_another_fit_is_refused(tiny, data, tmp_path, change, words):
    X, y = data
    where = {"checkpoint": tmp_path, "checkpoint_every": 1}
    break_off(tiny, 4, X, y, **where)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    parameters, X, y = change(X, y)
    with pytest.raises(ValueError, match=f"holds another fit.*{words}"):
        tiny(callbacks=[BreakOff(1000)], **where, **parameters).fit(X, y)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_does_not_change_a_fit_may_differ(tiny, data, tmp_path, capsys):
    X, y = data
    break_off(tiny, 4, X, y, checkpoint=tmp_path, checkpoint_every=1)
    later = {"checkpoint": str(tmp_path), "checkpoint_every": 60.0, "verbose": 1}
    went_on = tiny(callbacks=[BreakOff(1000)], **later).fit(X, y)
    assert_same(outcome(went_on, X), outcome(tiny().fit(X, y), X))


def test_a_full_disk_is_warned_of(tiny, data, tmp_path, monkeypatch):
    X, y = data

    def full(raw, path):
        raise OSError(28, "No space left on device")

    break_off(tiny, 4, X, y, checkpoint=tmp_path, checkpoint_every=1)
    last = (tmp_path / "sktcn-training-1.safetensors").read_bytes()
    monkeypatch.setattr("sktcn._training.checkpoint.write_atomic", full)
    with (
        pytest.warns(RuntimeWarning, match=r"could not be written.*No space.*fit goes on"),
        pytest.raises(RuntimeError, match="lights"),
    ):
        tiny(callbacks=[BreakOff(4)], checkpoint=tmp_path, checkpoint_every=1).fit(X, y)
    assert (tmp_path / "sktcn-training-1.safetensors").read_bytes() == last
    with pytest.warns(RuntimeWarning):
        went_on = tiny(callbacks=[BreakOff(99)], checkpoint=tmp_path, checkpoint_every=1).fit(X, y)
    assert_same(outcome(went_on, X), outcome(tiny().fit(X, y), X))


def test_a_folder_that_cannot_be_made(tiny, data, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="file"):
        tiny(checkpoint=tmp_path / "file").fit(*data)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["sktcn-fit.json", "sktcn-training-1.safetensors"])
def test_damage_is_said(tiny, data, tmp_path, name):
    X, y = data
    break_off(tiny, 4, X, y, checkpoint=tmp_path, checkpoint_every=1)
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ValueError, match=f"{name}.*[Rr]emove"):
        tiny(callbacks=[BreakOff(99)], checkpoint=tmp_path).fit(X, y)


def test_files_of_the_users_stay(tiny, data, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    tiny(checkpoint=tmp_path, checkpoint_every=1).fit(*data)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_files_named_as_others_name_theirs_stay(tiny, data, tmp_path):
    theirs = {"fit.json", "training-0.safetensors", "training-data.safetensors"}
    for name in theirs:
        (tmp_path / name).write_text("mine")
    tiny(checkpoint=tmp_path).fit(*data)
    assert {path.name for path in tmp_path.iterdir()} == theirs


@pytest.mark.parametrize("content", ["null", "[]", '"x"', '{"a": 1}', '{"fit": [1], "start": {}}'])
def test_json_of_another_kind_is_refused(tiny, data, tmp_path, content):
    (tmp_path / "sktcn-fit.json").write_text(content)
    with pytest.raises(ValueError, match=r"is damaged .*: remove it to begin anew"):
        tiny(checkpoint=tmp_path).fit(*data)


def test_an_estimator_with_a_checkpoint_can_be_pickled(tiny, data, tmp_path):
    fitted = tiny(checkpoint=tmp_path).fit(*data)
    assert_same(outcome(pickle.loads(pickle.dumps(fitted)), data[0]), outcome(fitted, data[0]))


def test_a_checkpoint_that_cannot_be_removed_is_warned_of(tiny, data, tmp_path, monkeypatch):
    def fail(checkpoint):
        raise PermissionError("read only")

    monkeypatch.setattr(Checkpoint, "clear", fail)
    monkeypatch.setattr(Checkpoint, "restart", begin_without_clearing)
    with pytest.warns(RuntimeWarning, match="could not be removed: read only"):
        fitted = tiny(checkpoint=tmp_path).fit(*data)
    assert fitted.n_iter_ > 0


def begin_without_clearing(checkpoint, start):
    checkpoint.start, checkpoint._n_trainings = start, 0


def test_functions_are_told_apart_by_what_they_do():
    def scaled(by):
        return lambda x: x * by

    kinds = [
        lambda x: x + 1,
        lambda x: x + 2,
        scaled(1),
        scaled(2),
        partial(torch.nn.functional.leaky_relu, negative_slope=0.1),
        partial(torch.nn.functional.leaky_relu, negative_slope=0.9),
        torch.nn.LeakyReLU(0.1),
        torch.nn.LeakyReLU(0.9),
    ]
    assert len(set(map(stable_repr, kinds))) == len(kinds)
    assert stable_repr(scaled(1)) == stable_repr(scaled(1))


def test_values_have_the_same_name_in_each_process():
    values = [0.1, "adam", None, [torch.tanh, np.int64(3)], {"a": 1}, torch.nn.ReLU, BreakOff(3)]
    assert not [value for value in values if " at 0x" in stable_repr(value)]
    assert stable_repr(np.array([4, 8])) == stable_repr(np.array([4, 8]).copy())


def kill(folder, times, *cases):
    answer = subprocess.run(
        [sys.executable, KILLED, folder, str(times), *cases],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("|") for line in answer.stdout.splitlines()]


def test_a_killed_fit_ends_as_an_undisturbed_one(tmp_path):
    ((_, _, end),) = kill(tmp_path, 3, "TCN")
    assert end == "same"


@pytest.mark.slow
def test_many_kills(tmp_path):
    found = kill(tmp_path, 20)
    assert [end for _, _, end in found] == ["same"] * 4
    assert sum(int(kills) for _, kills, _ in found) >= 20
