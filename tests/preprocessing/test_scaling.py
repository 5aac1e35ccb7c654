"""Centring and scaling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._data.panel import as_panel
from sktcn._preprocessing.scaling import SeriesScaling, Standardizer, channel_moments


def noise(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape)


def assert_same(first, second):
    np.testing.assert_allclose(first.mean, second.mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(first.scale, second.scale, rtol=1e-12, atol=1e-12)


def test_statistics_are_mean_and_deviation():
    rows = 3 + 2 * noise(50, 4)
    standardizer = Standardizer.fit(rows)
    np.testing.assert_allclose(standardizer.mean, rows.mean(0))
    np.testing.assert_allclose(standardizer.scale, rows.std(0))
    scaled = standardizer.transform(rows)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(0), 1)
    np.testing.assert_allclose(standardizer.inverse_transform(scaled), rows)


@given(counts=st.lists(st.integers(0, 4), min_size=2, max_size=8).filter(any))
@settings(deadline=None, max_examples=60)
def test_a_weight_is_a_repetition_and_no_weight_absence(counts):
    rows = noise(len(counts), 3)
    weighted = Standardizer.fit(rows, np.array(counts, dtype=float))
    assert_same(weighted, Standardizer.fit(np.repeat(rows, counts, axis=0)))
    assert_same(weighted, Standardizer.fit(rows, 0.3 * np.array(counts)))


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e-300, 1e10])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_constant_columns_are_centred_and_not_scaled(value, dtype):
    rows = np.full((37, 2), value, dtype=dtype)
    rows[:, 1] = noise(37)
    standardizer = Standardizer.fit(rows, np.random.default_rng(0).uniform(1, 2, 37))
    assert 1.0 <= standardizer.scale[0] <= max(1.0, 1e-5 * abs(value))  # rounding errors at most
    np.testing.assert_allclose(standardizer.transform(rows)[:, 0], 0, atol=1e-5)
    moved = standardizer.transform(rows[:1] + 1e11)[0, 0] * standardizer.scale[0]
    assert moved == pytest.approx(1e11, rel=1e-5)


@pytest.mark.parametrize("n_rows", [720, 100_000])
def test_constant_columns_of_many_rows_beside_others(n_rows):
    rows = np.full((n_rows, 3), -2.0)
    rows[:, 1], rows[::3, 2] = noise(n_rows), np.nan
    standardizer = Standardizer.fit(rows)
    np.testing.assert_array_equal(standardizer.scale[[0, 2]], 1.0)
    np.testing.assert_array_equal(standardizer.mean[[0, 2]], -2.0)


@pytest.mark.parametrize("value", [1e30, 1e300])
def test_large_constant_columns_become_small(value):
    rows = np.full((37, 1), value)
    weight = np.random.default_rng(0).uniform(1, 2, 37)
    assert np.abs(Standardizer.fit(rows, weight).transform(rows)).max() < 1


def test_a_column_constant_but_for_rounding():
    rows = np.array([[0.1 + 0.2], [0.3]] * 10)
    assert Standardizer.fit(rows).scale[0] == 1.0


@pytest.mark.parametrize("size", [1e-300, 1e-150, 1.0, 1e150, 1e300])
def test_any_size_of_values(size):
    """Neither their sum nor their squares may overflow or vanish."""
    rows = noise(200, 3)
    standardizer = Standardizer.fit(size * rows)
    np.testing.assert_allclose(standardizer.mean / size, rows.mean(0), atol=1e-12)
    np.testing.assert_allclose(standardizer.scale / size, rows.std(0))
    scaled = standardizer.transform(size * rows)
    np.testing.assert_allclose(scaled, Standardizer.fit(rows).transform(rows), atol=1e-10)


def test_float32_statistics_are_taken_in_float64():
    rows = (1000 + noise(5000, 1)).astype(np.float32)
    standardizer = Standardizer.fit(rows)
    np.testing.assert_allclose(standardizer.mean, rows.astype(np.float64).mean(0), rtol=1e-12)
    np.testing.assert_allclose(standardizer.scale, rows.astype(np.float64).std(0), rtol=1e-9)


def test_channels_are_scaled_over_all_steps_of_all_series():
    series = [noise(2, length, seed=length) for length in (3, 8, 5)]
    weight = np.array([2.0, 1.0, 3.0])
    together = np.concatenate([series[i] for i in (0, 0, 1, 2, 2, 2)], axis=1)
    fitted = channel_moments(as_panel(series), weight).standardizer()
    np.testing.assert_allclose(fitted.mean, together.mean(1))
    np.testing.assert_allclose(fitted.scale, together.std(1))


def test_each_series_by_itself():
    series = [5 + 3 * noise(2, length, seed=length) for length in (3, 8, 5)]
    series[1][0] = 4.0
    scaled = SeriesScaling().transform(as_panel(series))
    assert scaled.lengths.tolist() == [3, 8, 5]
    for i, x in enumerate(series):
        spread = x.std(1, keepdims=True)
        expected = (x - x.mean(1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
        np.testing.assert_allclose(scaled.series(i), expected.T, atol=1e-12)
        np.testing.assert_allclose(
            scaled.series(i), SeriesScaling().transform(as_panel([x])).values, atol=1e-12
        )
