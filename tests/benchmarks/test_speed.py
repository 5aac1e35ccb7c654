"""Parts of the benchmark of speed that wait for a machine run here too."""

from __future__ import annotations

import pytest
import torch

from benchmarks.common.task import Task
from benchmarks.speed import gpu


@pytest.mark.filterwarnings("ignore")  # networks of an epoch have learned nothing
def test_all_that_a_gpu_is_to_tell_is_measured_on_a_cpu(monkeypatch):
    monkeypatch.setattr(gpu, "N_STREAMS", 8)
    task = Task("tiny", 12, 20, n_blocks=1, n_filters=4)
    rows = gpu.gpu(1, torch.get_num_threads(), "cpu", (task,), task)
    names = {row["figure"] for row in rows}
    assert {"tiny: bfloat16", "tiny: five networks", "tiny: the CPU"} <= names
    assert {"tiny: fit of fixed kernels, the CPU", "a push of 8 streams: the CPU"} <= names
    assert all(row["median"] > 0 for row in rows if "why" not in row)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so():
    (row,) = gpu.gpu(1, 1)
    assert row["why"] == "no CUDA device"
