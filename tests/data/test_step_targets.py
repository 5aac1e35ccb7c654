"""Targets of time steps."""

import tracemalloc

import numpy as np
import torch

from sktcn._data.step_targets import StepTensors
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
