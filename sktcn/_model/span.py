"""The time steps that the answers of a stream are for."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, NamedTuple

from sktcn._model.fitted import FittedModel


class Span(NamedTuple):
    """Time steps that an answer is for; without both attributes, all since the start.

    Attributes
    ----------
    window : int, default=None
        Number of the newest time steps.
    decay : float, default=None
        Weight of a time step relative to that of the next one.
    """

    window: int | None = None
    decay: float | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Both, by name."""
        return {"window": self.window, "decay": self.decay}


NO_END = Span()  # all steps since the start


def check_span(model: FittedModel, window: Any, decay: Any) -> Span:
    """Validate the parameters ``window`` and ``decay``; raise ValueError."""
    if window is None and decay is None:
        return NO_END
    if window is not None and decay is not None:
        raise ValueError(
            f"at most one of window and decay can be given, got window={window!r} and "
            f"decay={decay!r}"
        )
    if model.task.per_step:
        raise ValueError(
            "window and decay must be None for an estimator of time steps, which answers for the "
            f"newest step and pools none, got window={window!r}, decay={decay!r}"
        )
    if window is not None:
        return Span(window=_check_window(window, model.networks[0].backbone.stride))
    return Span(decay=_check_decay(decay))


def _check_window(window: Any, stride: int) -> int:
    if isinstance(window, bool) or not isinstance(window, Integral) or window < 1:
        raise ValueError(f"window must be a positive integer or None, got window={window!r}")
    if window % stride:
        raise ValueError(
            f"window must be a multiple of patch_size, got window={window}, patch_size={stride}"
        )
    return int(window)


def _check_decay(decay: Any) -> float:
    if isinstance(decay, bool) or not isinstance(decay, Real) or not 0 < float(decay) < 1:
        raise ValueError(
            f"decay must be a number between 0 and 1, both excluded, or None, got decay={decay!r}"
        )
    return float(decay)
