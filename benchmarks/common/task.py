"""The network and the series of one timing, and the hyperparameters that all contenders share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LR, WEIGHT_DECAY = 0.002, 0.01
# The network alone reads and pools what the peers' networks do.
PLAIN = {"differences": False, "n_fixed_kernels": 0}
PLAIN_TCN = PLAIN | {"multiscale": False}
PLAIN_BFLOAT16 = PLAIN_TCN | {"mixed_precision": "auto"}  # float32 where there are no units for it


@dataclass(frozen=True)
class Task:
    """A network's sizes and its training series, which are noise: values do not affect the time."""

    name: str
    n_series: int
    length: int
    n_classes: int = 2
    n_channels: int = 1
    batch_size: int = 16
    n_epochs: int = 1  # beyond the first
    n_blocks: int = 5
    n_filters: int = 32
    kernel_size: int = 5
    norm: str = "batch"
    hidden_size: int = 64
    patch_size: int | str = 1
    dropout: float = 0.1

    @property
    def n_updates(self) -> int:
        """Updates of the optimiser in an epoch."""
        return -(-self.n_series // self.batch_size)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw series ``(n_series, n_channels, length)``, float32, and their classes."""
        rng = np.random.default_rng(0)
        shape = (self.n_series, self.n_channels, self.length)
        return rng.normal(size=shape).astype("float32"), np.arange(self.n_series) % self.n_classes
