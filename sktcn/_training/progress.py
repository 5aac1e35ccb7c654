"""Progress of an epoch: its batches, their losses, and the sums of the task's metric."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.dataset import Batch
from sktcn._data.panel import Floats
from sktcn._model.metric import Metric

MAX_PENDING = 2**20  # outputs that are kept until they are counted


class EpochProgress:
    """Batches of an epoch so far, their losses, and what the task's metric sums up.

    Losses and outputs are read together at intervals, since each read makes the process wait for
    a GPU.

    Attributes
    ----------
    n_batches, n_rows : int
        Batches so far, and their rows: series, or labelled time steps.
    total : Tensor
        Sum of the losses of the rows.
    tally : ndarray or None
        Sums of the metric over the batches that were counted; None before the first.
    """

    def __init__(self, metric: Metric | None = None) -> None:
        self.n_batches = self.n_rows = 0
        self.total = torch.zeros(())
        self.tally: Floats | None = None
        self._metric = metric
        self._losses: list[Tensor] = []
        self._outputs: list[tuple[Tensor, Tensor, Tensor | None]] = []
        self._n_pending = 0

    def add(self, loss: Tensor, n_rows: int, batch: Batch, outputs: Tensor) -> None:
        """Add a batch, its mean loss and its outputs.

        Of several processes, ``batch`` is the part of this one, with its outputs.
        """
        self.total = self.total + loss * n_rows
        self.n_rows += n_rows
        self.n_batches += 1
        self._losses.append(loss)
        if self._metric is not None:
            inputs, target = batch
            assert target is not None
            self._outputs.append((outputs, target, inputs["weight"]))
            self._n_pending += outputs.numel()
            if self._n_pending > MAX_PENDING:  # of time steps there are many
                self.count()

    def first_nonfinite_batch(self) -> tuple[int, float] | None:
        """Read the losses; return the number, from one, and the loss of the first nonfinite one."""
        losses, self._losses = self._losses, []
        if math.isfinite(float(self.total)):
            return None
        first = next((i for i, x in enumerate(losses) if not math.isfinite(x)), len(losses) - 1)
        return self.n_batches - len(losses) + first + 1, float(losses[first])

    def count(self) -> None:
        """Add the outputs that were not counted yet to the sums of the metric."""
        if self._metric is None or not self._outputs:
            return
        outputs, targets, weights = zip(*self._outputs, strict=True)
        self._outputs, self._n_pending = [], 0
        ends = np.cumsum([len(part) for part in targets])
        if ends[-1] == 0:
            return
        weight = np.ones(ends[-1]) if weights[0] is None else to_numpy(torch.cat(weights))
        columns = (to_numpy(torch.cat(outputs)), to_numpy(torch.cat(targets)), weight)
        for batch in zip(*(np.split(column, ends[:-1]) for column in columns), strict=True):
            tally = self._metric.tally(*batch)  # by batch, so that sums depend on no interval
            self.tally = tally if self.tally is None else self.tally + tally


def to_numpy(rows: Tensor) -> NDArray[Any]:
    """Copy a tensor, in double precision if it has floats."""
    rows = rows.cpu()
    values: NDArray[Any] = (rows.double() if rows.is_floating_point() else rows).numpy()
    return values
