"""Fits: what all of them prepare, and the training of networks in epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sktcn._data.advice import warn_narrow_frame
from sktcn._data.dataset import TrainingSet
from sktcn._data.frames import check_series_order, check_step_order, is_indexed
from sktcn._data.panel import Floats, Indices
from sktcn._data.reading import check_n_series, learn_schema
from sktcn._fast.training import choose_passes
from sktcn._model.fitted import FittedModel
from sktcn._model.task import Task
from sktcn._model.threads import use_threads
from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn._training.config import TrainingConfig
from sktcn._training.conflicts import check_validated
from sktcn._training.convergence import warn_unlearned
from sktcn._training.device import on_cpu
from sktcn._training.fit import fit_net, history_table
from sktcn._training.fixed import fit_fixed_kernels
from sktcn._training.net import SequenceNet
from sktcn._training.partial import continued_net, first_net
from sktcn._training.trainer import Trainer, out_of_memory
from sktcn.estimators._rocket_config import RocketConfig
from sktcn.estimators._validation import (
    check_validation,
    restored_on_error,
    warn_axes,
    warn_short_crop,
)
from sktcn.estimators.base import BaseSequenceEstimator
from sktcn.estimators.continued import continue_model
from sktcn.estimators.plan import FitPlan, describe_fit, plan_fit
from sktcn.networks import SequenceModel


class TrainedEstimator(BaseSequenceEstimator):
    """Base of the estimators whose networks are trained in epochs."""

    nets_: list[SequenceNet]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "model_" in state:  # skorch pickles the networks in its nets, of any device
            model = state["model_"]
            fixed = None if model.fixed is None else on_cpu(model.fixed)
            state = {**state, "model_": replace(model, networks=[], fixed=fixed)}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "nets_" in state:
            self._set_nets(self.model_, self.nets_)

    @property
    def net_(self) -> SequenceNet:
        """Trained skorch net; the first one where ``n_estimators`` is more than one."""
        if "nets_" not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted yet: it has no net_")
        return self.nets_[0]

    @property
    def device_(self) -> torch.device:
        """Device of the network."""
        return torch.device(self.net_.device)

    @property
    def engine_(self) -> str:
        """Library that computes the layers between the convolutions of a training."""
        return choose_passes(self.net_.module_)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train on series and their targets.

        Parameters
        ----------
        X : array-like of shape (n_series, n_timepoints) or (n_series, n_channels, \
                n_timepoints), or list of arrays (n_timepoints_i,) or (n_channels, n_timepoints_i)
            Training series. A frame of pandas whose index has two levels, series and time, or a
            list with a frame for each series, has a row for each time step and a column for each
            channel; later frames may have the same columns in any order. A memmap, an array of
            h5py or zarr, or a list of these, stays on disk. Series of more than 2**23 values (64 MB
            in double precision) are read in chunks of about as many: the chunks, and the series of
            each, are shuffled.
        y : array-like of shape (n_series,), or (n_series, n_outputs) in regression
            Class labels of any kind, or regression targets.
        sample_weight : array-like of shape (n_series,), default=None
            Weight of each series: a weight of two is the series twice, in the loss and in all
            statistics; a weight of zero is its absence.
        X_val : array-like or list of arrays, default=None
            Validation part for early stopping, as in ``HistGradientBoostingClassifier`` of
            scikit-learn. All of ``X`` is then trained on, and ``validation_fraction`` is not used.
            A part of other groups, such as other patients, is chosen by ``GroupShuffleSplit`` of
            scikit-learn. In a ``Pipeline(..., transform_input=["X_val"])`` its steps transform the
            part as they do ``X``.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation part; class labels are among those of ``y``.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weight of each series in the validation loss.

        Returns
        -------
        self : object
            Fitted estimator. A fit that fails leaves the estimator as it was.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the series, the target or the weights are invalid, or a validation
            part is passed that early stopping would not use.

        Warns
        -----
        ConvergenceWarning
            If the training loss ended near that of the best constant answer, with
            ``max_epochs="auto"`` or after 120 updates or more.
        """
        own_validation = check_validation(X_val, y_val, sample_weight_val)
        with restored_on_error(self):
            plan = plan_fit(self)
            config = plan.training.for_fit(own_validation=own_validation)
            known = self._known_model(plan) if config.warm_start else None
            model, data = prepare_fit(self, plan, X, y, sample_weight, known=known)
            warn_unusual(model, X)
            warn_short_crop(model, config.crop)
            valid = None
            if own_validation:
                valid = prepare_validation(model, X_val, y_val, sample_weight_val)
            identity = {} if config.checkpoint is None else describe_fit(self)
            seeds = config.draw_seeds()
            model = replace(model, fixed=fit_fixed(model, data, config, seeds[0]))
            trainer = Trainer(model, data, config, identity, valid)
            members = trainer.fit(seeds, [] if known is None else known.networks)
            self.batch_size_ = trainer.config.batch_size
            self.n_threads_ = trainer.n_threads
            self._set_nets(model, [net for net, _ in members])
            self.history_ = history_table([history for _, history in members])
            self.n_iter_ = max(len(net.history) for net in self.nets_)
        trainer.close(members)
        warn_unlearned(self.nets_, data, model.task, trainer.config)
        return self

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, task: Callable[[Task], Task] | None = None
    ) -> Self:
        """Train one epoch; ``task`` fits the encoding of the task beforehand."""
        with restored_on_error(self):
            plan = plan_fit(self)
            check_validated(plan.training.callbacks, "partial_fit has none")
            known = self._known_model(plan)
            learned = None if task is None else task(plan.task)
            model, data = prepare_fit(self, plan, X, y, sample_weight, known=known, task=learned)
            warn_unusual(model, X)
            config = plan.training
            pairs = [] if known is None else zip(self.nets_, known.networks, strict=True)
            nets = [continued_net(*pair, model, config) for pair in pairs]
            nets = nets[: config.n_estimators]
            if len(nets) < config.n_estimators:
                seeds = config.draw_seeds()[len(nets) :]
                nets += [first_net(model, data, config, seed) for seed in seeds]
            dataset = data.dataset(config.dtype, config.device)
            n_threads = config.choose_threads(nets[0].module_, data.panel.lengths)
            try:
                with use_threads(n_threads):
                    for net in nets:
                        fit_net(net, dataset, n_epochs=1)
            except torch.cuda.OutOfMemoryError as error:
                raise out_of_memory(config, data) from error
            self.batch_size_, self.n_threads_ = config.batch_size, n_threads
            self._set_nets(model, nets)
            self.history_ = history_table([net.history for net in nets])
            self.n_iter_ = 1 if known is None else self.n_iter_ + 1
        return self

    def _known_model(self, plan: FitPlan) -> FittedModel | None:
        """Return the model of the last fit, adapted to the plan of the next one; None at first."""
        model = getattr(self, "model_", None)
        return None if model is None else continue_model(model, plan)

    def _set_nets(self, model: FittedModel, nets: list[SequenceNet]) -> None:
        """Set the nets, and the model of their networks."""
        self.nets_ = nets
        if model.fixed is not None:
            model.fixed.to(nets[0].device)
        self._set_model(replace(model, networks=[net.module_ for net in nets]))

    def _restore(self, model: FittedModel, nets: list[SequenceNet]) -> None:
        self._set_nets(model, nets)


