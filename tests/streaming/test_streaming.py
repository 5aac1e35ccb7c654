"""After each time step a stream knows what the estimator would say of the series so far."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from sktcn import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor
from sktcn.networks import ACTIVATIONS, NORMS, POOLINGS
from sktcn.persistence import load, save
from sktcn.streaming import to_streaming

N_CHANNELS = 2
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}

shared = {
    "activation": st.sampled_from([*ACTIVATIONS, torch.nn.Softsign, torch.sin]),
    "norm": st.sampled_from(list(NORMS)),
    "residual": st.sampled_from(["add", "concat", None]),
    "pooling": st.sampled_from(POOLINGS),
    "scaling": st.sampled_from(["channel", None]),
    "differences": st.booleans(),
    "missing": st.sampled_from(["error", "mask", "trim"]),
    "n_estimators": st.sampled_from([1, 1, 2]),
    "dtype": st.sampled_from(["float32", "float64"]),
    "random_state": st.integers(0, 9),
}
tcns = st.fixed_dictionaries(
    shared
    | {
        "n_filters": st.sampled_from([4, [4, 2], [2, 4, 4]]),
        "kernel_size": st.one_of(st.integers(1, 4), st.sampled_from([(1, 4), (3, 2, 5)])),
        "dilation_base": st.integers(1, 3),
        "multiscale": st.booleans(),
        "zero_init_residual": st.booleans(),
    }
)
lstms = st.fixed_dictionaries(
    shared
    | {
        "hidden_size": st.sampled_from([2, 4]),
        "n_layers": st.integers(1, 3),
        "patch_size": st.integers(1, 4),
    }
)


def widened(parameters):
    """Norms over two features make 1 and -1 of them, of nearly equal ones by their rounding errors.

    By these alone a prediction in float32 is 3e-5 away from one in float64, and 5e-7 with four.
    """
    narrow = {"n_filters": 4, "hidden_size": 4}
    wider = {k: v for k, v in narrow.items() if k in parameters}
    return parameters | wider if parameters["norm"] in ("layer", "group") else parameters


estimators = st.one_of(
    tcns.map(lambda p: TCNClassifier(**widened(p))),
    tcns.map(lambda p: TCNRegressor(**widened(p))),
    lstms.map(lambda p: LSTMClassifier(**widened(p))),
    lstms.map(lambda p: LSTMRegressor(**widened(p))),
)


def make_series(n_series, n_timepoints, seed=0):
    rng = np.random.default_rng(seed)
    return 3 + 2 * rng.normal(size=(n_series, N_CHANNELS, n_timepoints))


def fitted(estimator, seed=0):
    """Fit for a moment: the weights have moved, and so have the running statistics."""
    rng = np.random.default_rng(seed)
    X = make_series(9, 12, seed)
    classifies = isinstance(estimator, TCNClassifier | LSTMClassifier)
    y = np.arange(9) % 3 if classifies else rng.normal(size=(9, 2))
    return estimator.set_params(max_epochs=2, batch_size=4, lr=0.05).fit(X, y)


def answers(estimator, series):
    return getattr(estimator, "predict_proba", estimator.predict)(series)


def assert_same(estimator, streamed, expected):
    scale = np.maximum(1, np.abs(expected))
    np.testing.assert_array_less(np.abs(streamed - expected) / scale, TOLERANCE[estimator.dtype])


@settings(deadline=None, max_examples=30)
@given(estimators, st.data())
def test_push_answers_as_predict_does_for_every_prefix(estimator, data):
    fitted(estimator)
    n_streams = data.draw(st.integers(1, 5))
    X = make_series(n_streams, 20, seed=1)
    if estimator.missing == "mask":
        X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    streaming = to_streaming(estimator, n_streams)
    starts, t = np.zeros(n_streams, dtype=int), 0
    found, prefixes = [], []  # answered at once, since each call of predict has its price
    while t < 20:
        chunk = data.draw(st.integers(1, 6))
        if data.draw(st.booleans()):
            streamed = streaming.push(X[:, :, t])[:, None]
        else:
            streamed = streaming.push_many(X[:, :, t : t + chunk])
        for step in range(streamed.shape[1]):
            t += 1
            found.append(streamed[:, step])
            prefixes += [x[:, start:t] for x, start in zip(X, starts, strict=True)]
        np.testing.assert_array_equal(streaming.n_timepoints, t - starts)
        renewed = data.draw(st.sets(st.integers(0, n_streams - 1), max_size=2))
        if renewed:
            streaming.reset(sorted(renewed))
            starts[sorted(renewed)] = t
    assert_same(estimator, np.concatenate(found), answers(estimator, prefixes))


@settings(deadline=None, max_examples=25)
@given(estimators, st.data())
def test_some_streams_may_come_on_while_others_wait(estimator, data):
    """Each has a series of its own, of which it takes steps when its turn comes."""
    fitted(estimator)
    n_streams = data.draw(st.integers(1, 5))
    X = make_series(n_streams, 40, seed=1)
    if estimator.missing == "mask":
        X[np.random.default_rng(2).random(X.shape) < 0.3] = np.nan
    streaming = to_streaming(estimator, n_streams)
    starts, ends = np.zeros((2, n_streams), dtype=int)
    found, prefixes = [], []
    for _ in range(data.draw(st.integers(1, 20))):
        names = st.permutations(range(n_streams))
        rows = np.array(data.draw(names)[: data.draw(st.integers(1, n_streams))])
        if data.draw(st.booleans()):
            ends[rows] += 1
            newest = np.stack([X[row, :, ends[row] - 1] for row in rows])
            whole = len(rows) == n_streams and (np.diff(rows) > 0).all()
            streamed = streaming.push(newest, None if whole else rows)
        else:
            ends[rows] += 2
            newest = np.stack([X[row, :, ends[row] - 2 : ends[row]] for row in rows])
            streamed = streaming.push_many(newest, rows)[:, -1]
        found.append(streamed)
        prefixes += [X[row, :, starts[row] : ends[row]] for row in rows]
        np.testing.assert_array_equal(streaming.n_timepoints, ends - starts)
        renewed = sorted(data.draw(st.sets(st.integers(0, n_streams - 1), max_size=2)))
        if renewed:
            streaming.reset(renewed)
            starts[renewed] = ends[renewed]
    assert_same(estimator, np.concatenate(found), answers(estimator, prefixes))


def test_streams_that_wait_are_left_alone(tiny):
    streaming = to_streaming(fitted(tiny()), 3)
    X = make_series(3, 9)
    streaming.push_many(X)
    state = streaming.state_dict()
    streaming.push_many(X[[2, 0]], [2, 0])
    for name, array in streaming.state_dict().items():
        if array.shape[:1] == (3,):
            np.testing.assert_array_equal(array[1], state[name][1])


def test_streams_at_their_own_time_go_on_after_a_restart(tiny):
    estimator = fitted(tiny())
    X = make_series(3, 30)
    running, restarted = to_streaming(estimator, 3), to_streaming(estimator, 3)
    running.push_many(X[:, :, :8])
    running.push_many(X[1:, :, 8:13], [1, 2])
    restarted.load_state_dict(running.state_dict())
    expected = running.push(X[:, :, 20])
    np.testing.assert_array_equal(restarted.push(X[:, :, 20]), expected)
    series = [X[0, :, :8], X[1, :, :13], X[2, :, :13]]
    series = [np.column_stack([x, z]) for x, z in zip(series, X[:, :, 20], strict=True)]
    assert_same(estimator, expected, answers(estimator, series))


@pytest.mark.parametrize("streams", [1, [1], np.array([False, True, False])])
def test_streams_are_named_as_arrays_are_indexed(streams, tiny):
    streaming = to_streaming(fitted(tiny()), 3)
    assert len(streaming.push([[1.0, 2.0]], streams)) == 1
    np.testing.assert_array_equal(streaming.n_timepoints, [0, 1, 0])


@pytest.mark.parametrize(
    ("streams", "error", "match"),
    [
        ([0, 0], ValueError, r"each once, got \[0, 0\]"),
        ([0, -3], ValueError, "each once"),
        (slice(0), ValueError, "must name some streams"),
        ([[0, 1]], ValueError, "streams must name some streams"),
        ([0, 3], IndexError, r"from 0 to 2, or a mask of the 3 .*, got \[0, 3\]: .*out of bounds"),
        ([0.0, 1.0], IndexError, "integers from 0 to 2"),
        ([1], ValueError, r"\(n_streams, n_channels\) = \(1, 2\), got \(2, 2\)"),
        ([2, 1], ValueError, "got nan in stream 1, channel 0"),
    ],
)
def test_wrong_streams_are_refused_and_leave_all_alone(streams, error, match, tiny):
    streaming = to_streaming(fitted(tiny()), 3)
    streaming.push_many(make_series(3, 4))
    before = streaming.state_dict()
    with pytest.raises(error, match=match):
        streaming.push([[1.0, 2.0], [np.nan, 2.0]], streams)
    for name, array in streaming.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("span", "named"), [({}, ""), ({"window": 8}, ", window=8"), ({"decay": 0.5}, ", decay=0.5")]
)
def test_streams_are_shown_by_their_size(span, named, tiny):
    shown = repr(to_streaming(fitted(tiny(pooling="mean")), 3, **span))
    assert shown == f"StreamingEstimator(n_streams=3, n_channels=2{named})"


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_series_that_ended_may_wait(pooling, tiny):
    estimator = fitted(tiny(missing="trim", pooling=pooling))
    X = make_series(3, 6)
    streaming = to_streaming(estimator, 3)
    streaming.push_many(X)
    kept = streaming.push(np.full((1, N_CHANNELS), np.nan), 1)
    np.testing.assert_allclose(kept, answers(estimator, X[1:2]), atol=1e-5)
    with pytest.raises(ValueError, match="stream 1 has ended"):
        streaming.push(np.ones((2, N_CHANNELS)), [2, 1])
    streaming.push(np.ones((2, N_CHANNELS)), [2, 0])
    np.testing.assert_array_equal(streaming.n_timepoints, [7, 6, 7])


@pytest.mark.parametrize("pooling", POOLINGS)
def test_series_that_end_keep_their_answer(pooling, tiny):
    estimator = tiny(missing="trim", pooling=pooling)
    estimator = fitted(estimator)
    X = make_series(2, 8)
    X[0, :, 5:] = np.nan
    streaming = to_streaming(estimator, 2)
    for t in range(8):
        streamed = streaming.push(X[:, :, t])
        np.testing.assert_allclose(streamed, answers(estimator, X[:, :, : t + 1]), atol=1e-5)
    np.testing.assert_array_equal(streaming.n_timepoints, [5, 8])
    with pytest.raises(ValueError, match="stream 0 has ended"):
        streaming.push(np.ones((2, N_CHANNELS)))
    streaming.reset(0)
    assert streaming.push(np.ones((2, N_CHANNELS))).shape == streamed.shape


def test_a_series_that_is_trimmed_must_start_and_have_all_channels(tiny):
    streaming = to_streaming(fitted(tiny(missing="trim")))
    with pytest.raises(ValueError, match="stream 0 must have a value to start with"):
        streaming.push([[np.nan, np.nan]])
    with pytest.raises(ValueError, match="stream 0 has values of some channels only"):
        streaming.push([[1.0, np.nan]])


def test_streams_go_on_after_a_restart(tiny):
    estimator = fitted(tiny())
    X = make_series(3, 30)
    running = to_streaming(estimator, 3)
    running.push_many(X[:, :, :17])
    running.reset(1)
    file = io.BytesIO()
    np.savez(file, **running.state_dict())
    expected = running.push_many(X[:, :, 17:])
    file.seek(0)
    restarted = to_streaming(estimator, 3)
    restarted.load_state_dict(np.load(file))
    np.testing.assert_array_equal(restarted.push_many(X[:, :, 17:]), expected)
    np.testing.assert_array_equal(restarted.n_timepoints, running.n_timepoints)


def test_a_state_is_a_copy(tiny):
    streaming = to_streaming(fitted(tiny()))
    streaming.push_many(make_series(1, 9))
    state = streaming.state_dict()
    before = {name: array.copy() for name, array in state.items()}
    expected = streaming.push([[1.0, 2.0]])
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])
    streaming.load_state_dict(state)
    np.testing.assert_array_equal(streaming.push([[1.0, 2.0]]), expected)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])


def test_a_state_of_another_estimator_or_size_is_refused(tiny):
    streaming = to_streaming(fitted(tiny()), 2)
    streaming.push_many(make_series(2, 9))
    before = streaming.state_dict()
    other = to_streaming(fitted(tiny(), seed=1), 2).state_dict()
    with pytest.raises(ValueError, match="same fitted estimator"):
        streaming.load_state_dict(other)
    more = to_streaming(fitted(tiny()), 3).state_dict()
    with pytest.raises(ValueError, match="another number of streams"):
        streaming.load_state_dict(more)
    with pytest.raises(ValueError, match="must have an entry"):
        streaming.load_state_dict({})
    with pytest.raises(TypeError, match=r"state must be a mapping, as state_dict\(\) .*NoneType"):
        streaming.load_state_dict(None)
    for name, array in streaming.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_streams_are_copied_and_not_pickled(tiny):
    streaming = to_streaming(fitted(tiny()), 2)
    streaming.push_many(make_series(2, 9))
    copied = copy.deepcopy(streaming)
    expected = streaming.push_many(make_series(2, 5, seed=1))
    np.testing.assert_array_equal(copied.push_many(make_series(2, 5, seed=1)), expected)
    with pytest.raises(TypeError, match=r"cannot be pickled: .*save, .*state_dict\(\)"):
        pickle.dumps(streaming)


def test_the_estimator_and_its_other_streams_are_left_alone(tiny):
    estimator = fitted(tiny())
    X = make_series(2, 12)
    before = answers(estimator, X)
    one, two = to_streaming(estimator, 2), to_streaming(estimator, 2)
    first = one.push_many(X)
    two.push_many(-X)
    one.reset()
    np.testing.assert_array_equal(one.push_many(X), first)
    np.testing.assert_array_equal(answers(estimator, X), before)
    assert not estimator.net_.module_.training


def test_a_later_fit_changes_no_stream(tiny):
    estimator = fitted(tiny())
    X = make_series(2, 12)
    streaming = to_streaming(estimator, 2)
    first = streaming.push_many(X)
    fitted(estimator, seed=5)
    streaming.reset()
    np.testing.assert_array_equal(streaming.push_many(X), first)


def test_steps_may_be_read_only_and_are_not_kept(tiny):
    streaming = to_streaming(fitted(tiny(scaling=None)))
    X = make_series(1, 9)
    expected = streaming.push_many(X)
    streaming.reset()
    buffer = np.empty((1, N_CHANNELS))
    for t in range(9):
        buffer.flags.writeable = True
        buffer[:] = X[:, :, t]
        buffer.flags.writeable = False
        np.testing.assert_array_equal(streaming.push(buffer), expected[:, t])
    streaming.reset()
    turned = X[:, ::-1].copy()[:, ::-1]
    np.testing.assert_array_equal(streaming.push_many(turned), expected)


def test_answers_may_be_changed_by_their_owner(tiny):
    streaming = to_streaming(fitted(tiny(missing="trim")))
    first = streaming.push([[1.0, 2.0]])
    kept = first.copy()
    first[:] = 7.0
    np.testing.assert_array_equal(streaming.push([[np.nan, np.nan]]), kept)


def test_states_of_the_first_version_are_those_of_the_same_estimator():
    """The names of weights have changed since, and are part of what a state's checksum is of."""
    golden = Path(__file__).parents[1] / "golden" / "tcn_classifier_1.safetensors"
    checksum = to_streaming(load(golden)).state_dict()["fingerprint"].tobytes().hex()
    assert checksum == "df01f054e94f47bbeb963bd7279042bfe35e8437a6c05bad266a7d8d28000dd6"


