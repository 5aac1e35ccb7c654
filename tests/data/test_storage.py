"""Many series, on disk or in memory: the same networks, and never much read at once."""

from __future__ import annotations

import math
from functools import partial

import h5py
import numpy as np
import pytest
import torch
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

from sktcn import LSTMClassifier
from sktcn._data import chunked, reading
from sktcn._data.dataset import BatchIterator, ChunkedDataset
from sktcn._data.panel import as_panel
from sktcn._data.reading import is_stored, load_series, open_stored
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn._preprocessing.scaling import Moments, Standardizer
from sktcn.diagnostics import activation_health, gradient_flow
from sktcn.explain import class_activation
from sktcn.preflight import preflight

N_SERIES, SHAPE = 90, (2, 12)
CHUNK = 1000  # values: three chunks of the series below, of 16 runs or so each


class Recorder:
    """An array that is nowhere but in its rows, and tells which of them were read."""

    chunks = None

    def __init__(self, values):
        self.values, self.read = values, []
        self.shape, self.dtype = values.shape, values.dtype

    def __getitem__(self, rows):
        if rows == ():
            return self.values.copy()
        rows = range(*rows.indices(len(self.values)))
        assert rows.step == 1
        self.read.append(rows)
        return self.values[rows.start : rows.stop].copy()


def as_memmap(values, folder, name="x", mode="r"):
    path = folder / f"{name}.dat"
    values.tofile(path)
    return np.memmap(path, dtype=values.dtype, mode=mode, shape=values.shape)


def as_hdf5(values, folder, name="x"):
    return h5py.File(folder / f"{name}.h5", "w").create_dataset("x", data=values)


def as_zarr(values, folder, name="x"):
    chunks = (1, *values.shape[1:]) if values.ndim > 1 else values.shape
    array = zarr.create_array(folder / f"{name}.zarr", data=values, chunks=chunks)
    return zarr.open_array(array.store, mode="r")


CONTAINERS = {"memmap": as_memmap, "hdf5": as_hdf5, "zarr": as_zarr}


@pytest.fixture(params=CONTAINERS)
def store(request, tmp_path):
    """Puts an array on disk."""
    return lambda values, name="x": CONTAINERS[request.param](values, tmp_path, name)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunked, "CHUNK_VALUES", CHUNK)


