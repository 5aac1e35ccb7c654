"""Series prepared in torch, and a fitted estimator as one module: as the estimator does it."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._data.panel import as_panel, validate_panel
from sktcn._model.network import RawSeriesNetwork
from sktcn._preprocessing.preprocessor import Preprocessor, TorchPreprocessor

POLICIES = ("error", "mask", "interpolate", "trim")
SCALINGS = ("channel", "series", None)


def padded(series, filler=np.nan):
    lengths = torch.tensor([x.shape[1] for x in series])
    shape = len(series), len(series[0]), int(lengths.max()) + 2
    x = np.full(shape, filler, dtype=series[0].dtype)
    for row, values in zip(x, series, strict=True):
        row[:, : values.shape[1]] = values
    return torch.tensor(x), lengths


def noise(lengths, gaps=False, seed=0, n_channels=2):
    rng = np.random.default_rng(seed)
    series = [5 + 3 * rng.normal(size=(n_channels, length)) for length in lengths]
    if gaps:
        for x in series:
            x[rng.random(x.shape) < 0.4] = np.nan
        series[0][0] = 1.0
    return series


@given(
    lengths=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    scaling=st.sampled_from(SCALINGS),
    missing=st.sampled_from(POLICIES),
    differences=st.booleans(),
    seed=st.integers(0, 99),
    dtype=st.sampled_from(["float32", "float64"]),
)
@settings(deadline=None, max_examples=100)
def test_as_the_panel_is_prepared(lengths, scaling, missing, differences, seed, dtype):
    training = as_panel(noise([7, 5], seed=100))
    options = {"scaling": scaling, "missing": missing, "differences": differences}
    preparation = Preprocessor.fit(training, np.ones(2), **options)
    series = [x.astype(dtype) for x in noise(lengths, missing in ("mask", "interpolate"), seed)]
    expected = preparation.transform(validate_panel(as_panel(series), dtype, missing))
    found = TorchPreprocessor(preparation, torch.float64)(*padded(series)).numpy()
    assert found.shape[1] == preparation.out_channels
    atol = 1e-12 if scaling or dtype == "float64" else 1e-5  # differences of float32 values
    for i, (row, length) in enumerate(zip(found, lengths, strict=True)):
        np.testing.assert_allclose(row[:, :length].T, expected.series(i), atol=atol)
        assert not row[:, length:].any()


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("missing", ["mask", "interpolate"])
@pytest.mark.parametrize("filler", [0.0, np.inf])
def test_padding_may_hold_anything(scaling, missing, filler):
    series = noise([6, 3, 8], gaps=True)
    panel = validate_panel(as_panel(series), np.float64, missing)
    options = {"scaling": scaling, "missing": missing, "differences": True}
    prepare = TorchPreprocessor(Preprocessor.fit(panel, np.ones(3), **options))
    torch.testing.assert_close(
        prepare(*padded(series, filler)), prepare(*padded(series)), rtol=0, atol=0
    )


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("missing", POLICIES)
def test_gradients_are_finite_and_right(scaling, missing):
    series = noise([6, 3, 8], gaps=missing in ("mask", "interpolate"))
    series[1][1] = 2.0  # a constant, whose scale has no gradient
    panel = as_panel(noise([6, 8], seed=1))
    options = {"scaling": scaling, "missing": missing, "differences": True}
    prepare = TorchPreprocessor(Preprocessor.fit(panel, np.ones(2), **options), torch.float64)
    x, lengths = padded(series)
    x.requires_grad_(True)
    prepare(x, lengths).square().sum().backward()
    assert x.grad.isfinite().all()
    assert not x.grad[x.isnan()].any()
    if scaling != "series":  # where a channel's scale jumps to 1, a difference is no gradient
        step = 1e-6 * torch.sign(x.grad)
        with torch.no_grad():
            above, below = (prepare(x + d, lengths).square().sum() for d in (step, -step))
        torch.testing.assert_close((above - below) / 2e-6, x.grad.abs().sum(), rtol=1e-5, atol=0)


def test_without_lengths_nothing_is_padding():
    panel = as_panel(noise([6, 6]))
    options = {"scaling": "channel", "missing": "error", "differences": True}
    prepare = TorchPreprocessor(Preprocessor.fit(panel, np.ones(2), **options))
    x = torch.tensor(np.stack(noise([6, 6])))
    assert torch.equal(prepare(x), prepare(x, torch.tensor([6, 6])))


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_a_fitted_network_answers_as_its_estimator(tiny, data, n_estimators):
    estimator = tiny(n_estimators=n_estimators, dtype="float64").fit(*data)
    series = noise([9, 4, 1, 30], n_channels=1)
    with torch.no_grad():
        outputs = RawSeriesNetwork(estimator.model_)(*padded(series)).numpy()
    expected = estimator.model_.outputs(estimator.model_.read(series))
    np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-12)


def test_a_fitted_network_is_a_copy(tiny, data):
    estimator = tiny().fit(*data)
    before = copy.deepcopy(estimator.net_.module_.state_dict())
    x = torch.tensor(data[0][:, None], requires_grad=True)
    network = RawSeriesNetwork(estimator.model_)
    outputs = network(x)
    outputs.sum().backward()
    assert x.grad.abs().sum() > 0
    assert not network.training
    with torch.no_grad():
        for weight in network.parameters():
            weight.zero_()
    after = estimator.net_.module_.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(weight.grad is None for weight in RawSeriesNetwork(estimator.model_).parameters())
