"""Regression: linear outputs for standardised targets, squared error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import assert_all_finite, check_array
from torch import Tensor, nn

from sktcn._data.advice import adding_to_errors
from sktcn._data.panel import Floats, Indices, fill_masked, refuse_times
from sktcn._model.metric import R2, Metric
from sktcn._model.task import Task
from sktcn._preprocessing.scaling import Standardizer, overflow_as_error

MAX_TARGET = 1e300  # answers may be somewhat larger


@dataclass(frozen=True, eq=False)
class Regression(Task):
    """Task of a regressor, with its parameters; ``class_weight`` must be None.

    `fit` learns the statistics of the targets, whether targets are ``(n_series,)``, and which
    targets are constant, so that they are predicted exactly.
    """

    class_weight: Any = None
    validation_fraction: float = 0.1
    scaler: Any = None
    one_target: bool = False
    constant: Any = None
    output_name: ClassVar[str] = "prediction"
    learned_names: ClassVar[tuple[str, ...]] = ("scaler", "one_target", "constant")

    def check(self, y: Any) -> NDArray[Any]:
        """Raise unless targets are finite numbers, one or a row for each series."""
        if self.class_weight is not None:
            raise ValueError(
                f"class_weight is for classifiers, got class_weight={self.class_weight!r} in a "
                "regressor; use sample_weight"
            )
        refuse_times(y, "y must hold numbers")
        expected = (
            "; y must be numbers of shape (n_series,) or (n_series, n_outputs), and in step "
            "regressors those of each time step; classifiers take labels"
        )
        with adding_to_errors(expected):
            y = check_array(
                fill_masked(y), dtype=np.float64, ensure_2d=False, ensure_all_finite=False
            )
        if np.isnan(y).any():
            series = np.argwhere(np.isnan(y))[0, 0]
            raise ValueError(
                f"Input y contains NaN: y must have a number for each series, got nan for series "
                f"{series}"
            )
        with np.errstate(invalid="ignore"):  # scikit-learn sums up
            assert_all_finite(y, input_name="y")
        if y.ndim > 2 or 0 in y.shape:
            raise ValueError(
                f"y must be of shape (n_series,) or (n_series, n_outputs), got {y.shape}"
            )
        if np.abs(y).max() > MAX_TARGET:
            raise ValueError(
                f"y must be of numbers up to {MAX_TARGET:.0e}, got {np.abs(y).max():.3g}"
            )
        return y

    def fit(self, y: NDArray[Any], weight: Floats) -> Self:
        """Learn the weighted mean and scale of the targets."""
        used = weight > 0
        rows = y.reshape(len(y), -1)[used]
        scaler = Standardizer.fit(rows, weight[used])
        constant = (rows == scaler.mean).all(axis=0)
        return replace(self, scaler=scaler, one_target=y.ndim == 1, constant=constant)

    def observe(self, y: NDArray[Any], weight: Floats) -> Self:
        """Drop constants that later targets differ from."""
        if self.constant is None:
            return self
        same = (y.reshape(len(y), -1)[weight > 0] == self.scaler.mean).all(axis=0)
        return replace(self, constant=self.constant & same)

    def encode(self, y: NDArray[Any]) -> Floats:
        """Standardise targets."""
        rows = y.reshape(len(y), -1)
        if rows.shape[1] != self.n_outputs:
            raise ValueError(
                f"y must have {self.n_outputs} targets as in the first fit, got {rows.shape[1]}"
            )
        with overflow_as_error("y"):
            standardised: Floats = self.scaler.transform(rows)
        return standardised

    def weigh(self, target: NDArray[Any], weight: Floats) -> Floats:
        """Return the weights of series as they are."""
        return weight

    def split(self, target: NDArray[Any], seed: int) -> tuple[Indices, Indices]:
        """Hold out a random part."""
        if len(target) < 2:
            raise ValueError("early_stopping needs at least two series")
        train, valid = train_test_split(
            np.arange(len(target)), test_size=self.validation_fraction, random_state=seed
        )
        return np.sort(train), np.sort(valid)

    def criterion(self) -> nn.Module:
        """Build the squared error."""
        return nn.MSELoss(reduction="none")

    def bounding_losses(self, target: Floats, weight: Floats) -> tuple[float, float]:
        """Compute the weighted variance of the targets, in the mean over them, and zero."""
        mean = np.average(target, axis=0, weights=weight)
        return float(np.average(np.square(target - mean), axis=0, weights=weight).mean()), 0.0

    def decode(self, outputs: Floats) -> Floats:
        """Turn standardised targets into targets in their own units."""
        with overflow_as_error("X"):
            targets = self._answers.inverse_transform(outputs)
        return targets[:, 0] if self.one_target else targets

    def restore(self, target: NDArray[Any]) -> Floats:
        """Turn standardised targets into the user's."""
        targets: Floats = self.scaler.inverse_transform(target)
        return targets[:, 0] if self.one_target else targets

    def decoder(self, device: torch.device | None = None) -> nn.Module:
        """Build the inverse standardisation."""
        return _InverseScaling(*self.units).to(device)

    @property
    def metric(self) -> Metric:
        """Coefficient of determination."""
        return R2(self.constant)

    @property
    def n_outputs(self) -> int:
        """Number of targets."""
        return len(self.scaler.mean)

    @property
    def output_labels(self) -> NDArray[Any]:
        """Numbers of the targets."""
        return np.arange(self.n_outputs)

    @property
    def units(self) -> tuple[Floats, Floats]:
        """Scale and mean of the targets."""
        return self._answers.scale, self._answers.mean

    @property
    def _answers(self) -> Standardizer:
        """Mean and scale of the answers: a constant target has the scale zero."""
        scaler: Standardizer = self.scaler
        if self.constant is None:
            return scaler
        return replace(scaler, scale=np.where(self.constant, 0.0, scaler.scale))


class _InverseScaling(nn.Module):
    mean: Tensor
    scale: Tensor

    def __init__(self, scale: Floats, mean: Floats):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(scale))

    def forward(self, outputs: Tensor) -> Tensor:
        return torch.addcmul(self.mean, outputs, self.scale)
