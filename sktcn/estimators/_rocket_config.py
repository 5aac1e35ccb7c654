"""The architecture of the Rocket estimators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from sktcn._data.panel import Indices
from sktcn._fast.shares import count
from sktcn._fast.streams import FastStreamingRocket, FastStreamingThresholdHead
from sktcn._model.architecture import Advice
from sktcn.networks.lags import N_KERNELS
from sktcn.networks.rocket import Rocket, RocketModel
from sktcn.networks.threshold_head import ThresholdHead


@dataclass(frozen=True)
class RocketConfig:
    """Architecture of the Rocket estimators; the fields are their parameters."""

    n_kernels: int
    differences: bool
    missing: str
    activation: ClassVar[str] = "identity"
    remedies: ClassVar[dict[str, str]] = {}

    def validate(self) -> None:
        """Raise nothing: the constraints suffice."""

    def build(
        self,
        in_channels: int,
        longest: int,
        n_outputs: int,
        generator: torch.Generator,
        load: Any = None,
    ) -> RocketModel:
        """Build the network with thresholds and weights of zero."""
        groups = self._groups(in_channels)
        backbone = Rocket(in_channels, longest, self.n_kernels, groups=groups, generator=generator)
        blocks = [torch.zeros(N_KERNELS, block.n_thresholds) for block in backbone.blocks]
        head = ThresholdHead(blocks, n_outputs)
        backbone.streaming_form, head.streaming_form = (
            FastStreamingRocket,
            FastStreamingThresholdHead,
        )
        return RocketModel(backbone, head, count)

    def _groups(self, in_channels: int) -> list[list[int]]:
        """Group channels: the values, and the differences, each with its masks."""
        n_masked = in_channels // 2 if self.missing == "mask" else in_channels
        size = n_masked // 2 if self.differences else n_masked
        groups = range(n_masked // size)
        return [[c for c in range(in_channels) if c % n_masked // size == g] for g in groups]

    def max_layers(self, longest: int) -> int:
        """Bound the number of layers: dilations grow with the logarithm of the length."""
        return 1

    def advise(
        self, lengths: Indices, backbone: Rocket, sizes: list[int], receptive_field: float
    ) -> Iterator[Advice]:
        """Yield nothing: no parameter depends on the lengths."""
        return iter(())
