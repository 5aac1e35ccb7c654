"""Fixed kernels and a ridge as estimators."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions

from sktcn._data.dataset import TrainingSet
from sktcn._data.panel import Floats
from sktcn._fast.shares import choose_engine
from sktcn._model.fitted import FittedModel
from sktcn._model.task import Task
from sktcn._training.detachment import fit_detached
from sktcn._training.device import on_cpu, resolve_device
from sktcn._training.fixed import ALPHAS, build_fixed_kernels
from sktcn._training.ridge import fit_ridge
from sktcn._training.shares import ComputedShares, KeptShares, Shares
from sktcn.estimators._constraints import AT_LEAST_TWO_EACH, CONSTRAINTS
from sktcn.estimators._docs import ROCKET_ATTRIBUTES, ROCKET_PARAMETERS, ROCKET_REFERENCES
from sktcn.estimators._rocket_config import RocketConfig
from sktcn.estimators._validation import restored_on_error
from sktcn.estimators.base import BaseSequenceEstimator
from sktcn.estimators.classifier import SequenceClassifier
from sktcn.estimators.continued import continue_model
from sktcn.estimators.fitting import prepare_fit, warn_unusual
from sktcn.estimators.plan import FitPlan, plan_fit
from sktcn.estimators.regressor import SequenceRegressor


class RocketParameters(BaseSequenceEstimator):
    """Parameters of fixed kernels and a ridge, for all tasks, and the closed-form fit."""

    architecture_type = RocketConfig
    kept_: KeptShares

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS | {
        "n_kernels": [AT_LEAST_TWO_EACH],
        "alphas": [StrOptions({"auto"}), "array-like"],
        "kept_fraction": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        *,
        n_kernels: int = 10_000,
        alphas: str | Sequence[float] = "auto",
        kept_fraction: float = 1.0,
        class_weight: dict[Any, float] | str | None = None,
        scaling: str | None = "channel",
        differences: bool = True,
        missing: str = "error",
        device: str | torch.device = "auto",
        dtype: str = "float32",
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.n_kernels = n_kernels
        self.alphas = alphas
        self.kept_fraction = kept_fraction
        self.class_weight = class_weight
        self.scaling = scaling
        self.differences = differences
        self.missing = missing
        self.device = device
        self.dtype = dtype
        self.random_state = random_state

    @property
    def engine_(self) -> str:
        """Library that counts, "numba" or "torch"; their answers agree up to the last digits."""
        network: Any = self.model_.networks[0]
        return choose_engine(network)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose thresholds from the series, and solve for the weights.

        Parameters
        ----------
        X : array-like of shape (n_series, n_timepoints) or (n_series, n_channels, \
                n_timepoints), or list of arrays (n_timepoints_i,) or (n_channels, n_timepoints_i)
            Training series; a memmap, an array of h5py or zarr, or a list of these, stays on
            disk.
        y : array-like of shape (n_series,), or (n_series, n_outputs) in regression
            Class labels of any kind, or regression targets.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series: a weight of two is the series twice, a weight of zero is its
            absence.

        Returns
        -------
        self : object
            Fitted estimator. A fit that fails leaves the estimator as it was.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the series, the target or the weights are invalid.
        """
        with restored_on_error(self):
            plan = self._plan()
            model, data = prepare_fit(self, plan, X, y, sample_weight)
            warn_unusual(model, X)
            network = self._build(plan, model, data)
            shares = ComputedShares(network, data.panel)
            self.__dict__.pop("kept_", None)
            self._solve(model, network, shares, data.target, data.weight)
        return self

    def _learn_more(
        self, X: Any, y: Any, sample_weight: Any, task: Callable[[Task], Task] | None = None
    ) -> Self:
        """Solve for all series so far; ``task`` fits the encoding of the task beforehand."""
        with restored_on_error(self):
            plan = self._plan()
            known = self._known_model(plan)
            learned = None if task is None else task(plan.task)
            model, data = prepare_fit(self, plan, X, y, sample_weight, known=known, task=learned)
            warn_unusual(model, X)
            if known is None:
                network = self._build(plan, model, data)
            else:
                network = copy.deepcopy(known.networks[0])
            shares = ComputedShares(network, data.panel)
            kept = KeptShares.of(shares, data.target, data.weight)
            self.kept_ = kept if known is None else self.kept_.add(kept)
            self._solve(model, network, self.kept_, self.kept_.target, self.kept_.weight)
        return self

    def _known_model(self, plan: FitPlan) -> FittedModel | None:
        """Return the model of earlier calls for the parameters of the next one; None at first."""
        if "kept_" in vars(self):
            return continue_model(self.model_, plan)
        if "model_" in vars(self):
            warnings.warn(
                "partial_fit starts anew, with these series alone, since fit and load keep nothing "
                "of earlier series to go on from: call partial_fit from the first series on",
                stacklevel=4,
            )
        return None

    def _plan(self) -> FitPlan:
        """Validate the parameters."""
        plan = plan_fit(self)
        check_alphas(self.alphas)
        choose_device(self.device)
        return plan

    def _build(self, plan: FitPlan, model: FittedModel, data: TrainingSet) -> Any:
        """Build the network with thresholds from the series."""
        seed = plan.training.draw_seeds()[0]
        return build_fixed_kernels(model, data, seed, choose_device(self.device))

    def _solve(
        self,
        model: FittedModel,
        network: Any,
        shares: Shares,
        target: NDArray[Any],
        weight: Floats,
    ) -> None:
        """Set the weights, and the model."""
        alphas = check_alphas(self.alphas)
        own = network.head, shares, target, weight, model.task, alphas
        fit = fit_ridge(*own) if self.kept_fraction == 1 else fit_detached(*own, self.kept_fraction)
        self.loo_loss_, self.alpha_ = fit.loss, fit.alpha
        self._set_model(replace(model, networks=[network]))

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "model_" in state:  # to be unpickled without the device, on the CPU
            model = state["model_"]
            networks = [on_cpu(network) for network in model.networks]
            state = {**state, "model_": replace(model, networks=networks)}
        return state

    def _restore(self, model: FittedModel, nets: list[Any]) -> None:
        super()._restore(model, [network.to(choose_device(self.device)) for network in nets])


