"""The summary of a fitted network, layer by layer."""

from __future__ import annotations

import re

import pytest
from sklearn.exceptions import NotFittedError

from sktcn import LSTMClassifier, TCNClassifier
from sktcn.diagnostics import summary

OPTIONS = {
    "TCN": (
        {},
        {"residual": "concat", "norm": "weight", "activation": "prelu", "pooling": "attention"},
        {"multiscale": False, "n_filters": [3, 5], "missing": "mask", "n_estimators": 2},
    ),
    "LSTM": (
        {},
        {"bidirectional": True, "n_layers": 2, "residual": "concat", "patch_size": 1},
        {"n_layers": 2, "norm": "batch", "activation": "prelu", "differences": False},
    ),
}


@pytest.fixture(params=range(3))
def fitted(request, tiny, data):
    options = next(v for k, v in OPTIONS.items() if tiny.args[0].startswith(k))[request.param]
    return tiny(**options).fit(*data)


def rows(estimator):
    """Cells of the table, the heading first."""
    return [re.split(r"  +", line.strip()) for line in summary(estimator).splitlines()[1:]]


def number(cell):
    return int(cell.replace(",", ""))


def test_layers_have_all_parameters_and_widths(fitted):
    heading, *layers = rows(fitted)
    assert heading == ["layer", "details", "width", "sees", "parameters"]
    module = fitted.net_.module_
    n_parameters = sum(each.numel() for each in module.parameters())
    assert sum(number(row[-1]) for row in layers) == n_parameters
    headline = summary(fitted).splitlines()[0]
    assert headline.startswith(f"{type(fitted).__name__}: {n_parameters:,} parameters")
    assert number(layers[-1][2]) == module.head.n_outputs
    assert number(layers[-2][2]) == module.head.linear.in_features
    assert number(layers[0][2]) == fitted.model_.preprocessor.out_channels


def test_layers_say_how_far_they_see(labelled):
    X, y = labelled
    tcn = TCNClassifier(n_filters=4, n_blocks=3, kernel_size=3, max_epochs=1).fit(X, y)
    assert [row[3] for row in rows(tcn)] == ["sees", "2", "6", "14", "30", "30", "all", "all"]
    assert summary(tcn).splitlines()[0].endswith("receptive field 30")
    plain = TCNClassifier(n_filters=4, n_blocks=1, max_epochs=1, differences=False).fit(X, y)
    assert [row[3] for row in rows(plain)] == ["sees", "1", "9", "9", "all", "all"]
    lstm = LSTMClassifier(hidden_size=4, patch_size=4, max_epochs=1).fit(X, y)
    assert [row[3] for row in rows(lstm)] == [
        *("sees", "2", "5", "all before", "all before", "all", "all")
    ]
    assert rows(lstm)[-2][:2] == ["pooling", "mean+max"]


def test_an_unfitted_estimator_has_no_summary(tiny):
    with pytest.raises(NotFittedError):
        summary(tiny())