def test_memory_of_a_state_does_not_grow(tiny):
    streaming = to_streaming(fitted(tiny()))
    sizes = set()
    for _ in range(4):
        streaming.push_many(make_series(1, 25))
        sizes.add(sum(array.nbytes for array in streaming.state_dict().values()))
    assert len(sizes) == 1


@pytest.mark.parametrize("pooling", POOLINGS)
def test_pooling_does_not_drift(pooling, tcn_classifier):
    """Ten million steps are one of them, its state set as if it had come after all the others."""
    estimator = fitted(tcn_classifier(pooling=pooling, norm=None, differences=False))
    streaming = to_streaming(estimator)
    x = np.array([[2.5, 3.5]])
    streaming.push_many(np.repeat(x[:, :, None], 50, axis=2))
    settled = streaming.push(x)
    state = streaming.state_dict()
    for name, array in state.items():
        if name.endswith(("total", "count", "mass")):
            array *= 2e5  # sums of 51 steps become those of ten million
    streaming.load_state_dict(state)
    for _ in range(100):
        drifted = streaming.push(x)
    np.testing.assert_allclose(drifted, settled, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_a_million_steps_keep_the_mean(pooling, tcn_classifier):
    """The features go through one period, so that their mean is known."""
    estimator = fitted(tcn_classifier(pooling=pooling, norm=None, differences=False))
    streaming = to_streaming(estimator)
    period = make_series(1, 100, seed=3)
    streaming.push_many(period)
    streaming.reset()
    means = [streaming.push_many(period)[:, -1] for _ in range(10_000)]
    np.testing.assert_allclose(means[-1], means[100], atol=2e-3)
    np.testing.assert_allclose(means[-1], means[-2], atol=1e-6)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("scaling", "series"), ("missing", "interpolate")],
)
def test_what_looks_ahead_is_refused(parameter, value, tiny):
    estimator = fitted(tiny(**{parameter: value}))
    with pytest.raises(ValueError, match=f"fitted with {parameter}='{value}'"):
        to_streaming(estimator)