def choose_device(device: str | torch.device) -> torch.device:
    """Resolve a device that has float64, in which shares are summed: Apple's MPS has not."""
    resolved = resolve_device(device)
    if resolved.type != "mps":
        return resolved
    if device == "auto":
        return torch.device("cpu")
    raise ValueError(
        f"device must be a CPU or a CUDA device, which have float64, got device={str(device)!r}"
    )


def check_alphas(alphas: Any) -> Floats:
    """Validate the strengths of the ridge: positive numbers."""
    if isinstance(alphas, str):
        return ALPHAS
    values: Floats = check_array(
        alphas, dtype=np.float64, ensure_2d=False, ensure_min_samples=0, input_name="alphas"
    )
    if values.ndim != 1 or not len(values) or not (values > 0).all():
        raise ValueError(f"alphas must be a sequence of positive numbers, got alphas={alphas!r}")
    return values


class RocketClassifier(RocketParameters, SequenceClassifier):
    __doc__ = f"""Fixed random convolutions and a ridge that classify time series, in seconds.

    The kernels are those of MiniRocket [1]_, in a causal form: a feature is the share of the time
    steps at which a dilated convolution exceeds a threshold. A ridge reads the standardised
    shares; its strength, and the scale that turns its answers into logits, are those of the least
    leave-one-out log loss [3]_. Both are exact, without epochs or mini-batches. An answer takes no
    later time step, no fixed length and no complete series, so that the fitted estimator can be
    streamed.

    Parameters
    ----------
    {ROCKET_PARAMETERS}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    {ROCKET_ATTRIBUTES}

    See Also
    --------
    TCNClassifier : Classify by a trained convolutional network.
    RocketRegressor : Predict numbers.

    References
    ----------
    {ROCKET_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import RocketClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = RocketClassifier().fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
    """

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from more series, beside those of earlier calls.

        The result is that of one fit to the series of all calls, but that scales and thresholds
        are from those of the first. The shares of all series are kept, 8 bytes each, and the ridge
        is solved again: a call takes longer the more series came before. `fit` keeps no shares,
        and reads series from a disk in parts; after it, the first call starts anew, with a warning.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            Labels of all calls; required at the first call.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series. ``class_weight="balanced"`` balances each call by itself.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``classes`` are missing at the first call, or differ from those known, or if a
            parameter of the features was changed.
        """
        return self._learn_more(X, y, sample_weight, self._known_classes(classes))


class RocketRegressor(RocketParameters, SequenceRegressor):
    __doc__ = f"""Fixed random convolutions and a ridge that predict numbers from time series.

    The kernels are those of MiniRocket [1]_, in a causal form: a feature is the share of the time
    steps at which a dilated convolution exceeds a threshold. A ridge reads the standardised
    shares; its strength is that of the least leave-one-out squared error.

    Parameters
    ----------
    {ROCKET_PARAMETERS}

    Attributes
    ----------
    {ROCKET_ATTRIBUTES}

    See Also
    --------
    TCNRegressor : Predict by a trained convolutional network.
    RocketClassifier : Predict classes.

    References
    ----------
    {ROCKET_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import RocketRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = RocketRegressor().fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
    True
    """

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from more series, beside those of earlier calls.

        The result is that of one fit to the series of all calls, but that scales and thresholds
        are from those of the first. The shares of all series are kept, 8 bytes each, and the ridge
        is solved again: a call takes longer the more series came before. `fit` keeps no shares,
        and reads series from a disk in parts; after it, the first call starts anew, with a warning.

        Parameters
        ----------
        X : array-like or list of arrays
            Series, as in `fit`.
        y : array-like of shape (n_series,) or (n_series, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter of the features was changed.
        """
        return self._learn_more(X, y, sample_weight)
