"""Each callback of skorch: the training obeys it, or refuses it by name."""

from __future__ import annotations

import json
import re
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import skorch.callbacks
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import f1_score, make_scorer
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    EpochTimer,
    Freezer,
    GradientNormClipping,
    Initializer,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
    MlflowLogger,
    NeptuneLogger,
    ParamMapper,
    PassthroughScoring,
    PrintLog,
    ProgressBar,
    SacredLogger,
    TensorBoard,
    TrainEndCheckpoint,
    Unfreezer,
    WandbLogger,
    WarmRestartLR,
)

from sktcn import TCNClassifier, TCNRegressor
from sktcn.persistence import load, save

HELD_OUT = {"early_stopping": True, "validation_fraction": 0.3}


class Logger:
    """Takes whatever a logger of skorch calls, and notes it."""

    def __init__(self, folder=None):
        self.dir, self.calls, self.info = folder, [], SimpleNamespace(run_id="run")

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append((name, args, kwargs))

        return call

    def __getitem__(self, name):
        return Logger.Entry(self, name)

    def __setitem__(self, name, value):
        self.calls.append((name, (value,), {}))

    class Entry:
        def __init__(self, logger, name):
            self.logger, self.name = logger, name

        def __getitem__(self, name):
            return Logger.Entry(self.logger, f"{self.name}/{name}")

        def __setitem__(self, name, value):
            self.logger[f"{self.name}/{name}"] = value

        def append(self, value):
            self.logger[self.name] = value


def losses(calls, name):
    """Find the losses among the arguments of calls."""
    return [args for called, args, _ in calls if called == name and "train_loss" in str(args)]


class Scores(Callback):
    """The metrics of the parts, by the net and by the dataset's own targets."""

    def on_epoch_end(self, net, dataset_valid=None, **kwargs):
        y = net.model.task.restore(dataset_valid.target.numpy())
        net.history.record("plain", net.score(dataset_valid, y))