def test_networks_that_look_ahead_are_refused():
    tcn = fitted(TCNClassifier(causal=False, n_filters=2, n_blocks=1))
    with pytest.raises(ValueError, match="fitted with causal=False"):
        to_streaming(tcn)
    lstm = fitted(LSTMClassifier(bidirectional=True, hidden_size=2))
    with pytest.raises(ValueError, match="fitted with bidirectional=True"):
        to_streaming(lstm.set_params(bidirectional=False))


def test_other_things_are_refused(tiny):
    with pytest.raises(NotFittedError):
        to_streaming(tiny())
    with pytest.raises(TypeError, match="got DummyThing"):
        to_streaming(type("DummyThing", (), {})())
    with pytest.raises(TypeError, match="got the class TCNClassifier"):
        to_streaming(TCNClassifier)
    for n_streams in (0, -1, 1.5, True, "two"):
        with pytest.raises(ValueError, match="n_streams must be a positive integer"):
            to_streaming(fitted(tiny()), n_streams)


@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        (np.ones(2), ValueError, r"x must be of shape \(n_streams, n_channels\) = \(1, 2\), got"),
        (np.ones((2, 2)), ValueError, r"got \(2, 2\)"),
        (np.ones((1, 2, 3)), ValueError, r"got \(1, 2, 3\)"),
        ([["a", "b"]], TypeError, "real numbers"),
        ([[1.0, np.nan]], ValueError, "missing='error', got nan in stream 0, channel 1"),
        ([[np.inf, 1.0]], ValueError, "got inf in stream 0, channel 0"),
        ([[1.0, 1e39]], ValueError, "got 1e[+]39"),
    ],
)
def test_wrong_steps_are_refused_and_leave_the_streams_alone(x, error, match, tiny):
    streaming = to_streaming(fitted(tiny()))
    streaming.push([[1.0, 2.0]])
    before = streaming.state_dict()
    with pytest.raises(error, match=match):
        streaming.push(x)
    for name, array in streaming.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_chunk_with_a_wrong_step_is_refused_as_a_whole(tiny):
    streaming = to_streaming(fitted(tiny()))
    chunk = make_series(1, 6)
    chunk[0, 1, 4] = np.inf
    with pytest.raises(ValueError, match="got inf in stream 0, channel 1"):
        streaming.push_many(chunk)
    assert streaming.n_timepoints == 0
    with pytest.raises(ValueError, match="n_timepoints"):
        streaming.push_many(np.empty((1, N_CHANNELS, 0)))
    with pytest.raises(ValueError, match=r"inhomogeneous.*\(n_streams, n_channels, n_timepoints\)"):
        streaming.push_many([[[1.0, 2.0], [3.0]]])


