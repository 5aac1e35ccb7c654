"""Cost of a fit in parameters, time and memory, from a few updates of a new network."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._data.dataset import SeriesDataset, TrainingSet, batch_sizes, round_length
from sktcn._data.panel import Indices, Panel
from sktcn._data.step_targets import StepTargets
from sktcn._data.windows import Cutting
from sktcn._fast.training import fast_passes
from sktcn._model.fitted import FittedModel
from sktcn._model.threads import use_threads
from sktcn._training.config import TrainingConfig
from sktcn._training.fit import build_net, choose_cutting
from sktcn._training.net import SequenceNet
from sktcn._training.random import Generators
from sktcn.networks import SequenceModel, count_parameters

MEASURED_BATCHES = 3  # a short, a medium and a long one
TIMED_UPDATES = 2  # of each, after one that builds the kernels
MAX_STEPS = 2**13  # time steps of a measured batch; larger batches are truncated
PEAK_FACTOR = 2  # saved tensors to peak memory: gradients and buffers of kernels
WEIGHT_COPIES = 4  # weights, their gradients, and two moments of Adam


@dataclass(frozen=True)
class Cost:
    """Cost of a fit.

    Attributes
    ----------
    n_parameters : int
        Parameters of one network.
    n_epochs, n_steps : int
        Largest numbers of epochs and of optimiser updates of one network.
    seconds : float
        Time of the fit.
    memory : int
        Bytes in addition to those of the program.
    available : int or None
        Bytes of the device.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.preflight import preflight
    >>> X, y = np.random.default_rng(0).normal(size=(40, 60)), np.arange(40) % 2
    >>> cost = preflight(TCNClassifier(max_epochs=10), X, y).cost
    >>> cost.n_epochs, cost.n_steps
    (10, 30)
    """

    n_parameters: int
    n_epochs: int
    n_steps: int
    seconds: float
    memory: int
    available: int | None


def measure_cost(
    model: FittedModel, data: TrainingSet, config: TrainingConfig, module: SequenceModel
) -> Cost:
    """Train an untrained network for a few updates, and extrapolate.

    The time is that of an update in ``fit``, averaged over a short, a medium and a long batch,
    times the number of updates and networks. The memory is twice that of the tensors saved
    for the backward pass of the largest batch, as observed at the peak of real fits, plus
    weights, gradients, moments and series. Both are extrapolated in proportion to series
    times time steps where a batch is too large to be measured as a whole.
    """
    config = replace(config, callbacks=None, verbose=0, compile=False)
    if cutting := choose_cutting(module, config):
        data = _cut(data, cutting)
    batches = _sorted_batches(data.panel.lengths, config.batch_size)
    n_steps = [_padded_steps(data.panel.lengths[batch]) for batch in batches]
    net = build_net(module, model, config, Generators(0))
    truncatable = math.isinf(module.backbone.receptive_field)
    seconds, saved = [], []
    for i in np.unique(np.linspace(0, len(batches) - 1, MEASURED_BATCHES).astype(int)):
        sample = _truncate_batch(data.take(batches[i]), keep_steps=not truncatable)
        dataset: Any = sample.dataset(config.dtype, config.device)
        sample_steps = _padded_steps(sample.panel.lengths)
        with use_threads(config.choose_threads(module, data.panel.lengths)):
            seconds.append(_time_update(net, dataset) * (n_steps[i] / sample_steps))
        saved.append(_saved_bytes(net, dataset) / sample_steps)
    n_epochs = config.n_epochs(len(batches))
    n_updates = n_epochs * len(batches)
    n_weights = sum(p.numel() for p in module.parameters())
    itemsize = next(module.parameters()).element_size()
    static = itemsize * (WEIGHT_COPIES * n_weights + data.panel.values.size)
    return Cost(
        count_parameters(module),
        n_epochs,
        n_updates,
        float(np.mean(seconds)) * n_updates * config.n_estimators,
        int(static + PEAK_FACTOR * max(n_steps) * max(saved)),
        _available(config.device),
    )


def _cut(data: TrainingSet, cutting: Cutting) -> TrainingSet:
    """Copy the windows of the series as series of their own."""
    windows, panel = cutting.cut(data.panel.lengths), data.panel
    first = panel.starts[windows.series] + windows.start
    lengths = windows.stop - windows.start
    places = np.arange(lengths.sum()) + np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    target = StepTargets(data.target.rows[places], data.target.weight[places], lengths)
    return TrainingSet(Panel(panel.values[places], lengths), target, data.weight[windows.series])


def _sorted_batches(lengths: Indices, batch_size: int) -> list[Indices]:
    cuts = np.cumsum(batch_sizes(lengths, batch_size))[:-1]
    return np.split(np.argsort(lengths, kind="stable"), cuts)


def _padded_steps(lengths: Indices) -> int:
    """Count the time steps of a batch, padding included."""
    longest = int(lengths.max())
    equal_length = longest == int(lengths.min())
    return len(lengths) * (longest if equal_length else round_length(longest))


def _truncate_batch(data: TrainingSet, *, keep_steps: bool) -> TrainingSet:
    """Truncate a batch to `MAX_STEPS`, by series first where fewer steps would skip taps."""
    lengths = data.panel.lengths
    n_series = len(lengths)
    if keep_steps:
        n_series = min(n_series, max(2, MAX_STEPS // int(lengths.max())))
    data = data.take(np.arange(len(lengths) - n_series, len(lengths)))
    n_steps = max(1, MAX_STEPS // n_series)
    target = data.target
    if isinstance(target, StepTargets):
        target = target.cut(np.minimum(target.lengths, n_steps))
    return replace(data, panel=_truncate_series(data.panel, n_steps), target=target)


def _truncate_series(panel: Panel, n_steps: int) -> Panel:
    steps = np.arange(len(panel.values)) - np.repeat(panel.starts, panel.lengths)
    return Panel(panel.values[steps < n_steps], np.minimum(panel.lengths, n_steps))


def _time_update(net: SequenceNet, dataset: SeriesDataset) -> float:
    batch = dataset.batch(np.arange(len(dataset)))
    with fast_passes(net.module_):
        net.train_step(batch)
        start = time.perf_counter()
        for _ in range(TIMED_UPDATES):
            loss = net.train_step(batch)["loss"]
        float(loss.detach())  # synchronizes with the device
        return (time.perf_counter() - start) / TIMED_UPDATES


def _saved_bytes(net: SequenceNet, dataset: SeriesDataset) -> int:
    """Count the bytes that a forward pass saves for the backward pass, weights excluded."""
    own = {_address(tensor) for tensor in (*net.module_.parameters(), *net.module_.buffers())}
    sizes: dict[int, int] = {}

    def record(tensor: Tensor) -> Tensor:
        if _address(tensor) not in own:
            sizes[_address(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    inputs, _ = dataset.batch(np.arange(len(dataset)))
    with torch.autograd.graph.saved_tensors_hooks(record, lambda tensor: tensor):
        outputs = net.infer(inputs)
    del outputs
    return sum(sizes.values())


def _address(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _available(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "cpu" and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def format_duration(seconds: float) -> str:
    """Format a duration in h, min or s.

    Examples
    --------
    >>> format_duration(0.5), format_duration(300), format_duration(10_000)
    ('0.5 s', '5 min', '2.78 h')
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.2g} s"


def format_bytes(n_bytes: int) -> str:
    """Format a size in GB or MB.

    Examples
    --------
    >>> format_bytes(2_000_000), format_bytes(3_210_000_000)
    ('2 MB', '3.21 GB')
    """
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.3g} MB"
