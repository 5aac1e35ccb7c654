"""Series as tensors, and batches cut from them: for training, and for prediction."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn.panel import Panel

Batch = tuple[dict[str, Tensor | None], Tensor | None]

FEW, SHORT = 4, 64  # series, and time steps of each, for which there are other kernels
PREDICTED_STEPS = 2**16  # time steps in one batch of a prediction: what bounds its memory


class SeriesDataset(torch.utils.data.Dataset[Any]):
    """Series, targets and weights as tensors on the device, batches cut from them.

    Parameters
    ----------
    panel : Panel
        The series.
    target : ndarray, default=None
        A class code or the standardised targets of each series.
    weight : ndarray of shape (n_series,), default=None
        What each series counts; None if all count alike.
    dtype : torch.dtype
        What the network computes in.
    device : torch.device
        Where it does.
    """

    def __init__(
        self,
        panel: Panel,
        target: NDArray[Any] | None = None,
        weight: NDArray[np.float64] | None = None,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.panel_lengths = panel.lengths
        self.values = torch.tensor(panel.values, dtype=dtype, device=device)
        self.lengths = torch.tensor(panel.lengths, device=device)
        self.starts = torch.tensor(panel.starts, device=device)
        self.target = self.weight = None
        if target is not None:
            kind = dtype if target.dtype.kind == "f" else torch.int64
            self.target = torch.tensor(target, dtype=kind, device=device)
        if weight is not None and np.ptp(weight) > 0:
            self.weight = torch.tensor(weight / weight.mean(), dtype=dtype, device=device)
        self.one_length = bool((panel.lengths == panel.lengths[0]).all())

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Cut out some series, padded with zeros on the right to the longest among them."""
        index = torch.from_numpy(indices).to(self.values.device)
        x, lengths = self._gather(index)
        inputs = {"x": x.transpose(1, 2), "lengths": lengths, "weight": _select(self.weight, index)}
        return inputs, _select(self.target, index)

    def _gather(self, index: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.one_length:
            n_steps = int(self.panel_lengths[0])
            return self.values.view(len(self), n_steps, -1)[index], None
        lengths = self.lengths[index]
        step = torch.arange(int(lengths.max()), device=index.device)
        padding = step >= lengths[:, None]
        x = self.values[(self.starts[index, None] + step).masked_fill(padding, 0)]
        if not padding.any():
            return x, None
        return x.masked_fill(padding[:, :, None], 0.0), lengths


def _select(rows: Tensor | None, index: Tensor) -> Tensor | None:
    return None if rows is None else rows[index]


def count_batches(n_series: int, batch_size: int) -> int:
    """Count the batches of an epoch.

    Parameters
    ----------
    n_series, batch_size : int
        Series in all, and at most in a batch.

    Returns
    -------
    int
        As many as leave no series alone, unless batches of one were asked for.
    """
    n_batches = math.ceil(n_series / batch_size)
    return n_batches if batch_size == 1 else min(n_batches, max(1, n_series // 2))


class BatchIterator:
    """Batches of a dataset: shuffled if a generator is given, in order otherwise.

    The series are dealt out evenly: 33 series in batches of at most 32 are batches of 17 and 16.
    So no batch is left with a single series, from which batch norm cannot learn; three series in
    batches of two are one batch.

    Parameters
    ----------
    dataset : SeriesDataset
        The series.
    batch_size : int
        Most series in a batch.
    rng : numpy.random.Generator, default=None
        Source of the order.
    """

    def __init__(
        self,
        dataset: SeriesDataset,
        batch_size: int,
        rng: np.random.Generator | None = None,
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self.rng = rng

    def __len__(self) -> int:
        return count_batches(len(self.dataset), self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        n_series = len(self.dataset)
        order = np.arange(n_series) if self.rng is None else self.rng.permutation(n_series)
        for indices in np.array_split(order, len(self)):
            yield self.dataset.batch(indices)


@torch.inference_mode()
def forward(module: nn.Module, dataset: SeriesDataset) -> NDArray[np.float64]:
    """Apply a trained module to all series of a dataset.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    dataset : SeriesDataset
        The series.

    Returns
    -------
    ndarray of shape (n_series, n_outputs)
        Answers in the order of the series.
    """
    lengths = dataset.panel_lengths
    order = np.argsort(lengths, kind="stable")
    answers: list[Tensor] = []
    start = 0
    while start < len(order):
        stop = _batch_end(lengths[order], start)
        inputs, _ = dataset.batch(_with_company(order[start:stop], lengths))
        answers.append(module(**inputs)[: stop - start])
        start = stop
    result = np.empty((len(order), answers[0].shape[1]))
    result[order] = torch.cat(answers).cpu().double().numpy()
    return result


def _with_company(indices: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill up a batch of very few short series with copies of the last one.

    The kernels for a handful of rows sum in another order than those for more, so that the last
    digit of an answer would depend on whether the series came alone.
    """
    few = len(indices) < FEW and lengths[indices[-1]] < SHORT
    return np.pad(indices, (0, FEW - len(indices)), mode="edge") if few else indices


def _batch_end(lengths: NDArray[np.int64], start: int) -> int:
    """Take series, the shortest first, while they fit when padded to the longest."""
    padded = lengths[start:] * np.arange(1, len(lengths) - start + 1)
    return start + max(1, int(np.searchsorted(padded, PREDICTED_STEPS, side="right")))
