"""One network trained by several processes, on one machine or on many.

    torchrun --nproc-per-node 2 examples/distributed/train.py

Each process reads all series and calls `fit` with the same arguments; `DistributedDataParallel`
gives each its part of every batch. ``batch_size`` is that of all processes together. All end
with the same network, and one saves it.
"""

import argparse
import os
from pathlib import Path

import torch
import torch.distributed as dist

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.distributed import DistributedDataParallel
from sktcn.persistence import save


def join() -> str:
    """Meet the other processes; return the device of this one."""
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl")
        return "cuda"
    dist.init_process_group("gloo")
    return "cpu"


def main() -> None:
    """Train, and let the first process tell and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="file to save the classifier in")
    asked = parser.parse_args()
    device = join()
    X, y = load_ucr("ItalyPowerDemand", split="train")
    classifier = TCNClassifier(
        n_filters=16,
        norm="layer",  # with which several processes do exactly what one does; dropout apart
        max_epochs=40,
        early_stopping=True,
        device=device,
        callbacks=[DistributedDataParallel()],
    )
    classifier.fit(X, y)
    if dist.get_rank() == 0:
        X_test, y_test = load_ucr("ItalyPowerDemand", split="test")
        print(f"{dist.get_world_size()} processes, {classifier.n_iter_} epochs, ", end="")
        print(f"accuracy {classifier.score(X_test, y_test):.3f}")
        if asked.out:
            save(classifier.set_params(callbacks=None), asked.out)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
