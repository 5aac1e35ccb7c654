"""The warning of a fit that ends near the loss of guessing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import logit
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from sktcn import TCNStepClassifier, TCNStepRegressor
from sktcn._model.classification import Classification
from sktcn._model.multilabel import Multilabel
from sktcn._model.regression import Regression

NOTHING = {"lr": 1e-9, "max_epochs": 40}  # of three updates
WEIGHTS = st.lists(st.floats(0.1, 5), min_size=9, max_size=9)


def weighted_loss(task, outputs, target, weight):
    outputs = torch.tensor(outputs, requires_grad=True)
    losses = task.criterion()(outputs.expand(len(target), -1), torch.tensor(target))
    losses = losses.reshape(len(target), -1).mean(1)
    return (losses * torch.tensor(weight)).sum() / sum(weight), outputs


def assert_bounds(task, target, weight, best, exact):
    """The best constant has the loss of guessing and no slope; exact answers have the least."""
    guessing, least = task.bounding_losses(target, weight)
    loss, constant = weighted_loss(task, best, target, weight)
    loss.backward()
    assert_allclose(loss.item(), guessing, atol=1e-9)
    assert_allclose(constant.grad, 0.0, atol=1e-9)
    assert_allclose(weighted_loss(task, exact, target, weight)[0].item(), least, atol=1e-9)


@given(WEIGHTS, st.floats(0, 0.5), st.sampled_from([None, "balanced", {"a": 3.0}]))
@settings(max_examples=30, deadline=None)
def test_guessing_of_classes(weight, smoothing, class_weight):
    y = np.array(list("aaaaabbbc"))
    task = Classification(class_weight, smoothing).fit(y, np.array(weight))
    target = task.encode(y)
    weight = task.weigh(target, np.array(weight))
    shares = np.bincount(target, weight) / weight.sum()
    best = np.log((1 - smoothing) * shares + smoothing / 3)[None]
    with np.errstate(divide="ignore"):
        exact = np.log((1 - smoothing) * np.eye(3) + smoothing / 3)[target]
    assert_bounds(task, target, weight, best, np.maximum(exact, -1e3))


@given(WEIGHTS, st.floats(0.01, 0.5))
@settings(max_examples=30, deadline=None)
def test_guessing_of_several_labels(weight, smoothing):
    y, weight = np.random.default_rng(0).integers(2, size=(9, 3)), np.array(weight)
    task = Multilabel(label_smoothing=smoothing).fit(y, weight)
    target = task.encode(y)
    smoothed = target * (1 - smoothing) + smoothing / 2
    best = np.average(smoothed, axis=0, weights=weight)[None]
    assert_bounds(task, target, weight, logit(best), logit(smoothed))


@given(WEIGHTS)
@settings(max_examples=30, deadline=None)
def test_guessing_of_numbers(weight):
    y = np.random.default_rng(0).normal(size=(9, 2)) * [1, 100] + [5, 0]
    weight = np.array(weight)
    task = Regression().fit(y, np.ones(9))  # a part of the series that the scale was learned from
    target = task.encode(y)
    assert_bounds(task, target, weight, np.average(target, axis=0, weights=weight)[None], target)


@pytest.fixture
def unrelated(data):
    """Series, and the targets of others."""
    return data[0], np.random.default_rng(0).permutation(data[1])


def test_a_fit_that_learns_nothing_warns(tiny, unrelated):
    with pytest.warns(
        ConvergenceWarning, match=r"no better than that of guessing.*lr \(lr=1e-09\)"
    ) as record:
        estimator = tiny(**NOTHING).fit(*unrelated)
    assert [each.filename for each in record] == [__file__]
    assert estimator.n_iter_ == 40


def test_steps_warn_too(labelled):
    X, _ = labelled
    y = np.random.default_rng(0).integers(2, size=X.shape)
    options = NOTHING | {"batch_size": 8, "n_filters": 4, "n_blocks": 1}
    several = np.stack([y, 1 - y], axis=1)
    for targets in (y, several, np.where(X > 0, y, np.nan)):
        with pytest.warns(ConvergenceWarning, match="no better than that of guessing"):
            TCNStepClassifier(**options).fit(X, targets)
    with pytest.warns(ConvergenceWarning, match="no better than that of guessing"):
        TCNStepRegressor(**options).fit(X, y.astype(float))


@pytest.mark.parametrize(
    "options",
    [{"n_estimators": 3}, {"early_stopping": True, "max_epochs": "auto"}],
)
def test_it_warns_once(tiny, unrelated, options):
    with pytest.warns(ConvergenceWarning) as record:
        tiny(**NOTHING | options).fit(*unrelated)
    assert len(record) == 1


def test_a_trial_of_few_updates_does_not_warn(tiny, unrelated):
    tiny(**NOTHING | {"max_epochs": 39}).fit(*unrelated)


def test_partial_fit_does_not_warn(tiny_classifier, tiny_regressor, labelled, measured):
    tiny_classifier(**NOTHING).partial_fit(*labelled, classes=["flat", "wave"])
    tiny_regressor(**NOTHING).partial_fit(*measured)


class Late(Callback):
    """Learn nothing before the last of ten epochs."""

    def on_epoch_begin(self, net, **kwargs):
        for group in net.optimizer_.param_groups:
            group["lr"] = 0.01 if len(net.history) == 10 else 1e-9


def test_the_loss_of_long_epochs_is_that_of_the_last(tcn_regressor):
    y = np.random.default_rng(0).normal(size=120)
    X = y[:, None] + np.sin(np.arange(20))
    options = {"batch_size": 2, "max_epochs": 10, "lr_schedule": None}
    estimator = tcn_regressor(callbacks=[Late()], **options).fit(X, y)
    losses = estimator.net_.history[:, "train_loss"]
    assert losses[-1] < 0.8 < 0.97 < np.mean(losses)  # of guessing 1


def test_nothing_to_learn_does_not_warn(tiny_classifier, tiny_regressor, labelled):
    X, y = labelled
    tiny_regressor(**NOTHING).fit(X, np.full(len(X), 0.3))
    tiny_classifier(**NOTHING, class_weight={"wave": 0.0}, label_smoothing=0.0).fit(X, y)


def test_a_warning_that_is_an_error_leaves_a_fitted_estimator(tiny, unrelated):
    estimator = tiny(**NOTHING)
    with pytest.raises(ConvergenceWarning):  # as pytest is set up
        estimator.fit(*unrelated)
    assert estimator.predict(unrelated[0]).shape == unrelated[1].shape
