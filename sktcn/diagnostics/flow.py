"""Gradients of the loss in a network, by path: through the branches or the shortcuts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sktcn._data.panel import Floats
from sktcn._model.architecture import Architecture
from sktcn._model.fitted import check_owner, resolve_model
from sktcn._model.task import Task
from sktcn.diagnostics.networks import (
    copy_network,
    draw,
    initial_network,
    prepare_training,
    to_tensors,
)
from sktcn.diagnostics.tables import listing, text_table
from sktcn.networks import SequenceModel, Stage
from sktcn.networks.dropout import ChannelDropout
from sktcn.networks.stages import ResidualPaths

FADED = 1e-3  # share of the gradient at the last block's output that reaches the first block's
PATHS = ("branch", "shortcut", "direct")


@dataclass(frozen=True, eq=False)
class GradientFlow:
    """Result of `gradient_flow`: norms of gradients, one entry per block (per layer of an LSTM).

    Attributes
    ----------
    blocks : list of str
        Names of the blocks, from the series to the outputs.
    output : ndarray
        Gradient with respect to the block's output.
    branch, shortcut : ndarray
        Its parts that reach the block's input through the branch, and through the shortcut.
    direct : ndarray
        Gradient that reaches the input from the pooled features themselves
        (``multiscale=True``).
    input : ndarray
        Sum of the three, which is the gradient with respect to the output of the block before.
    weights : ndarray
        Gradient with respect to the block's weights.
    loss : float
        Loss that was differentiated.
    findings : list of str
        Problems, each with a remedy.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import gradient_flow
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> regressor = TCNRegressor(n_blocks=2, n_filters=4, max_epochs=2).fit(X, X[:, -1])
    >>> flow = gradient_flow(regressor, X, X[:, -1])
    >>> flow.blocks
    ['block 1', 'block 2']
    >>> list(flow.table)
    ['block', 'input', 'branch', 'shortcut', 'direct', 'output', 'weights']
    """

    blocks: list[str]
    output: Floats
    branch: Floats
    shortcut: Floats
    direct: Floats
    input: Floats
    weights: Floats
    loss: float
    findings: list[str] = field(default_factory=list)

    @property
    def table(self) -> dict[str, Any]:
        """Norms of all blocks, one column each."""
        names = ("input", *PATHS, "output", "weights")
        return {"block": self.blocks} | {name: getattr(self, name).tolist() for name in names}

    def __str__(self) -> str:
        findings = listing(self.findings, "No finding: gradients reach all blocks.")
        return f"{text_table(self.table)}\nloss: {self.loss:.4g}\n{findings}"


def gradient_flow(
    estimator: Any, X: Any, y: Any, *, initial: bool = False, n_series: int = 64
) -> GradientFlow:
    """Follow the gradient of the loss back through a network, block by block.

    Each block passes the gradient at its output to its input on two paths: through the branch of
    convolutions (or the LSTM layer) and through the shortcut around it. Their norms show which
    path the gradients take. A zero-initialised branch (``zero_init_residual=True``) passes nothing
    on, so that at first a network of any depth learns as a linear one does.

    Parameters
    ----------
    estimator : estimator of sktcn
        Fitted estimator; with ``initial=True`` it need not be fitted.
    X, y : array-like
        Series and targets, as for ``fit``.
    initial : bool, default=False
        Diagnose the network from which a fit would start, rather than the fitted one. For other
        parameters (``residual``, ``n_blocks``, ``zero_init_residual``) pass another estimator.
    n_series : int, default=64
        Series of the batch whose mean loss is differentiated; they are drawn from ``X``.

    Returns
    -------
    GradientFlow
        Norms as in a training update, but without dropout, and computed in float64, in which
        a gradient that has faded to 1e-60 is not yet zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> from sktcn.diagnostics import gradient_flow
    >>> X = np.random.default_rng(0).normal(size=(20, 40))
    >>> untrained = TCNRegressor(n_blocks=3, n_filters=4, zero_init_residual=True)
    >>> gradient_flow(untrained, X, X.mean(axis=1), initial=True).branch
    array([0., 0., 0.])
    """
    owner = check_owner(estimator)
    if not initial:
        resolve_model(owner)
    model, data, _ = prepare_training(owner, X, y)
    module = initial_network(owner, model, data.panel) if initial else copy_network(model)
    module = _train_without_dropout(module.double())
    data = data.take(draw(len(data.panel), n_series))
    dataset = to_tensors(module, data.panel, data.target, data.weight)
    stages = module.backbone.stages()
    taps = [_Tap(stage, stage.residual) for stage in stages if stage.residual is not None]
    if not taps:
        raise ValueError("gradient_flow follows residual stages, of which this network has none")
    loss = _loss(model.task, module, *dataset.batch(np.arange(len(dataset))))
    norms: dict[str, Any] = _all_norms(loss, taps)
    flow = GradientFlow([tap.name for tap in taps], **norms, loss=loss.item())
    flow.findings.extend(_findings(flow, model.architecture))
    return flow


def _train_without_dropout(module: SequenceModel) -> SequenceModel:
    for layer in module.modules():
        if isinstance(layer, ChannelDropout):
            layer.p = 0.0
    return module.train()


def _loss(task: Task, module: SequenceModel, inputs: dict[str, Any], target: Any) -> Tensor:
    inputs["x"].requires_grad_()
    outputs = module(**inputs)
    rows = task.rows(outputs, target, inputs)
    return task.loss(task.criterion(), rows, outputs, (inputs, target))


class _Tap:
    """Record the tensors of a residual stage in one forward pass, separated by path."""

    def __init__(self, stage: Stage, paths: ResidualPaths):
        self.name = paths.name
        self.weights = [weight for module in stage.modules for weight in module.parameters()]
        self.fork: tuple[Tensor, Tensor] | None = None
        paths.branch.register_forward_pre_hook(self._enter)
        paths.shortcut.register_forward_pre_hook(self._pass_by)
        paths.shortcut.register_forward_hook(self._leave)
        if paths.fork is not None:
            paths.fork.register_forward_pre_hook(self._fork)

    def _enter(self, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.input, self.branch = args[0], args[0].view_as(args[0])
        return self.branch, *args[1:]

    def _pass_by(self, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.shortcut = args[0].view_as(args[0])
        return self.shortcut, *args[1:]

    def _fork(self, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.fork = args[0], args[0].view_as(args[0])
        return self.fork[1], *args[1:]

    def _leave(self, _: nn.Module, args: tuple[Any, ...], output: Tensor) -> None:
        self.output = output

    @property
    def tensors(self) -> list[Tensor]:
        """Tensors with respect to which the loss is differentiated."""
        paths = [self.input, self.output, self.shortcut, self.branch]
        return [*paths, *(self.fork or ()), *self.weights]

    def norms(self, gradients: list[Tensor]) -> dict[str, float]:
        """Compute norms of the gradients with respect to `tensors`, by path."""
        at_input, at_output, shortcut, branch, *weights = gradients
        direct = torch.zeros(())
        if self.fork is not None:
            total, onwards, *weights = weights
            (direct,) = _gradients(self.fork[0], [self.branch], total - onwards)
            (branch,) = _gradients(self.fork[0], [self.branch], onwards)
        return {
            "input": _norm(at_input),
            "output": _norm(at_output),
            "branch": _norm(branch),
            "shortcut": _norm(shortcut),
            "direct": _norm(direct),
            "weights": _norm(*weights),
        }


def _all_norms(loss: Tensor, taps: list[_Tap]) -> dict[str, Floats]:
    gradients = iter(_gradients(loss, [tensor for tap in taps for tensor in tap.tensors]))
    rows = [tap.norms(list(islice(gradients, len(tap.tensors)))) for tap in taps]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _gradients(
    output: Tensor, inputs: list[Any], output_grad: Tensor | None = None
) -> tuple[Tensor, ...]:
    return torch.autograd.grad(
        output, inputs, output_grad, retain_graph=True, allow_unused=True, materialize_grads=True
    )


def _norm(*gradients: Tensor) -> float:
    return float(torch.stack([gradient.norm() for gradient in gradients]).norm())


def _findings(flow: GradientFlow, architecture: Architecture) -> Iterator[str]:
    norms = np.stack([flow.output, flow.branch, flow.shortcut, flow.direct])
    if not np.isfinite(norms).all():
        yield "a gradient is not finite: try a lower lr or gradient_clip, or norm='batch'"
        return
    first, last = flow.output[0], flow.output[-1]
    advice = " or ".join([*architecture.remedies.values(), "fewer blocks or layers"])
    if last == 0:
        yield (
            f"no gradient gets into {flow.blocks[-1]}: activation_health tells whether the units "
            "after it are dead; try a lower lr"
        )
    elif first < FADED * last:
        yield (
            f"the gradient fades: at the output of {flow.blocks[0]} it is {first / last:.2g} times "
            f"that at {flow.blocks[-1]}, so that the first ones hardly learn; try {advice}"
        )
    elif last < FADED * first:
        yield (
            f"the gradient explodes: at the output of {flow.blocks[0]} it is {first / last:.2g} "
            f"times that at {flow.blocks[-1]}; try {advice}"
        )
    paths = zip(flow.blocks, flow.branch, flow.shortcut, strict=True)
    blocked = [name for name, branch, shortcut in paths if branch == 0 < shortcut]
    if blocked:
        yield (
            f"{', '.join(blocked)}: all of the gradient takes the shortcut and none the branch; at "
            "the start zero_init_residual=True makes it so, in a trained network the branch is dead"
        )
