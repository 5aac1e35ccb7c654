"""The architecture of the LSTM estimators."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from sktcn._data.panel import Indices, Panel
from sktcn._model.architecture import Advice, advise_batch_norm, check_delay, training_remedies
from sktcn.networks import LSTM, SequenceModel
from sktcn.networks.activations import Activation

# An LSTM learns well from some hundreds of steps alone: patch_size="auto" folds longer series.
MAX_UNFOLDED = 384  # time steps up to which a series is not folded
MAX_PATCHES = 128
SLOW_LENGTH = 512  # sequential steps from which advice is yielded


@dataclass(frozen=True)
class LSTMConfig:
    """Architecture of the LSTM estimators; the fields are their parameters."""

    hidden_size: int
    n_layers: int
    bidirectional: bool
    activation: Activation
    norm: str | None
    dropout: float
    residual: str | None
    pooling: str | None = None  # None answers at each time step
    patch_size: int | str = 1
    delay: int = 0

    def validate(self) -> None:
        """Raise if a norm has a single feature, or if a delay has no use."""
        check_delay(self.delay, "bidirectional=True", causal=not self.bidirectional)
        if self.norm in ("layer", "group") and self.hidden_size < 2:
            raise ValueError(
                f"hidden_size must be at least 2 with norm={self.norm!r}, which compares the "
                f"features of a step, got hidden_size={self.hidden_size}"
            )

    def build(
        self,
        in_channels: int,
        longest: int,
        n_outputs: int,
        generator: torch.Generator,
        load: Callable[[], Panel] | None = None,
    ) -> SequenceModel:
        """Build the untrained LSTM with its head."""
        patch_size = self.patch_size
        if patch_size == "auto":
            long = longest > MAX_UNFOLDED
            patch_size = math.ceil(longest / MAX_PATCHES) if long else 1
        backbone = LSTM(
            in_channels,
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
        return SequenceModel(
            backbone,
            pooling=self.pooling,
            delay=self.delay,
            n_outputs=n_outputs,
            generator=generator,
        )

    @property
    def remedies(self) -> dict[str, str]:
        """Changes of parameters that steady the training, by the parameter."""
        return training_remedies(self.residual, self.norm)

    def max_layers(self, longest: int) -> int:
        """Bound the number of layers before any is built."""
        return self.n_layers

    def advise(
        self, lengths: Indices, backbone: LSTM, sizes: list[int], receptive_field: float
    ) -> Iterator[Advice]:
        """Yield advice if the LSTM reads many steps one by one."""
        yield from advise_batch_norm(self.norm, sizes)
        n_patches = -(-int(lengths.max()) // backbone.patch_size)
        if n_patches > SLOW_LENGTH:
            yield Advice(
                "note",
                f"the LSTM goes through {n_patches} steps one by one",
                "Set crop to some hundreds of steps, or take a TCN"
                if self.pooling is None
                else "Set patch_size='auto', which is quicker and as a rule as accurate",
            )
