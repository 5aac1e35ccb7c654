"""Shares of training series, part by part: computed anew each time, or kept for `partial_fit`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Floats
from sktcn._io.tagged_json import record
from sktcn._model.inference import iter_batches, iter_parts
from sktcn.networks.rocket import RocketModel

PART = 1024  # series whose kept shares are yielded together


class Shares(Protocol):
    """Shares of series, which can be gone through several times."""

    @property
    def n_features(self) -> int:
        """Shares of a series."""

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield places of series, and their shares, ``(n, n_features)``."""


@dataclass(frozen=True)
class ComputedShares:
    """Shares of preprocessed series, of which never all are in memory."""

    network: RocketModel
    panel: Any

    @property
    def n_features(self) -> int:
        """Shares of a series."""
        return len(self.network.head.thresholds)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield places of series, and their shares, ``(n, n_features)``."""
        reads = self.network.backbone.reads
        for indices, part in iter_parts(self.panel):
            dataset = SeriesDataset(part, dtype=reads.dtype, device=reads.device)
            for places, inputs in iter_batches(dataset, one_by_one=self.network.one_by_one):
                shares = self.network.shares(inputs["x"], inputs["lengths"])
                yield torch.from_numpy(indices[places]).to(reads.device), shares[: len(places)]


@dataclass(frozen=True)
class SelectedShares:
    """Some columns of shares."""

    shares: Shares
    columns: Tensor

    @property
    def n_features(self) -> int:
        """Shares of a series."""
        return len(self.columns)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield places of series, and their shares, ``(n, n_features)``."""
        for places, part in self.shares:
            yield places, part[:, self.columns.to(part.device)]


@record("KeptShares")
@dataclass(frozen=True)
class KeptShares:
    """Shares, targets and weights of all series that `partial_fit` has seen.

    Attributes
    ----------
    rows : ndarray of shape (n_series, n_features)
        Shares.
    target : ndarray of shape (n_series, ...)
        Encoded targets.
    weight : ndarray of shape (n_series,)
        Weights.
    """

    rows: Floats
    target: NDArray[Any]
    weight: Floats

    @property
    def n_features(self) -> int:
        """Shares of a series."""
        return self.rows.shape[1]

    @classmethod
    def of(cls, shares: Shares, target: NDArray[Any], weight: Floats) -> KeptShares:
        """Keep the shares of series."""
        rows = np.empty((len(weight), shares.n_features))
        for places, part in shares:
            rows[places.cpu().numpy()] = part.cpu().numpy()
        return cls(rows, target, weight)

    def add(self, other: KeptShares) -> KeptShares:
        """Append series."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return KeptShares(*(np.concatenate(pair) for pair in pairs))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield places of series, and their shares, ``(n, n_features)``."""
        for places in torch.split(torch.arange(len(self.rows)), PART):
            yield places, torch.from_numpy(self.rows[places[0] : places[-1] + 1])