def fit_fixed(
    model: FittedModel, data: TrainingSet, config: TrainingConfig, seed: int
) -> SequenceModel | None:
    """Fit the fixed kernels beside the networks; None if there are none."""
    if not config.n_fixed_kernels:
        return None
    alone = fixed_model(model, config.n_fixed_kernels)
    return fit_fixed_kernels(alone, data, seed, config.device)


def fixed_model(model: FittedModel, n_kernels: int) -> FittedModel:
    """Return the model of fixed kernels alone, not built yet, for the series of a model."""
    preprocessor = model.preprocessor
    differences = preprocessor.changes is not None
    architecture = RocketConfig(n_kernels, differences, preprocessor.missing)
    return replace(model, architecture=architecture, networks=[], fixed=None)


def prepare_fit(
    estimator: BaseEstimator,
    plan: FitPlan,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    known: FittedModel | None = None,
    task: Task | None = None,
) -> tuple[FittedModel, TrainingSet]:
    """Validate series and targets, and learn all but the networks; weights of zero drop series.

    The estimator's ``n_features_in_`` and ``feature_names_in_`` are set, or checked. Preprocessor,
    task and schema of a ``known`` model are kept; a ``task`` knows its encoding already.
    """
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    dtype = plan.training.dtype
    missing = (plan.preprocessing if known is None else known.preprocessor).missing
    if known is None:
        panel, schema = learn_schema(estimator, X, dtype, missing)
    else:
        schema = known.schema
        panel = schema.open(X, dtype, missing)
    if missing == "trim":
        panel = panel.trimmed()
    y, weight = prepare_targets(plan.task, X, y, sample_weight, panel, missing)
    task, target = _encode(y, weight, plan, known, task)
    panel, target, weight = _drop_unused(panel, *task.weigh_targets(target, weight))
    if known is not None:
        model = replace(known, task=task, dtype=dtype, networks=[])
    else:
        preprocessor = Preprocessor.fit(
            panel, weight, **vars(plan.preprocessing), names=schema.channel_names
        )
        longest = _longest_seen(panel.lengths, plan.training.crop)
        model = FittedModel(schema, preprocessor, plan.architecture, task, longest, dtype, [])
    return model, TrainingSet(panel.preprocessed(model.preprocessor, dtype), target, weight)


