"""Pairs of parameters of which one is ignored, given the other: an error, or a sentence.

A pair that a search over one of the two may meet is described in the docstring; one that nobody
means is an error. None is a warning: a fit does as it was asked, or says why not.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpydoc.docscrape import NumpyDocString
from sklearn.frozen import FrozenEstimator
from skorch.callbacks import EarlyStopping, EpochScoring, LRScheduler

from sktcn import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor
from sktcn.early import EarlyClassifier
from sktcn.sktime_adapter import SktimeTCNClassifier

TINY = {"max_epochs": 2, "batch_size": 8}
SIZES = {
    TCNClassifier: {"n_filters": 4, "n_blocks": 2, "kernel_size": 3},
    TCNRegressor: {"n_filters": 4, "n_blocks": 2, "kernel_size": 3},
    LSTMClassifier: {"hidden_size": 4, "patch_size": 4},
    LSTMRegressor: {"hidden_size": 4, "patch_size": 4},
}
PLATEAU = LRScheduler("ReduceLROnPlateau")

# Kind, ignored parameter with a value, what is given, and a word on it in the error.
ERRORS = [
    (TCNClassifier, {"callbacks": [PLATEAU]}, {"lr_schedule": "cosine"}, "lr_schedule=None"),
    (TCNClassifier, {"callbacks": [EpochScoring("f1")]}, {"early_stopping": "auto"}, "early_stop"),
    (TCNClassifier, {"callbacks": [EarlyStopping()]}, {"early_stopping": False}, "early_stopping"),
    (
        TCNClassifier,
        {"callbacks": [EarlyStopping()]},
        {"early_stopping": True, "refit": True},
        "refit=False",
    ),
    (TCNClassifier, {"weight_decay": 0.1}, {"optimizer": "rprop"}, "Rprop"),
    (TCNClassifier, {"mixed_precision": True}, {"dtype": "float64"}, "float64"),
    (TCNClassifier, {"n_blocks": 3}, {"n_filters": [4, 4]}, "n_filters"),
    (TCNRegressor, {"class_weight": "balanced"}, {}, "regressor"),
    (LSTMRegressor, {"class_weight": {0: 1.0}}, {}, "regressor"),
    (EarlyClassifier, {"accuracy": 0.9}, {"waiting_cost": 0.1}, "waiting_cost"),
    (SktimeTCNClassifier, {"warm_start": True}, {}, "sktime"),
]
# Kind, ignored parameter with two values, what is given, and its name in the docstring.
SENTENCES = [
    (TCNClassifier, ("validation_fraction", 0.1, 0.4), {"early_stopping": False}, "early_stopping"),
    (TCNClassifier, ("n_iter_no_change", 1, 5), {"early_stopping": False}, "early_stopping"),
    (TCNClassifier, ("refit", False, True), {"early_stopping": False}, "early_stopping"),
    (TCNClassifier, ("checkpoint_every", 1, 9.0), {"checkpoint": None}, "checkpoint"),
    (TCNClassifier, ("batch_size", "auto", 16), {"device": "cpu"}, "16"),
    (TCNRegressor, ("label_smoothing", 0.0, 0.5), {}, "classifiers"),
    (LSTMRegressor, ("label_smoothing", 0.0, 0.5), {}, "classifiers"),
    (TCNClassifier, ("n_blocks", "auto", 2), {"n_filters": [4, 4]}, "n_filters"),
    (TCNClassifier, ("dilation_base", 2, 3), {"n_blocks": 1}, "n_blocks=1"),
    (TCNClassifier, ("dilation_base", 2, 3), {"kernel_size": 1}, "kernel_size=1"),
    (TCNClassifier, ("multiscale", False, True), {"n_blocks": 1}, "n_blocks=1"),
    (TCNClassifier, ("zero_init_residual", False, True), {"residual": None}, "residual=None"),
    (LSTMClassifier, ("residual", "add", "concat"), {"n_layers": 1}, "n_layers=1"),
    (LSTMClassifier, ("residual", None, "concat"), {"n_layers": 1}, "n_layers=1"),
    (EarlyClassifier, ("accuracy", None, 0.5), {"threshold": 0.8}, "threshold"),
    (EarlyClassifier, ("waiting_cost", None, 0.5), {"threshold": 0.8}, "threshold"),
]
# Another value of each parameter that changes a fit by itself, or with another; the rest decide
# where and how a fit runs, ends and tells of itself.
ALONE = {
    "activation": "elu",
    "norm": None,
    "dropout": 0.5,
    "residual": None,
    "pooling": "last",
    "max_epochs": 3,
    "batch_size": 12,
    "lr": 0.02,
    "weight_decay": 0.5,
    "optimizer": "sgd",
    "lr_schedule": "cosine",
    "label_smoothing": 0.3,
    "class_weight": {0: 3.0, 1: 1.0},
    "early_stopping": True,
    "gradient_clip": 1e-2,
    "scaling": "series",
    "differences": False,
    "missing": "mask",
    "n_fixed_kernels": 500,
    "n_estimators": 2,
    "dtype": "float64",
    "random_state": 1,
}
OTHERS = {
    "compile": "one that compiles is compared in training/test_compile.py",
    "mixed_precision": "training/test_mixed_precision.py",
    "n_threads": "behaviour/test_threads.py",
    "warm_start": "estimators/test_continued.py",
    **dict.fromkeys(("on_divergence", "on_interrupt"), "behaviour/test_bad_ends.py"),
    **dict.fromkeys(("checkpoint", "checkpoint_every"), "training/test_checkpoints.py"),
    **dict.fromkeys(("callbacks", "verbose", "device", "n_iter_no_change"), "training"),
}
TOGETHER = {
    "validation_fraction": (0.4, {"early_stopping": True}),
    "refit": (True, {"early_stopping": True}),
}
OWN = {
    TCNClassifier: {
        "n_filters": 5,
        "n_blocks": 3,
        "kernel_size": 5,
        "dilation_base": 3,
        "causal": False,
        "zero_init_residual": True,
        "multiscale": False,
    },
    LSTMClassifier: {"hidden_size": 5, "n_layers": 2, "bidirectional": True, "patch_size": 2},
}
# What `partial_fit` ignores, with two values; its docstring has the name.
PARTIAL = [
    ("max_epochs", 2, 5),
    ("lr_schedule", "cosine", None),
    ("early_stopping", False, True),
    ("validation_fraction", 0.1, 0.4),
    ("n_iter_no_change", 1, 5),
    ("refit", False, True),
    ("checkpoint", None, "nowhere"),
    ("on_divergence", "raise", "best"),
    ("on_interrupt", "raise", "best"),
    ("warm_start", False, True),
    ("n_fixed_kernels", 0, 500),
    ("verbose", 0, 2),
]


def series(kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 1, 16))
    return X, np.arange(24) % 2 if "Classifier" in kind.__name__ else X[:, 0, :4].sum(axis=1)


def make(kind, **parameters):
    if kind is EarlyClassifier:
        return kind(make(TCNClassifier), **parameters)
    sizes = SIZES.get(kind) or SIZES[TCNClassifier]
    return kind(**TINY | sizes | parameters)


def described(kind, name):
    """Return what the docstring says of a parameter."""
    entries = NumpyDocString(kind.__doc__)["Parameters"]
    (text,) = [" ".join(entry.desc) for entry in entries if entry.name == name]
    return text


def outputs(estimator, X):
    return getattr(estimator, "predict_proba", estimator.predict)(X)


@pytest.mark.parametrize(("kind", "ignored", "given", "word"), ERRORS)
def test_what_nobody_means_is_an_error(kind, ignored, given, word):
    (name,) = ignored
    with pytest.raises(ValueError, match=name) as caught:
        make(kind, **ignored, **given).fit(*series(kind))
    assert word in str(caught.value)


@pytest.mark.parametrize(("kind", "ignored", "given", "word"), SENTENCES)
def test_what_a_search_may_meet_is_described(kind, ignored, given, word):
    name, *values = ignored
    X, y = series(kind)
    first, second = [outputs(make(kind, **{name: v}, **given).fit(X, y), X) for v in values]
    assert_array_equal(first, second)
    assert word in described(kind, name)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in OWN for name in kind().get_params() if name not in OTHERS],
)
def test_every_other_parameter_changes_the_fit(kind, name):
    X, y = series(kind)
    value, given = TOGETHER.get(name) or ((ALONE | OWN[kind])[name], {})
    given = ({"n_layers": 2} if (kind, name) == (LSTMClassifier, "residual") else {}) | given
    plain, changed = make(kind, **given).fit(X, y), make(kind, **given | {name: value}).fit(X, y)
    assert not np.array_equal(outputs(plain, X), outputs(changed, X))


@pytest.mark.parametrize("kind", [TCNClassifier, LSTMRegressor])
@pytest.mark.parametrize(("name", "value", "other"), PARTIAL)
def test_what_partial_fit_does_not_use_is_described(kind, name, value, other, capsys):
    X, y = series(kind)
    classes = {"classes": [0, 1]} if kind is TCNClassifier else {}
    first, second = [
        outputs(make(kind, **{name: v}).partial_fit(X, y, **classes), X) for v in (value, other)
    ]
    assert_array_equal(first, second)
    assert capsys.readouterr() == ("", "")
    belongs = name in ("validation_fraction", "n_iter_no_change", "refit")
    assert ("what belongs to it" if belongs else f"``{name}``") in kind.partial_fit.__doc__


@pytest.mark.parametrize(("name", "value"), [("n_prefixes", 1), ("cv", 2), ("random_state", 5)])
def test_what_a_frozen_classifier_does_not_need_is_described(name, value):
    X, y = series(EarlyClassifier)
    frozen = FrozenEstimator(make(TCNClassifier).fit(X, y))
    first, second = EarlyClassifier(frozen), EarlyClassifier(frozen, **{name: value})
    assert_array_equal(first.fit(X, y).predict_proba(X), second.fit(X, y).predict_proba(X))
    assert f"``{name}``" in described(EarlyClassifier, "estimator")


def test_the_rate_of_a_fit_is_one_of_two():
    X, y = series(TCNClassifier)
    assert make(TCNClassifier, callbacks=[PLATEAU], lr_schedule=None).fit(X, y).n_iter_ == 2
