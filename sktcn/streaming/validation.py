"""Validation of the time steps that a user pushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktcn._data.advice import adding_to_errors
from sktcn._data.frames import frame_values, is_frame
from sktcn._data.panel import Floats, describe_channel, fill_masked


def check_time_steps(
    x: Any,
    shape: tuple[int | None, ...],
    streams: NDArray[np.intp],
    *,
    missing: str,
    max_values: Floats,
    channel_names: list[Any] | None,
) -> Floats:
    """Validate time steps, and copy them in double precision.

    A size of None in ``shape`` accepts any. ``max_values``, ``(n_channels,)``, bounds the absolute
    values. ``streams``, ``(n_streams,)``, has the indices of the streams for error messages.
    ``channel_names`` are those of fit, in whose order the columns of a frame are put.
    """
    values = x
    if type(x) is not np.ndarray:  # what others need takes a while, by the time of a step
        values = frame_values(fill_masked(x), channel_names)
        with adding_to_errors(f"; {_expected(shape)}"):
            values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        got = f"dtype {values.dtype}" if values.ndim else type(x).__name__
        rows = "x" if isinstance(x, list) else "[x]"
        mapped = isinstance(x[0] if isinstance(x, list) else x, Mapping)
        named = f"; pass pd.DataFrame({rows}) of named values" if mapped else ""
        if values.dtype.kind == "O" and not mapped:
            named = "; a missing value is nan"
        raise TypeError(f"{_expected(shape)} and hold real numbers, got {got}{named}")
    if values.shape != shape and not (values.size and _fits(values.shape, shape)):
        raise ValueError(f"{_expected(shape)}, got {values.shape}{_remedy(x, shape, values.shape)}")
    values = values.astype(np.float64, order="C")  # a copy, which the state may hold
    valid = np.abs(values) <= (max_values if values.ndim == 2 else max_values[:, None])
    if np.count_nonzero(valid) == valid.size:  # faster than valid.all()
        return values
    if missing in ("mask", "trim"):
        valid |= np.isnan(values)
    if not valid.all():
        row, channel = np.argwhere(~valid)[0][:2]
        value = values[~valid][0]
        remedy = "; an estimator with missing='mask' takes NaN" if np.isnan(value) else ""
        raise ValueError(
            f"x must have usable values, with missing={missing!r}, got {value} in stream "
            f"{streams[row]}, {describe_channel(channel, channel_names)}{remedy}"
        )
    return values


def _expected(shape: tuple[int | None, ...]) -> str:
    names = ", ".join(["n_streams", "n_channels", "n_timepoints"][: len(shape)])
    sizes = ", ".join("any" if n is None else str(n) for n in shape)
    return f"x must be of shape ({names}) = ({sizes})"


def _remedy(x: Any, shape: tuple[int | None, ...], got: tuple[int, ...]) -> str:
    """Return the call for values of one stream, of several steps, or of fewer streams."""
    if is_frame(x) and len(shape) == 3:
        return "; pass the frame of one stream as [x]"
    if _fits(got, shape[1:]):
        return "; pass that of one stream as [x]"
    if len(shape) == 2 == len(got) and got[1] == shape[1]:
        return (
            "; streams=[i] moves some streams alone, and push_many takes several steps, in an "
            "array (n_streams, n_channels, n_timepoints) or a list of frames"
        )
    return ""


def _fits(got: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return len(got) == len(shape) and all(n in (None, m) for n, m in zip(shape, got, strict=True))


def ended_streams(
    values: Floats, streams: NDArray[np.intp], ended: NDArray[np.bool_], started: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mask the steps from the end of each stream on, with ``missing="trim"``.

    ``values`` is of shape ``(n_streams, n_channels, n_timepoints)``. ``ended`` and ``started`` mask
    the streams that had ended or started before. ``streams`` has their indices for error messages.
    """
    nan = np.isnan(values)
    absent = np.logical_and.reduce(nan, axis=1)
    ends = np.logical_or.accumulate(absent | ended[:, None], axis=1)
    problems = {
        "has values of some channels only": nan.any(axis=1) & ~absent,
        "has ended, and takes no more values until it is reset": ends & ~absent,
        "must have a value to start with": ends[:, :1] & ~started[:, None],
    }
    for problem, mask in problems.items():
        if mask.any():
            stream = streams[np.argwhere(mask)[0, 0]]
            raise ValueError(f"with missing='trim', stream {stream} {problem}")
    return ends


def check_state(state: Any, present: dict[str, NDArray[Any]]) -> None:
    """Raise an error unless a state may take the place of the present one."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"state must be a mapping, as state_dict() returns, got {type(state).__name__}"
        )
    for name, expected in present.items():
        if name not in state:
            raise ValueError(
                f"state must have an entry {name!r}, as state_dict() has: it is of another "
                "estimator or window"
            )
        array = np.asarray(state[name])
        if array.shape != expected.shape or array.dtype != expected.dtype:
            raise ValueError(
                f"state[{name!r}] must be of shape {expected.shape} and dtype "
                f"{expected.dtype}, got {array.shape} and {array.dtype}: it is of another "
                "estimator, or of another number of streams or window"
            )
    if not np.array_equal(state["fingerprint"], present["fingerprint"]):
        raise ValueError(
            "state must be of the same fitted estimator, window and decay, got that of other ones"
        )
