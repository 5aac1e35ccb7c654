"""Thresholds of fixed kernels, from the responses to training series."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from sktcn._data.dataset import SeriesDataset
from sktcn._data.panel import Indices
from sktcn.networks.lags import N_KERNELS
from sktcn.networks.masks import step_mask
from sktcn.networks.rocket import RocketModel

GOLDEN_RATIO = (1 + math.sqrt(5)) / 2


@torch.inference_mode()
def fit_thresholds(network: RocketModel, panel: Any, generator: torch.Generator) -> None:
    """Set thresholds to quantiles of the responses to one random series for each kernel.

    The quantiles of all thresholds are a golden-ratio sequence.
    """
    rocket, head = network.backbone, network.head
    chosen = choose_series(panel, (len(rocket.blocks), N_KERNELS), generator)
    series, places = np.unique(chosen, return_inverse=True)
    places = places.reshape(chosen.shape)
    dtype, cpu = rocket.reads.dtype, torch.device("cpu")
    dataset = SeriesDataset(panel.take(series).load(), dtype=dtype, device=cpu)
    numbers = torch.arange(1, len(head.thresholds) + 1, dtype=torch.float64)
    quantiles = head.split(numbers * GOLDEN_RATIO % 1)
    for number, own in enumerate(places):
        inputs: Any = dataset.batch(own)[0]
        responses, lengths = rocket.own_responses(inputs["x"], number), dataset.lengths[own]
        if (lengths < responses.shape[1]).any():
            padding = ~step_mask(lengths, responses.shape[1])[:, 0]
            responses = responses.masked_fill(padding, torch.inf)
        ordered = np.sort(responses.numpy(), axis=1)
        head.set_thresholds(number, torch.from_numpy(ordered), lengths, quantiles[number])


def choose_series(panel: Any, shape: tuple[int, ...], generator: torch.Generator) -> Indices:
    """Choose random series among those that differ.

    Series are ordered by a random projection, of which equal ones have one value: neither their
    order nor repeated series change the choice.
    """
    longest = int(panel.lengths.max())
    vector = np.empty(0)
    projections = np.empty(len(panel))
    for indices, part in panel.iter_parts():
        if not len(vector):
            size = longest, part.n_channels
            vector = torch.randn(size, generator=generator, dtype=torch.float64).numpy()
        steps = np.arange(len(part.values)) - np.repeat(part.starts, part.lengths)
        products = (part.values * vector[steps]).sum(1)
        projections[indices] = np.add.reduceat(products, part.starts)
    _, distinct = np.unique(projections, return_index=True)
    drawn = torch.rand(shape, generator=generator, dtype=torch.float64).numpy()
    return distinct[(drawn * len(distinct)).astype(np.int64)]
