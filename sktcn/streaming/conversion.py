"""Conversion of fitted estimators to their streaming form."""

from __future__ import annotations

from typing import Any

import numpy as np

from sktcn._model.fitted import resolve_model
from sktcn._model.span import check_span
from sktcn.streaming.estimator import StreamingEstimator


def to_streaming(
    estimator: Any,
    n_streams: int = 1,
    *,
    window: int | None = None,
    decay: float | None = None,
) -> StreamingEstimator:
    """Convert a fitted estimator to predict after each time step of live signals.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted and causal; or one of `sktcn.sktime_adapter`, a search that found it, or a pipeline
        without other steps. It is not changed, and later fits of it do not affect the result.
    n_streams : int, default=1
        Number of parallel signals.
    window : int, default=None
        Answer for the newest ``window`` time steps rather than for all since the start, which is
        what a signal without end needs. What is pooled are the features of these steps, which the
        network computes from all of their past; ``predict_proba`` of the steps alone, cut out, has
        features that know no past, and differs. A window as long as the training series is the
        natural one. With ``patch_size``, a multiple of it: the newest patch may be incomplete.
    decay : float, default=None
        Weight of a time step in the pooling, relative to that of the next one: a step ``k`` steps
        ago weighs ``decay ** k``, half at ``k = log(0.5) / log(decay)``. It needs no more memory
        than the sum of all steps, but ``pooling="mean"`` or "attention"; "last" is the last step
        in any case. Not with ``window``.

    Returns
    -------
    StreamingEstimator
        All streams are at their start.

    Raises
    ------
    TypeError
        If the estimator is not one of this library; the message names the place of one within it.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If the estimator looks ahead: with ``causal=False``, ``bidirectional=True``,
        ``scaling="series"`` or ``missing="interpolate"``. If ``n_streams``, ``window`` or ``decay``
        is invalid, or if there is no such pooling.

    Notes
    -----
    Time and memory of a step do not grow with the signal. A window of ``W`` steps needs the memory
    of ``W`` pooled features a stream (those of "mean" in float64), with fixed kernels of ``W``
    answers. A step combines three of them, and each ``sqrt(W)`` steps about ``sqrt(W)`` more:
    sums are taken anew in each window, and never subtracted from, so that they do not drift.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(20, 30)), np.arange(20) % 2
    >>> classifier = TCNClassifier(max_epochs=3).fit(X + y[:, None], y)
    >>> streaming = to_streaming(classifier, n_streams=20)
    >>> for step in X.T:
    ...     probabilities = streaming.push(step[:, None])
    >>> np.allclose(probabilities, classifier.predict_proba(X), atol=1e-5)
    True

    A signal without end, of which the newest 30 steps count:

    >>> endless = to_streaming(classifier, window=30)
    >>> for step in X.ravel()[:100, None, None]:
    ...     newest = endless.push(step)
    >>> endless.is_full
    array([ True])
    """
    model = resolve_model(estimator)
    if isinstance(n_streams, bool) or not isinstance(n_streams, int | np.integer) or n_streams < 1:
        raise ValueError(f"n_streams must be a positive integer, got n_streams={n_streams!r}")
    model.check_causal()
    return StreamingEstimator(model, int(n_streams), check_span(model, window, decay))
