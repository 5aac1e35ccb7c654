"""Several processes train one network: as one process does, and all end with the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktcn.datasets import load_ucr
from sktcn.distributed import DataParallel
from sktcn.persistence import load
from tests.helpers import ranks

EXAMPLE = Path(__file__).parents[2] / "examples" / "distributed" / "train.py"
PROGRAM = Path(__file__).parents[1] / "helpers" / "ranks.py"
SINGLE = "float32, two networks"
EXACT = ["tcn", "weighted, held back", "lstm, ragged, clipped", "chunks"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder of the results of two processes."""
    path = tmp_path_factory.mktemp("ranks")
    command = [sys.executable, "-W", "error", PROGRAM, path, f"file://{path / 'meeting'}"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.stderr == ""
    assert done.returncode == 0
    return path


def found(folder, case, rank=0):
    with np.load(folder / f"{case} {rank}.npz") as file:
        return dict(file)


@pytest.mark.parametrize("case", EXACT)
def test_losses_and_answers_are_those_of_one_process(folder, case):
    alone, shared = ranks.fit(case), found(folder, case)
    assert alone.keys() == shared.keys()
    for name, values in alone.items():
        assert_allclose(shared[name], values, rtol=1e-9, atol=1e-11, err_msg=name)


def test_in_single_precision_too(folder):
    alone, shared = ranks.fit(SINGLE), found(folder, SINGLE)
    assert_allclose(shared["train_loss"], alone["train_loss"], rtol=1e-5)
    assert_allclose(shared["answers"], alone["answers"], atol=1e-4)


@pytest.mark.parametrize("case", ["batch norm", "dropout"])
def test_what_differs_from_one_process_still_learns(folder, case):
    losses = found(folder, case)["train_loss"]
    assert losses[-1] < losses[0]
    assert_allclose(losses, ranks.fit(case)["train_loss"], rtol=0.1)


@pytest.mark.parametrize("case", ranks.CASES)
def test_all_processes_end_with_the_same(folder, case):
    first, second = found(folder, case, 0), found(folder, case, 1)
    for name, values in first.items():
        assert_array_equal(second[name], values, err_msg=name)


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("case", ranks.KILLED)
def test_a_killed_fit_goes_on_to_the_same_end(folder, case, rank):
    for name in set(found(folder, case)) - {"train_accuracy"}:  # of an epoch's rest
        values = found(folder, case)[name]
        assert_array_equal(found(folder, f"{case}, killed", rank)[name], values, err_msg=name)


def test_finished_checkpoints_are_removed(folder):
    folders = [path for path in folder.iterdir() if path.is_dir()]
    assert len(folders) == len(ranks.KILLED) + len(ranks.SEPARATE)
    assert not [path for each in folders for path in each.iterdir()]


def test_early_stopping_stopped_early(folder):
    assert len(found(folder, "weighted, held back")["train_loss"]) < ranks.EXACT["max_epochs"]


@pytest.mark.parametrize("rank", [0, 1])
def test_processes_that_disagree_say_so(folder, rank):
    seed, series, few = (folder / f"complaints {rank}").read_text().splitlines()
    assert "they differ in the network, random_state" in seed
    assert "they differ in the series, lr" in series
    assert "one of 1 series for 2 processes; try a larger batch_size (batch_size=1)" in few


def test_without_other_processes_it_says_what_is_missing(tiny, data):
    estimator = tiny(callbacks=[DataParallel()])
    before = set(vars(estimator))
    with pytest.raises(ValueError, match=r"torchrun.*init_process_group"):
        estimator.fit(*data)
    assert set(vars(estimator)) == before


@pytest.fixture
def alone():
    """A group of one process: this one."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("alone")
def test_one_process_is_a_group_too(tiny, data):
    estimator = clone(tiny(callbacks=[DataParallel()])).fit(*data)
    assert_array_equal(estimator.history_["train_loss"], tiny().fit(*data).history_["train_loss"])


@pytest.mark.usefixtures("alone")
def test_it_goes_on_alone_afterwards(tiny, data):
    estimator = tiny(warm_start=True, callbacks=[DataParallel()]).fit(*data)
    estimator.partial_fit(*data)
    estimator.set_params(callbacks=None).fit(*data)
    assert estimator.net_.process_group is None


def torchrun(*arguments):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


@pytest.mark.slow
def test_example(tmp_path):
    pytest.importorskip("sktime", reason="the example's series are sktime's")
    told = torchrun("--nproc-per-node=2", EXAMPLE, "--out", tmp_path / "model.safetensors")
    (accuracy,) = re.findall(r"^2 processes, \d+ epochs, accuracy (\d\.\d+)$", told, re.MULTILINE)
    assert float(accuracy) > 0.9
    classifier = load(tmp_path / "model.safetensors")
    score = classifier.score(*load_ucr("ItalyPowerDemand", split="test"))
    assert f"{score:.3f}" == accuracy


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_two_devices_do_what_one_does(tmp_path):
    torchrun("--nproc-per-node=2", PROGRAM, tmp_path)
    for case in EXACT:
        alone = ranks.fit(case, device="cuda")
        for name, values in found(tmp_path, case).items():
            assert_allclose(values, alone[name], rtol=1e-7, atol=1e-9, err_msg=name)
