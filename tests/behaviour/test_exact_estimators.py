"""An estimator's answer for a series depends on the series alone, whatever else is in the list."""

from __future__ import annotations

import numpy as np
import pytest

from sktcn._model import inference

LENGTHS = (16, 3, 9, 1, 12, 5, 7, 16, 2, 11, 4, 8)  # at fit

CONFIGURATIONS = {
    "TCN": (
        {},
        {"causal": False, "kernel_size": 6, "residual": "concat", "pooling": "attention"},
        {"norm": "layer", "pooling": "last", "scaling": "series", "n_estimators": 2},
        {"norm": "weight", "pooling": "mean+max", "causal": False, "missing": "mask"},
        {"multiscale": False, "differences": False},
    ),
    "LSTM": (
        {"hidden_size": 8},
        {"bidirectional": True, "n_layers": 2, "norm": "batch", "residual": "concat"},
        {"norm": "group", "pooling": "last", "scaling": "series", "patch_size": 1},
        {"bidirectional": True, "pooling": "attention", "missing": "interpolate"},
        {"activation": "tanh", "differences": False},
    ),
}
DTYPES = {"float64": 1e-12, "float32": 1e-5}  # test_exactness.py says why


def draw_series(lengths, seed, missing="error"):
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=(2, length)) for length in lengths]
    if missing != "error":
        for x in series:
            x[rng.random(x.shape) < 0.2] = np.nan
    return series


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


@pytest.fixture(params=range(5))
def options(request, tiny):
    return next(v for k, v in CONFIGURATIONS.items() if tiny.args[0].startswith(k))[request.param]


@pytest.fixture
def answer(tiny, options, dtype):
    """Fit on a ragged list; return what maps a list to an answer a series."""
    estimator = tiny(**options, dtype=dtype)
    y = np.arange(len(LENGTHS)) % 3
    estimator.fit(draw_series(LENGTHS, 0, options.get("missing", "error")), y)
    return getattr(estimator, "predict_proba", estimator.predict)


@pytest.fixture
def series(options):
    """New ones: one as long as at fit, some shorter than a kernel, one 50 times longer."""
    lengths = (16, 1, 50 * max(LENGTHS), 2, 7, 3, 30)
    return draw_series(lengths, 1, options.get("missing", "error"))


def assert_near(tolerance, ours, expected):
    atol = tolerance * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(ours, expected, rtol=0, atol=atol)


def test_alone_as_in_a_list(answer, series, dtype):
    alone = np.concatenate([answer([x]) for x in series])
    assert_near(DTYPES[dtype], answer(series), alone)
    assert len(np.unique(alone, axis=0)) == len(series)  # it does read the series


def test_in_any_order_and_in_parts(answer, series, dtype):
    expected, order = answer(series), np.random.default_rng(2).permutation(len(series))
    assert_near(DTYPES[dtype], answer([series[i] for i in order]), expected[order])
    parts = [answer(series[:3]), answer(series[3:])]
    assert_near(DTYPES[dtype], np.concatenate(parts), expected)


def test_a_list_of_one_length_as_an_array(answer, series, dtype):
    alike = [series[0], series[0][:, ::-1]]
    ragged = answer([*alike, *series[1:]])[:2]
    assert_near(DTYPES[dtype], answer(np.stack(alike)), ragged)


def test_prepared_in_parts(answer, series, dtype, monkeypatch):
    """Memory of a prediction is bounded, whatever there is to predict."""
    expected = answer(series)
    monkeypatch.setattr(inference, "PART_STEPS", 31)
    assert_near(DTYPES[dtype], answer(series), expected)
    monkeypatch.setattr(inference, "PART_STEPS", 1)
    assert_near(DTYPES[dtype], answer(series), expected)
