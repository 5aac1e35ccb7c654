"""The long short-term memory network as estimators."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn

from sktcn.estimators._constraints import CONSTRAINTS, POSITIVE_INT
from sktcn.estimators._docs import FITTED_ATTRIBUTES, training_parameters
from sktcn.estimators.base import SequenceEstimator
from sktcn.estimators.tasks import ClassifierTask, RegressorTask
from sktcn.networks import LSTM

# An LSTM learns from some hundreds of steps, and worse from more: patch_size="auto" ...
LONGEST_UNFOLDED = 384  # ... folds series that are longer than that
AUTO_PATCHES = 128  # ... and leaves so many steps of them, at the most


class LSTMEstimator(SequenceEstimator):
    """The parameters of a long short-term memory network, whatever the task."""

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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = 1.0,
        scaling: str | None = "channel",
        differences: bool = True,
        missing: str = "error",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: str = "raise",
        on_interrupt: str = "raise",
        device: str | torch.device = "auto",
        dtype: str = "float32",
        mixed_precision: bool = False,
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
        self.n_estimators = n_estimators
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.on_divergence = on_divergence
        self.on_interrupt = on_interrupt
        self.device = device
        self.dtype = dtype
        self.mixed_precision = mixed_precision
        self.compile = compile
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    def _check_parameters(self) -> torch.device:
        device = super()._check_parameters()
        if self.norm in ("layer", "group") and self.hidden_size < 2:
            raise ValueError(
                f"hidden_size must be at least 2 with norm={self.norm!r}, which compares the "
                f"features of a step, got hidden_size={self.hidden_size}"
            )
        return device

    def _build_backbone(self, generator: torch.Generator) -> LSTM:
        patch_size = self.patch_size
        if patch_size == "auto":
            long = self._longest > LONGEST_UNFOLDED
            patch_size = math.ceil(self._longest / AUTO_PATCHES) if long else 1
        return LSTM(
            self._preparation.out_channels,
            self.hidden_size,
            n_layers=self.n_layers,
            bidirectional=self.bidirectional,
            activation=self.activation,
            norm=self.norm,
            dropout=self.dropout,
            residual=self.residual,
            patch_size=int(patch_size),
            generator=generator,
        )


LSTM_PARAMETERS = """hidden_size : int, default=64
        Units of the hidden state, which are also the features that a layer puts out per time step
        and direction: there is no projection between the two.
    n_layers : int, default=1
        Layers, each reading the features of the one below.
    bidirectional : bool, default=False
        Read the series from its end as well. Twice the features; can't be streamed.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. It applies to the patch embedding and to the
        dense layer after the last LSTM layer; the gates stay sigmoid and tanh, for which there
        are fused kernels.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Normalisation of each layer's features; "weight" is that of the weights of the patch
        embedding and the dense layer.
    dropout : float, default=0.1
        Share of the features that are dropped in training, after each layer.
    residual : {"add", "concat", None}, default="add"
        Whether the input of each layer but the first is added to its output, stands beside it,
        or is left out.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean+max"
        How the features of the time steps become those of the series.
    patch_size : int or "auto", default="auto"
        Time steps folded into one before the first layer, since an LSTM goes through them one by
        one; "auto" folds series of more than 384 steps, as many as leave at most 128."""

LSTM_REFERENCES = """.. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000."""


class LSTMClassifier(ClassifierTask, LSTMEstimator):
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


class LSTMRegressor(RegressorTask, LSTMEstimator):
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
