"""Ridge on the shares of a network of fixed kernels, by leave-one-out in closed form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

from sktcn._data.panel import Floats
from sktcn._model.task import Task
from sktcn._training.shares import SelectedShares, Shares
from sktcn.networks.threshold_head import ThresholdHead

MIN_SCALE = 0.01  # that a share that deviates less is not blown up
GRAM_COLUMNS = 512  # of inner products that are computed at once
MIN_REST = 1e-10  # least weight of the other series in the answer to a series


class RidgeFit(NamedTuple):
    """Leave-one-out loss of a ridge, its calibration factor, and its strength."""

    loss: float
    factor: float
    alpha: float
    sizes: Tensor  # sums of the squared weights of each standardised share, (f,)


@torch.inference_mode()
def fit_ridge(
    head: ThresholdHead,
    shares: Shares,
    target: NDArray[Any],
    weight: Floats,
    task: Task,
    alphas: Floats,
    columns: Tensor | None = None,
    factor: float | None = None,
) -> RidgeFit:
    """Set the linear layer to the ridge of the strength with the least leave-one-out loss.

    The ridge reads some columns of the shares alone, or all; other weights are zero. The task
    computes the loss, and the factor of the answers with which it is least: one scale of the
    leave-one-out answers makes them logits (prevalidated ridge, Dempster et al., 2024). A
    ``factor`` that is given replaces that one.
    """
    linear = head.linear
    weights = torch.tensor(weight, device=linear.weight.device)
    targets = torch.tensor(task.numeric(target), device=weights.device)
    offset = weights @ targets / weights.sum()
    if columns is not None:
        shares = SelectedShares(shares, columns)
    kind = DualRidge if len(weight) <= shares.n_features else PrimalRidge
    ridge = kind(shares, targets - offset, weights)
    left_out = offset + ridge.leave_one_out(alphas)
    weight, own = ridge.weight.cpu().numpy(), ridge.own_weight.cpu().numpy()
    fits = [
        (*task.calibrate(answers, target, weight, own), alpha)
        for answers, alpha in zip(left_out.cpu().numpy(), alphas.tolist(), strict=True)
    ]
    loss, best_factor, alpha = min(fits)
    factor = best_factor if factor is None else factor
    solution = ridge.solve(alpha)
    used = slice(None) if columns is None else columns
    for values, found in (
        (head.center, ridge.center),
        (linear.weight, (solution * factor).t() / ridge.scale),
    ):
        values.zero_()[..., used] = found.to(values.dtype)
    linear.bias.copy_(offset * factor)
    return RidgeFit(loss, factor, alpha, solution.square().sum(1))


class DualRidge:
    """Ridges of all strengths for no more series than shares, by their weighted inner products.

    Attributes
    ----------
    center, scale : Tensor
        Weighted mean of each share, ``(f,)``, and scale, a little more than the deviation.
    own_weight : Tensor
        Weight that is left out with each series: that of all equal ones, ``(n,)``.
    """

    def __init__(self, shares: Shares, target: Tensor, weight: Tensor):
        rows = target.new_empty(len(weight), shares.n_features)
        for indices, part in iter_on(weight.device, shares):
            rows[indices] = part
        weight, self.own_weight = unit_weights(row_hashes(rows, target), weight)
        self.target, self.weight = target, weight
        self.center = weight @ rows / weight.sum()
        rows -= self.center
        self.scale = smooth_scale(weight @ rows.square() / weight.sum())
        rows /= self.scale
        root = weight.sqrt()[:, None]
        self.rows = rows.mul_(root)
        self.eigenvalues, self.vectors = decompose(inner_products(self.rows))
        self.projected = self.vectors.t() @ (root * target)
        self.projected[self.eigenvalues == 0] = 0.0

    def leave_one_out(self, alphas: Floats) -> Tensor:
        """Compute the answer to each series by all others: ``(n_alphas, n, n_outputs)``."""
        strengths = torch.tensor(alphas).to(self.eigenvalues)[:, None]
        shrinkage = self.eigenvalues / (self.eigenvalues + strengths)  # (n_alphas, n)
        fitted = self.vectors @ (shrinkage[:, :, None] * self.projected)
        leverage = (self.vectors.square() @ shrinkage.t()).t() / self.weight
        fitted /= self.weight.sqrt()[:, None]
        own = self.own_weight * (leverage + 1 / self.weight.sum())
        return without_own(fitted, self.target, own)

    def solve(self, alpha: float) -> Tensor:
        """Compute the weights of the standardised shares, ``(f, n_outputs)``."""
        dual = self.vectors @ (self.projected / (self.eigenvalues + alpha)[:, None])
        return self.rows.t() @ dual


class PrimalRidge:
    """Ridges of all strengths for more series than shares, by the weighted Gram matrix.

    The shares are computed twice, and never in memory all at once. Attributes are as of
    `DualRidge`.
    """

    def __init__(self, shares: Shares, target: Tensor, weight: Tensor):
        self.shares, self.target = shares, target
        n_features, total = shares.n_features, weight.sum()
        gram = target.new_zeros(n_features, n_features)
        sums = target.new_zeros(n_features)
        products = target.new_zeros(n_features, target.shape[1])
        hashes = torch.empty(len(weight), dtype=torch.int64)
        for indices, part in iter_on(weight.device, shares):
            hashes[indices.cpu()] = row_hashes(part, target[indices])
            weighted = part * weight[indices][:, None]
            sums += weighted.sum(0)
            gram.addmm_(weighted.t(), part)
            products.addmm_(weighted.t(), target[indices])
        self.weight, self.own_weight = unit_weights(hashes, weight)
        self.center = sums / total
        gram.addr_(self.center, sums, alpha=-1)
        self.scale = smooth_scale(gram.diagonal() / total)
        unit = self.weight.sum() / total
        gram *= unit
        gram /= self.scale
        gram /= self.scale[:, None]
        self.eigenvalues, self.vectors = decompose(gram)
        self.projected = self.vectors.t() @ (unit * products / self.scale[:, None])

    def leave_one_out(self, alphas: Floats) -> Tensor:
        """Compute the answer to each series by all others: ``(n_alphas, n, n_outputs)``."""
        answers = self.target.new_empty(len(alphas), *self.target.shape)
        for indices, part in iter_on(self.weight.device, self.shares):
            scores = (part - self.center) / self.scale @ self.vectors
            for answer, alpha in zip(answers, alphas, strict=True):
                inverse = 1 / (self.eigenvalues + alpha)
                fitted = scores @ (inverse[:, None] * self.projected)
                leverage = scores.square() @ inverse
                own = self.own_weight[indices] * (leverage + 1 / self.weight.sum())
                answer[indices] = without_own(fitted, self.target[indices], own)
        return answers

    def solve(self, alpha: float) -> Tensor:
        """Compute the weights of the standardised shares, ``(f, n_outputs)``."""
        return self.vectors @ (self.projected / (self.eigenvalues + alpha)[:, None])


def iter_on(device: torch.device, shares: Shares) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield places and shares on a device."""
    for places, part in shares:
        yield places.to(device), part.to(device)


