"""Targets of time steps."""

import tracemalloc

import numpy as np
import pytest
import torch
from numpy.testing import assert_equal

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.dataset import ChunkedDataset, SeriesDataset
from sktcn._data.panel import Panel
from sktcn._data.step_targets import StepTargets, StepTensors
from sktcn._model.step_task import StepClassification


def test_encoded_labels_take_a_byte_a_step_and_equal_weights_nothing():
    y = np.arange(100_000, dtype=np.int8).reshape(10, -1) % 4
    tracemalloc.start()
    try:
        task = StepClassification()
        targets, weight = task.check_weight(None, task.check(y))
        task = task.fit(targets, weight)
        encoded, _ = task.weigh_targets(task.encode(targets), weight)
        tensors = StepTensors(encoded.normalized(), torch.float32, torch.device("cpu"))
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 5 * y.size  # read, encoded, and a mask of the labelled ones for each of both
    assert peak < 25 * y.size
    batch = tensors.gather(torch.arange(6).view(2, 3), None)
    assert batch.rows.tolist() == [[0, 1, 2], [3, 0, 1]]
    assert batch.rows.dtype == torch.int64


@pytest.mark.parametrize("weight", [[1, 1, 0, 0, 2, 2], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 2, 1]])
def test_a_chunk_of_one_series_has_the_weights_of_the_whole(weight):
    series = Panel(np.arange(6.0)[:, None], np.array([2, 2, 2]))
    targets = StepTargets(np.arange(6.0), np.array(weight, float), series.lengths)

    def read(start, stop):
        return series.take(np.arange(start, stop))

    rows = np.arange(3)
    chunked = ChunkedPanel(read, rows + 1, 3, 1, rows, series.lengths, in_memory=True)
    common = {"dtype": torch.float64, "device": torch.device("cpu")}
    whole = SeriesDataset(series, targets, np.ones(3), **common)
    parts = ChunkedDataset(chunked, targets, np.ones(3), **common)
    for number in rows:
        expected, found = whole.batch(rows[[number]])[1], parts.chunk(number).batch(rows[:1])[1]
        assert_equal(found.rows.numpy(), expected.rows.numpy())
        assert (found.weight is None) == (expected.weight is None)
        if expected.weight is not None:
            assert_equal(found.weight.numpy(), expected.weight.numpy())