def _longest_seen(lengths: Indices, crop: int | None) -> int:
    """Count the steps that a network of depth "auto" covers: of the longest series, or fewer.

    Of crops it covers a third, so that most of the steps that are read are scored.
    """
    longest = int(lengths.max())
    return longest if crop is None else min(longest, max(2, crop // 3))


def warn_unusual(model: FittedModel, X: Any) -> None:
    """Warn of series that seem to be single time steps, or of rows that seem to be."""
    warn_axes(model)
    if hasattr(X, "iloc"):
        warn_narrow_frame(X)


def prepare_targets(
    task: Task, X: Any, y: Any, sample_weight: Any, panel: Any, missing: str
) -> tuple[Any, Floats]:
    """Validate targets and weights, and match them with the series; the task need not be fitted."""
    if task.per_step:
        check_step_order(X, y)
        if is_indexed(sample_weight) or not hasattr(sample_weight, "iloc"):
            check_step_order(X, sample_weight, "sample_weight")
    elif hasattr(y, "iloc"):
        check_series_order(X, y)
    y = task.check(y)
    check_n_series(X, panel.lengths, y)
    trimmed = missing == "trim"
    y = task.match(y, panel.lengths, trimmed=trimmed)
    return task.check_weight(sample_weight, y, trimmed=trimmed)


def prepare_validation(
    model: FittedModel, X_val: Any, y_val: Any, sample_weight_val: Any = None
) -> TrainingSet:
    """Validate a validation part, and prepare it as the model does its series."""
    task, missing = model.task, model.preprocessor.missing
    try:
        panel = model.schema.open(X_val, model.dtype, missing)
        if missing == "trim":
            panel = panel.trimmed()
        y, weight = prepare_targets(task, X_val, y_val, sample_weight_val, panel, missing)
        target, weight = task.weigh_targets(task.encode(y), weight)
        if not weight.any():
            raise ValueError("a series must have a positive weight")
        panel, target, weight = _drop_unused(panel, target, weight)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"the validation part, X_val and y_val, is invalid: {error}") from error
    return TrainingSet(panel.preprocessed(model.preprocessor, model.dtype), target, weight)


def _drop_unused(panel: Any, target: NDArray[Any], weight: Floats) -> tuple[Any, Any, Floats]:
    """Drop the series whose weight is zero."""
    used = np.flatnonzero(weight)
    if len(used) == len(weight):
        return panel, target, weight
    return panel.take(used), target[used], weight[used]


def _encode(
    y: NDArray[Any], weight: Floats, plan: FitPlan, known: FittedModel | None, task: Task | None
) -> tuple[Task, NDArray[Any]]:
    """Encode targets by what a known model or a given task has learned, or by a fit to them."""
    if known is None:
        task = plan.task.fit(y, weight) if task is None else task.observe(y, weight)
        return task, task.encode(y)
    task = replace(plan.task, **known.task.learned)  # type: ignore[type-var]
    target = task.encode(y)
    return task.observe(y, weight), target
