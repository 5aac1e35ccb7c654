"""Temporal convolutional network as estimators."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn

from sktcn.estimators._constraints import CONSTRAINTS, POSITIVE_INT
from sktcn.estimators._docs import (
    FITTED_ATTRIBUTES,
    TCN_PARAMETERS,
    TCN_REFERENCES,
    training_parameters,
)
from sktcn.estimators._tcn_config import TCNConfig
from sktcn.estimators.classifier import SequenceClassifier
from sktcn.estimators.fitting import TrainedEstimator
from sktcn.estimators.regressor import SequenceRegressor


class TCNParameters(TrainedEstimator):
    """Parameters of a temporal convolutional network, for all tasks."""

    architecture_type = TCNConfig

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS | {
        "n_filters": [POSITIVE_INT, "array-like"],
        "n_blocks": [POSITIVE_INT, StrOptions({"auto"})],
        "kernel_size": [POSITIVE_INT, "array-like"],
        "dilation_base": [POSITIVE_INT],
        "causal": ["boolean"],
        "zero_init_residual": ["boolean"],
        "multiscale": ["boolean"],
    }

    def __init__(
        self,
        *,
        n_filters: int | Sequence[int] = 32,
        n_blocks: int | str = "auto",
        kernel_size: int | Sequence[int] = 5,
        dilation_base: int = 2,
        causal: bool = True,
        activation: str | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: str | None = "batch",
        dropout: float = 0.1,
        residual: str | None = "add",
        zero_init_residual: bool = False,
        multiscale: bool = True,
        pooling: str = "mean",
        max_epochs: int | str = "auto",
        batch_size: int | str = 16,
        lr: float = 0.01,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: str | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = None,
        scaling: str | None = "channel",
        differences: bool = True,
        missing: str = "error",
        n_fixed_kernels: int | str = "auto",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: str = "raise",
        on_interrupt: str = "raise",
        device: str | torch.device = "auto",
        dtype: str = "float32",
        n_threads: int | None = None,
        mixed_precision: bool | str = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.n_filters = n_filters
        self.n_blocks = n_blocks
        self.kernel_size = kernel_size
        self.dilation_base = dilation_base
        self.causal = causal
        self.activation = activation
        self.norm = norm
        self.dropout = dropout
        self.residual = residual
        self.zero_init_residual = zero_init_residual
        self.multiscale = multiscale
        self.pooling = pooling
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.lr_schedule = lr_schedule
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.refit = refit
        self.gradient_clip = gradient_clip
        self.scaling = scaling
        self.differences = differences
        self.missing = missing
        self.n_fixed_kernels = n_fixed_kernels
        self.n_estimators = n_estimators
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.on_divergence = on_divergence
        self.on_interrupt = on_interrupt
        self.device = device
        self.dtype = dtype
        self.n_threads = n_threads
        self.mixed_precision = mixed_precision
        self.compile = compile
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state


class TCNClassifier(TCNParameters, SequenceClassifier):
    __doc__ = f"""Temporal convolutional network that classifies time series.

    Residual blocks of dilated convolutions [1]_, [2]_, features pooled over time, a linear layer.
    Without any argument it is causal, as deep as the series are long, and trained for about a
    minute on a small set.

    Parameters
    ----------
    {TCN_PARAMETERS}
    {training_parameters(lr=0.01, gradient_clip=None)}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    {FITTED_ATTRIBUTES}

    See Also
    --------
    LSTMClassifier : Classify by a recurrent network.
    TCNRegressor : Predict numbers.

    References
    ----------
    {TCN_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = TCNClassifier(max_epochs=20).fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
    """


class TCNRegressor(TCNParameters, SequenceRegressor):
    __doc__ = f"""Temporal convolutional network that predicts numbers from time series.

    Residual blocks of dilated convolutions [1]_, [2]_, features pooled over time, a linear layer.
    It learns standardised targets, which are turned back.

    Parameters
    ----------
    {TCN_PARAMETERS}
    {training_parameters(lr=0.01, gradient_clip=None)}

    Attributes
    ----------
    {FITTED_ATTRIBUTES}

    See Also
    --------
    LSTMRegressor : Predict by a recurrent network.
    TCNClassifier : Predict classes.

    References
    ----------
    {TCN_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = TCNRegressor(max_epochs=40).fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
    True
    """
