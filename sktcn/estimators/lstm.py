"""Long short-term memory network as estimators."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn

from sktcn.estimators._constraints import CONSTRAINTS, POSITIVE_INT
from sktcn.estimators._docs import (
    FITTED_ATTRIBUTES,
    LSTM_PARAMETERS,
    LSTM_REFERENCES,
    training_parameters,
)
from sktcn.estimators._lstm_config import LSTMConfig
from sktcn.estimators.classifier import SequenceClassifier
from sktcn.estimators.fitting import TrainedEstimator
from sktcn.estimators.regressor import SequenceRegressor


class LSTMParameters(TrainedEstimator):
    """Parameters of a long short-term memory network, for all tasks."""

    architecture_type = LSTMConfig

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS | {
        "hidden_size": [POSITIVE_INT],
        "n_layers": [POSITIVE_INT],
        "bidirectional": ["boolean"],
        "patch_size": [POSITIVE_INT, StrOptions({"auto"})],
    }

    def __init__(
        self,
        *,
        hidden_size: int = 64,
        n_layers: int = 1,
        bidirectional: bool = False,
        activation: str | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: str | None = "layer",
        dropout: float = 0.1,
        residual: str | None = "add",
        pooling: str = "mean+max",
        patch_size: int | str = "auto",
        max_epochs: int | str = "auto",
        batch_size: int | str = 16,
        lr: float = 0.005,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: str | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = 1.0,
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
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.bidirectional = bidirectional
        self.activation = activation
        self.norm = norm
        self.dropout = dropout
        self.residual = residual
        self.pooling = pooling
        self.patch_size = patch_size
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


class LSTMClassifier(LSTMParameters, SequenceClassifier):
    __doc__ = f"""Long short-term memory network that classifies time series.

    Long series folded into patches, stacked LSTM layers [1]_, [2]_, features pooled over time, a
    linear layer.

    Parameters
    ----------
    {LSTM_PARAMETERS}
    {training_parameters(lr=0.005, gradient_clip=1.0)}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    {FITTED_ATTRIBUTES}

    See Also
    --------
    TCNClassifier : Classify by a convolutional network: as a rule quicker and more accurate.
    LSTMRegressor : Predict numbers.

    References
    ----------
    {LSTM_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = LSTMClassifier(max_epochs=20).fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
    """


class LSTMRegressor(LSTMParameters, SequenceRegressor):
    __doc__ = f"""Long short-term memory network that predicts numbers from time series.

    Long series folded into patches, stacked LSTM layers [1]_, [2]_, features pooled over time, a
    linear layer. It learns standardised targets, which are turned back.

    Parameters
    ----------
    {LSTM_PARAMETERS}
    {training_parameters(lr=0.005, gradient_clip=1.0)}

    Attributes
    ----------
    {FITTED_ATTRIBUTES}

    See Also
    --------
    TCNRegressor : Predict by a convolutional network: as a rule quicker and more accurate.
    LSTMClassifier : Predict classes.

    References
    ----------
    {LSTM_REFERENCES}

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = LSTMRegressor(max_epochs=40).fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
    True
    """
