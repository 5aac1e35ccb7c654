"""The temporal convolutional network as estimators."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn

from sktcn.estimators._constraints import CONSTRAINTS, POSITIVE_INT
from sktcn.estimators._docs import FITTED_ATTRIBUTES, training_parameters
from sktcn.estimators.base import SequenceEstimator
from sktcn.estimators.tasks import ClassifierTask, RegressorTask
from sktcn.networks import TCN, blocks_to_cover


class TCNEstimator(SequenceEstimator):
    """The parameters of a temporal convolutional network, whatever the task."""

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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = None,
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
        sizes = _positive("kernel_size", self.kernel_size, "a sequence of them")
        if not self.causal and len(set(sizes % 2)) > 1:
            raise ValueError(
                "kernel_size must be all odd or all even with causal=False, or the middles of the "
                f"filters would not meet, got kernel_size={self.kernel_size!r}"
            )
        widths = _positive("n_filters", self.n_filters, "one for each block")
        if np.ndim(self.n_filters) and self.n_blocks not in ("auto", len(widths)):
            raise ValueError(
                f"n_filters must have one entry for each of n_blocks={self.n_blocks}, "
                f"got n_filters={self.n_filters!r}"
            )
        if self.norm in ("layer", "group") and widths.min(initial=2) < 2:
            raise ValueError(
                f"n_filters must be at least 2 with norm={self.norm!r}, which compares the "
                f"channels of a step, got n_filters={self.n_filters!r}"
            )
        return device

    def _block_widths(self) -> list[int]:
        if np.ndim(self.n_filters):
            return [int(width) for width in self.n_filters]  # type: ignore[union-attr]
        n_blocks = self.n_blocks
        if n_blocks == "auto":
            longest = int(np.max(self.kernel_size))
            n_blocks = blocks_to_cover(self._longest, longest, self.dilation_base)
        return [int(self.n_filters)] * int(n_blocks)  # type: ignore[arg-type]

    def _build_backbone(self, generator: torch.Generator) -> TCN:
        return TCN(
            self._preparation.out_channels,
            self._block_widths(),
            np.atleast_1d(self.kernel_size).tolist(),
            dilation_base=self.dilation_base,
            causal=self.causal,
            activation=self.activation,
            norm=self.norm,
            dropout=self.dropout,
            residual=self.residual,
            zero_init_residual=self.zero_init_residual,
            multiscale=self.multiscale,
            generator=generator,
        )


def _positive(name: str, value: Any, several: str) -> np.ndarray:
    """Return one positive integer or several as an array, or say that they are not."""
    integers = np.atleast_1d(value)
    if integers.ndim > 1 or integers.dtype.kind not in "iu" or integers.min(initial=1) < 1:
        raise ValueError(f"{name} must be a positive integer or {several}, got {name}={value!r}")
    return integers


TCN_PARAMETERS = """n_filters : int or sequence of int, default=32
        Filters of each convolution; a sequence has one entry for each block.
    n_blocks : int or "auto", default="auto"
        Residual blocks; block ``i`` has the dilation ``dilation_base ** i``. "auto" takes the
        fewest whose receptive field covers the longest training series.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution. With several, as (3, 5, 9), its filters have these sizes in turn,
        side by side (as in [3]_): short patterns and long ones are seen at each dilation. With
        ``causal=False`` all are odd, or all even.
    dilation_base : int, default=2
        Factor by which the dilation grows from block to block.
    causal : bool, default=True
        Whether the features of a step see the past alone, as they must to be streamed. Where series
        are whole when they are classified, a centred network may be a little better: False was .009
        more accurate in the mean over 30 sets of the UCR archive.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. The initialisation is fitted to it.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        Normalisation before each activation; layer and group norm work on the channels of each
        time step, weight norm on the filters.
    dropout : float, default=0.1
        Share of the channels that are dropped in training, before each convolution.
    residual : {"add", "concat", None}, default="add"
        Whether a block's input is added to its output, stands beside it, or is left out.
    zero_init_residual : bool, default=False
        Start each block as its shortcut, its convolutions adding nothing yet.
    multiscale : bool, default=True
        Pool the features of all blocks, each of which sees further than the one before it, not
        those of the last one alone.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean"
        How the features of the time steps become those of the series."""


class TCNClassifier(ClassifierTask, TCNEstimator):
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
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    .. [3] H. Ismail Fawaz et al., "InceptionTime: finding AlexNet for time series
       classification", Data Mining and Knowledge Discovery 34, 2020.

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


class TCNRegressor(RegressorTask, TCNEstimator):
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
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    .. [3] H. Ismail Fawaz et al., "InceptionTime: finding AlexNet for time series
       classification", Data Mining and Knowledge Discovery 34, 2020.

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