def channels(kind, ragged=False):
    """Series and targets that a small network learns in part; targets of 1000 to 1500."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2, 20))
    level = X[:, 0, :10].mean(axis=1)
    y = np.where(level > 0, "wave", "flat") if kind is TCNClassifier else 1250 + 250 * level
    return ([x[:, : 12 + i % 9] for i, x in enumerate(X)] if ragged else X), y


def fitted(kind=TCNClassifier, callbacks=None, *, ragged=False, **parameters):
    options = {"n_filters": 4, "n_blocks": 2, "max_epochs": 3, "batch_size": 8} | HELD_OUT
    options |= {"n_fixed_kernels": 0}
    estimator = kind(callbacks=callbacks, **options | parameters)
    return estimator.fit(*channels(kind, ragged))


def parts(estimator, ragged=False):
    """Split the series as the fit did."""
    X, y = channels(type(estimator), ragged)
    task = estimator.model_.task
    seed = int(np.random.SeedSequence(0).generate_state(1)[0])
    train, valid = task.split(task.encode(y), seed)
    return [([X[i] for i in part], y[part]) for part in (train, valid)]


def test_the_list_of_callbacks_is_whole():
    tested = set(globals())
    assert {name for name in skorch.callbacks.__all__ if name not in tested} == set()


CLASS_SCORES = ["accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss"]
WAVES = make_scorer(f1_score, pos_label="wave")


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("use_caching", [False, True])
@pytest.mark.parametrize(
    ("kind", "scoring"),
    [
        *((TCNClassifier, name) for name in CLASS_SCORES),
        (TCNClassifier, WAVES),
        (TCNClassifier, None),
        (TCNRegressor, "neg_mean_absolute_error"),
        (TCNRegressor, "r2"),
        (TCNRegressor, None),
    ],
)
def test_epoch_scoring_scores_as_the_estimator(kind, scoring, use_caching, ragged):
    score = EpochScoring(scoring, name="s", lower_is_better=False, use_caching=use_caching)
    estimator = fitted(kind, [score], ragged=ragged, n_iter_no_change=99, max_epochs=1)
    _, (X, y) = parts(estimator, ragged)
    scorer = skorch.callbacks.scoring.check_scoring(estimator, scoring)
    (recorded,) = estimator.history_["s"]
    assert recorded == pytest.approx(scorer(estimator, X, y), rel=1e-5)
    assert estimator.history_["s_best"] == [True]


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("kind", [TCNClassifier, TCNRegressor])
def test_epoch_scoring_of_the_training_part(kind, ragged):
    score = EpochScoring(None, name="s", on_train=True, use_caching=False)
    in_passing = EpochScoring(None, name="p", on_train=True)
    estimator = fitted(kind, [score, in_passing], ragged=ragged, max_epochs=1)
    (X, y), _ = parts(estimator, ragged)
    metric = estimator.model_.task.metric.name
    assert estimator.history_["s"] == pytest.approx([estimator.score(X, y)], rel=1e-6)
    assert estimator.history_["p"] == pytest.approx(estimator.history_[f"train_{metric}"])


@pytest.mark.parametrize("use_caching", [False, True])
@pytest.mark.parametrize("on_train", [False, True])
@pytest.mark.parametrize(
    ("kind", "scoring", "metric"),
    [(TCNClassifier, "accuracy", "accuracy"), (TCNRegressor, "neg_mean_squared_error", "r2")],
)
def test_batch_scoring_scores_as_the_estimator(kind, scoring, metric, on_train, use_caching):
    score = BatchScoring(scoring, name="s", on_train=on_train, use_caching=use_caching)
    estimator = fitted(kind, [score], n_iter_no_change=99, max_epochs=1, batch_size=60)
    part = "train" if on_train else "valid"
    (recorded,) = estimator.history_["s"]
    if metric == "r2":
        _, y = parts(estimator)[0 if on_train else 1]
        recorded = 1 + recorded / np.var(y)
    if on_train and not use_caching:  # after the update
        assert np.isfinite(recorded)
    else:
        assert recorded == pytest.approx(estimator.history_[f"{part}_{metric}"][0], abs=1e-5)


def test_scoring_does_not_change_the_training():
    scores = [
        EpochScoring("accuracy", use_caching=False, name="a"),
        EpochScoring("accuracy", use_caching=False, on_train=True, name="b"),
        BatchScoring("accuracy", use_caching=False, on_train=True, name="c"),
    ]
    scored, plain = fitted(callbacks=scores), fitted()
    assert scored.history_["train_loss"] == plain.history_["train_loss"]
    X, _ = channels(TCNClassifier)
    assert_array_equal(scored.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("kind", [TCNClassifier, TCNRegressor])
def test_the_net_of_a_fit_predicts_as_the_estimator(kind):
    X, _ = channels(kind)
    estimator = fitted(kind)
    assert_array_equal(estimator.net_.predict(X), estimator.predict(X))
    if kind is TCNClassifier:
        assert_array_equal(estimator.net_.predict_proba(X), estimator.predict_proba(X))
        assert_array_equal(estimator.net_.classes_, ["flat", "wave"])


@pytest.mark.parametrize("kind", [TCNClassifier, TCNRegressor])
def test_a_callback_of_ones_own_may_score(kind):
    estimator = fitted(kind, [Scores()], n_iter_no_change=99)
    metric = estimator.model_.task.metric.name
    assert estimator.history_["plain"] == pytest.approx(estimator.history_[f"valid_{metric}"])


def test_callbacks_see_the_epoch_after_which_another_stops():
    stopping = EarlyStopping("train_loss", patience=1, threshold=0.9)
    estimator = fitted(callbacks=[stopping, EpochScoring("accuracy")], max_epochs=9)
    assert estimator.n_iter_ == 2
    assert np.isfinite(estimator.history_["accuracy"]).all()


def test_passthrough_scoring_averages_what_batches_recorded():
    scores = [PassthroughScoring("train_loss", on_train=True), PassthroughScoring("valid_loss")]
    estimator, plain = fitted(callbacks=scores), fitted()
    for name in ("train_loss", "valid_loss"):
        assert_allclose(estimator.history_[name], plain.history_[name], rtol=1e-6)


def test_checkpoint_writes_the_best_weights(tmp_path):
    checkpoint = Checkpoint(dirname=str(tmp_path), monitor="valid_loss_best")
    estimator = fitted(callbacks=[checkpoint], n_iter_no_change=99)
    saved = torch.load(tmp_path / "params.pt", weights_only=True)
    for name, tensor in estimator.net_.module_.state_dict().items():
        assert torch.equal(saved[name], tensor)
    rows = json.loads((tmp_path / "history.json").read_text())
    assert rows[-1]["valid_loss"] == min(estimator.history_["valid_loss"])


def test_checkpoint_loads_the_best_weights(tmp_path):
    class Undo(Callback):
        def on_epoch_end(self, net, **kwargs):
            net.history.record("best_so_far", len(net.history) == 1)

    checkpoint = Checkpoint("best_so_far", dirname=str(tmp_path), load_best=True)
    estimator = fitted(callbacks=[Undo(), checkpoint], early_stopping=False, lr_schedule=None)
    once = fitted(early_stopping=False, lr_schedule=None, max_epochs=1)
    X, _ = channels(TCNClassifier)
    assert_array_equal(estimator.predict_proba(X), once.predict_proba(X))


@pytest.mark.parametrize(
    "callback",
    [
        lambda folder: Checkpoint(f_pickle="net.pkl", dirname=folder),
        lambda folder: Checkpoint(use_safetensors=True, f_optimizer=None, dirname=folder),
        lambda folder: TrainEndCheckpoint(use_safetensors=True, f_optimizer=None, dirname=folder),
    ],
)
def test_files_that_skorch_would_leave_out_are_refused(tmp_path, callback):
    with pytest.raises(ValueError, match=r"Checkpoint of skorch with \w+=.* layout of a training"):
        fitted(callbacks=[callback(str(tmp_path))])


def test_training_goes_on_from_a_checkpoint_of_the_end(tmp_path):
    checkpoint = TrainEndCheckpoint(dirname=str(tmp_path))
    options = {"early_stopping": False, "lr_schedule": None, "dropout": 0}
    fitted(callbacks=[checkpoint], **options)
    went_on = fitted(callbacks=[checkpoint, LoadInitState(checkpoint)], **options)
    whole = fitted(max_epochs=6, **options)
    assert went_on.history_["epoch"] == [1, 2, 3, 4, 5, 6]
    assert went_on.history_["train_loss"][3] == pytest.approx(
        whole.history_["train_loss"][3], rel=0.2
    )
    assert went_on.history_["train_loss"][:3] == whole.history_["train_loss"][:3]


def test_early_stopping_of_skorch_stops(capsys):
    estimator = fitted(callbacks=[EarlyStopping(patience=1, threshold=0.9)], max_epochs=9)
    assert estimator.n_iter_ == 2
    assert capsys.readouterr().out == ""


def test_epoch_timer_is_there_twice():
    assert (np.array(fitted(callbacks=[EpochTimer]).history_["seconds"]) >= 0).all()


OPTIMIZERS = ["adamw", "sgd", "adafactor"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_freezer_keeps_weights(optimizer):
    start = fitted(max_epochs=1, lr=1e-30, optimizer=optimizer, weight_decay=0)
    frozen = fitted(callbacks=[Freezer("backbone.*")], optimizer=optimizer)
    for name, weight in frozen.net_.module_.named_parameters():
        before = dict(start.net_.module_.named_parameters())[name]
        assert torch.allclose(weight, before, atol=1e-20) == name.startswith("backbone"), name


def test_a_freezer_of_a_later_epoch_leaves_no_momentum():
    class Weights(Callback):
        kept = ()

        def on_epoch_end(self, net, **kwargs):
            self.kept = (*self.kept, net.module_.head.linear.weight.detach().clone())

    weights = Weights()
    fitted(callbacks=[Freezer("head*", at=2), Unfreezer("head*", at=3), weights])
    first, second, third = weights.kept
    assert torch.equal(first, second)
    assert not torch.equal(second, third)


def test_what_was_frozen_is_trained_by_the_next_fit_without_a_freezer():
    estimator = fitted(callbacks=[Freezer("head*")], warm_start=True)
    before = estimator.net_.module_.head.linear.weight.clone()
    estimator.set_params(callbacks=None).fit(*channels(TCNClassifier))
    assert not torch.equal(estimator.net_.module_.head.linear.weight, before)


def test_what_was_frozen_stays_so_in_partial_fit():
    estimator = fitted(callbacks=[Freezer("head*")], early_stopping=False)
    before = estimator.net_.module_.head.linear.weight.clone()
    estimator.partial_fit(*channels(TCNClassifier))
    assert torch.equal(estimator.net_.module_.head.linear.weight, before)


def test_an_estimator_with_frozen_weights_is_saved(tmp_path):
    X, y = channels(TCNClassifier)
    estimator = fitted(callbacks=[Freezer("head*")]).set_params(callbacks=None)
    save(estimator, tmp_path / "frozen.safetensors")
    loaded = load(tmp_path / "frozen.safetensors")
    assert_array_equal(loaded.predict_proba(X), estimator.predict_proba(X))
    assert len(loaded.partial_fit(X, y).history_["epoch"]) == 4


@pytest.mark.parametrize("kind", [Initializer, ParamMapper])
def test_weights_are_mapped(kind):
    def fill(weight):
        torch.nn.init.constant_(weight, 7.0)

    mapped = fitted(callbacks=[kind("head.linear.*", fn=fill)], lr=1e-9, max_epochs=1)
    assert_allclose(mapped.net_.module_.head.linear.weight.detach(), 7.0, rtol=1e-6)


def test_a_mapper_that_changes_nothing():
    mapped = fitted(callbacks=[ParamMapper("*", fn=lambda weight: None)]).history_
    assert_allclose(mapped["train_loss"], fitted().history_["train_loss"], rtol=1e-5)


def test_gradient_norm_clipping_bounds_a_step():
    options = {"optimizer": "sgd", "weight_decay": 0, "lr_schedule": None, "max_epochs": 1}
    options |= {"dtype": "float64", "batch_size": 60, "early_stopping": False, "dropout": 0}

    def weights(**more):
        module = fitted(**options | more).net_.module_
        return torch.cat([weight.detach().flatten() for weight in module.parameters()])

    clipped = weights(lr=1.0, callbacks=[GradientNormClipping(1e-3)])
    assert float(torch.linalg.norm(clipped - weights(lr=1e-30))) == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize("callback", [InputShapeSetter, InputShapeSetter()])
def test_the_input_shape_setter_is_refused(callback):
    with pytest.raises(ValueError, match="InputShapeSetter of skorch, which would replace"):
        fitted(callbacks=[callback])


@pytest.mark.parametrize("step_every", ["epoch", "batch"])
def test_a_plateau_lowers_the_rate(step_every):
    plateau = LRScheduler(
        "ReduceLROnPlateau", monitor="train_loss", step_every=step_every, patience=0, threshold=0.9
    )
    rates = fitted(callbacks=[plateau], lr_schedule=None, lr=0.01).history_["lr"]
    assert rates[-1] < 0.01


def test_a_warm_restart_sets_the_rate():
    policy = LRScheduler(WarmRestartLR, min_lr=1e-4, max_lr=1e-2, base_period=2)
    rates = fitted(callbacks=[policy], lr_schedule=None).history_["event_lr"]
    assert_allclose(rates, [1e-2, 5.05e-3, 1e-4], rtol=1e-6)


def test_print_log_prints(capsys):
    fitted(callbacks=[PrintLog()])
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert {"epoch", "train_loss", "valid_accuracy", "dur"} <= set(head.split())
    assert len(rows) == 3


def test_a_bar_of_skorch(capsys):
    fitted(callbacks=[ProgressBar(detect_notebook=False)])
    assert "0/9" in capsys.readouterr().err  # batches of both parts


def test_tensor_board():
    writer = Logger()
    history = fitted(callbacks=[TensorBoard(writer)]).history_
    written = [kwargs["scalar_value"] for _, _, kwargs in writer.calls if "tag" in kwargs]
    assert set(history["train_loss"]) <= set(written)
    assert writer.calls[-1][0] == "close"


@pytest.mark.parametrize("log_on_batch_end", [False, True])
def test_sacred(log_on_batch_end):
    experiment = Logger()
    fitted(callbacks=[SacredLogger(experiment, log_on_batch_end=log_on_batch_end)])
    n_batches = 3 * 6 if log_on_batch_end else 0
    assert len(losses(experiment.calls, "log_scalar")) >= 3 + n_batches


def test_mlflow():
    client = Logger()
    fitted(callbacks=[MlflowLogger(Logger(), client)])
    names = [name for name, _, _ in client.calls]
    assert len(losses(client.calls, "log_metric")) == 3
    assert names.count("log_artifact") == 4


def test_neptune(monkeypatch):
    neptune, types, handler = ModuleType("neptune"), ModuleType("t"), ModuleType("h")
    types.File = SimpleNamespace(from_content=lambda text, extension: text)
    handler.Handler = type("Handler", (), {})
    monkeypatch.setitem(sys.modules, "neptune", neptune)
    monkeypatch.setitem(sys.modules, "neptune.types", types)
    monkeypatch.setitem(sys.modules, "neptune.handler", handler)
    run = Logger()
    history = fitted(callbacks=[NeptuneLogger(run)]).history_
    logged = [args[0] for name, args, _ in run.calls if name == "training/train/epoch/loss"]
    assert logged == history["train_loss"]


def test_wandb(tmp_path):
    run = Logger(tmp_path)
    history = fitted(callbacks=[WandbLogger(run)]).history_
    logged = [args[0]["train_loss"] for name, args, _ in run.calls if name == "log"]
    assert logged == history["train_loss"]
    assert (tmp_path / "best_model.pth").exists()


@pytest.mark.parametrize("entry", [42, ("name", 42), WarmRestartLR, "EpochTimer"])
def test_what_is_no_callback_is_refused(entry):
    with pytest.raises(TypeError, match=r"callbacks must be a list of skorch\.callbacks\.Callback"):
        fitted(callbacks=[entry])


READERS = [
    EpochScoring("accuracy"),
    BatchScoring("accuracy"),
    PassthroughScoring("valid_loss"),
    Checkpoint(),
    Checkpoint,
    EarlyStopping,
    ("named", EarlyStopping(monitor="valid_accuracy", lower_is_better=False)),
    LRScheduler("ReduceLROnPlateau", monitor="valid_loss"),
    WandbLogger(None),
]


@pytest.mark.parametrize(
    "callback", READERS, ids=lambda entry: re.sub(" object at.*", "", str(entry))
)
def test_a_callback_that_has_no_validation_part_is_refused(callback):
    options = {"lr_schedule": None, "early_stopping": False}
    with pytest.raises(ValueError, match=r"reads the loss or the answers of a validation part"):
        fitted(callbacks=[callback], **options)
    estimator = TCNClassifier(callbacks=[callback], **options)
    with pytest.raises(ValueError, match="validation part: partial_fit has none"):
        estimator.partial_fit(*channels(TCNClassifier), classes=["flat", "wave"])


def test_refit_has_no_validation_part():
    with pytest.raises(ValueError, match=r"EarlyStopping of skorch.*set refit=False"):
        fitted(callbacks=[EarlyStopping()], refit=True)
    scored = fitted(callbacks=[EpochScoring("accuracy")], refit=True)
    assert np.isfinite(scored.history_["accuracy"]).all()


def test_a_monitor_that_is_no_column_names_those_there_are(tiny, data):
    stopping = EarlyStopping(monitor="val_loss")
    with pytest.raises(
        ValueError, match=r"'val_loss' was not found .*'train_loss', 'train_loss_best'"
    ):
        tiny(callbacks=[stopping]).fit(*data)
