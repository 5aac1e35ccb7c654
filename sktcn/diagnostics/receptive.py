"""Receptive field of a network: by formula, and the effective one, by gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.panel import Floats, Panel
from sktcn._model.fitted import resolve_model
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn.diagnostics.networks import copy_network, draw
from sktcn.networks import SequenceModel

MASS = 0.95  # share of the gradients within the effective field
PROBES = 8  # number of differentiated sums of the features, with random signs


@dataclass(frozen=True, eq=False)
class ReceptiveField:
    """Result of `receptive_field`.

    Attributes
    ----------
    formula : float
        Time steps of the raw series that one feature depends on; infinite for an LSTM.
    lags : ndarray of int or None
        Raw time steps by which a value precedes its feature; negative after it.
    effective : ndarray or None
        Mean absolute gradient of the features with respect to the values at each lag, in units of
        the channels' standard deviations where ``scaling`` is not None.
    n_effective : int or None
        Steps around the feature's own that hold 95 % of `effective`.
    look_back : int
        Steps of `formula` that the preprocessing adds to those of the network: one with
        ``differences=True``.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import receptive_field
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> field = receptive_field(regressor, X)
    >>> field.formula, len(field.lags)
    (26.0, 40)
    >>> bool(np.isclose(field.share.sum(), 1))
    True
    """

    formula: float
    lags: NDArray[np.int64] | None = None
    effective: Floats | None = None
    n_effective: int | None = None
    look_back: int = 0

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
        Formula and lags count raw time steps: a difference, which ``differences=True`` adds as a
        channel, is of two. Statistics of ``scaling="series"`` are held fixed.

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
    formula, look_back = float(model.receptive_field), model.preprocessor.look_back
    if X is None:
        return ReceptiveField(formula, look_back=look_back)
    module = copy_network(model).double()
    panel = model.read(X)
    panel = panel.take(draw(len(panel), n_series))
    longest = int(panel.lengths.max())
    total, count = np.zeros(2 * longest), np.zeros(2 * longest)
    for index in range(len(panel)):
        series = panel.take(np.array([index]))
        lags, gradient = _gradient_by_lag(model.preprocessor, module, series)
        total[lags + longest] += gradient
        count[lags + longest] += 1
    seen = np.flatnonzero(count)
    lags, effective = seen - longest, total[seen] / count[seen]
    n_effective = _steps_that_hold(lags, effective)
    return ReceptiveField(formula, lags, effective, n_effective, look_back)


def _gradient_by_lag(
    preprocessor: Preprocessor, module: SequenceModel, series: Panel
) -> tuple[NDArray[np.int64], Floats]:
    """Compute the lag and the mean absolute gradient of each raw step of a series."""
    preprocessor, series = preprocessor.fixed_for(series)
    length = len(series.values)
    x = torch.tensor(series.values.T, dtype=torch.float64).expand(PROBES, -1, -1)
    x = x.clone().requires_grad_()
    features, _ = module.features(preprocessor.module(torch.float64)(x))
    step, place = _probed_feature(module, length)
    probed = features[:, :, place]
    (gradient,) = torch.autograd.grad((probed * _random_signs(probed.shape[1])).sum(), x)
    if preprocessor.scaling is not None:  # of one deviation, for channels of any unit
        gradient = gradient * torch.tensor(preprocessor.statistics.scale)[:, None]
    return step - np.arange(length), gradient.abs().mean((0, 1)).numpy()


def _probed_feature(module: SequenceModel, length: int) -> tuple[int, int]:
    """Choose a feature of a series: its last time step, and its index over time."""
    backbone = module.backbone
    n_features = int(backbone.feature_lengths(torch.tensor([length])))
    place = n_features - 1 if backbone.causal else n_features // 2
    return min((place + 1) * backbone.stride, length) - 1, place


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
