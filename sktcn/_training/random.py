"""Random generators of a fit."""

from __future__ import annotations

import copy

import numpy as np
import torch


class Generators:
    """Independent generators of initial weights, dropout noise and the order of the series."""

    def __init__(self, seed: int):
        weights, noise, order = np.random.SeedSequence(seed).spawn(3)
        self.seed = seed
        self.weights = torch.Generator().manual_seed(int(weights.generate_state(1)[0]))
        self.noise = torch.Generator().manual_seed(int(noise.generate_state(1)[0]))
        self.order = np.random.default_rng(order)

    def copy(self) -> Generators:
        """Copy the generators; `copy.deepcopy` of torch's leaks 4 kB, which adds up online."""
        own = copy.copy(self)
        own.weights, own.noise = self.weights.clone_state(), self.noise.clone_state()
        own.order = copy.deepcopy(self.order)
        return own
