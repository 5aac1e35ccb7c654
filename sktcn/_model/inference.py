"""Inference on many series in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.chunked import ChunkedPanel
from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Floats, Indices, Panel
from sktcn._data.windows import Cutting
from sktcn.networks import SequenceModel

MIN_ROWS, SHORT = 4, 64  # fewer rows of fewer steps are computed by other kernels
BATCH_STEPS = 2**14  # time steps of a batch, which the caches of a CPU hold ...
DEVICE_FACTOR = 64  # ... and of a batch on another device, as a multiple
PART_STEPS = 2**18  # time steps that are preprocessed together, which bounds the memory
ROWS = 256  # series of a batch of which a network reads one after the other


def iter_parts(panel: Panel | ChunkedPanel) -> Iterator[tuple[Indices, Panel]]:
    """Yield series in parts of bounded memory, with their places in the panel."""
    for indices, piece in panel.iter_parts():
        for part in split_by_length(piece.lengths):
            yield indices[part], piece.take(part) if len(part) < len(piece) else piece


def split_by_length(lengths: Indices) -> list[Indices]:
    """Split series into parts of similar lengths, with at most `PART_STEPS` time steps each.

    Examples
    --------
    >>> import numpy as np
    >>> [len(part) for part in split_by_length(np.full(10, 80_000))]
    [3, 3, 3, 1]
    """
    if lengths.sum() <= PART_STEPS:
        return [np.arange(len(lengths))]
    order = np.argsort(lengths, kind="stable")
    cuts: list[int] = []
    filled = 0
    for position, length in enumerate(lengths[order]):
        filled += length
        if position and filled > PART_STEPS:
            cuts.append(position)
            filled = length
    return np.split(order, cuts)


@torch.inference_mode()
def forward_steps(network: SequenceModel, dataset: SeriesDataset) -> Floats:
    """Apply a network that answers at each time step: ``(n_steps, n_outputs)``, in order.

    Long series go through in windows, each read with what its answers depend on.
    """
    lengths = dataset.panel_lengths
    windows = _cutting(network, dataset).cut(lengths)
    view = dataset.windows(windows)
    places = (np.cumsum(lengths) - lengths)[windows.series] + windows.first
    result = np.empty((lengths.sum(), network.head.n_outputs))
    for indices, inputs in iter_batches(view):
        outputs = network(**inputs).transpose(1, 2).cpu().double().numpy()
        for index, rows in zip(indices, outputs, strict=False):
            first, last = windows.first[index], windows.last[index]
            place, start = places[index], windows.start[index]
            result[place : place + last - first] = rows[first - start : last - start]
    return result


def _cutting(network: SequenceModel, dataset: SeriesDataset) -> Cutting:
    """Cut into windows of bounded size; where answers depend on all steps, into whole series."""
    before, after = network.context
    if math.isinf(before):
        return Cutting(int(dataset.panel_lengths.max()))
    size = max(_max_steps(dataset.values.device), int(before + after))
    return Cutting(size, int(before), int(after))


@torch.inference_mode()
def forward(network: nn.Module, dataset: SeriesDataset) -> Floats:
    """Apply a network in evaluation mode to all series: ``(n_series, n_outputs)``, in order."""
    order: list[Indices] = []
    outputs: list[Tensor] = []
    for indices, inputs in iter_batches(dataset, one_by_one=getattr(network, "one_by_one", False)):
        order.append(indices)
        outputs.append(network(**inputs)[: len(indices)])
    result = np.empty((len(dataset), outputs[0].shape[1]))
    result[np.concatenate(order)] = torch.cat(outputs).cpu().double().numpy()
    return result


def combine(outputs: Iterable[Any], shares: Sequence[float]) -> Any:
    """Average the outputs of networks by their shares."""
    return sum(share * each for share, each in zip(shares, outputs, strict=True))


def iter_batches(
    dataset: SeriesDataset, *, one_by_one: bool = False
) -> Iterator[tuple[Indices, dict[str, Any]]]:
    """Yield batches of bounded size, the shortest series first.

    Each batch comes as the places of its series and the arguments of a `SequenceModel`, whose
    rows may be more than the series. Batches are larger for a network that reads series
    ``one_by_one``, and has nothing of the others in memory.
    """
    lengths = dataset.panel_lengths
    order = np.argsort(lengths, kind="stable")
    by_length = lengths[order]
    limit = PART_STEPS if one_by_one else _max_steps(dataset.values.device)
    rows = ROWS if one_by_one else len(order)
    start = 0
    while start < len(order):
        stop = min(_batch_end(by_length, start, limit), start + rows)
        indices = order[start:stop]
        inputs, _ = dataset.batch(_pad_rows(indices, lengths))
        yield indices, inputs
        start = stop


def batch_size(lengths: Indices, device: torch.device) -> tuple[float, float]:
    """Estimate the series and the time steps of a full batch, or of all series if fewer."""
    n_steps = float(lengths.sum())
    share = min(1.0, _max_steps(device) / n_steps)
    return share * len(lengths), share * n_steps


def _max_steps(device: torch.device) -> int:
    return BATCH_STEPS * (1 if device.type == "cpu" else DEVICE_FACTOR)


def _pad_rows(indices: Indices, lengths: Indices) -> Indices:
    """Repeat the last series of a batch of very few short ones.

    Kernels for a handful of rows sum in another order than those for more rows, so that the last
    digit of an answer would depend on whether the series came alone.
    """
    few = len(indices) < MIN_ROWS and lengths[indices[-1]] < SHORT
    return np.pad(indices, (0, MIN_ROWS - len(indices)), mode="edge") if few else indices


def _batch_end(lengths: Indices, start: int, limit: int) -> int:
    """Compute the end of a batch whose series, padded to the longest, fit into ``limit`` steps."""
    padded = lengths[start:] * np.arange(1, len(lengths) - start + 1)
    return start + max(1, int(np.searchsorted(padded, limit, side="right")))


def check_finite(outputs: Floats, panel: Panel, indices: Indices) -> None:
    """Raise unless all outputs are finite; the message names the user's index of the series."""
    wrong = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if wrong.size:
        raise ValueError(
            f"the network has no finite answer to series {indices[wrong[0]]}, of values up to "
            f"{np.nanmax(np.abs(panel.series(wrong[0]))):.3g}: they must be near those of fit, "
            "and if they are, the fit needs a lower lr or gradient_clip"
        )
