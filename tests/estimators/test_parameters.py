"""Each parameter out of its range is named, with its value, before any work."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
import torch

from sktcn import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor, sktime_adapter
from sktcn.early import EarlyClassifier

SHARED = {
    "activation": ["rectifier", 3, None],
    "norm": ["instance", 1, True],
    "dropout": [-0.1, 1.0, "much", None],
    "residual": ["multiply", True, 0],
    "pooling": ["median", None],
    "max_epochs": [0, -1, 2.5, "many", None],
    "batch_size": [0, -1, 1.5, "all", None],
    "lr": [0, -0.1, float("nan"), "fast", None],
    "weight_decay": [-0.1, "little", None],
    "optimizer": ["steepest", 3, None, int],
    "lr_schedule": ["linear", 3],
    "label_smoothing": [-0.1, 1.0, None],
    "class_weight": ["even", 2],
    "early_stopping": ["yes", 2, None],
    "validation_fraction": [0, 1.0, -0.2, "part"],
    "n_iter_no_change": [0, 1.5, None],
    "refit": ["yes", None],
    "gradient_clip": [0, -1.0, "short"],
    "scaling": ["minmax", True],
    "differences": ["yes", None],
    "missing": ["drop", None],
    "n_fixed_kernels": [-1, 1, 167, 1000.0, None],
    "n_estimators": [0, 1.5, None],
    "callbacks": ["print", 3],
    "checkpoint": [3, True],
    "checkpoint_every": [0, -1.0, "minute", None],
    "on_divergence": ["stop", None],
    "on_interrupt": ["keep", None],
    "device": ["abacus", "meta:x", 3, None],
    "dtype": ["float16", "int64", None],
    "n_threads": [0, 1.5, "all"],
    "mixed_precision": ["yes", None],
    "compile": ["yes", None],
    "warm_start": ["yes", None],
    "verbose": [-1, "much"],
    "random_state": [-1, "seed", 0.5],
}
TCN = SHARED | {
    "n_filters": [0, -1, 2.5, "wide", [], [4, 0], [4, 2.5], [[4, 4]], None],
    "n_blocks": [0, -1, 2.5, "deep", None],
    "kernel_size": [0, -1, 2.5, "wide", [], (3, 0), [[3, 5]], [3.0, 5.0]],
    "dilation_base": [0, -1, 1.5],
    "causal": ["yes", None],
    "zero_init_residual": ["yes", None],
    "multiscale": ["yes", None],
}
LSTM = SHARED | {
    "hidden_size": [0, -1, 2.5, "wide", None],
    "n_layers": [0, -1, 1.5],
    "bidirectional": ["yes", None],
    "patch_size": [0, -1, 2.5, "long"],
}


def cases(table):
    return [
        pytest.param(name, value, id=f"{name}={value}") for name in table for value in table[name]
    ]


def assert_names(estimator, data, name, value):
    """The error of fit has the parameter's name and value in it, and nothing was learned."""
    with pytest.raises((ValueError, TypeError)) as caught:
        estimator.fit(*data)
    shown = value.__name__ if isinstance(value, type) else str(value)
    assert re.search(rf"\b{name}\b", str(caught.value))
    assert shown in str(caught.value)
    assert not hasattr(estimator, "n_features_in_")


@pytest.mark.parametrize(("name", "value"), cases(TCN))
def test_tcn_classifier(tcn_classifier, labelled, name, value):
    assert_names(tcn_classifier(**{name: value}), labelled, name, value)


@pytest.mark.parametrize(("name", "value"), cases(LSTM))
def test_lstm(tiny_regressor, measured, name, value):
    if "LSTM" in tiny_regressor.args[0]:
        assert_names(tiny_regressor(**{name: value}), measured, name, value)


def test_the_tables_are_complete(tiny):
    table = LSTM if "LSTM" in tiny.args[0] else TCN
    assert set(inspect.signature(type(tiny())).parameters) == set(table)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_filters": [4, 4], "n_blocks": 3}, r"n_blocks=3.*n_filters=\[4, 4\]"),
        ({"kernel_size": (2, 3), "causal": False}, r"all odd or all even.*kernel_size=\(2, 3\)"),
        ({"n_filters": 1, "norm": "layer"}, "n_filters must be at least 2.*n_filters=1"),
        ({"n_filters": [4, 1], "norm": "group"}, "n_filters must be at least 2"),
        ({"class_weight": {"flat": 1, "new": 2}}, "class_weight|new"),
    ],
    ids=str,
)
def test_parameters_that_do_not_go_together(tcn_classifier, labelled, parameters, words):
    with pytest.raises(ValueError, match=words):
        tcn_classifier(**parameters).fit(*labelled)


@pytest.mark.parametrize("optimizer", ["Rprop", torch.optim.Rprop])
def test_optimizers_that_know_no_weight_decay(tiny, data, optimizer):
    with pytest.raises(ValueError, match=r"knows no weight_decay.*weight_decay=0\.01"):
        tiny(optimizer=optimizer).fit(*data)


def test_an_optimizer_without_weight_decay(tiny, data):
    estimator = tiny(optimizer="Rprop", weight_decay=0).fit(*data)
    assert isinstance(estimator.net_.optimizer_, torch.optim.Rprop)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1}])
def test_class_weight_is_not_for_regressors(tiny_regressor, measured, class_weight):
    with pytest.raises(ValueError, match="class_weight is for classifiers"):
        tiny_regressor(class_weight=class_weight).fit(*measured)


def shortened(x):
    return x[..., 1:]


def failing(x):
    raise RuntimeError("out of order")


def random(x):
    return x + torch.randn_like(x)


def nothing(x):
    return None


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        (shortened, "keep the shape"),
        (failing, "out of order"),
        (random, "same output"),
        (nothing, "keep the shape.*NoneType"),
        (torch.nn.Flatten, "keep the shape"),
        (torch.nn.Linear, "Linear"),
        (np.tanh, "activation"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_activations_of_ones_own(tiny, data, activation, words):
    estimator = tiny(activation=activation)
    with pytest.raises(ValueError, match=f"(?s)activation.*({words})|({words}).*activation"):
        estimator.fit(*data)
    assert not hasattr(estimator, "n_features_in_")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("device", ["cuda", "cuda:7", torch.device("cuda")], ids=str)
def test_a_device_that_is_not_there(tiny, data, device):
    with pytest.raises(ValueError, match=r"device must be .* of this machine.*cuda"):
        tiny(device=device).fit(*data)


def test_a_constructor_accepts_and_keeps_anything(tiny):
    value = object()
    for name in inspect.signature(type(tiny())).parameters:
        assert getattr(tiny(**{name: value}), name) is value


class Mine(TCNClassifier):
    """A subclass of a user's, without a constructor of its own."""


KINDS = [TCNClassifier, TCNRegressor, LSTMClassifier, LSTMRegressor, Mine, EarlyClassifier]
ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]


@pytest.mark.parametrize("kind", [*KINDS, *ADAPTERS])
def test_an_unknown_parameter_names_the_class_that_was_called(kind):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) .*'n_filter'"):
        kind(n_filter=8)
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) takes"):
        kind(8, 8, 8)
    assert kind.__init__.__qualname__ == f"{kind.__name__}.__init__"


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, "much"])
def test_class_weights_that_no_loss_can_have(weight, tcn_classifier, labelled):
    with pytest.raises(ValueError, match=r"class_weight must have finite .* for the class 'wave'"):
        tcn_classifier(class_weight={"wave": weight}).fit(*labelled)
