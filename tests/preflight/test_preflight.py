"""Before a fit: each thing that could be wrong with it, and nothing where all is well."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sktcn import (
    LSTMClassifier,
    LSTMRegressor,
    RocketClassifier,
    TCNClassifier,
    TCNRegressor,
    TCNStepClassifier,
)
from sktcn.preflight import preflight
from sktcn.preflight.cost import Cost
from sktcn.preflight.network import check_cost

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2, 30))
Y = np.array(["a", "b"] * 20)


def found(estimator, X=X, y=Y, **options):
    return [(f.severity, f.what, f.remedy) for f in preflight(estimator, X, y, **options).findings]


def only(estimator, X=X, y=Y, **options):
    (finding,) = found(estimator, X, y, **options)
    return finding


def spoilt(place, value):
    spoilt = X.copy()
    spoilt[place] = value
    return spoilt


@pytest.mark.parametrize("kind", [TCNClassifier, LSTMClassifier])
def test_nothing_is_found_where_all_is_well(kind):
    report = preflight(kind(), X, Y)
    assert report.findings == []
    assert report.ok
    assert str(report).endswith("No finding: ready to fit.")


@pytest.mark.parametrize("kind", [TCNRegressor, LSTMRegressor])
def test_nor_in_regression_of_series_of_any_length(kind):
    ragged = [x[:, : 20 + i % 10] for i, x in enumerate(X)]
    report = preflight(kind(), ragged, X.mean(axis=(1, 2)))
    assert report.findings == []
    assert report.lengths == (20, 24, 29)


def test_the_numbers_are_those_of_the_fit(tiny, data):
    X, y = data
    report = preflight(tiny(), X, y)
    estimator = tiny().fit(X, y)
    n_parameters = sum(p.numel() for p in estimator.net_.module_.parameters())
    assert report.receptive_field == estimator.receptive_field_
    assert report.cost.n_parameters == n_parameters
    assert (report.cost.n_epochs, report.cost.n_steps) == (3, 9)
    assert (report.n_series, report.n_channels, report.lengths) == (24, 1, (16, 16, 16))
    assert report.cost.seconds > 0
    assert f"parameters: {n_parameters:,}" in str(report)


def test_memory_is_what_the_gradients_need():
    def memory(**parameters):
        return preflight(TCNClassifier(n_blocks=2, **parameters), X, Y).cost.memory

    few, many = memory(batch_size=10, n_filters=8), memory(batch_size=20, n_filters=8)
    assert 1.5 < many / few <= 2
    kept = 10 * 30 * 8 * 4  # bytes of one feature map
    assert 5 * kept < few < 30 * kept
    assert memory(batch_size=10, n_filters=8, dtype="float64") == pytest.approx(2 * few, rel=0.1)


def test_more_epochs_and_networks_take_more_steps():
    cost = preflight(TCNClassifier(n_estimators=2, max_epochs=50), X, Y).cost
    assert (cost.n_epochs, cost.n_steps) == (50, 150)


def test_long_series_are_measured_in_part():
    long = RNG.normal(size=(4, 1, 100_000))
    estimator = TCNClassifier(n_filters=2, n_blocks=2, max_epochs=100)
    cost = preflight(estimator, long, Y[:4]).cost
    assert cost.memory > 4 * long.size


class _Refuse(Callback):
    def notify(self, method_name, *args, **kwargs):
        raise AssertionError("a user's callback is no part of a measurement")

    on_train_begin = on_batch_begin = on_batch_end = on_grad_computed = notify


def test_the_estimator_and_the_world_are_left_as_they_are(tiny, data):
    X, y = data
    estimator = tiny(random_state=np.random.RandomState(0), callbacks=[_Refuse()], verbose=1)
    before = estimator.random_state.get_state()[1].tolist()
    torch_before, names = torch.get_rng_state(), set(vars(estimator))
    preflight(estimator, X, y)
    assert estimator.random_state.get_state()[1].tolist() == before
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert set(vars(estimator)) == names
    fitted = tiny().fit(X, y)
    answers = fitted.predict(X)
    preflight(fitted, X, y)
    np.testing.assert_array_equal(fitted.predict(X), answers)


def test_bad_parameters_are_refused_as_in_fit(tiny, data):
    with pytest.raises(ValueError, match="lr"):
        preflight(tiny(lr=-1.0), *data)
    with pytest.raises(ValueError, match="cv must be at least 2, got cv=1"):
        preflight(tiny(), *data, cv=1)
    with pytest.raises(TypeError, match="got StandardScaler"):
        preflight(StandardScaler(), *data)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: (spoilt((3, 1, 5), np.inf), Y), "infinity"),
        (lambda: (X, Y[1:]), "inconsistent numbers of samples"),
        (lambda: (X, np.full(40, "a")), "one class"),
        (lambda: (spoilt((slice(None), 0), np.nan), Y), "nothing but NaN in channel 0"),
    ],
)
def test_what_fit_refuses_is_an_error(spoil, words):
    report = preflight(TCNClassifier(missing="interpolate"), *spoil())
    (finding,) = report.findings
    assert finding.severity == "error"
    assert words in finding.what
    assert not report.ok
    assert report.cost is None
    assert words in str(report)


def test_gaps_that_are_refused():
    report = preflight(TCNClassifier(), spoilt((3, 1, slice(5)), np.nan), Y)
    (finding,) = report.findings
    assert finding.severity == "error"
    assert finding.what.startswith("5 of 2,400 values are missing")
    assert "missing='mask'" in finding.remedy
    assert report.cost is not None


@pytest.mark.parametrize("missing", ["mask", "interpolate"])
def test_gaps_that_are_allowed(missing):
    assert not found(TCNClassifier(missing=missing), spoilt((3, 1, slice(5)), np.nan))


def test_series_made_equally_long_by_nan_are_trimmed():
    report = preflight(
        TCNClassifier(missing="trim"), spoilt((3, slice(None), slice(9, None)), np.nan), Y
    )
    assert not report.findings
    assert report.lengths == (9, 30, 30)


def test_axes_the_wrong_way_round():
    column = RNG.normal(size=(40, 60, 1))
    severity, what, remedy = found(TCNClassifier(), column)[0]
    assert (severity, what) == (
        "warning",
        "the series have one time step, and nothing happens over time",
    )
    assert "pass X.transpose(0, 2, 1), or [x.T for x in X] of a list" in remedy
    keras = RNG.normal(size=(40, 100, 3))
    severity, what, remedy = found(TCNClassifier(), keras)[0]
    assert (severity, what) == ("warning", "the series have 100 channels of 3 time steps at most")
    assert "X.transpose(0, 2, 1)" in remedy
    assert not found(TCNClassifier(), keras.transpose(0, 2, 1))
    ragged = [x[: 50 + i] for i, x in enumerate(RNG.normal(size=(40, 90, 12)))]
    assert not found(TCNClassifier(), [x.T for x in ragged])
    many = RNG.normal(size=(40, 150, 30))  # few sets have as many channels, but some do
    assert [f[0] for f in found(TCNClassifier(), many)] == ["note"]
    assert "tables" in found(TCNClassifier(), X[:, 0, :1])[0][2]


def test_a_channel_that_is_mostly_missing():
    severity, what, _ = only(TCNClassifier(missing="mask"), spoilt((slice(1, None), 1), np.nan))
    assert (severity, what) == ("warning", "97.5% of channel 1 are missing")
    severity, what, _ = only(TCNClassifier(missing="mask"), spoilt((slice(24), 1), np.nan))
    assert (severity, what) == ("note", "60.0% of channel 1 are missing")


def test_marks_for_gaps_that_are_not_there():
    severity, what, _ = only(TCNClassifier(missing="mask"))
    assert severity == "note"
    assert "doubles the channels" in what


def test_constant_channels():
    assert "channel 1 is constant" in only(TCNClassifier(), spoilt((slice(None), 1), 3.0))[1]
    both = found(TCNClassifier(), np.ones((40, 2, 30)))
    assert "channels 0, 1 are constant" in both[0][1]


@pytest.mark.parametrize(
    ("times", "steps", "change"),
    [
        (pd.date_range("2024", periods=31, freq="h"), "3600 s to 7200 s", "asfreq('3600s')"),
        (pd.RangeIndex(31), "1 to 2", "reindex, 1 apart"),
    ],
)
def test_rows_that_are_absent(times, steps, change):
    def frames(*absent):
        kept = [times.delete(absent if i == 3 else 30) for i in range(len(X))]
        return [pd.DataFrame(x.T[: len(t)], t) for x, t in zip(X, kept, strict=True)]

    severity, what, remedy = only(TCNClassifier(), frames(7))
    assert severity == "warning"
    assert what.startswith("the times of 1 series are not equally far apart, as in series 3, where")
    assert steps in what
    assert change in remedy
    indexed = pd.concat(dict(enumerate(frames(7))))
    assert found(TCNClassifier(), indexed)[0][:2] == (severity, what)
    assert not found(TCNClassifier(), frames(30))


def test_months_are_equally_far_apart_and_days_of_work_nearly():
    def at(times):
        return [pd.DataFrame(x.T, times) for x in X]

    assert not found(TCNClassifier(), at(pd.date_range("2024", periods=30, freq="MS")))
    assert only(TCNClassifier(), at(pd.date_range("2024", periods=30, freq="B")))[0] == "note"


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_that_are_on_no_grid_and_times_that_are_text(zone):
    seconds = 60 * np.arange(30) + np.random.default_rng(0).integers(-9, 10, 30)
    times = pd.Timestamp("2024", tz=zone) + pd.to_timedelta(seconds, unit="s")
    frames = [pd.DataFrame(x.T, times) for x in X]
    even = follow(only(TCNClassifier(), frames)[2], frames)
    assert not found(TCNClassifier(), even)  # no row is missing
    texts = [x.set_axis(x.index.astype(str)) for x in frames]
    severity, what, remedy = only(TCNClassifier(), texts)
    assert (severity, remedy) == ("note", "Convert them by pandas.to_datetime")
    assert "such as '2024-01-01 00:00" in what


def follow(remedy, X):
    """Do what a remedy says: Pass [...]."""
    return eval(remedy.removeprefix("Pass ").partition(", and")[0], {"X": X, "pd": pd})


def test_rates_that_differ():
    def frames(*steps):
        rates = [steps[i % len(steps)] for i in range(len(X))]
        times = [pd.date_range("2024", periods=30, freq=f"{step}ms") for step in rates]
        return [pd.DataFrame(x.T, t) for x, t in zip(X, times, strict=True)]

    severity, what, remedy = only(TCNClassifier(), frames(40, 20))
    assert "resample('40ms', origin=x.index[0] - pd.Timedelta('20ms')).mean()" in remedy
    assert severity == "warning"
    assert "a row in 0.02 s in series 1, and in 0.04 s in series 0" in what
    even = follow(remedy, frames(40, 20))
    assert {len(x) for x in even} == {30, 16}
    assert not found(TCNClassifier(), even)
    assert not found(TCNClassifier(), frames(40))
    dates_and_numbers = [*frames(40)[:20], *(x.reset_index(drop=True) for x in frames(40)[20:])]
    assert not found(TCNClassifier(), dates_and_numbers)
    numbers = [x.set_axis(range(30 * (1 + i % 2))[:: 1 + i % 2]) for i, x in enumerate(frames(40))]
    assert only(TCNClassifier(), numbers)[2] == "Interpolate all series at times 2 apart"


def test_rows_of_labels_change_with_those_of_series():
    times = pd.date_range("2024", periods=31, freq="h").delete(7)
    frames, labels = [pd.DataFrame(x.T, times) for x in X], [np.arange(30) % 2 for _ in X]
    remedies = [remedy for *_, remedy in found(TCNStepClassifier(), frames, labels)]
    assert any("missing='mask', and the rows of y alike" in remedy for remedy in remedies)


def test_a_long_table_names_the_remedy():
    table = pd.DataFrame({"time": pd.date_range("2024", periods=40), "x": 1.0})
    with pytest.raises(TypeError, match=r"others in the columns \['time'\].*from_long"):
        preflight(TCNClassifier(), table, Y)


def test_channels_with_names_are_named():
    frames = [pd.DataFrame(x.T, columns=["load", "heat"]) for x in spoilt((slice(None), 1), 3.0)]
    assert only(TCNClassifier(), frames)[1].startswith("channel 1 ('heat') is constant")
    report = preflight(RocketClassifier(), frames, Y)
    assert "training: in closed form, without updates" in str(report)


@pytest.mark.parametrize("size", [1e4, 1e-4])
def test_sizes_that_are_not_scaled(size):
    large = X * np.array([1.0, size])[:, None]
    severity, what, remedy = only(TCNClassifier(scaling=None), large)
    assert severity == "warning"
    assert what.startswith("channel 1 is far from the size of 1")
    assert "scaling='channel'" in remedy
    assert not found(TCNClassifier(), large)
    assert not found(TCNClassifier(scaling=None), X)


def test_series_that_vary_by_orders_of_magnitude():
    wild = X.copy()
    wild[::2, 1] *= 1e4
    severity, what, remedy = only(TCNClassifier(), wild)
    assert severity == "warning"
    assert "those of channel 1 deviate" in what
    assert "scaling='series'" in remedy
    assert not found(TCNClassifier(scaling="series"), wild)


def test_series_at_levels_far_apart():
    apart = X.copy()
    apart[:, 0] += 1e4 * RNG.normal(size=(40, 1))
    assert "those of channel 0 are at levels" in only(TCNClassifier(), apart)[1]
    gaps = apart.copy()
    gaps[5, 0], gaps[6, 0, 3] = np.nan, np.nan
    assert "those of channel 0 are at levels" in only(TCNClassifier(missing="mask"), gaps)[1]


def test_a_number_of_a_whole_series_is_no_problem_of_scales():
    age = RNG.normal(40, 10, size=(40, 1))
    assert not found(TCNClassifier(), np.stack([X[:, 0], np.tile(age, 30)], axis=1))


def test_a_channel_without_values_is_named():
    empty = [pd.DataFrame({"load": x[0], "heat": np.nan}) for x in X]
    findings = found(TCNClassifier(missing="mask"), empty)
    assert "nothing but NaN in channel 1 ('heat')" in findings[0][1]


def test_classes_smaller_than_the_folds():
    y = np.array(["a"] * 18 + ["b"] * 19 + ["c"] * 3)
    severity, what, remedy = only(TCNClassifier(), X, y)
    assert severity == "warning"
    assert "cv=5 ('c': 3)" in what
    assert "3 folds" in remedy
    assert not found(TCNClassifier(), X, y, cv=3)
    alone = np.array([0] * 20 + [1] * 19 + [2])
    assert "leave out single series" in found(TCNClassifier(), X, alone)[0][2]


def test_classes_of_unlike_size():
    y = np.array(["a"] * 37 + ["b"] * 3)
    assert "largest class has 37 series" in only(TCNClassifier(), X, y, cv=3)[1]
    assert not found(TCNClassifier(class_weight="balanced"), X, y, cv=3)


def test_a_target_that_tells_nothing():
    y = np.stack([RNG.normal(size=40), np.ones(40)], axis=1)
    assert only(TCNRegressor(), X, y)[1] == "a target is the same for all series"


def test_batches_of_one():
    severity, what, _ = only(TCNClassifier(batch_size=1))
    assert severity == "warning"
    assert "40 of 40 batches are of one series" in what
    assert not found(TCNClassifier(batch_size=1, norm="layer"))


def test_few_steps():
    assert "makes 6 updates, in 2 epochs of 3 batches" in only(TCNClassifier(max_epochs=2))[1]


def test_a_small_validation_part():
    what = only(TCNClassifier(early_stopping=True))[1]
    assert "the loss of 4 series" in what
    assert not found(TCNClassifier(early_stopping=True, validation_fraction=0.3))


def test_a_field_shorter_than_the_series():
    severity, what, remedy = only(TCNClassifier(n_blocks=1, kernel_size=(3, 5)))
    assert severity == "warning"
    assert "sees 10 time steps of up to 30" in what  # one more than the network, by differences
    assert "n_blocks=3" in remedy
    plain = TCNClassifier(n_blocks=1, kernel_size=(3, 5), differences=False)
    assert "sees 9 time steps of up to 30" in only(plain)[1]
    assert not found(TCNClassifier(n_blocks=1), X[:, :, :10])  # the difference reaches the last
    ragged = [x[:, : 5 + i % 25] for i, x in enumerate(X)]
    assert only(TCNClassifier(n_blocks=2), ragged)[0] == "note"
    assert "n_blocks" not in only(TCNClassifier(kernel_size=1))[2]


def test_blocks_that_see_padding_alone():
    severity, what, _ = only(TCNClassifier(n_blocks=8))
    assert severity == "note"
    assert "3 blocks of the 8" in what


def test_an_lstm_that_goes_through_many_steps():
    long = RNG.normal(size=(12, 1, 600))
    estimator = LSTMClassifier(patch_size=1, hidden_size=2)
    assert "600 steps one by one" in only(estimator, long, Y[:12])[1]
    assert not found(LSTMClassifier(hidden_size=2), long, Y[:12])


def test_errors_come_first_and_notes_last():
    severities = [f[0] for f in found(TCNClassifier(n_blocks=8, max_epochs=2), spoilt(0, np.nan))]
    assert severities == ["error", "warning", "note"]


def test_costs_beyond_the_device_and_the_patience():
    cheap = Cost(10, 1, 1, seconds=10.0, memory=10**6, available=10**9)
    assert not list(check_cost(cheap))
    dear = Cost(10, 1, 1, seconds=1e4, memory=10**10, available=10**9)
    memory, time = check_cost(dear)
    assert "needs about 10 GB of memory, the device has 1 GB" in memory.what
    assert "2.78 h" in time.what
    assert not list(check_cost(Cost(10, 1, 1, seconds=1.0, memory=10**12, available=None)))


def test_a_frame_of_time_steps_is_found_and_fit_warns_of_it():
    pd = pytest.importorskip("pandas")
    frame, labels = pd.DataFrame(np.ones((120, 3)) * RNG.normal(size=(120, 1))), np.repeat(Y, 3)
    what = "read as a table with a series in each row, 120 series of 3 time steps"
    (finding,) = (f for f in found(TCNClassifier(max_epochs=30), frame, labels) if what in f[1])
    assert finding[0] == "warning"
    assert "Where a row is a time step, sktcn.datasets.from_long converts" in finding[2]
    for estimator in (
        TCNClassifier(n_filters=2, n_blocks=1, max_epochs=1),
        RocketClassifier(n_kernels=168),
    ):
        with pytest.warns(UserWarning, match=what):
            estimator.fit(frame, labels)
    errors = found(TCNStepClassifier(), frame, labels)
    assert [severity for severity, *_ in errors] == ["error", "warning"]


def test_updates_by_crops_are_counted_and_short_crops_found():
    y = np.repeat(Y[:, None], 30, axis=1)
    cropped = TCNStepClassifier(n_blocks=1, crop=10, batch_size=4, max_epochs=4)
    assert preflight(cropped, X, y).cost.n_steps == 4 * 30
    assert not found(cropped, X, y)
    (finding,) = found(cropped.set_params(crop=4), X, y)
    assert "crop=4 is shorter than the receptive field" in finding[1]
    few = only(cropped.set_params(crop=10, max_epochs=3), X, y)
    assert "makes 90 updates, in 3 epochs of 30 batches" in few[1]
