"""Global state, which a call must leave as it was."""

from __future__ import annotations

import random

import numpy as np
import torch


def surroundings():
    """Collect the state that a call could disturb: generators, threads, types, modes."""
    kind, keys, *rest = np.random.get_state()
    return [
        random.getstate(),
        (kind, keys.tolist(), *rest),
        torch.get_rng_state().tolist(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    ]
