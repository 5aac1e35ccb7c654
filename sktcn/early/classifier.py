"""Early classification by a threshold on calibrated probabilities."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sktcn._data.frames import check_series_order, is_indexed, split_frame
from sktcn._data.panel import Floats
from sktcn._data.reading import check_container
from sktcn._data.weights import check_weight
from sktcn._model.fitted import is_owner
from sktcn._model.labels import check_labels, encode_labels
from sktcn._model.wrappers import advise_inner
from sktcn._preprocessing.missing import Interpolation
from sktcn._preprocessing.scaling import SeriesScaling
from sktcn.early.decisions import (
    Decisions,
    EarlyStreaming,
    choose_threshold,
    decision_steps,
    threshold_trade_off,
)
from sktcn.early.prefixes import PrefixTemperature, fit_prefixes, out_of_fold_proba, prefix_proba
from sktcn.estimators import TCNClassifier
from sktcn.networks import LSTM, TCN
from sktcn.streaming.conversion import to_streaming

LOOKAHEAD = {each.lookahead_parameter for each in (TCN, LSTM, SeriesScaling, Interpolation)}


class EarlyClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Classify each series as soon as its most probable class is probable enough.

    `fit` holds each series out once. On the series held out it calibrates the probabilities after
    each time step (temperature scaling, with a temperature that depends on the length) and chooses
    the threshold. Then it trains the classifier on all series.

    Parameters
    ----------
    estimator : TCNClassifier or LSTMClassifier, default=None
        Causal classifier, as `to_streaming` requires; None is
        ``TCNClassifier(n_fixed_kernels=0)``, since the leave-one-out answers of fixed kernels to a
        prefix know other prefixes of the same series, and are too sure. A fitted one in a
        `sklearn.frozen.FrozenEstimator` is used as it is, and all series of `fit` serve to
        calibrate it and to choose the threshold: ``n_prefixes``, ``cv`` and ``random_state`` are
        not used.
    threshold : float or "auto", default="auto"
        Probability at which a series is decided on.
    accuracy : float, default=None
        With ``threshold="auto"`` only: target accuracy on the series held out. The earliest
        threshold that reaches it is chosen, or the most accurate one if none does, with a warning;
        1 asks for that one. None targets the largest accuracy less its standard error.
    waiting_cost : float, default=None
        With ``threshold="auto"`` only: cost of waiting for the whole series, relative to that of a
        wrong decision. The threshold of the least mean cost is chosen.
    min_length : int, default=1
        Least number of time steps of a decision.
    n_prefixes : int, default=4
        Prefixes of each series, the shortest ``1 / (n_prefixes + 1)`` of it, on which the
        classifier is trained as well. Without any, early decisions are much worse, unless prefixes
        show nothing of the label, as of a pattern that may come late. A fit takes
        ``(cv + 1) * (n_prefixes + 1)`` times as long as that of the estimator.
    cv : int, cross-validation splitter or list of splits, default=3
        Stratified folds that are held out, or as many as the rarest class has series; or another
        partition of the series, as in scikit-learn.
    random_state : int, RandomState instance or None, default=0
        Shuffles the series before they are split into stratified folds.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    threshold_ : float
        Probability at which a series is decided on.
    temperature_ : PrefixTemperature
        Calibration of the probabilities.
    trade_off_ : dict of ndarray
        Columns "threshold", "accuracy", "earliness" (mean fraction of a series before its
        decision) and "harmonic_mean", on the series held out.

    See Also
    --------
    sktcn.plotting.TradeOffDisplay : Draw ``trade_off_``.

    References
    ----------
    .. [1] U. Mori et al., "Early classification of time series by simultaneously optimizing the
       accuracy and earliness", IEEE TNNLS, 2018.
    .. [2] L. Breiman et al., "Classification and regression trees", 1984 (one standard error).

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(60, 40)), np.where(np.arange(60) % 2, "bump", "flat")
    >>> X[y == "bump", 5:15] += 3
    >>> tcn = TCNClassifier(n_filters=8, n_blocks=2, max_epochs=10, n_fixed_kernels=0)
    >>> early = EarlyClassifier(tcn).fit(X, y)
    >>> decisions = early.decide(X)
    >>> bool(np.median(decisions.n_timepoints) < 40)
    True

    On two live streams:

    >>> streaming = early.to_streaming(n_streams=2)
    >>> for step in X[:2].T:
    ...     newest = streaming.push(step[:, None])
    >>> bool((newest.labels == decisions.labels[:2]).all())
    True
    """

    inner_advice = (
        "streams by its own to_streaming, and joblib.dump keeps it; for all else there is its "
        "estimator_, without threshold and calibration"
    )
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "threshold": [Interval(Real, 0, 1, closed="right"), StrOptions({"auto"})],
        "accuracy": [Interval(Real, 0, 1, closed="both"), None],
        "waiting_cost": [Interval(Real, 0, None, closed="left"), None],
        "min_length": [Interval(Integral, 1, None, closed="left")],
        "n_prefixes": [Interval(Integral, 0, None, closed="left")],
        "cv": [
            Interval(Integral, 2, None, closed="left"),
            HasMethods(["split", "get_n_splits"]),
            list,
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        threshold: float | str = "auto",
        accuracy: float | None = None,
        waiting_cost: float | None = None,
        min_length: int = 1,
        n_prefixes: int = 4,
        cv: Any = 3,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.estimator = estimator
        self.threshold = threshold
        self.accuracy = accuracy
        self.waiting_cost = waiting_cost
        self.min_length = min_length
        self.n_prefixes = n_prefixes
        self.cv = cv
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train, calibrate, and choose the threshold.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in ``estimator.fit``.
        y : array-like of shape (n_series,)
            Class labels, at least two series of each.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series and of its prefixes: in the training, in the calibration and in
            the choice of the threshold, whose standard error is that of the effective number of
            series, ``sum(weight) ** 2 / sum(weight ** 2)``. A weight of zero is the absence of a
            series.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the series or the labels are invalid.
        """
        self._validate_params()
        if self.accuracy is not None and self.waiting_cost is not None:
            raise ValueError(
                "accuracy and waiting_cost are two ways to choose the threshold, got both: "
                f"accuracy={self.accuracy}, waiting_cost={self.waiting_cost}"
            )
        _check_estimator(self._chosen_estimator())
        check_container(X)
        check_series_order(X, y)
        y = check_labels(y)
        X, y = indexable(split_frame(X) if is_indexed(X) else X, y)
        weight = check_weight(sample_weight, y)
        fitted, prefixes = self._fit_estimator(X, y, None if sample_weight is None else weight)
        used = np.flatnonzero(weight)
        prefixes, weight = [prefixes[i] for i in used], weight[used]
        codes = encode_labels(y[used], fitted.classes_)
        self.temperature_ = PrefixTemperature.fit(prefixes, codes, weight)
        calibrated = [self._calibrate(prefix) for prefix in prefixes]
        self.trade_off_ = threshold_trade_off(calibrated, codes, self.min_length, weight)
        self._warn_of_accuracy()
        share = weight / weight.max()
        self.threshold_ = (
            choose_threshold(
                self.trade_off_,
                share.sum() ** 2 / np.square(share).sum(),
                accuracy=self.accuracy,
                waiting_cost=self.waiting_cost,
            )
            if isinstance(self.threshold, str)
            else float(self.threshold)
        )
        self.estimator_ = fitted
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(fitted, name):
                setattr(self, name, getattr(fitted, name))
        return self

    def decide(self, X: Any) -> Decisions:
        """Decide on each series as early as possible.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.

        Returns
        -------
        Decisions
            Label, time and probabilities of each decision.
        """
        check_is_fitted(self)
        prefixes = prefix_proba(self.estimator_, X)
        calibrated = [self._calibrate(prefix) for prefix in prefixes]
        steps, decided = decision_steps(calibrated, self.threshold_, self.min_length)
        proba = np.stack([p[step - 1] for p, step in zip(calibrated, steps, strict=True)])
        return Decisions(self.classes_[proba.argmax(axis=1)], steps, proba, decided)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the label of each series at its decision.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_series,)
            Labels.
        """
        return self.decide(X).labels

    def predict_proba(self, X: Any) -> Floats:
        """Predict the probabilities of each series at its decision.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_series, n_classes)
            Calibrated probabilities in the order of ``classes_``.
        """
        return self.decide(X).probabilities

    def to_streaming(self, n_streams: int = 1, *, window: int | None = None) -> EarlyStreaming:
        """Convert the fitted classifier to decide on live signals.

        Parameters
        ----------
        n_streams : int, default=1
            Number of parallel signals.
        window : int, default=None
            Decide by the newest ``window`` time steps, as in `sktcn.streaming.to_streaming`: for
            signals in which the start of what is to be classified is unknown. Probabilities are
            calibrated as those of a prefix of ``window`` steps once there are so many, which
            ``streaming.is_full`` of the result marks. A decision is final all the same: reset its
            stream to wait for the next one. At least ``min_length``.

        Returns
        -------
        EarlyStreaming
            All streams are at their start.

        Raises
        ------
        ValueError
            If ``n_streams`` or ``window`` is invalid.
        """
        check_is_fitted(self)
        streaming = to_streaming(self.estimator_, n_streams, window=window)
        if window is not None and window < self.min_length:
            raise ValueError(
                f"window must be at least min_length, got window={window}, "
                f"min_length={self.min_length}"
            )
        return EarlyStreaming(
            streaming,
            temperature=self.temperature_,
            threshold=self.threshold_,
            min_length=self.min_length,
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        estimator = self._chosen_estimator()
        tags.input_tags = estimator.__sklearn_tags__().input_tags
        return tags

    def _warn_of_accuracy(self) -> None:
        """Warn if no threshold has the accuracy that is asked for on the series held out."""
        best = self.trade_off_["accuracy"].max()
        if self.threshold == "auto" and self.accuracy is not None and best < self.accuracy < 1:
            warnings.warn(
                f"no threshold reaches accuracy={self.accuracy} on the series held out: the most "
                f"accurate has {best:.3g}, and is taken. n_prefixes=0 trains on whole series "
                "alone, which suits patterns that may come late; or train on more series",
                stacklevel=3,
            )

    def _chosen_estimator(self) -> Any:
        """Return the estimator, or the default one."""
        return TCNClassifier(n_fixed_kernels=0) if self.estimator is None else self.estimator

    def _fit_estimator(
        self, X: Any, y: NDArray[Any], weight: Floats | None
    ) -> tuple[Any, list[Floats]]:
        """Return the fitted classifier, and probabilities of the series held out."""
        estimator = self._chosen_estimator()
        if isinstance(estimator, FrozenEstimator):
            return estimator.estimator, prefix_proba(estimator.estimator, X)
        if weight is not None and not has_fit_parameter(estimator, "sample_weight"):
            raise TypeError(
                "estimator must take sample_weight in fit where sample_weight is given, "
                f"got {type(estimator).__name__}"
            )
        used = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
        given = (estimator, X, y, weight, self.n_prefixes)
        folds = {"cv": self.cv, "random_state": self.random_state}
        prefixes = out_of_fold_proba(*given, used=used, **folds)
        return fit_prefixes(*given, used=used), prefixes

    def _calibrate(self, prefix: Floats) -> Floats:
        return self.temperature_.transform(prefix, np.arange(1, len(prefix) + 1))


def _check_estimator(estimator: Any) -> None:
    """Raise if an estimator neither is nor holds one of this library, or if it looks ahead.

    A search's candidates are not known yet: `prefix_proba` refuses one that looks ahead.
    """
    if not (is_owner(estimator) or advise_inner(estimator, is_owner)):
        raise TypeError(
            "estimator must be a classifier of sktcn, which reads prefixes of series, "
            f"got {type(estimator).__name__}"
        )
    for name, value in estimator.get_params().items():
        if (given := f"{name.rpartition('__')[2]}={value!r}") in LOOKAHEAD:
            raise ValueError(f"estimator must see the past alone to decide early, got {given}")
