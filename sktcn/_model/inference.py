"""A trained network applied to many series, in memory that is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Floats, Indices, Panel

FEW, SHORT = 4, 64  # series, and time steps of each, for which there are other kernels
PREDICTED_STEPS = 2**14  # time steps in one batch of a prediction, which the caches hold; on ...
LARGER = 64  # ... other devices than a CPU as many times that
PREPARED_STEPS = 2**18  # time steps that are prepared together: what bounds a prediction's memory


def iter_parts(panel: Panel | ChunkedPanel) -> Iterator[tuple[Indices, Panel]]:
    """Yield parts of series that are few enough to be preprocessed together.

    Parameters
    ----------
    panel : Panel or ChunkedPanel
        Series in memory or on disk.

    Yields
    ------
    indices : ndarray
        Places of the part's series.
    part : Panel
        The part.
    """
    for indices, part in panel.iter_parts():
        for rows in split_by_length(part.lengths):
            yield indices[rows], part.take(rows) if len(rows) < len(part) else part


def split_by_length(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut series into parts of about the same length, none of more than `PREPARED_STEPS`.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
        Time steps of each series.

    Returns
    -------
    list of ndarray
        Indices of the series in each part; one part if all are few.

    Examples
    --------
    >>> import numpy as np
    >>> [len(part) for part in split_by_length(np.full(10, 80_000))]
    [3, 3, 3, 1]
    """
    if lengths.sum() <= PREPARED_STEPS:
        return [np.arange(len(lengths))]
    order = np.argsort(lengths, kind="stable")
    cuts: list[int] = []
    filled = 0
    for position, length in enumerate(lengths[order]):
        filled += length
        if position and filled > PREPARED_STEPS:
            cuts.append(position)
            filled = length
    return np.split(order, cuts)


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
    order: list[NDArray[np.int64]] = []
    answers: list[Tensor] = []
    for indices, inputs in iter_batches(dataset):
        order.append(indices)
        answers.append(module(**inputs)[: len(indices)])
    result = np.empty((len(dataset), answers[0].shape[1]))
    result[np.concatenate(order)] = torch.cat(answers).cpu().double().numpy()
    return result


def iter_batches(
    dataset: SeriesDataset,
) -> Iterator[tuple[NDArray[np.int64], dict[str, Tensor | None]]]:
    """Go through all series of a dataset in batches of bounded size, the shortest first.

    Parameters
    ----------
    dataset : SeriesDataset
        The series.

    Yields
    ------
    indices : ndarray
        Which series are in the batch.
    inputs : dict
        Arguments of a `SequenceModel`; further rows may follow those of ``indices``.
    """
    lengths = dataset.panel_lengths
    order = np.argsort(lengths, kind="stable")
    by_length = lengths[order]
    most = PREDICTED_STEPS * (1 if dataset.values.device.type == "cpu" else LARGER)
    start = 0
    while start < len(order):
        stop = _batch_end(by_length, start, most)
        indices = order[start:stop]
        inputs, _ = dataset.batch(_with_company(indices, lengths))
        yield indices, inputs
        start = stop


def _with_company(indices: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill up a batch of very few short series with copies of the last one.

    The kernels for a handful of rows sum in another order than those for more, so that the last
    digit of an answer would depend on whether the series came alone.
    """
    few = len(indices) < FEW and lengths[indices[-1]] < SHORT
    return np.pad(indices, (0, FEW - len(indices)), mode="edge") if few else indices


def _batch_end(lengths: NDArray[np.int64], start: int, most: int) -> int:
    """Take series, the shortest first, while they fit when padded to the longest."""
    padded = lengths[start:] * np.arange(1, len(lengths) - start + 1)
    return start + max(1, int(np.searchsorted(padded, most, side="right")))


def check_finite(outputs: Floats, panel: Panel, numbers: NDArray[np.int64]) -> None:
    """Raise unless a network's outputs are finite.

    Parameters
    ----------
    outputs : ndarray of shape (n_series, n_outputs)
        The outputs.
    panel : Panel
        The series that they are of.
    numbers : ndarray of shape (n_series,)
        What the user calls these series.

    Raises
    ------
    ValueError
        If one is not; it says of which series.
    """
    wrong = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if wrong.size:
        raise ValueError(
            f"the network has no finite answer to series {numbers[wrong[0]]}, of values up to "
            f"{np.nanmax(np.abs(panel.series(wrong[0]))):.3g}: they must be near those of fit, "
            "and if they are, the fit needs a lower lr or gradient_clip"
        )
