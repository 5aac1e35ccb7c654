"""TODO."""

from __future__ import annotations

import numpy as np
import torch


class Generators:
    """Generators of one fit, each for one purpose, all from one seed; no global one is used.

    Parameters
    ----------
    seed : int
        Where all of them start from.
    """

    def __init__(self, seed: int):
        first, second, third = np.random.SeedSequence(seed).spawn(3)
        self.seed = seed
        self.weights = torch.Generator().manual_seed(int(first.generate_state(1)[0]))
        self.noise = torch.Generator().manual_seed(int(second.generate_state(1)[0]))
        self.order = np.random.default_rng(third)
