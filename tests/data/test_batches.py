"""Batches for training, and answers for all series."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._data.dataset import BatchIterator, SeriesDataset, batch_sizes, round_length
from sktcn._data.panel import as_panel
from sktcn._model import inference
from sktcn._model.inference import forward
from sktcn.networks import LSTM, TCN, SequenceModel


def numbered(lengths, **options):
    """Make series whose every value is their number, from one."""
    panel = as_panel([np.full((2, length), i + 1.0) for i, length in enumerate(lengths)])
    options = {"dtype": torch.float64, "device": torch.device("cpu")} | options
    return SeriesDataset(panel, np.arange(len(lengths)), **options)


def drawn(dataset, batch_size, seed=None):
    """Numbers of the series in each batch of an epoch."""
    rng = None if seed is None else np.random.default_rng(seed)
    iterator = BatchIterator(dataset, batch_size, rng)
    epoch = [target.tolist() for _, target in iterator]
    assert len(epoch) == len(iterator)
    return epoch


ragged = st.lists(st.integers(1, 40), min_size=1, max_size=40)


@given(lengths=ragged, batch_size=st.integers(1, 50), seed=st.none() | st.integers(0, 9))
@settings(deadline=None, max_examples=80)
def test_every_series_once_an_epoch(lengths, batch_size, seed):
    epoch = drawn(numbered(lengths), batch_size, seed)
    assert sorted(chain(*epoch)) == list(range(len(lengths)))
    assert sorted(map(len, epoch)) == sorted(batch_sizes(np.array(lengths), batch_size))
    if batch_size != 2:
        assert max(map(len, epoch)) <= batch_size


@given(n_series=st.integers(1, 90), batch_size=st.integers(1, 50))
def test_series_of_one_length_are_dealt_out_evenly(n_series, batch_size):
    sizes = batch_sizes(np.full(n_series, 7), batch_size)
    assert sum(sizes) == n_series
    assert max(sizes) - min(sizes) <= 1


ANY_LENGTHS = st.lists(st.integers(1, 20) | st.integers(1, 10**6), min_size=2, max_size=60)


@given(lengths=ANY_LENGTHS, batch_size=st.integers(3, 50))
@settings(deadline=None, max_examples=200)
def test_padding_costs_little(lengths, batch_size):
    """At worst a long series is in company of one or two short ones."""
    lengths = np.sort(lengths)
    sizes = batch_sizes(lengths, batch_size)
    assert min(sizes) > 1
    for batch in np.split(lengths, np.cumsum(sizes)[:-1]):
        assert len(batch) * batch[-1] <= max(2, min(len(batch), 3)) * batch.sum()


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_among_series_of_about_the_same_length(seed):
    rng = np.random.default_rng(seed)
    by_length = np.arange(10, 2000, 10)
    dataset = numbered(by_length)
    first, second = (list(BatchIterator(dataset, 16, rng)) for _ in range(2))
    padded = sum(inputs["x"].shape[0] * inputs["x"].shape[2] for inputs, _ in first)
    assert padded < 1.5 * by_length.sum()
    firsts, seconds = ([set(target.tolist()) for _, target in epoch] for epoch in (first, second))
    assert not any(batch in seconds for batch in firsts)
    longest = [inputs["x"].shape[2] for inputs, _ in first]
    assert longest != sorted(longest)


@given(n_series=st.integers(2, 60), batch_size=st.integers(3, 50))
@settings(deadline=None, max_examples=80)
def test_no_series_alone_in_a_batch(n_series, batch_size):
    assert min(map(len, drawn(numbered([2] * n_series), batch_size, seed=0))) > 1


@pytest.mark.parametrize("n_series", [3, 5, 33])
def test_nor_where_they_come_in_pairs(n_series):
    assert min(map(len, drawn(numbered([2] * n_series), 2, seed=0))) > 1


def test_order():
    dataset = numbered([3] * 30)
    assert drawn(dataset, 7, seed=1) == drawn(dataset, 7, seed=1)
    assert drawn(dataset, 7, seed=1) != drawn(dataset, 7, seed=2)
    assert list(chain(*drawn(dataset, 7))) == list(range(30))
    iterator = BatchIterator(dataset, 7, np.random.default_rng(0))
    first, second = ([target.tolist() for _, target in iterator] for _ in range(2))
    assert first != second


@given(lengths=ragged, seed=st.integers(0, 9))
@settings(deadline=None, max_examples=50)
def test_padded_to_little_more_than_the_longest_in_the_batch(lengths, seed):
    iterator = BatchIterator(numbered(lengths), 4, np.random.default_rng(seed))
    for inputs, target in iterator:
        own = [lengths[i] for i in target]
        assert inputs["x"].shape[:2] == (len(target), 2)
        if inputs["lengths"] is None:
            assert set(own) == {inputs["x"].shape[2]}
        else:
            assert inputs["lengths"].tolist() == own
            assert max(own) <= inputs["x"].shape[2] <= 1.25 * max(own)
        for x, number, length in zip(inputs["x"], target + 1, own, strict=True):
            assert (x[:, :length] == number).all()
            assert not x[:, length:].any()


def test_there_are_few_shapes():
    rounded = {round_length(n) for n in range(1, 1025)}
    assert len(rounded) < 50
    assert all(round_length(n) == n for n in rounded)


def test_values_keep_their_place():
    X = np.random.default_rng(0).normal(size=(5, 3, 7))
    dataset = SeriesDataset(as_panel(X), dtype=torch.float64, device=torch.device("cpu"))
    inputs, target = dataset.batch(np.array([3, 1]))
    np.testing.assert_array_equal(inputs["x"].numpy(), X[[3, 1]])
    assert target is None
    assert inputs["lengths"] is None
    assert inputs["weight"] is None


def test_weights_go_with_their_series_and_average_one():
    weight = np.array([1.0, 2.0, 3.0, 6.0])
    inputs, _ = numbered([2, 3, 4, 5], weight=weight).batch(np.array([3, 0]))
    assert inputs["weight"].tolist() == [2.0, 1 / 3]
    assert numbered([2, 3], weight=np.array([5.0, 5.0])).batch(np.array([0]))[0]["weight"] is None


def test_types_of_targets():
    panel, where = as_panel(np.ones((2, 3))), {"device": torch.device("cpu")}
    codes = SeriesDataset(panel, np.array([0, 1]), dtype=torch.float32, **where)
    numbers = SeriesDataset(panel, np.array([[0.5], [1.5]]), dtype=torch.float32, **where)
    assert codes.target.dtype == torch.int64
    assert numbers.target.dtype == torch.float32
    assert codes.values.dtype == torch.float32


@pytest.fixture(params=["tcn", "lstm"])
def model(request):
    generator = torch.Generator().manual_seed(0)
    kinds = {"tcn": TCN(2, [4, 4], 3, generator=generator), "lstm": LSTM(2, 4, generator=generator)}
    return SequenceModel(kinds[request.param], n_outputs=3, generator=generator).double().eval()


def dataset_of(series):
    return SeriesDataset(as_panel(series), dtype=torch.float64, device=torch.device("cpu"))


@given(lengths=ragged, data=st.data())
@settings(deadline=None, max_examples=25)
def test_answers_do_not_depend_on_order_or_company(lengths, data):
    rng = np.random.default_rng(0)
    series = [rng.normal(size=(2, length)) for length in lengths]
    tcn = TCN(2, [4], 3, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    module = SequenceModel(tcn, n_outputs=3, generator=generator).double().eval()
    order = data.draw(st.permutations(range(len(lengths))))
    answers = forward(module, dataset_of(series))
    shuffled = forward(module, dataset_of([series[i] for i in order]))
    np.testing.assert_allclose(shuffled, answers[list(order)], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_answers_do_not_depend_on_the_cut_into_batches(model, steps, monkeypatch):
    rng = np.random.default_rng(0)
    series = [rng.normal(size=(2, length)) for length in (5, 1, 9, 3, 9, 30, 2)]
    alone = np.concatenate([forward(model, dataset_of([x])) for x in series])
    monkeypatch.setattr(inference, "BATCH_STEPS", steps)
    answers = forward(model, dataset_of(series))
    np.testing.assert_allclose(answers, alone, rtol=1e-12, atol=1e-12)
    assert answers.shape == (7, 3)
    assert answers.dtype == np.float64


def test_no_batch_of_a_prediction_is_over_its_bound(monkeypatch):
    sizes = []

    def record(x, lengths, weight):
        sizes.append(tuple(x.shape))
        return x.mean(2)

    monkeypatch.setattr(inference, "BATCH_STEPS", 20)
    monkeypatch.setattr(inference, "MIN_ROWS", 1)  # no company for series that come alone
    forward(record, numbered([5, 1, 9, 3, 9, 30, 2, 5]))
    assert sum(n for n, _, _ in sizes) == 8
    assert all(n == 1 or n * t <= 20 for n, _, t in sizes)
