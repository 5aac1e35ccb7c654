"""Receptive field of a network: by formula, and the effective one, by gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.dataset import BatchIterator
from sktcn._data.panel import Floats
from sktcn._model.fitted import resolve_model
from sktcn.diagnostics.networks import copy_network, prepare_series, to_tensors
from sktcn.networks import SequenceModel

MASS = 0.95  # share of the gradients within the effective field
PROBES = 8  # number of differentiated sums of the features, with random signs
BATCH = 16


@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """Result of `receptive_field`.

    Attributes
    ----------
    formula : float
        Time steps of the raw series that one feature depends on; infinite for an LSTM.
    lags : ndarray of int or None
        Time steps by which an input precedes its feature; negative after it.
    effective : ndarray or None
        Mean absolute gradient of the features with respect to the inputs at each lag.
    n_effective : int or None
        Steps around the feature's own that hold 95 % of `effective`.
    """

    formula: float
    lags: NDArray[np.int64] | None = None
    effective: Floats | None = None
    n_effective: int | None = None

    @property
    def share(self) -> Floats:
        """Share of each lag in `effective`; zeros if all gradients are zero."""
        if self.effective is None:
            raise ValueError("give series, receptive_field(estimator, X), for effective shares")
        return self.effective / max(float(self.effective.sum()), np.finfo(np.float64).tiny)

    def __str__(self) -> str:
        text = f"receptive field: {self.formula:g} time steps by formula"
        if self.effective is None:
            return text
        return f"{text}, {self.n_effective} hold {MASS:.0%} of the gradients"


def receptive_field(estimator: Any, X: Any = None, *, n_series: int = 64) -> ReceptiveField:
    """Compute the receptive field of a fitted network by formula and, from series, by gradients.

    By formula, a feature depends on all that the taps of the convolutions reach. Its gradients
    show the effective receptive field: usually they come from a small, recent part of the field
    (Luo et al., 2016). They are those of the pooled features, at the last step of each series or,
    in a network that also looks ahead, at the middle one.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted estimator.
    X : array-like or list of arrays, default=None
        Series, as for ``predict``; None for the formula alone.
    n_series : int, default=64
        Number of series to draw from ``X``.

    Returns
    -------
    ReceptiveField
        Lags are those of the network's input: a difference between two steps, which
        ``differences=True`` adds as a channel, is at the later one. The formula counts both.

    References
    ----------
    .. [1] W. Luo, Y. Li, R. Urtasun and R. Zemel, "Understanding the effective receptive field in
       deep convolutional neural networks", NIPS 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import receptive_field
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> print(receptive_field(regressor))
    receptive field: 26 time steps by formula
    >>> receptive_field(regressor, X).n_effective <= 26
    True
    """
    model = resolve_model(estimator)
    formula = float(model.receptive_field)
    if X is None:
        return ReceptiveField(formula)
    module = copy_network(model).double()
    dataset = to_tensors(module, prepare_series(model, X, n_series))
    longest = int(dataset.panel_lengths.max())
    total, count = np.zeros(2 * longest), np.zeros(2 * longest)
    for inputs, _ in BatchIterator(dataset, BATCH):
        lags, gradients = _gradients_by_lag(module, inputs)
        np.add.at(total, lags + longest, gradients)
        np.add.at(count, lags + longest, 1)
    seen = np.flatnonzero(count)
    lags, effective = seen - longest, total[seen] / count[seen]
    return ReceptiveField(formula, lags, effective, _steps_that_hold(lags, effective))


def _gradients_by_lag(
    module: SequenceModel, inputs: dict[str, Tensor | None]
) -> tuple[NDArray[np.int64], Floats]:
    """Compute lag and mean absolute gradient of each step, series after series."""
    x, lengths = inputs["x"], inputs["lengths"]
    assert x is not None
    features, _ = module.features(x.requires_grad_(), lengths, inputs["weight"])
    if lengths is None:
        lengths = torch.full((len(x),), x.shape[2])
    step, place = _probed_feature(module, lengths)
    picked = features[torch.arange(len(x)), :, place]
    gradient = torch.zeros(x.shape[0], x.shape[2], dtype=x.dtype)
    for signs in _random_signs(picked.shape[1]):
        (found,) = torch.autograd.grad((picked * signs).sum(), x, retain_graph=True)
        gradient += found.abs().mean(1) / PROBES
    steps = torch.arange(x.shape[2])
    valid = steps < lengths[:, None]
    return (step[:, None] - steps)[valid].numpy(), gradient[valid].numpy()


def _probed_feature(module: SequenceModel, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Choose a feature of each series: its last time step, and its index over time."""
    n_features = module.backbone.feature_lengths(lengths)
    place = n_features - 1 if module.backbone.causal else n_features // 2
    return torch.minimum((place + 1) * module.backbone.stride, lengths) - 1, place


def _random_signs(n_features: int) -> Tensor:
    # A plain sum of the features would let those of opposite signs cancel.
    generator = torch.Generator().manual_seed(0)
    bits = torch.randint(2, (PROBES, n_features), generator=generator)
    return 2.0 * bits.double() - 1.0


def _steps_that_hold(lags: NDArray[np.int64], effective: Floats) -> int:
    """Count the steps of the smallest window around lag zero that holds `MASS`."""
    away = np.abs(lags)
    within = np.cumsum(np.bincount(away, effective))
    reach = int(np.searchsorted(within, MASS * within[-1]))
    return int((away <= reach).sum()) if within[-1] > 0 else 0