def series(n_series=N_SERIES, shape=SHAPE, seed=0):
    """Series about levels, which they are to be told from."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(size=n_series)
    X = levels.reshape(-1, *[1] * len(shape)) + rng.normal(scale=0.3, size=(n_series, *shape))
    return X.astype(np.float32), levels


def target(estimator, levels):
    return levels > 0 if is_classifier(estimator) else levels


def ragged(seed=0):
    rng = np.random.default_rng(seed)
    X, levels = series(shape=(2, 40))
    return [x[:, :n].copy() for x, n in zip(X, rng.integers(5, 40, len(X)), strict=True)], levels


def answers(estimator, X):
    return estimator.decision_function(X) if is_classifier(estimator) else estimator.predict(X)


def assert_same_network(first, second):
    for one, other in zip(first.nets_, second.nets_, strict=True):
        other = other.module_.state_dict()
        for name, weights in one.module_.state_dict().items():
            assert torch.equal(weights, other[name])


# From memory, and from disk


@pytest.mark.parametrize("shape", [SHAPE, (12,)])
def test_what_fits_into_a_chunk_gives_the_network_that_it_gives_from_memory(
    tcn_classifier, store, shape
):
    X, levels = series(shape=shape)
    on_disk, y = store(X), levels > 0
    assert is_stored(on_disk)
    first, second = tcn_classifier().fit(X, y), tcn_classifier().fit(on_disk, y)
    assert_same_network(first, second)
    assert first.n_features_in_ == second.n_features_in_
    np.testing.assert_array_equal(answers(first, X), answers(second, on_disk))
    assert first.score(X, y) == second.score(on_disk, y)


def test_a_list_that_fits_into_a_chunk(tcn_classifier, store):
    X, levels = ragged()
    on_disk = [store(x, str(i)) for i, x in enumerate(X)]
    first, second = (tcn_classifier().fit(x, levels > 0) for x in (X, on_disk))
    assert_same_network(first, second)
    np.testing.assert_array_equal(answers(first, X), answers(second, on_disk))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("shape", [SHAPE, (12,)])
def test_more_than_a_chunk_gives_the_network_that_it_gives_from_memory(
    tcn_classifier, store, shape
):
    X, levels = series(shape=shape)
    on_disk, y = store(X), levels > 0
    first, second = tcn_classifier().fit(X, y), tcn_classifier().fit(on_disk, y)
    assert_same_network(first, second)
    np.testing.assert_array_equal(answers(first, X), answers(second, on_disk))


@pytest.mark.usefixtures("small_chunks")
def test_a_list_of_more_than_a_chunk(tcn_classifier, store):
    X, levels = ragged()
    on_disk, y = [store(x, str(i)) for i, x in enumerate(X)], levels > 0
    first = tcn_classifier().fit(X, y)
    for partly in ([on_disk[0], *X[1:]], on_disk):
        second = tcn_classifier().fit(partly, y)
        assert_same_network(first, second)
        np.testing.assert_array_equal(answers(first, X), answers(second, partly))


@pytest.mark.usefixtures("small_chunks")
def test_all_estimators_learn_from_chunks(tiny, tmp_path):
    X, levels = series()
    on_disk, y = as_memmap(X, tmp_path), target(tiny(), levels)
    first = tiny().fit(X, y)
    for other in (list(X), list(on_disk), Recorder(X), on_disk):
        assert_same_network(first, tiny().fit(other, y))
    np.testing.assert_array_equal(answers(first, on_disk), answers(first, X))


@pytest.mark.usefixtures("small_chunks")
def test_all_of_an_array_in_memory_is_prepared_once(tcn_classifier, monkeypatch):
    prepared = []
    transform = Preprocessor.transform
    monkeypatch.setattr(
        Preprocessor, "transform", lambda *args, **kw: prepared.append(1) or transform(*args, **kw)
    )
    monkeypatch.setattr(chunked, "CACHED_VALUES", 10**6)  # of a run all at once
    X, levels = series()
    tcn_classifier(max_epochs=5).fit(X, levels > 0)
    assert len(prepared) == math.ceil(N_SERIES / (CHUNK // chunked.RUNS_PER_CHUNK // 24))


@pytest.mark.usefixtures("small_chunks")
def test_larger_chunks_of_the_storage_make_other_chunks_and_those_in_memory_give_the_same(
    tcn_classifier, monkeypatch
):
    X, levels = series()
    stored = Recorder(X)
    stored.chunks = (7, *SHAPE)
    from_disk = tcn_classifier().fit(stored, levels > 0)
    split = partial(chunked.split_into_chunks, storage_chunk=7)
    monkeypatch.setattr(reading, "split_into_chunks", split)
    assert_same_network(from_disk, tcn_classifier().fit(X, levels > 0))


@pytest.mark.usefixtures("small_chunks")
def test_a_network_learns_from_chunks(tcn_classifier):
    X, levels = series()
    order = np.argsort(levels)  # sorted data: a run has one class, a chunk both
    X, y = Recorder(X[order]), np.array(["low", "high"])[(levels[order] > 0).astype(int)]
    classifier = tcn_classifier(max_epochs=15).fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert classifier.n_iter_ == 15


PARAMETERS = [
    {"early_stopping": True, "refit": True},
    {"n_estimators": 2},
    {"scaling": "series"},
    {"scaling": None, "differences": False},
    {"missing": "mask"},
    {"missing": "interpolate"},
    {"missing": "trim"},
    {"dtype": "float64"},
]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_parameters_do_what_they_do_in_memory(tcn_classifier, tmp_path, monkeypatch, parameters):
    X, levels = series()
    if parameters.get("missing") in ("mask", "interpolate"):
        X[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    elif "missing" in parameters:
        X[::3, :, 9:] = np.nan
    weight, y = np.random.default_rng(1).integers(0, 3, len(X)), levels > 0
    parameters = parameters | {"max_epochs": 2}
    fitted = tcn_classifier(**parameters).fit(Recorder(X), y, weight)
    assert_same_network(fitted, tcn_classifier(**parameters).fit(as_memmap(X, tmp_path), y, weight))
    from_memory = tcn_classifier(**parameters).fit(X, y, weight)
    assert_same_network(fitted, from_memory)
    np.testing.assert_array_equal(fitted.predict_proba(Recorder(X)), from_memory.predict_proba(X))
    monkeypatch.setattr(chunked, "CHUNK_VALUES", 10**9)
    at_once = tcn_classifier(**parameters).fit(X, y, weight)
    assert fitted.model_.longest == at_once.model_.longest
    for name in ("statistics", "changes"):
        of_chunks, of_all = (getattr(e.model_.preprocessor, name) for e in (fitted, at_once))
        assert (of_chunks is None) == (of_all is None)
        if of_all is not None:
            np.testing.assert_allclose(of_chunks.mean, of_all.mean, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(of_chunks.scale, of_all.scale, rtol=1e-9)


@pytest.mark.usefixtures("small_chunks")
def test_series_without_weight_are_left_out(tcn_regressor):
    X, y = series()
    weight = np.arange(len(X)) % 2
    spoilt = X.copy()
    spoilt[weight == 0] = 1e6
    first, second = (tcn_regressor().fit(Recorder(x), y, weight) for x in (X, spoilt))
    assert_same_network(first, second)


@pytest.mark.usefixtures("small_chunks")
def test_fits_that_go_on(tiny, tmp_path):
    X, levels = series()
    y = target(tiny(), levels)
    known = {"classes": [False, True]} if is_classifier(tiny()) else {}
    for going_on in (tiny(warm_start=True), tiny(warm_start=True, missing="trim")):
        one = going_on.fit(X, y).fit(Recorder(X), y)
        other = tiny(**going_on.get_params()).fit(X, y).fit(as_memmap(X, tmp_path), y)
        assert_same_network(one, other)
    first, second = tiny(), tiny()
    for _ in range(2):
        first.partial_fit(Recorder(X), y, **known)
        second.partial_fit(as_memmap(X, tmp_path), y, **known)
    assert_same_network(first, second)


class Killed(Callback):
    """Break off after some steps."""

    def __init__(self, n_steps=10**6):
        self.n_steps, self.step = n_steps, 0

    def on_batch_end(self, net, training=False, **kwargs):
        self.step += training
        if self.step == self.n_steps:
            raise RuntimeError("killed")


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("n_steps", [3, 20])
def test_a_killed_fit_goes_on_in_the_middle_of_an_epoch(tcn_classifier, tmp_path, n_steps):
    X, levels = series()
    on_disk, y = as_memmap(X, tmp_path), levels > 0
    saved = {"checkpoint": tmp_path / "fit", "checkpoint_every": 1e-9}
    with pytest.raises(RuntimeError, match="killed"):
        tcn_classifier(**saved, callbacks=[Killed(n_steps)]).fit(on_disk, y)
    went_on = tcn_classifier(**saved, callbacks=[Killed()]).fit(on_disk, y)
    assert_same_network(went_on, tcn_classifier().fit(on_disk, y))


# Chunks


lengths_of_series = st.lists(st.integers(1, 9), min_size=1, max_size=40)


@given(lengths=lengths_of_series, most=st.integers(1, 60), some=st.randoms())
@settings(deadline=None, max_examples=80)
def test_each_series_is_in_one_chunk_and_chunks_are_bounded(lengths, most, some):
    X = [Recorder(np.full(n, i, np.float32)) for i, n in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked, "CHUNK_VALUES", most)
        X = [x.values.view(np.memmap) for x in X]
        panel = open_stored(X, np.float32, "error")
    if sum(lengths) <= most:
        assert panel is None
        return
    rows = np.array(sorted(some.sample(range(len(lengths)), some.randint(1, len(lengths)))))
    panel = panel.take(rows)
    found = np.concatenate(panel.chunks)
    assert sorted(found) == list(range(len(rows)))
    runs = 3 * max(max(lengths), most // chunked.RUNS_PER_CHUNK)  # what rounding up may add
    for number, indices in enumerate(panel.chunks):
        chunk = panel.read_chunk(number)
        assert chunk.lengths.tolist() == [lengths[i] for i in rows[indices]]
        assert [int(chunk.series(i)[0, 0]) for i in range(len(chunk))] == rows[indices].tolist()
        assert len(chunk.values) <= most + runs
    parts = list(panel.iter_parts())
    assert np.concatenate([indices for indices, _ in parts]).tolist() == list(range(len(rows)))


def dataset(X):
    as_they_are = Preprocessor(None, "error", Standardizer(np.zeros(2), np.ones(2)))
    panel = open_stored(X, np.float32, "error").preprocessed(as_they_are, np.float32)
    where = {"dtype": torch.float32, "device": torch.device("cpu")}
    weight = np.linspace(1, 2, len(panel))
    return ChunkedDataset(panel, np.arange(len(panel)), weight, **where)


@pytest.mark.usefixtures("small_chunks")
def test_an_epoch_goes_through_all_chunks_in_a_new_order_each_time():
    X, _ = series()
    data = dataset(Recorder(X))
    iterator = BatchIterator(data, 8, np.random.default_rng(0))
    home = {int(i): number for number, chunk in enumerate(data.chunks) for i in chunk}
    orders = []
    for _ in range(6):
        batches = [(inputs, targets.tolist()) for inputs, targets in iterator]
        assert len(batches) == len(iterator)
        assert sorted(i for _, batch in batches for i in batch) == list(range(len(X)))
        for inputs, batch in batches:
            np.testing.assert_array_equal(inputs["x"], X[batch])
            assert len({home[i] for i in batch}) == 1
        visited = [home[batch[0]] for _, batch in batches]
        changes = [a for a, b in zip(visited, [*visited[1:], None], strict=True) if a != b]
        assert sorted(changes) == list(range(len(data.chunks)))  # chunk after chunk
        orders.append((tuple(changes), batches[0][1]))
    assert len({order for order, _ in orders}) > 1
    assert len({tuple(batch) for _, batch in orders}) == len(orders)
    weights = torch.cat([inputs["weight"] for inputs, _ in iterator])
    assert float(weights.mean()) == pytest.approx(1)


@pytest.mark.usefixtures("small_chunks")
def test_no_more_than_a_run_is_read_at_once_and_nothing_twice_in_an_epoch(tcn_classifier):
    X, levels = series()
    on_disk = Recorder(X)
    classifier = tcn_classifier(max_epochs=2).fit(on_disk, levels > 0)
    most = CHUNK // chunked.RUNS_PER_CHUNK // 24
    assert max(map(len, on_disk.read)) == most
    times = np.bincount([row for rows in on_disk.read for row in rows])
    assert times.tolist() == [3] * len(X)  # for the statistics, and in two epochs
    on_disk.read.clear()
    classifier.predict(on_disk)
    assert [row for rows in on_disk.read for row in rows] == list(range(len(X)))  # in order


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("chunk", [1, 3, 7, 40])
def test_runs_are_whole_chunks(chunk):
    X, _ = series()
    on_disk = Recorder(X)
    on_disk.chunks = (chunk, *SHAPE)
    panel = open_stored(on_disk, np.float32, "error")
    list(panel.iter_parts())
    assert all(rows.start % chunk == 0 for rows in on_disk.read)


@pytest.mark.usefixtures("small_chunks")
def test_pages_of_a_memmap_are_released_but_never_changes(tcn_regressor, tmp_path):
    X, y = series()
    expected = tcn_regressor().fit(Recorder(X + 1), y)
    for mode in ("c", "r+"):  # copies on write, which are in memory alone, and writes
        changed = as_memmap(X, tmp_path, mode=mode)
        changed += 1
        assert_same_network(expected, tcn_regressor().fit(changed, y))
        np.testing.assert_array_equal(changed, X + 1)
        assert_same_network(expected, tcn_regressor().fit(changed[::-1][::-1], y))


@pytest.mark.slow
def test_the_files_that_joblib_sends_to_its_workers_give_the_same_networks():
    """An array of more than a chunk; a search takes parts of it, a vote takes all."""
    X, levels = series(9000, (1, 1000))
    y, tiny = levels > 0, {"hidden_size": 2, "patch_size": 100, "batch_size": 512, "max_epochs": 2}
    lstm = LSTMClassifier(**tiny)
    vote = VotingClassifier([("one", lstm), ("other", LSTMClassifier(random_state=1, **tiny))])
    search = GridSearchCV(lstm, {"lr": [0.01, 0.02]}, cv=2)
    alone, together = (clone(vote).set_params(n_jobs=n).fit(X, y) for n in (1, 2))
    for one, other in zip(alone.estimators_, together.estimators_, strict=True):
        assert_same_network(one, other)
    alone, together = (clone(search).set_params(n_jobs=n).fit(X, y) for n in (1, 2))
    assert_same_network(alone.best_estimator_, together.best_estimator_)
    for name, scores in alone.cv_results_.items():
        if "score" in name and "time" not in name:
            np.testing.assert_array_equal(together.cv_results_[name], scores, err_msg=name)


# Statistics


@given(
    cuts=st.lists(st.integers(1, 29), min_size=1, max_size=4, unique=True),
    size=st.sampled_from([1e-150, 1.0, 1e150]),
    shift=st.sampled_from([0.0, 1e6]),
)
@settings(deadline=None, max_examples=60)
def test_moments_of_parts_are_those_of_all(cuts, size, shift):
    rng = np.random.default_rng(0)
    rows, weight = size * (shift + rng.normal(size=(30, 3))), rng.integers(0, 3, 30).astype(float)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    rows[:20, 2] = np.nan
    places = np.split(np.arange(30), sorted(cuts))
    together = Moments.of(rows[places[0]], weight[places[0]])
    for part in places[1:]:
        together = together.add(Moments.of(rows[part], weight[part]))
    expected = Moments.of(rows, weight)
    np.testing.assert_allclose(together.total, expected.total)
    np.testing.assert_allclose(together.mean, expected.mean, rtol=1e-12, atol=1e-12 * size)
    np.testing.assert_allclose(together.std, expected.std, rtol=1e-8)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("missing", ["error", "mask", "interpolate"])
@pytest.mark.parametrize("scaling", ["channel", "series", None])
def test_a_channel_that_is_new_in_later_parts(scaling, missing):
    """Constant or missing in the first part, large in others, constant throughout."""
    X = np.random.default_rng(0).normal(size=(90, 3, 8))
    X[:40, 0], X[:, 1] = 5.0, -2.0
    X[40:, 0] *= 1e4
    if missing != "error":
        X[:30, 2] = np.nan
    options = {"scaling": scaling, "missing": missing, "differences": True}
    of_all = Preprocessor.fit(as_panel(X), np.ones(90), **options)
    of_parts = Preprocessor.fit(open_stored(Recorder(X), "f8", missing), np.ones(90), **options)
    for name in ("statistics", "changes"):
        one, other = getattr(of_all, name), getattr(of_parts, name)
        np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(one.scale, other.scale, rtol=1e-9)


# Answers into an array


@pytest.mark.parametrize("several", [True, False])
def test_answers_are_written_into_a_memmap(tiny, tmp_path, monkeypatch, several):
    X, levels = series()
    estimator = tiny().fit(X, target(tiny(), levels))
    if several:
        monkeypatch.setattr(chunked, "CHUNK_VALUES", CHUNK)
    methods = [estimator.predict]
    if is_classifier(estimator):
        methods.append(estimator.predict_proba)
    for i, method in enumerate(methods):
        expected = method(X)
        path = tmp_path / f"answers{i}.dat"
        out = np.memmap(path, dtype=expected.dtype, mode="w+", shape=expected.shape)
        assert method(as_memmap(X, tmp_path), out=out) is out
        out.flush()
        np.testing.assert_array_equal(
            np.fromfile(path, expected.dtype).reshape(expected.shape), expected
        )


def test_probabilities_may_be_rounded_and_labels_may_not(tcn_classifier):
    X, levels = series()
    classifier = tcn_classifier().fit(X, np.where(levels > 0, "high", "low"))
    narrow = np.empty((len(X), 2), np.float32)
    classifier.predict_proba(X, out=narrow)
    np.testing.assert_array_equal(narrow, classifier.predict_proba(X).astype(np.float32))
    wide = np.empty(len(X), "U9")
    np.testing.assert_array_equal(classifier.predict(X, out=wide), classifier.predict(X))


READ_ONLY = np.empty((N_SERIES, 2))
READ_ONLY.flags.writeable = False
WRONG_OUT = {
    "list": ([0.0] * N_SERIES, TypeError, r"out must be an array.*list"),
    "shape": (np.empty((N_SERIES, 3)), ValueError, r"shape \(90, 2\), got \(90, 3\)"),
    "too short": (np.empty((5, 2)), ValueError, r"shape \(90, 2\), got \(5, 2\)"),
    "integers": (np.empty((N_SERIES, 2), int), ValueError, "takes float64, got int64"),
    "read-only": (READ_ONLY, ValueError, "writeable"),
}


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("name", WRONG_OUT)
def test_an_array_that_cannot_take_the_answers(tcn_classifier, name):
    out, error, words = WRONG_OUT[name]
    X, levels = series()
    classifier = tcn_classifier(max_epochs=1).fit(X, levels > 0)
    on_disk = Recorder(X)
    with pytest.raises(error, match=words):
        classifier.predict_proba(on_disk, out=out)
    assert not on_disk.read  # said before any work
    with pytest.raises(ValueError, match="takes <U4, got <U2"):
        tcn_classifier(max_epochs=1).fit(X, np.where(levels > 0, "high", "low")).predict(
            X, out=np.empty(len(X), "U2")
        )


# What is wrong


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("missing", ["error", "trim", "mask"])
def test_a_value_that_cannot_be_used_is_found_in_the_first_pass(tcn_classifier, store, missing):
    X, levels = series()
    X[70, 1, 5] = np.inf if missing == "mask" else np.nan
    classifier = tcn_classifier(missing=missing).fit(X[:50], levels[:50] > 0)
    before = vars(classifier).copy()
    with pytest.raises(ValueError, match="series 70, channel 1, time step 5") as from_disk:
        classifier.fit(store(X), levels > 0)
    with pytest.raises(ValueError, match="series 70, channel 1, time step 5") as from_memory:
        classifier.fit(X, levels > 0)
    assert str(from_disk.value) == str(from_memory.value)
    assert vars(classifier) == before
    with pytest.raises(ValueError, match="series 70, channel 1, time step 5"):
        classifier.predict(store(X, "y"))


@pytest.mark.usefixtures("small_chunks")
def test_a_series_of_nothing_but_nan(tcn_classifier):
    X, levels = series()
    X[70] = np.nan
    with pytest.raises(ValueError, match=r"series 70 must have a value"):
        tcn_classifier(missing="trim").fit(Recorder(X), levels > 0)
    X[:, 1] = np.nan
    with pytest.raises(ValueError, match=r"nothing but NaN in channel 1"):
        tcn_classifier(missing="mask").fit(Recorder(X), levels > 0)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("n_series", [5, 95])
def test_wrong_input_is_refused_before_anything_is_read(tcn_classifier, n_series):
    """Also where it would fit into memory."""
    X, levels = series(n_series)
    y = levels > np.median(levels)
    wrong = {
        "4-D": (X[:, None], y, r"2D array.*3D array.*\(\d+, 1, 2, 12\)"),
        "1-D": (np.ones(9 * CHUNK), y, r"2D array.*\(9000,\)"),
        "no steps": (X[..., :0], y, "empty dimension"),
        "text": (X.astype("S4"), y, "(?i)real numbers|convert|string"),
        "complex": (X * 1j, y, "(?i)real numbers|complex"),
        "y too short": (X, y[1:], "inconsistent"),
    }
    for values, labels, words in wrong.values():
        on_disk = Recorder(values)
        with pytest.raises((ValueError, TypeError), match=words):
            tcn_classifier().fit(on_disk, labels)


@pytest.mark.usefixtures("small_chunks")
def test_other_shapes_than_in_fit(tcn_classifier, tmp_path):
    X, levels = series()
    fitted = tcn_classifier(max_epochs=1).fit(X, levels > 0)
    with pytest.raises(ValueError, match="2 channels as in fit, got 3"):
        fitted.predict(as_memmap(np.zeros((90, 3, 12)), tmp_path))
    with pytest.raises(ValueError, match=r"as in fit, got 12; .* pass X.transpose\(0, 2, 1\)"):
        fitted.predict(as_memmap(np.zeros((90, 12, 2)), tmp_path))
    assert len(fitted.predict(as_memmap(np.zeros((90, 2, 30)), tmp_path))) == 90
    table = tcn_classifier(max_epochs=1).fit(X[:, 0], levels > 0)
    with pytest.raises(ValueError, match="13 features, but TCNClassifier is expecting 12"):
        table.predict(as_memmap(np.zeros((90, 13)), tmp_path))
    with pytest.raises(ValueError, match="13 features, but TCNClassifier is expecting 12"):
        table.predict(as_memmap(np.zeros((2, 13)), tmp_path))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("odd", "error", "words"),
    [
        (np.zeros((3, 12), "f4"), ValueError, "2 in series 0 and 3 in series 1"),
        (np.zeros((1, 2, 3), "f4"), ValueError, r"series 1 must have the shape"),
        (np.zeros((2, 0), "f4"), ValueError, "series 1 must not be empty"),
        (np.zeros((2, 3), "S1"), TypeError, "series 1 must hold real numbers"),
    ],
)
def test_wrong_elements_of_a_list(tcn_classifier, tmp_path, odd, error, words):
    X, levels = series()
    first, *others = X
    with pytest.raises(error, match=words):
        tcn_classifier().fit([as_memmap(first, tmp_path), odd, *others[1:]], levels > 0)


@pytest.mark.usefixtures("small_chunks")
def test_inputs_stay_as_they_are(tcn_classifier, store):
    X, levels = series()
    on_disk = store(X)
    estimator = tcn_classifier().fit(on_disk, levels > 0)
    estimator.predict(on_disk)
    np.testing.assert_array_equal(load_series(on_disk), X)


# What is no data on disk, and what reads it whole


def test_what_is_stored():
    pd = pytest.importorskip("pandas")
    others = [np.ones(3), [np.ones(3)], torch.ones(3), pd.Series([1.0]), pd.DataFrame([[1.0]])]
    others += [np.float64(1.0), "text", None, [[1.0, 2.0]]]
    assert not any(map(is_stored, others))
    assert all(load_series(other) is other for other in others if not isinstance(other, str | None))


@pytest.mark.usefixtures("small_chunks")
def test_what_looks_into_a_network_reads_all(tcn_classifier, store):
    X, levels = series()
    on_disk, y = store(X), levels > 0
    classifier = tcn_classifier(max_epochs=1)
    assert str(preflight(classifier, on_disk, y).findings) == str(
        preflight(classifier, X, y).findings
    )
    classifier.fit(X, y)
    one, other = (class_activation(classifier, x).contributions for x in (X, on_disk))
    np.testing.assert_array_equal(one, other)
    one, other = (gradient_flow(classifier, x, y) for x in (X, on_disk))
    assert one.loss == other.loss
    one, other = (str(activation_health(classifier, x)) for x in (X, on_disk))
    assert one == other
