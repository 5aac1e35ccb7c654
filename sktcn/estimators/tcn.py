"""Temporal convolutional network as estimators."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn

from sktcn._data.panel import Indices, Panel
from sktcn._model.architecture import Advice, advise_batch_norm, training_remedies
from sktcn.estimators._constraints import CONSTRAINTS, POSITIVE_INT
from sktcn.estimators._docs import (
    FITTED_ATTRIBUTES,
    TCN_PARAMETERS,
    TCN_REFERENCES,
    training_parameters,
)
from sktcn.estimators.base import BaseSequenceEstimator
from sktcn.estimators.classifier import SequenceClassifier
from sktcn.estimators.regressor import SequenceRegressor
from sktcn.networks import TCN, blocks_to_cover
from sktcn.networks.activations import Activation


@dataclass(frozen=True)
class TCNConfig:
    """Architecture of the TCN estimators; the fields are their parameters."""

    n_filters: int | Sequence[int]
    n_blocks: int | str
    kernel_size: int | Sequence[int]
    dilation_base: int
    causal: bool
    activation: Activation
    norm: str | None
    dropout: float
    residual: str | None
    zero_init_residual: bool
    multiscale: bool
    pooling: str

    def validate(self) -> None:
        """Raise unless the sizes are positive and fit together."""
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

    def build(
        self, in_channels: int, longest: int, generator: torch.Generator, panel: Panel | None = None
    ) -> TCN:
        """Build the untrained TCN."""
        return TCN(
            in_channels,
            self._widths(longest),
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

    @property
    def remedies(self) -> dict[str, str]:
        """Changes of parameters that steady the training, by the parameter."""
        return training_remedies(self.residual, self.norm)

    def max_layers(self, longest: int) -> int:
        """Bound the number of blocks before any is built."""
        if self.n_blocks != "auto":
            return int(self.n_blocks)
        return longest if self.dilation_base < 2 else 1

    def advise(self, lengths: Indices, backbone: TCN, sizes: list[int]) -> Iterator[Advice]:
        """Yield advice if the receptive field is short of the series, or more than is needed."""
        yield from advise_batch_norm(self.norm, sizes)
        longest, field = int(lengths.max()), backbone.receptive_field
        largest = int(np.max(self.kernel_size))
        enough = blocks_to_cover(longest, largest, self.dilation_base)
        more = f"n_blocks={enough}, or " if largest > 1 else ""
        n_blocks = len(backbone.blocks)
        if field < longest:
            yield Advice(
                "warning" if field < np.median(lengths) else "note",
                f"a feature sees {field} time steps of up to {longest}: what lies further apart is "
                "only ever pooled",
                f"Unless short patterns tell the targets apart, set {more}a larger kernel_size",
            )
        elif enough < n_blocks:
            yield Advice(
                "note",
                f"a feature could see {field} time steps of at most {longest}: {enough} blocks of "
                f"the {n_blocks} would see as much",
                "Set n_blocks='auto', unless it is depth that you want",
            )

    def _widths(self, longest: int) -> list[int]:
        """Compute the number of filters of each block."""
        if np.ndim(self.n_filters):
            return [int(width) for width in self.n_filters]  # type: ignore[union-attr]
        n_blocks = self.n_blocks
        if n_blocks == "auto":
            n_blocks = blocks_to_cover(longest, int(np.max(self.kernel_size)), self.dilation_base)
        return [int(self.n_filters)] * int(n_blocks)  # type: ignore[arg-type]


class TCNParameters(BaseSequenceEstimator):
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


def _positive(name: str, value: Any, several: str) -> np.ndarray:
    """Convert one positive integer or several to an array; raise ValueError for others."""
    integers = np.atleast_1d(value)
    if integers.ndim > 1 or integers.dtype.kind not in "iu" or integers.min(initial=1) < 1:
        raise ValueError(f"{name} must be a positive integer or {several}, got {name}={value!r}")
    return integers


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
