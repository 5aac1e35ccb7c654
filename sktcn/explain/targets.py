"""What is asked about: an estimator's outputs, and in which units they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._data.panel import Floats


def target_units(est: Any) -> tuple[Floats, Floats]:
    """Tell what turns the network's outputs into logits, or into targets in their own units.

    Parameters
    ----------
    est : estimator
        Fitted.

    Returns
    -------
    scale, offset : ndarray of shape (n_outputs,)
        By what to multiply, and what to add then.
    """
    scaler = getattr(est, "_target_scaler", None)
    if scaler is None:
        return np.ones(est._n_outputs), np.zeros(est._n_outputs)
    return scaler.scale, scaler.mean


def code_targets(est: Any, target: Any, n_series: int) -> list[int | None]:
    """Find which output is asked about, series by series.

    Parameters
    ----------
    est : estimator
        Fitted.
    target : label or int, or array-like of shape (n_series,), or None
        The label of a class, or the number of a target in regression.
    n_series : int
        Series there are.

    Returns
    -------
    list of int or None
        Numbers of outputs; None for the class predicted.

    Raises
    ------
    ValueError
        If there is no such output, or if there are not as many as series.
    """
    classes = getattr(est, "classes_", None)
    if target is None:
        return [None if classes is not None else 0] * n_series
    known = np.arange(est._n_outputs) if classes is None else classes
    wanted = np.asarray(target)
    if wanted.shape not in ((), (n_series,)):
        raise ValueError(
            f"target must be one for all series or one for each of {n_series}, "
            f"got the shape {wanted.shape}"
        )
    found = wanted[..., None] == known
    if not np.all(found.any(axis=-1)):
        raise ValueError(f"target must be among {known.tolist()}, got target={target!r}")
    return [int(code) for code in np.broadcast_to(found.argmax(axis=-1), n_series)]
