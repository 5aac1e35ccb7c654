"""A third task, added from outside the package: counts, by the likelihood of Poisson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from sklearn.utils import check_array
from torch import nn

from sktcn._model.task import Task


class Exponential(nn.Module):
    def forward(self, outputs):
        return outputs.exp()


@dataclass(frozen=True, eq=False)
class Counts(Task):
    """One output, the logarithm of the expected count."""

    validation_fraction: float = 0.1
    output_name: ClassVar[str] = "counts"
    learned_names: ClassVar[tuple[str, ...]] = ()
    one_target: ClassVar[bool] = True

    def check(self, y):
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        if (y < 0).any():
            raise ValueError(f"y must be of counts, got {y.min()}")
        return y

    def fit(self, y, weight):
        return self

    def encode(self, y):
        return y[:, None]

    def restore(self, target):
        return target[:, 0]

    def weigh(self, target, weight):
        return weight

    def split(self, target, seed):
        order = np.random.default_rng(seed).permutation(len(target))
        n_valid = max(1, round(self.validation_fraction * len(target)))
        return np.sort(order[n_valid:]), np.sort(order[:n_valid])

    def criterion(self):
        return nn.PoissonNLLLoss(reduction="none")

    def decode(self, outputs):
        return np.exp(outputs)[:, 0]

    def decoder(self, device: torch.device | None = None):
        return Exponential()

    @property
    def n_outputs(self):
        return 1

    @property
    def output_labels(self):
        return np.arange(1)

    @property
    def units(self):
        return np.ones(1), np.zeros(1)
