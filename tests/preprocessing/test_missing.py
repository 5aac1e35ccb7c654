"""Values that are missing: refused, marked, filled in or cut off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sktcn._data.panel import as_panel, check_values, max_value, trim, validate_panel
from sktcn._preprocessing.missing import MissingMask, interpolate
from sktcn._preprocessing.preprocessor import Preprocessor

NAN = np.nan
POLICIES = ("error", "mask", "interpolate", "trim")


def noise(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape)


def ragged(lengths, n_channels=2):
    return [noise(n_channels, length, seed=i) for i, length in enumerate(lengths)]


def with_gaps(lengths=(6, 3, 9), n_channels=2, share=0.4, seed=0):
    """Ragged series of which a part is NaN, with a value at the end of each."""
    rng = np.random.default_rng(seed)
    series = ragged(lengths, n_channels)
    for x in series:
        x[rng.random(x.shape) < share] = NAN
        x[0, -1] = 0.5
    return series


@pytest.mark.parametrize("missing", POLICIES)
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39, -1e39])
@pytest.mark.parametrize(("index", "channel", "step"), [(0, 0, 0), (1, 1, 2), (2, 0, 3)])
def test_infinite_under_each_policy(missing, value, index, channel, step):
    series = ragged([5, 3, 4])
    series[index][channel, step] = value
    with pytest.raises(ValueError, match=r"infinity or a value too large.*float32") as error:
        validate_panel(as_panel(series), np.float32, missing)
    assert f"series {index}, channel {channel}, time step {step}" in str(error.value)


@pytest.mark.parametrize("missing", ["error", "trim"])
@pytest.mark.parametrize(("index", "channel", "step"), [(0, 0, 0), (1, 1, 1), (2, 0, 3)])
def test_nan_where_none_may_be(missing, index, channel, step):
    series = ragged([5, 3, 4])
    series[index][channel, step] = NAN
    with pytest.raises(
        ValueError, match=f"NaN.*missing='{missing}'.*'mask'.*'interpolate'"
    ) as error:
        validate_panel(as_panel(series), np.float32, missing)
    assert f"series {index}, channel {channel}, time step {step}" in str(error.value)


@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_the_first_value_that_cannot_be_used_is_named(missing):
    x = noise(1, 4)
    x[0, 1], x[0, 2] = NAN, np.inf
    with pytest.raises(ValueError, match=r"infinity.*time step 2"):
        validate_panel(as_panel([x]), np.float32, missing)


def test_what_fits_may_pass():
    check_values(as_panel(noise(3, 4)), np.float32)
    check_values(as_panel(np.full((3, 4), max_value(np.float32))), np.float32)
    check_values(as_panel(np.full((3, 4), 1e300)), np.float64)


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=6), data=st.data())
@settings(deadline=None, max_examples=100)
def test_trimmed_are_the_series_before_they_were_padded(lengths, data):
    series = ragged(lengths)
    padded = np.full((len(series), 2, max(lengths) + data.draw(st.integers(0, 3))), NAN)
    for row, x in zip(padded, series, strict=True):
        row[:, : x.shape[1]] = x
    panel = trim(as_panel(padded))
    assert panel.lengths.tolist() == lengths
    for i, x in enumerate(series):
        np.testing.assert_array_equal(panel.series(i), x.T)


def test_trim_leaves_nan_before_the_end_where_it_is():
    panel = trim(as_panel([[NAN, 1.0, NAN, 2.0, NAN], [1.0, 2.0]]))
    np.testing.assert_array_equal(panel.values[:, 0], [NAN, 1, NAN, 2, 1, 2])
    one_channel_ends_before = np.array([[1.0, 2.0, NAN], [1.0, NAN, NAN]])
    panel = trim(as_panel([one_channel_ends_before]))
    np.testing.assert_array_equal(panel.series(0), one_channel_ends_before.T[:2])
    with pytest.raises(ValueError, match=r"series 0, channel 1, time step 1.*end of a series"):
        validate_panel(as_panel([one_channel_ends_before]), np.float32, "trim")


def test_trim_refuses_series_of_nothing():
    with pytest.raises(ValueError, match=r"series 1 must have a value.*NaN"):
        trim(as_panel([[1.0, NAN], [NAN, NAN]]))


@given(
    x=arrays(np.float64, st.tuples(st.just(1), st.integers(1, 12)), elements=st.floats(-9, 9)),
    data=st.data(),
)
@settings(deadline=None, max_examples=200)
def test_interpolated_between_neighbours(x, data):
    gaps = data.draw(arrays(np.bool_, x.shape))
    x[gaps] = NAN
    before = x.copy()
    filled = interpolate(as_panel([x]), np.array([7.0])).values[:, 0]
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(filled[~gaps[0]], x[0, ~gaps[0]])
    seen = np.flatnonzero(~gaps)
    for step in np.flatnonzero(gaps):
        left, right = seen[seen < step], seen[seen > step]
        if len(left) and len(right):
            a, b = left[-1], right[0]
            expected = x[0, a] + (x[0, b] - x[0, a]) * (step - a) / (b - a)
        else:
            expected = x[0, left[-1]] if len(left) else x[0, right[0]] if len(right) else 7.0
        assert filled[step] == pytest.approx(expected, abs=1e-12)


def test_interpolation_does_not_cross_from_series_to_series():
    panel = as_panel([[1.0, NAN], [NAN, 9.0]])
    assert interpolate(panel, np.zeros(1)).values[:, 0].tolist() == [1, 1, 9, 9]


def test_masked():
    panel = as_panel([np.array([[1.0, NAN], [NAN, NAN]]).T])
    values, observed = np.split(MissingMask().transform(panel).values, 2, axis=1)
    assert values.tolist() == [[1, 0], [0, 0]]
    assert observed.tolist() == [[1, 0], [0, 0]]


def prepared(series, scaling="channel", missing="mask", training=None, differences=False):
    panel = validate_panel(as_panel(series), np.float64, missing)
    known = panel if training is None else validate_panel(as_panel(training), np.float64, missing)
    weight = np.ones(len(known))
    options = {"scaling": scaling, "missing": missing, "differences": differences}
    return Preprocessor.fit(known, weight, **options).transform(panel)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_complete_series_are_scaled_as_ever(scaling, missing):
    series = ragged([6, 3, 9])
    values = prepared(series, scaling, missing).values[:, :2]
    np.testing.assert_array_equal(values, prepared(series, scaling, "error").values)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_statistics_are_of_what_was_observed(scaling, missing):
    series = with_gaps()
    values = prepared(series, scaling, missing).values
    assert np.isfinite(values).all()
    for channel in range(2):
        raw = [x[channel] for x in series]
        groups = raw if scaling == "series" else [np.concatenate(raw)]
        scaled = [
            (x - np.nanmean(x)) / (np.nanstd(x) or 1) if scaling and np.isfinite(x).any() else x
            for x in groups
        ]
        expected = np.concatenate(scaled)
        seen = ~np.isnan(expected)
        np.testing.assert_allclose(values[seen, channel], expected[seen], atol=1e-12)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
def test_a_channel_without_a_value_gets_the_training_mean(scaling):
    training = ragged([6, 3, 9])
    empty = noise(2, 5)
    empty[1] = NAN
    filled = empty.copy()
    filled[1] = np.concatenate(training, axis=1)[1].mean()
    expected = prepared([filled], scaling, "interpolate", training).values
    found = prepared([empty], scaling, "interpolate", training).values
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_a_channel_that_no_training_series_has(missing):
    series = ragged([6, 3])
    for x in series:
        x[1] = NAN
    with pytest.raises(ValueError, match=r"at least one training series.*NaN in channel 1"):
        prepared(series, "channel", missing)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
@pytest.mark.parametrize("missing", ["error", "interpolate"])
def test_differences_stand_beside_the_values_they_are_of(scaling, missing):
    series = ragged([6, 3, 9, 1]) if missing == "error" else with_gaps()
    values, found = np.split(prepared(series, scaling, missing, differences=True).values, 2, 1)
    np.testing.assert_array_equal(values, prepared(series, scaling, missing).values)
    ends = np.cumsum([x.shape[1] for x in series])[:-1]
    changes = [np.diff(x, axis=0, prepend=x[:1]) for x in np.split(values, ends)]
    groups = changes if scaling == "series" else [np.concatenate(changes)]
    scaled = [(x - x.mean(0)) / np.where(x.std(0) > 1e-5, x.std(0), 1) for x in groups]
    expected = np.concatenate(scaled if scaling else groups)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("scaling", ["channel", "series", None])
def test_differences_with_a_missing_value_are_missing(scaling):
    series = with_gaps()
    values = prepared(series, scaling, "mask", differences=True).values
    seen = values[:, 4:]
    ends = np.cumsum([x.shape[1] for x in series])[:-1]
    for known in np.split(seen, ends):
        before = np.concatenate([known[:1, :2], known[:-1, :2]])
        np.testing.assert_array_equal(known[:, 2:], known[:, :2] * before)
    assert not values[:, 2:4][seen[:, 2:] == 0].any()


@pytest.mark.parametrize("scaling", ["channel", "series"])
def test_rounding_errors_are_no_changes(scaling):
    flat = 1e6 + 1e-9 * noise(1, 50)
    changes = prepared([flat], scaling, "error", differences=True).values[:, 1]
    assert 0 < np.abs(changes).max() < 1e-5


def gappy(tiny, data, missing):
    """An estimator fitted with a policy, and series with the kind of gaps that it takes."""
    X, y = data
    X = X.copy()
    rng = np.random.default_rng(0)
    if missing == "trim":
        X[np.arange(16) >= rng.integers(5, 17, size=(24, 1))] = NAN
    else:
        X[rng.random(X.shape) < 0.3] = NAN
    return tiny(missing=missing, dtype="float64").fit(X, y), X


@pytest.mark.parametrize("missing", ["mask", "interpolate", "trim"])
class TestFitted:
    def test_each_series_alone(self, tiny, data, missing):
        estimator, X = gappy(tiny, data, missing)
        alone = np.concatenate([estimator.predict(X[i : i + 1]) for i in range(len(X))])
        if alone.dtype.kind == "f":  # sums over a batch are taken in another order
            np.testing.assert_allclose(estimator.predict(X), alone, rtol=1e-12)
        else:
            np.testing.assert_array_equal(estimator.predict(X), alone)

    def test_nothing_of_the_users_is_changed(self, tiny, data, missing):
        before = data[0].copy()
        estimator, X = gappy(tiny, data, missing)
        copied = X.copy()
        estimator.predict(X)
        np.testing.assert_array_equal(X, copied)
        np.testing.assert_array_equal(data[0], before)

    def test_the_policy_of_fit_holds(self, tiny, data, missing):
        estimator, X = gappy(tiny, data, missing)
        answers = estimator.predict(X)
        estimator.set_params(missing="error", scaling=None)
        np.testing.assert_array_equal(estimator.predict(X), answers)

    def test_complete_series_too(self, tiny, data, missing):
        estimator, _ = gappy(tiny, data, missing)
        assert len(estimator.predict(data[0])) == 24

    def test_more_series_later(self, tiny, data, missing):
        estimator, X = gappy(tiny, data, missing)
        answers = estimator.partial_fit(X, data[1]).predict(X)
        assert len(answers) == 24

    def test_tag(self, tiny, data, missing):
        assert tiny(missing=missing).__sklearn_tags__().input_tags.allow_nan
        assert not tiny().__sklearn_tags__().input_tags.allow_nan


def test_a_series_of_nothing_under_each_policy(tiny, data):
    """Refused where the policy can't deal with it; answered, by what is usual, where it can."""
    nothing = np.full((1, 16), NAN)
    for missing in ("mask", "interpolate"):
        estimator, _ = gappy(tiny, data, missing)
        assert len(estimator.predict(nothing)) == 1
    estimator, _ = gappy(tiny, data, "trim")
    with pytest.raises(ValueError, match="series 0 must have a value"):
        estimator.predict(nothing)
    with pytest.raises(ValueError, match="NaN"):
        tiny().fit(*data).predict(nothing)


def test_masked_gaps_tell_apart_what_values_cannot(tiny_classifier):
    """Two classes of which one is measured at every second step, the values being noise."""
    X, y = noise(40, 16), np.array(["dense", "sparse"] * 20)
    X[1::2, ::2] = NAN
    classifier = tiny_classifier(missing="mask", max_epochs=40, lr=0.02).fit(X[:30], y[:30])
    assert classifier.score(X[30:], y[30:]) == 1.0


def test_trimmed_table_is_the_ragged_list(tiny, data):
    estimator, X = gappy(tiny, data, "trim")
    as_list = [x[~np.isnan(x)] for x in X]
    from_list = tiny(missing="error", dtype="float64").fit(as_list, data[1])
    np.testing.assert_array_equal(from_list.predict(as_list), estimator.predict(X))
    np.testing.assert_array_equal(estimator.predict(as_list), estimator.predict(X))
