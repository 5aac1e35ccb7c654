"""TODO."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._preprocessing.preprocessor import Preprocessor
from sktcn.networks import StreamState


class StreamingPreprocessor:
    """What `Preprocessor.transform` does, step by step.

    Parameters
    ----------
    preparation : Preprocessor
        As fitted.
    n_streams : int
        Rows.
    device : torch.device
        Where.
    """

    def __init__(self, preparation: Preprocessor, n_streams: int, device: torch.device):
        scaled = preparation.scaling is not None
        both = (preparation.statistics, preparation.changes)
        self.values, self.changes = (
            None if s is None else (_tensor(s.mean, device), _tensor(s.scale, device)) for s in both
        )
        self.scaled, self.marked = scaled, preparation.missing == "mask"
        start = torch.zeros(len(preparation.statistics.mean), dtype=torch.float64, device=device)
        self.state = StreamState(n_streams, {"previous": start, "started": start[:1]})

    def __call__(self, x: Tensor) -> Tensor:
        """Scale ``x``, ``(n_streams, n_channels)``, and put its changes and marks beside it."""
        x = self._scale(x, self.values)
        if self.changes is not None:
            tensors = self.state.tensors
            change = x - torch.where(tensors["started"] > 0, tensors["previous"], x)
            self.state.update(None, previous=x, started=torch.ones_like(tensors["started"]))
            x = torch.cat([x, self._scale(change, self.changes)], dim=1)
        if self.marked:
            seen = ~x.isnan()
            x = torch.cat([torch.where(seen, x, 0.0), seen.to(x.dtype)], dim=1)
        return x

    def _scale(self, x: Tensor, statistics: tuple[Tensor, Tensor] | None) -> Tensor:
        if not self.scaled or statistics is None:
            return x
        mean, scale = statistics
        return (x - mean) / scale


def _tensor(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device=device)
