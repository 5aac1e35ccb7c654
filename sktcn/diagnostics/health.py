"""Health of a network's activations: units that are dead, and units that are saturated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sktcn._data.dataset import BatchIterator
from sktcn._data.panel import Floats
from sktcn._model.architecture import Architecture
from sktcn._model.fitted import resolve_model
from sktcn.diagnostics.networks import copy_network, to_tensors
from sktcn.diagnostics.tables import listing, text_table
from sktcn.networks import SequenceModel
from sktcn.networks.masks import step_mask

FLAT = 0.005  # share of the steepest slope below which a unit is flat; leaky_relu has 0.01
NEARLY_ALL = 0.95  # share of the time steps on which a saturated unit is flat
NOTABLE = 0.2  # share of the units from which there is a finding
BATCH = 16


@dataclass(frozen=True, eq=False)
class ActivationHealth:
    """Result of `activation_health`: one entry per activation, from the series to the outputs.

    Attributes
    ----------
    places : list of str
        Place of each activation in the network.
    activations : list of str
        Name of each activation.
    units : ndarray of int
        Number of channels of each activation.
    dead : ndarray
        Share of the units that are zero, without a gradient, at all steps of all series.
    saturated : ndarray
        Share of the units whose activation is nearly always flat, but not zero.
    mean, std : ndarray
        Mean and standard deviation of all outputs.
    findings : list of str
        Problems, each with a remedy.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import activation_health
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> health = activation_health(regressor, X)
    >>> dict(zip(health.places, health.dead.tolist()))["after block 2"]
    0.0
    >>> list(health.table)
    ['place', 'activation', 'units', 'dead', 'saturated', 'mean', 'std']
    """

    places: list[str]
    activations: list[str]
    units: NDArray[np.int64]
    dead: Floats
    saturated: Floats
    mean: Floats
    std: Floats
    findings: list[str] = field(default_factory=list)

    @property
    def table(self) -> dict[str, Any]:
        """Numbers of all activations, one column each."""
        names = ("units", "dead", "saturated", "mean", "std")
        numbers = {name: getattr(self, name).tolist() for name in names}
        return {"place": self.places, "activation": self.activations} | numbers

    def __str__(self) -> str:
        findings = listing(self.findings, "No finding: the units work.")
        return f"{text_table(self.table)}\n{findings}"


def activation_health(estimator: Any, X: Any) -> ActivationHealth:
    """Find the dead and the saturated units of a fitted network.

    A unit is a channel of an activation's output. Its gradient is computed by differentiating the
    activation, which may be any, also one of the user's.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted estimator.
    X : array-like or list of arrays
        Series, as for ``predict``; usually those of ``fit``.

    Returns
    -------
    ActivationHealth
        For a TCN the activations between the convolutions and after the last block; for an LSTM
        those of the patch embedding and of the dense layer, but not the gates.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import activation_health
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X.mean(axis=1))
    >>> health = activation_health(regressor, X)
    >>> health.places
    ['block 1, conv2', 'block 2, conv1', 'block 2, conv2', 'after block 2']
    >>> health.findings
    []
    """
    model = resolve_model(estimator)
    module = copy_network(model)
    stages = module.backbone.stages()
    watches = [_Watch(*activation) for stage in stages for activation in stage.activations]
    if not watches:
        raise ValueError("activation_health watches activations, of which this network has none")
    dataset = to_tensors(module, model.preprocessor.transform(model.read(X)))
    with torch.no_grad():
        for inputs, _ in BatchIterator(dataset, BATCH):
            mask = _feature_mask(module, inputs)
            for watch in watches:
                watch.mask = mask
            module(**inputs)
    columns = {
        name: np.array([getattr(watch, name) for watch in watches])
        for name in ("units", "dead", "saturated", "mean", "std")
    }
    findings = [finding for watch in watches for finding in _findings(watch, model.architecture)]
    names = [watch.name for watch in watches]
    return ActivationHealth([w.place for w in watches], names, **columns, findings=findings)


def _feature_mask(module: SequenceModel, inputs: dict[str, Tensor | None]) -> Tensor:
    """Mask the features of padding, ``(n, t)``."""
    x, lengths = inputs["x"], inputs["lengths"]
    assert x is not None
    n_steps = torch.full((len(x),), x.shape[2])
    n_features = int(module.feature_lengths(n_steps)[0])
    lengths = n_steps if lengths is None else lengths
    return step_mask(module.feature_lengths(lengths), n_features)[:, 0]


class _Watch:
    """Accumulate statistics of an activation, by channel, over batches."""

    mask: Tensor

    def __init__(self, place: str, activation: nn.Module):
        self.place = place
        self.name = getattr(activation, "name", type(activation).__name__)
        self.flat = FLAT * _steepest(activation)
        self.n_steps = 0
        self.largest: Any = 0.0  # of each unit, as are the following
        self.slope: Any = 0.0
        self.stuck: Any = 0.0  # largest output where the unit is flat
        self.flat_steps: Any = 0
        self.sum: Any = 0.0
        self.squares: Any = 0.0
        activation.register_forward_hook(self._look)

    def _look(self, activation: nn.Module, args: tuple[Tensor], output: Tensor) -> None:
        slope = self._steps(_slope(activation, args[0]))
        outputs = self._steps(output)
        is_flat = slope <= self.flat
        self.n_steps += len(outputs)
        self.largest = np.maximum(self.largest, abs(outputs).max(axis=0))
        self.slope = np.maximum(self.slope, slope.max(axis=0))
        self.stuck = np.maximum(self.stuck, (abs(outputs) * is_flat).max(axis=0))
        self.flat_steps = self.flat_steps + is_flat.sum(axis=0)
        self.sum = self.sum + outputs.sum(axis=0)
        self.squares = self.squares + np.square(outputs).sum(axis=0)

    def _steps(self, x: Tensor) -> Floats:
        """Select the time steps of all series that are not padding, ``(n_steps, n_units)``."""
        return x.transpose(1, 2)[self.mask].double().numpy()

    @property
    def units(self) -> int:
        return len(self.sum)

    @property
    def dead(self) -> float:
        return float(self._is_dead.mean())

    @property
    def saturated(self) -> float:
        # Zero is not saturated: a relu that seldom fires may detect a rare pattern.
        mostly_flat = self.flat_steps >= NEARLY_ALL * self.n_steps
        return float((mostly_flat & (self.stuck > 0) & ~self._is_dead).mean())

    @property
    def _is_dead(self) -> NDArray[np.bool_]:
        dead: NDArray[np.bool_] = (self.slope == 0) & (self.largest == 0)
        return dead

    @property
    def mean(self) -> float:
        return float(self.sum.mean() / self.n_steps)

    @property
    def std(self) -> float:
        return float(np.sqrt(max(0.0, self.squares.mean() / self.n_steps - self.mean**2)))


def _slope(activation: nn.Module, z: Tensor) -> Tensor:
    """Compute the absolute derivative of an activation.

    Random signs keep the outputs of an activation that mixes channels, such as a softmax, from
    cancelling; for any other the absolute value removes the signs.
    """
    signs = torch.randint(2, z.shape, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        outputs = activation.forward(z)  # not called, or the hook would be
        (slope,) = torch.autograd.grad((outputs * signs).sum(), z)
    return slope.abs()


def _steepest(activation: nn.Module) -> float:
    parameter = next(activation.parameters(), torch.empty(0))
    grid = torch.linspace(-8, 8, 4001, dtype=parameter.dtype)
    return float(_slope(activation, grid[None, None]).nan_to_num(0.0, 0.0).max())


def _findings(watch: _Watch, architecture: Architecture) -> Iterator[str]:
    calmer = ", ".join(["a lower lr", *filter(None, [architecture.remedies.get("norm")])])
    if watch.dead >= NOTABLE:
        yield (
            f"{watch.place}: {watch.dead:.0%} of its {watch.name} units never fire; try {calmer} "
            "or activation='leaky_relu'"
        )
    if watch.saturated >= NOTABLE:
        yield (
            f"{watch.place}: {watch.saturated:.0%} of its {watch.name} units are saturated, so "
            f"that hardly a gradient passes them; try {calmer} or activation='relu'"
        )
