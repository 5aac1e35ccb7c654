"""Series to explain the answers for, and what an explanation must leave alone."""

from __future__ import annotations

import numpy as np

LENGTHS = (16, 3, 9, 1, 12, 5, 7, 16, 2, 11, 4, 8)  # at fit


def draw(lengths, seed, missing="error"):
    """Series of two channels; with NaN where the policy takes it."""
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=(2, length)) for length in lengths]
    if missing in ("mask", "interpolate"):
        for x in series:
            x[rng.random(x.shape) < 0.2] = np.nan
    if missing == "trim":
        series = [np.pad(x, ((0, 0), (0, 2)), constant_values=np.nan) for x in series]
    return series


def planted(n_series, seed, width=12):
    """Noise of 100 steps; in every other series there is a bump, somewhere."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_series, 100))
    start = rng.integers(0, 100 - width, n_series)
    for i in range(0, n_series, 2):
        X[i, start[i] : start[i] + width] += 1 + 2 * np.hanning(width)
    inside = np.arange(100) - start[:, None]
    return X, np.arange(n_series) % 2, (inside >= 0) & (inside < width)


def state(estimator):
    """All that an explanation could change: weights, statistics, gradients, modes, attributes."""
    module = estimator.net_.module_
    tensors = module.state_dict() | {f"grad {k}": p.grad for k, p in module.named_parameters()}
    return (
        set(vars(estimator)),
        [each.training for each in module.modules()],
        {k: None if v is None else v.tolist() for k, v in tensors.items()},
    )
