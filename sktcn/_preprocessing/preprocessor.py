"""The preprocessor: a list of steps from the user's series to the series that a network reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.panel import FloatArray, Floats, Panel, describe_channel
from sktcn._io.tagged_json import record
from sktcn._preprocessing.differences import Differences, differences_of
from sktcn._preprocessing.missing import Interpolation, MissingMask, interpolate
from sktcn._preprocessing.scaling import (
    MIN_DIFFERENCE,
    ChannelScaling,
    Moments,
    SeriesScaling,
    Standardizer,
    channel_moments,
    overflow_as_error,
)
from sktcn._preprocessing.step import MaskedSeries, PreprocessingStep
from sktcn._preprocessing.streaming import FastStreamingPreprocessor, StreamingPreprocessor
from sktcn.networks.masks import step_mask


@record("Preparation")
@dataclass(frozen=True)
class Preprocessor:
    """Steps that are fitted to the training series, and applied to all series.

    Values are scaled first, then gaps are interpolated, differences appended, and missing values
    masked: scaling commutes with interpolation, and makes zero the training mean. Statistics are
    those of observed values.

    Attributes
    ----------
    scaling : {"channel", "series", None}
        Scaling by statistics of the training series, or of each series.
    missing : {"error", "mask", "interpolate", "trim"}
        Policy for NaN.
    statistics : Standardizer
        Mean and scale of each channel of the training series.
    changes : Standardizer or None
        Mean and scale of the differences; None if the network does not read differences.
    """

    scaling: str | None
    missing: str
    statistics: Standardizer
    changes: Standardizer | None = None

    @classmethod
    def fit(
        cls,
        panel: Panel | ChunkedPanel,
        weight: Floats,
        *,
        scaling: str | None,
        missing: str,
        differences: bool = False,
        names: Sequence[Any] | None = None,
    ) -> Self:
        """Fit to training series of the given weights, reading them once.

        ``names`` are those of the channels, for error messages.

        Differences are taken of the series scaled by the first part's statistics, and their
        moments are rescaled when all parts are known.
        """
        values: list[Moments] = []
        changes: list[Moments] = []
        for indices, part in panel.iter_parts():
            values.append(channel_moments(part, weight[indices]))
            if len(values) == 1:
                first = cls(scaling, missing, values[0].standardizer())
            if differences:
                scaled = differences_of(_apply(first._filling, part))
                changes.append(channel_moments(scaled, weight[indices]))
        fitted = cls(scaling, missing, _observed(reduce(Moments.add, values), names).standardizer())
        if not differences:
            return fitted
        rescaling = first.statistics.scale / fitted.statistics.scale
        merged = reduce(Moments.add, changes).scaled(rescaling if scaling == "channel" else 1.0)
        return replace(fitted, changes=merged.standardizer(MIN_DIFFERENCE))

    @cached_property
    def steps(self) -> list[PreprocessingStep]:
        """Steps in the order of their application."""
        return [*self._filling, *self._appending]

    @property
    def _filling(self) -> Iterator[PreprocessingStep]:
        mean = self.statistics.mean
        if self.scaling is not None:
            yield self._scaling(self.statistics)
        if self.missing == "interpolate":
            yield Interpolation(mean if self.scaling is None else np.zeros_like(mean))

    @property
    def _appending(self) -> Iterator[PreprocessingStep]:
        if self.changes is not None:
            scaling = None if self.scaling is None else self._scaling(self.changes, MIN_DIFFERENCE)
            yield Differences(scaling, len(self.statistics.mean))
        if self.missing == "mask":
            yield MissingMask()

    def _scaling(
        self, statistics: Standardizer, smallest: float = 0.0
    ) -> ChannelScaling | SeriesScaling:
        return ChannelScaling(statistics) if self.scaling == "channel" else SeriesScaling(smallest)

    @property
    def differences(self) -> bool:
        """True if the network reads differences."""
        return self.changes is not None

    @property
    def out_channels(self) -> int:
        """Channels that the network reads."""
        n_channels = len(self.statistics.mean) * (1 if self.changes is None else 2)
        return n_channels * (2 if self.missing == "mask" else 1)

    @property
    def look_back(self) -> int:
        """Raw time steps before its own that a step of the result depends on."""
        return sum(step.look_back for step in self.steps)

    @property
    def lookahead_parameter(self) -> str | None:
        """Parameter that makes a step depend on later ones; None if no step does."""
        parameters = (step.lookahead_parameter for step in self.steps)
        return next((each for each in parameters if each is not None), None)

    def transform(self, panel: Panel, out: FloatArray | None = None) -> Panel:
        """Transform series for the network; ValueError if numbers overflow.

        With ``out``, ``(n_steps, out_channels)``, the values are written there, in its dtype.
        """
        with overflow_as_error("X"):
            transformed = _apply(self.steps, panel)
            if out is None:
                return transformed
            np.copyto(out, transformed.values, casting="same_kind")
        return panel.with_values(out)

    def fixed_for(self, panel: Panel) -> tuple[Self, Panel]:
        """Fix what depends on one series, and fill its gaps, as explanations need it.

        Returns the preprocessor with the series' own statistics for those of the training series
        where ``scaling="series"``, and the series interpolated where ``missing="interpolate"``.
        """
        fixed = self
        if self.scaling == "series":
            own = Standardizer.fit(panel.values)
            fixed = replace(self, scaling="channel", statistics=own)
        if self.missing == "interpolate":
            panel = interpolate(panel, fixed.statistics.mean)
            fixed = replace(fixed, missing="error")
        if self.scaling == "series" and self.changes is not None:
            changes = differences_of(_apply(fixed._filling, panel)).values
            fixed = replace(fixed, changes=Standardizer.fit(changes, smallest=MIN_DIFFERENCE))
        return fixed, panel

    def module(self, dtype: torch.dtype = torch.float32) -> TorchPreprocessor:
        """Build the torch form, whose result has the dtype."""
        return TorchPreprocessor(self, dtype)

    def streaming(
        self, n_streams: int, device: torch.device, dtype: torch.dtype, *, exported: bool
    ) -> StreamingPreprocessor:
        """Build the streaming form, whose result has the dtype."""
        form = StreamingPreprocessor if exported else FastStreamingPreprocessor
        return form(self.steps, n_streams, device, dtype)


def _apply(steps: Iterable[PreprocessingStep], panel: Panel) -> Panel:
    return reduce(lambda series, step: step.transform(series), steps, panel)


def _observed(moments: Moments, names: Sequence[Any] | None) -> Moments:
    """Return the moments of channels, all of which must have a value."""
    unseen = np.flatnonzero(moments.total == 0)
    if len(unseen):
        raise ValueError(
            "X must have a value of each channel in at least one training series, "
            f"got nothing but NaN in {describe_channel(unseen[0], names)}"
        )
    return moments


class TorchPreprocessor(nn.Module):
    """Torch form of a `Preprocessor`, for padded tensors and with gradients.

    It computes in float64 as the panel form does, and casts the result to ``dtype``.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sktcn._data.panel import as_panel
    >>> panel = as_panel(np.array([[0.0, 2.0, 4.0]]))
    >>> fitted = Preprocessor.fit(panel, np.ones(1), scaling="channel", missing="mask")
    >>> fitted.module()(torch.tensor([[[2.0, torch.nan, 4.0]]]))
    tensor([[[0.0000, 0.0000, 1.2247],
             [1.0000, 0.0000, 1.0000]]])
    """

    def __init__(self, preprocessor: Preprocessor, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.takes_nan = preprocessor.missing in ("mask", "interpolate")
        self.dtype = dtype
        self.steps = nn.ModuleList(step.module() for step in preprocessor.steps)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Preprocess series ``(n, n_channels, t)``, padded on the right with anything.

        Lengths are ``(n,)``, or None where there is no padding. The result,
        ``(n, out_channels, t)``, is zero on padding.
        """
        valid = torch.ones_like(x[:, :1], dtype=torch.bool)
        if lengths is not None:
            valid = step_mask(lengths, x.shape[2])
        observed = valid & ~x.isnan() if self.takes_nan else valid.expand_as(x)
        values = x.double().masked_fill(~observed, 0.0)
        series = MaskedSeries(values, observed, valid, torch.finfo(x.dtype).eps)
        for step in self.steps:
            series = step(series)
        return series.values.masked_fill(~valid, 0.0).to(self.dtype)
