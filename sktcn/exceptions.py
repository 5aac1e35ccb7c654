"""Errors that a fit raises beside Python's own."""

from __future__ import annotations

__all__ = ["DivergenceError"]


class DivergenceError(ValueError):
    """Raised by ``fit`` where a loss or a weight is not finite.

    The message names epoch and update, and proposes a remedy. With ``on_divergence="best"`` the fit
    warns instead, and keeps the best weights so far.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.exceptions import DivergenceError
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20.0)
    >>> regressor = TCNRegressor(n_filters=4, lr=1e30, optimizer="sgd", max_epochs=3)
    >>> try:
    ...     regressor.fit(X, y)
    ... except DivergenceError as error:
    ...     print(error)
    training diverged: ... Try a lower lr (lr=1e+30), gradient_clip=1.0, or ...
    """
