"""Whether a user's object is an estimator of this library, and one that sees the past alone."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from sktcn.estimators.base import SequenceEstimator


def check_estimator(estimator: Any, *, fitted: bool = True) -> None:
    """Raise unless ``estimator`` is one of ours and, if asked for, is fitted.

    Parameters
    ----------
    estimator : object
        What the user gave.
    fitted : bool, default=True
        Whether it must be fitted.

    Raises
    ------
    TypeError
        If it is something else.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    if not isinstance(estimator, SequenceEstimator):
        raise TypeError(
            "estimator must be a classifier or regressor of sktcn, which is the last step of a "
            "pipeline and the estimator_ of an adapter for sktime, "
            f"got a {type(estimator).__name__}"
        )
    if fitted:
        check_is_fitted(estimator)


def check_causal(estimator: SequenceEstimator) -> None:
    """Raise if a fitted estimator looks ahead.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.

    Raises
    ------
    ValueError
        It names the parameter that stands in the way.
    """
    preparation, backbone = estimator._preparation, estimator.net_.module_.backbone
    ahead = "bidirectional=True" if hasattr(backbone, "layers") else "causal=False"
    for looks, parameter in (
        (not backbone.causal, ahead),
        (preparation.scaling == "series", "scaling='series'"),
        (preparation.missing == "interpolate", "missing='interpolate'"),
    ):
        if looks:
            raise ValueError(
                "an estimator must see the past alone to be streamed, got one that was "
                f"fitted with {parameter}"
            )
