"""What a fit costs: parameters, time and memory, from a few steps of training."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.batching import batch_sizes
from sktcn._data.dataset import SeriesDataset, TrainingSet, round_length
from sktcn._data.panel import Indices, Panel
from sktcn._model.fitted import FittedModel
from sktcn._training.config import TrainingConfig
from sktcn._training.fit import build_net
from sktcn._training.net import SequenceNet
from sktcn._training.random import Generators
from sktcn.networks import SequenceModel, count_parameters, fused_passes

MEASURED_BATCHES = 3  # a short, a middle and a long one
TIMED_STEPS = 2  # of each, after one that builds the kernels
MAX_STEPS = 2**13  # time steps in a batch that is measured; of a larger one a part is
PEAK = 2  # times what a step keeps for its gradients: they themselves, and what kernels need
COPIES = 4  # of the parameters: themselves, their gradients, and two of Adam's


@dataclass(frozen=True)
class Cost:
    """What `measure_cost` found.

    Attributes
    ----------
    n_parameters : int
        Of one network.
    n_epochs, n_steps : int
        Epochs, and steps of the optimiser, of one network at the most.
    seconds : float
        Time of the fit.
    memory : int
        Bytes that it takes beside the program's own.
    available : int or None
        Bytes that the device has.
    """

    n_parameters: int
    n_epochs: int
    n_steps: int
    seconds: float
    memory: int
    available: int | None


def measure_cost(
    model: FittedModel,
    data: TrainingSet,
    config: TrainingConfig,
    module: SequenceModel,
    n_estimators: int,
) -> Cost:
    """Train a new network for a few steps, and multiply.

    Parameters
    ----------
    model : FittedModel
        Model of the series and the task.
    data : TrainingSet
        Series of the training.
    config : TrainingConfig
        Configuration of the training.
    module : SequenceModel
        Untrained network; it is trained a little.
    n_estimators : int
        Networks of the fit.

    Returns
    -------
    Cost
        The time is that of some steps as ``fit`` does them, on a short, a middle and a long
        batch, times the number of steps and networks. The memory is twice what a step keeps for
        its gradients, as seen at the peak of real fits, at the largest batch; and the
        parameters, their gradients and the series. Both are taken as proportional to series
        times time steps where a batch is too large to measure all of it.
    """
    config = replace(config, callbacks=None, verbose=0, compile=False)
    batches = _sorted_batches(data.panel.lengths, config.batch_size)
    net = build_net(module, model.task.criterion(), config, Generators(0))
    seconds, kept = [], []
    for i in np.unique(np.linspace(0, len(batches) - 1, MEASURED_BATCHES).astype(int)):
        whole_series = math.isfinite(module.backbone.receptive_field)
        part = _part(data.take(batches[i]), whole_series=whole_series)
        dataset: Any = part.dataset(config.dtype, config.device)
        larger = _padded(data.panel.lengths[batches[i]]) / _padded(part.panel.lengths)
        seconds.append(_time_step(net, dataset) * larger)
        kept.append(_kept_bytes(net, dataset) / _padded(part.panel.lengths))
    n_epochs = config.n_epochs(len(batches))
    n_steps = n_epochs * len(batches)
    weights = sum(p.numel() for p in module.parameters())
    itemsize = next(module.parameters()).element_size()
    largest = max(_padded(data.panel.lengths[batch]) for batch in batches)
    memory = itemsize * (COPIES * weights + data.panel.values.size) + PEAK * largest * max(kept)
    total = float(np.mean(seconds)) * n_steps * n_estimators
    return Cost(
        count_parameters(module), n_epochs, n_steps, total, int(memory), _available(config.device)
    )


def _sorted_batches(lengths: Indices, batch_size: int) -> list[Indices]:
    cuts = np.cumsum(batch_sizes(lengths, batch_size))[:-1]
    return np.split(np.argsort(lengths, kind="stable"), cuts)


def _padded(lengths: Indices) -> int:
    """Time steps of a batch, padding included."""
    longest = int(lengths.max())
    alike = longest == int(lengths.min())
    return len(lengths) * (longest if alike else round_length(longest))


def _part(data: TrainingSet, *, whole_series: bool) -> TrainingSet:
    """Take fewer time steps or, if these would change what taps see, fewer series first."""
    lengths = data.panel.lengths
    n_series = len(lengths)
    if whole_series:
        n_series = min(n_series, max(2, MAX_STEPS // int(lengths.max())))
    data = data.take(np.arange(len(lengths) - n_series, len(lengths)))
    return replace(data, panel=_cut(data.panel, max(1, MAX_STEPS // n_series)))


def _cut(panel: Panel, n_steps: int) -> Panel:
    place = np.arange(len(panel.values)) - np.repeat(panel.starts, panel.lengths)
    return Panel(panel.values[place < n_steps], np.minimum(panel.lengths, n_steps))


def _time_step(net: SequenceNet, dataset: SeriesDataset) -> float:
    batch = dataset.batch(np.arange(len(dataset)))
    with fused_passes(net.module_):
        net.train_step(batch)
        start = time.perf_counter()
        for _ in range(TIMED_STEPS):
            loss = net.train_step(batch)["loss"]
        float(loss.detach())  # waits for a device that is still at work
        return (time.perf_counter() - start) / TIMED_STEPS


def _kept_bytes(net: SequenceNet, dataset: SeriesDataset) -> int:
    """Bytes that a forward pass keeps for the backward one, parameters aside."""
    own = {_place(tensor) for tensor in _state(net.module_)}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if _place(tensor) not in own:
            kept[_place(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    inputs, _ = dataset.batch(np.arange(len(dataset)))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        answer = net.infer(inputs)
    del answer
    return sum(kept.values())


def _state(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _available(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "cpu" and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it.

    Parameters
    ----------
    seconds : float
        The time.

    Returns
    -------
    str
        In h, min or s.

    Examples
    --------
    >>> duration(0.5), duration(300), duration(10_000)
    ('0.5 s', '5 min', '2.78 h')
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.2g} s"


def size(n_bytes: int) -> str:
    """Write a number of bytes.

    Parameters
    ----------
    n_bytes : int
        How many.

    Returns
    -------
    str
        In GB or MB.

    Examples
    --------
    >>> size(2_000_000), size(3_210_000_000)
    ('2 MB', '3.21 GB')
    """
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.3g} MB"
