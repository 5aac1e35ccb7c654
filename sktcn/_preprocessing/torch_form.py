"""The preprocessor as a torch module, for padded tensors and with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn._preprocessing.preprocessor import ROUNDING, Preprocessor
from sktcn._preprocessing.scaling import Standardizer
from sktcn.networks.masks import step_mask

if TYPE_CHECKING:
    pass


class TorchPreprocessor(nn.Module):
    """Raw series as the networks read them: scaled, with changes, and nothing missing.

    The same as `Preprocessor.transform`, for padded tensors and with gradients. It is computed in
    float64 as there, whatever the network's dtype.

    Parameters
    ----------
    preparation : Preprocessor
        That of a fitted estimator.
    dtype : torch.dtype, default=torch.float32
        What the network computes in.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sktcn._data.panel import as_panel
    >>> panel = as_panel(np.array([[0.0, 2.0, 4.0]]))
    >>> fitted = Preprocessor.fit(panel, np.ones(1), scaling="channel", missing="mask")
    >>> TorchPreprocessor(fitted)(torch.tensor([[[2.0, torch.nan, 4.0]]]))
    tensor([[[0.0000, 0.0000, 1.2247],
             [1.0000, 0.0000, 1.0000]]])
    """

    def __init__(self, preparation: Preprocessor, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.scaling = preparation.scaling
        self.missing = preparation.missing
        self.dtype = dtype
        self.values = ChannelScaler(preparation.statistics)
        changes = preparation.changes
        self.changes = None if changes is None else ChannelScaler(changes)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Prepare series.

        Parameters
        ----------
        x : Tensor
            Series, ``(n, n_channels, t)``, padded on the right with anything.
        lengths : Tensor, default=None
            Length of each series, ``(n,)``; None where there is no padding.

        Returns
        -------
        Tensor
            ``(n, out_channels, t)``; zero on padding.
        """
        valid = torch.ones_like(x[:, :1], dtype=torch.bool)
        if lengths is not None:
            valid = step_mask(lengths, x.shape[2])
        seen = valid & ~x.isnan() if self.missing in ("mask", "interpolate") else valid.expand_as(x)
        eps = torch.finfo(x.dtype).eps
        x = self._scale(x.double().masked_fill(~seen, 0.0), seen, self.values, eps)
        if self.missing == "interpolate":
            empty = self.values.mean if self.scaling is None else torch.zeros_like(self.values.mean)
            x, seen = interpolate_gaps(x, seen, empty), valid.expand_as(x)
        values, marks = [x], [seen]
        if self.changes is not None:
            changes, both = differences_of(x, seen)
            eps = torch.finfo(torch.float64).eps
            values.append(self._scale(changes, both, self.changes, eps, ROUNDING))
            marks.append(both)
        prepared = torch.cat(values, 1).masked_fill(~torch.cat(marks, 1), 0.0)
        if self.missing == "mask":
            prepared = torch.cat([prepared, *(each.double() for each in marks)], 1)
        return prepared.masked_fill(~valid, 0.0).to(self.dtype)

    def _scale(
        self, x: Tensor, seen: Tensor, channels: ChannelScaler, eps: float, smallest: float = 0.0
    ) -> Tensor:
        if self.scaling == "series":
            return standardize_each(x, seen, eps, smallest)
        scaled: Tensor = channels(x) if self.scaling == "channel" else x
        return scaled


class ChannelScaler(nn.Module):
    """A `Standardizer` of channels, for tensors ``(n, c, t)``.

    Parameters
    ----------
    statistics : Standardizer
        One column a channel.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, statistics: Standardizer):
        super().__init__()
        for name in ("mean", "scale"):
            column = torch.tensor(getattr(statistics, name), dtype=torch.float64)[:, None]
            self.register_buffer(name, column)

    def forward(self, x: Tensor) -> Tensor:
        """Standardise."""
        return (x - self.mean) / self.scale


def standardize_each(x: Tensor, seen: Tensor, eps: float, smallest: float = 0.0) -> Tensor:
    """Standardise each channel of each series by its own statistics, as `Standardizer.fit`.

    Parameters
    ----------
    x : Tensor
        Series, ``(n, c, t)``, finite.
    seen : Tensor
        Where a value was observed, ``(n, c, t)``.
    eps : float
        Relative rounding error of the values as they were given.
    smallest : float, default=0.0
        Deviation up to which a channel is taken to be constant.

    Returns
    -------
    Tensor
        Scaled; meaningless where nothing was observed.
    """
    count = seen.sum(2, keepdim=True).clamp(min=1)
    mean = x.masked_fill(~seen, 0.0).sum(2, keepdim=True) / count
    centred = (x - mean).masked_fill(~seen, 0.0)
    peak = centred.abs().amax(2, keepdim=True)
    peak = torch.where(peak > 0, peak, 1.0)
    variance = (centred / peak).square().sum(2, keepdim=True) / count
    std = peak * torch.where(variance > 0, variance, 1.0).sqrt()  # that of zero has no gradient
    std = torch.where(variance > 0, std, 0.0)
    rounding = 10 * eps * mean.abs()
    varies = std > rounding.clamp(min=smallest)
    return centred / torch.where(varies, std, rounding.clamp(min=1.0))


def differences_of(x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Take the change of each value from the step before: zero at the first step.

    Parameters
    ----------
    x, seen : Tensor
        Values, and where they were observed, ``(n, c, t)``.

    Returns
    -------
    changes, both : Tensor
        The changes, and where both values were observed.
    """
    before = (torch.arange(x.shape[2], device=x.device) - 1).clamp(min=0)
    return x - x[:, :, before], seen & seen[:, :, before]


def interpolate_gaps(x: Tensor, seen: Tensor, empty: Tensor) -> Tensor:
    """Fill in what is missing, linearly, as `sktcn._preprocessing.missing.interpolate`.

    Parameters
    ----------
    x, seen : Tensor
        Values, and where they were observed, ``(n, c, t)``.
    empty : Tensor
        Value of a channel in which nothing was observed, ``(c, 1)``.

    Returns
    -------
    Tensor
        The values without gaps.
    """
    step = torch.arange(x.shape[2], device=x.device).expand_as(x)
    rank = seen.long().cumsum(2)  # how many values there were up to each step
    total = rank[:, :, -1:]
    places = F.pad(torch.zeros_like(rank), (1, 0)).scatter(2, rank * seen, step)
    left = places.gather(2, torch.minimum(rank.clamp(min=1), total))
    right = places.gather(2, torch.minimum(rank + 1, total))
    before, after = x.gather(2, left), x.gather(2, right)
    part = (step - left) / (right - left).clamp(min=1).to(x.dtype)
    filled = torch.where(seen, x, before + (after - before) * part)
    return torch.where(total > 0, filled, empty)