def test_there_is_no_such_stream(tiny):
    streaming = to_streaming(fitted(tiny()), 3)
    with pytest.raises(IndexError):
        streaming.reset(3)


def test_sktime_estimators_stream_too(labelled):
    adapter = pytest.importorskip("sktcn.sktime_adapter")
    X, y = labelled
    estimator = adapter.SktimeTCNClassifier(n_filters=2, n_blocks=1, max_epochs=2)
    estimator.fit(X[:, None], y)
    streaming = to_streaming(estimator, len(X))
    streamed = streaming.push_many(X[:, None])[:, -1]
    np.testing.assert_allclose(streamed, estimator.predict_proba(X[:, None]), atol=1e-5)
    np.testing.assert_array_equal(streaming.classes_, ["flat", "wave"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_streams_of_a_gpu_answer_alike(tiny):
    estimator = fitted(tiny(device="cuda"))
    X = make_series(4, 20)
    streaming = to_streaming(estimator, 4)
    streamed = streaming.push_many(X)[:, -1]
    np.testing.assert_allclose(streamed, answers(estimator, X), atol=1e-4)
    longer = np.concatenate([X, X[:, :, :3]], axis=2)[[3, 1]]
    streamed = streaming.push_many(X[[3, 1], :, :3], [3, 1])[:, -1]
    np.testing.assert_allclose(streamed, answers(estimator, longer), atol=1e-4)


def test_a_loaded_estimator_streams_to_the_bit(tiny, tmp_path):
    estimator = fitted(tiny())
    save(estimator, tmp_path / "estimator.safetensors")
    X = make_series(3, 15)
    streamed = to_streaming(load(tmp_path / "estimator.safetensors"), 3).push_many(X)
    np.testing.assert_array_equal(streamed, to_streaming(estimator, 3).push_many(X))


def test_a_step_may_lie_anyhow_in_memory(tiny, data):
    """Numpy takes one of a single number for contiguous, whatever its strides."""
    x = np.array([[[1.0]]])[::-1, ::-1, ::-1]
    streams = [to_streaming(tiny().fit(*data)) for _ in range(2)]
    np.testing.assert_array_equal(streams[0].push(x[0]), streams[1].push_many(x)[:, 0])