def smooth_scale(variance: Tensor) -> Tensor:
    """Compute the scale of each share, of which `MIN_SCALE` is the least."""
    return (variance.clamp(min=0) + MIN_SCALE**2).sqrt()


def inner_products(rows: Tensor) -> Tensor:
    """Compute the lower triangle of the inner products of rows, in blocks of columns."""
    products = rows.new_empty(len(rows), len(rows))
    for start in range(0, len(rows), GRAM_COLUMNS):
        stop = start + GRAM_COLUMNS
        torch.mm(rows[start:], rows[start:stop].t(), out=products[start:, start:stop])
    return products


def decompose(gram: Tensor) -> tuple[Tensor, Tensor]:
    """Compute eigenvalues and eigenvectors from the lower triangle.

    Eigenvalues of rounding errors become zero.
    """
    eigenvalues, vectors = torch.linalg.eigh(gram)
    smallest = eigenvalues[-1] * len(gram) * torch.finfo(gram.dtype).eps
    return eigenvalues.masked_fill(eigenvalues <= smallest, 0.0), vectors


def row_hashes(shares: Tensor, target: Tensor) -> Tensor:
    """Hash the shares and the target of each series."""
    rows = torch.cat([shares, target], dim=1).cpu().numpy()
    return torch.tensor([hash(row.tobytes()) for row in rows])


def unit_weights(hashes: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Scale weights to a mean of one a distinct series; sum, for each, those of its equals.

    So a weight of two is the series twice, no answer knows a copy of its own series, and weights
    that are all the same have no effect.
    """
    distinct, groups = torch.unique(hashes, return_inverse=True)
    weight, groups = weight * (len(distinct) / weight.sum()), groups.to(weight.device)
    return weight, torch.zeros_like(weight).index_add_(0, groups, weight)[groups]


def without_own(fitted: Tensor, target: Tensor, own: Tensor) -> Tensor:
    """Compute the answers of ridges fitted without each series, from those of the whole ridge.

    ``own`` is the share of the series in its own answer, with the mean.
    """
    return target - (target - fitted) / (1 - own).clamp(min=MIN_REST)[..., None]
