"""The architecture of the TCN estimators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sktcn._data.panel import Indices, Panel
from sktcn._fast.streams import FastStreamingTCN
from sktcn._model.architecture import Advice, advise_batch_norm, check_delay, training_remedies
from sktcn.networks import TCN, SequenceModel, blocks_to_cover
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
    pooling: str | None = None  # None answers at each time step
    delay: int = 0

    def validate(self) -> None:
        """Raise unless the sizes are positive and fit together, and a delay has a use."""
        check_delay(self.delay, "causal=False", causal=self.causal)
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
        self,
        in_channels: int,
        longest: int,
        n_outputs: int,
        generator: torch.Generator,
        load: Callable[[], Panel] | None = None,
    ) -> SequenceModel:
        """Build the untrained TCN with its head."""
        backbone = TCN(
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
        backbone.streaming_form = FastStreamingTCN
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
        """Bound the number of blocks before any is built."""
        if self.n_blocks != "auto":
            return int(self.n_blocks)
        return longest if self.dilation_base < 2 else 1

    def advise(
        self, lengths: Indices, backbone: TCN, sizes: list[int], receptive_field: float
    ) -> Iterator[Advice]:
        """Yield advice if the receptive field is short of the series, or more than is needed."""
        yield from advise_batch_norm(self.norm, sizes)
        longest, field = int(lengths.max()), f"{receptive_field:g}"
        largest = int(np.max(self.kernel_size))
        enough = blocks_to_cover(longest, largest, self.dilation_base)
        more = f"n_blocks={enough}, or " if largest > 1 else ""
        n_blocks = len(backbone.blocks)
        if receptive_field < longest and self.pooling is not None:
            yield Advice(
                "warning" if receptive_field < np.median(lengths) else "note",
                f"a feature sees {field} time steps of up to {longest}: what lies further apart is "
                "only ever pooled",
                f"Unless short patterns tell the targets apart, set {more}a larger kernel_size",
            )
        elif enough < n_blocks and receptive_field >= longest:
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


def _positive(name: str, value: Any, several: str) -> np.ndarray:
    """Convert one positive integer or several to an array; raise ValueError for others."""
    integers = np.atleast_1d(value)
    if integers.ndim > 1 or integers.dtype.kind not in "iu" or integers.min(initial=1) < 1:
        raise ValueError(f"{name} must be a positive integer or {several}, got {name}={value!r}")
    return integers
