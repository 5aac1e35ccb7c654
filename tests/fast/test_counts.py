"""Counts by numba: those of torch to the bit, wherever torch is not asked for instead."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import sktcn
from sktcn import RocketClassifier
from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import as_panel
from sktcn._fast import shares
from sktcn._model.inference import iter_batches
from sktcn.networks.rocket import count_with_torch
from sktcn.persistence import load, save
from tests.helpers.processors import OTHERS, run_on_processor
from tests.networks.test_rocket import build

pytest.importorskip("numba", reason="the compiled counts need numba: pip install sktcn[fast]")

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 2, 40))
Y = np.arange(20) % 2


@settings(deadline=None, max_examples=30)
@given(
    channels=st.sampled_from([(1, None), (2, [[0], [1]]), (4, [[0, 2], [1, 3]]), (3, None)]),
    longest=st.sampled_from([1, 9, 60, 700]),
    n_steps=st.sampled_from([1, 8, 63, 512, 513, 1100]),
    n_kernels=st.sampled_from([168, 500, 2000]),
    ragged=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 99),
)
def test_counts_are_those_of_torch(channels, longest, n_steps, n_kernels, ragged, dtype, seed):
    in_channels, groups = channels
    model = build(in_channels, longest, n_kernels, groups=groups, seed=seed).to(dtype)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(3, in_channels, n_steps, generator=generator, dtype=dtype)
    lengths = torch.randint(1, n_steps + 1, (3,), generator=generator) if ragged else None
    if ragged:
        x[0, :, lengths[0] :] = 100.0
    assert torch.equal(shares.count(model, x, lengths), count_with_torch(model, x, lengths))
    outputs = shares.count(model, x, lengths, weigh=True)
    torch.testing.assert_close(
        outputs, count_with_torch(model, x, lengths, weigh=True), rtol=1e-10, atol=1e-10
    )


def test_counts_at_thresholds_that_responses_meet():
    model, x = build(longest=60), torch.randint(-2, 3, (4, 1, 60)).float()
    responses = model.backbone.features(x)[0]
    rows = [responses[84 * b : 84 * (b + 1)] for b in range(len(model.backbone.blocks))]
    for thresholds, row in zip(model.head.split(model.head.thresholds), rows, strict=True):
        thresholds.copy_(row[:, : thresholds.shape[1]].sort(1).values)
    assert torch.equal(shares.count(model, x), count_with_torch(model, x))


@pytest.mark.parametrize("size", [1e29, 1e38, torch.inf, torch.nan])
def test_values_without_order_are_left_to_torch(size):
    model, x = build(), torch.randn(2, 1, 30)
    x[0, 0, 3:9] = size
    assert torch.equal(shares.count(model, x), count_with_torch(model, x))


@pytest.mark.parametrize("shape", [(30, 2, 50), (3, 2, 1100), (1, 2, 3)])
@pytest.mark.parametrize("n_threads", [2, 3, 64])
def test_threads_share_the_series(n_threads, shape):
    model, x = build(2), torch.randn(shape)
    expected, before = count_with_torch(model, x), torch.get_num_threads()
    alone = torch.cat([shares.count(model, each[None], weigh=True) for each in x])
    torch.set_num_threads(n_threads)
    try:
        assert torch.equal(shares.count(model, x), expected)
        assert torch.equal(shares.count(model, x, weigh=True), alone)
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.parametrize("features", OTHERS)
def test_processors_without_wide_vectors_count_the_same(features, tmp_path):
    code = (
        "import torch; from sktcn._fast import shares\n"
        "from tests.networks.test_rocket import build\n"
        "from sktcn.networks.rocket import count_with_torch as plain\n"
        "for dtype in (torch.float32, torch.float64):\n"
        "    model, x = build(longest=300).to(dtype), torch.randn(3, 1, 700, dtype=dtype)\n"
        "    assert torch.equal(shares.count(model, x), plain(model, x))"
    )
    run_on_processor(code, features, tmp_path)


def test_an_estimator_answers_the_same_by_either(monkeypatch):
    fast = RocketClassifier().fit(X, Y)
    assert fast.engine_ == "numba"
    answers = fast.predict_proba(X)
    monkeypatch.setitem(sys.modules, "sktcn._fast.kernels", None)
    assert fast.engine_ == "torch"
    assert_allclose(fast.predict_proba(X), answers, rtol=1e-13)
    assert_allclose(RocketClassifier().fit(X, Y).predict_proba(X), answers, rtol=1e-13)


def test_an_estimator_fitted_by_numba_needs_none(tmp_path):
    fast = RocketClassifier(n_kernels=500).fit(X, Y)
    (tmp_path / "fast.pickle").write_bytes(pickle.dumps(fast))
    save(fast, tmp_path / "fast")
    code = (
        "import pickle, sys, numpy as np; sys.modules['numba'] = None\n"
        "from sktcn.persistence import load\n"
        "for each in (pickle.load(open('fast.pickle', 'rb')), load('fast')):\n"
        "    print(each.engine_, *each.predict_proba(np.load('X.npy'))[:, 0])"
    )
    np.save(tmp_path / "X.npy", X)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(sktcn.__file__).parents[1])},
    )
    for line in answer.stdout.splitlines():
        engine, *probabilities = line.split()
        assert engine == "torch"
        assert_allclose(np.array(probabilities, float), fast.predict_proba(X)[:, 0], rtol=1e-13)


def test_loaded_estimators_are_as_fast(tmp_path):
    save(RocketClassifier(n_kernels=500).fit(X, Y), tmp_path / "fast")
    assert load(tmp_path / "fast").engine_ == "numba"
    assert pickle.loads(pickle.dumps(load(tmp_path / "fast"))).engine_ == "numba"


def test_batches_of_consecutive_series_are_views():
    panel = as_panel(rng.normal(size=(9, 2, 5)))
    dataset = SeriesDataset(panel, dtype=torch.float32, device=torch.device("cpu"))
    for indices, shared in [([2, 3, 4], True), ([4], True), ([2, 4], False), ([3, 2], False)]:
        x = dataset.batch(np.array(indices))[0]["x"]
        assert torch.equal(x, dataset.values.view(9, 5, 2)[indices].transpose(1, 2))
        own, whole = x.untyped_storage(), dataset.values.untyped_storage()
        assert (own.data_ptr() == whole.data_ptr()) is shared


def test_batches_of_series_that_are_read_one_by_one_are_large_and_bounded():
    short, long = (np.zeros((700, 1, n)) for n in (60, 1000))
    sizes = []
    for x in (short, long):
        dataset = SeriesDataset(as_panel(x), dtype=torch.float32, device=torch.device("cpu"))
        for one_by_one in (False, True):
            batches = iter_batches(dataset, one_by_one=one_by_one)
            sizes.append(max(len(indices) for indices, _ in batches))
    assert sizes == [273, 256, 16, 256]
    counted_by_numba = RocketClassifier(n_kernels=168).fit(X, Y).model_.networks[0]
    assert (build().one_by_one, counted_by_numba.one_by_one) == (False, True)
