"""Validation of output arrays and axes, and attributes restored when a fit fails."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch

from sktcn._data.advice import short_crop
from sktcn._data.panel import FAR_TOO_MANY_CHANNELS, SWAPPED
from sktcn._model.fitted import FittedModel


def check_out(
    out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], casting: Literal["safe", "same_kind"]
) -> None:
    """Raise unless answers of this shape and dtype can be written into the user's array."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be an array, such as a memmap, got {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"out must have the shape {shape}, got {out.shape}")
    if not np.can_cast(dtype, out.dtype, casting):
        text = ": fit labels of a dtype of text, y.astype('U')" if dtype.kind == "O" else ""
        raise ValueError(f"out must have a dtype that takes {dtype}, got {out.dtype}{text}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got an array that is read-only")


def warn_axes(model: FittedModel) -> None:
    """Warn if series have one time step or far more channels, as of axes the wrong way round."""
    named = model.schema.channel_names is not None
    ratio = model.n_channels / model.longest
    if (model.longest == 1 < ratio) or (ratio > FAR_TOO_MANY_CHANNELS and not named):
        steps = "one time step" if model.longest == 1 else f"{model.longest} time steps at most"
        axes = "" if named else f": if their {SWAPPED}"
        warnings.warn(
            f"the series have {model.n_channels} channels and {steps}{axes}", stacklevel=4
        )


def warn_short_crop(model: FittedModel, crop: int | None) -> None:
    """Warn if a crop has fewer steps than are read besides them, for nothing but their sake."""
    if crop is None:
        return
    found = short_crop(crop, sum(model.build(torch.Generator(), 0).context))
    if found is not None:
        warnings.warn(". ".join(found), stacklevel=3)


def check_validation(X_val: Any, y_val: Any, sample_weight_val: Any) -> bool:
    """Return whether the user passes a validation part; raise unless it is complete."""
    given = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
    passed = [name for name, value in given.items() if value is not None]
    if passed and (X_val is None or y_val is None):
        raise ValueError(
            "X_val and y_val must be passed together, sample_weight_val with both, got "
            f"{' and '.join(passed)} alone"
        )
    return bool(passed)


@contextmanager
def restored_on_error(estimator: Any) -> Iterator[None]:
    """Restore an estimator's attributes if anything within fails."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before
        raise
