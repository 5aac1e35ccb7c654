"""Network of a backbone and a head."""

from __future__ import annotations

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.head import PooledHead
from sktcn.networks.masks import step_mask, step_weight
from sktcn.networks.protocols import Backbone, Head
from sktcn.networks.step_head import StepHead


class SequenceModel(nn.Module):
    """Network from series, padded on the right, to outputs.

    Parameters
    ----------
    backbone : Backbone
        Network from series to features over time: `TCN` or `LSTM`.
    head : Head, default=None
        Network from features to outputs; None builds a `PooledHead` or a `StepHead` from the
        following parameters.
    pooling : {"mean", "max", "last", "attention", "mean+max", None}, default="mean"
        Pooling of the features; None gives outputs for each time step.
    delay : int, default=0
        Steps that the network reads before it gives the outputs for a step; without pooling only.
    n_outputs : int, default=1
        Logits or regression targets.
    generator : torch.Generator, default=None
        Source of the head's initial weights.

    Attributes
    ----------
    largest_product : int
        Largest number of multiply-adds of a time step: the size of the largest weight.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks.tcn import TCN
    >>> model = SequenceModel(TCN(3, n_filters=[16, 16]), pooling="mean", n_outputs=2)
    >>> model(torch.randn(8, 3, 50)).shape
    torch.Size([8, 2])

    Without pooling there are outputs for each time step:

    >>> steps = SequenceModel(TCN(3, n_filters=[16]), pooling=None, n_outputs=2)
    >>> steps(torch.randn(8, 3, 50)).shape
    torch.Size([8, 2, 50])

    Padding on the right does not affect the outputs, whatever its values:

    >>> x = torch.full((2, 3, 50), torch.nan)
    >>> x[0, :, :30], x[1] = torch.randn(3, 30), torch.randn(3, 50)
    >>> alone = model.eval()(x[:1, :, :30])
    >>> torch.allclose(model(x, torch.tensor([30, 50]))[:1], alone, atol=1e-6)
    True
    """

    def __init__(
        self,
        backbone: Backbone,
        head: Head | None = None,
        *,
        pooling: str | None = "mean",
        delay: int = 0,
        n_outputs: int = 1,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.backbone = backbone
        if head is None and pooling is None:
            width = backbone.out_channels
            head = StepHead.build(width, n_outputs, delay=delay, generator=generator)
        elif head is None:
            head = PooledHead.build(str(pooling), backbone.out_channels, n_outputs, generator)
        self.head: Head = head
        weights = cast("nn.Module", self.backbone).parameters()
        self.largest_product = max((weight.numel() for weight in weights), default=0)

    @property
    def context(self) -> tuple[float, float]:
        """Steps before and after a step that the features for its outputs depend on."""
        field, after = self.backbone.receptive_field, self.backbone.look_ahead + self.head.delay
        return (field if math.isinf(field) else max(0, field - 1 - after)), after

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, c, t)``, to logits or regression targets, ``(n, n_outputs)``.

        Without pooling they are of each time step, ``(n, n_outputs, t)``.

        ``lengths``, ``(n,)``, is None where there is no padding. ``weight``, ``(n,)``, weighs
        series in batch statistics; None if all weigh the same.
        """
        return self.head(*self.features(x, lengths, weight))

    def compact(self) -> SequenceModel:
        """Build the network without parts that change no output, for streams and exports."""
        return self

    def features(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Compute the features that the head reads, ``(n, f, t')``, and their lengths.

        The lengths count the ``t'`` that are not padding, ``(n,)``, or are None as ``lengths`` is.
        Before a head with a delay, each series goes on for as many steps of zeros.
        """
        if lengths is not None:
            x = _zero_padding(x, lengths)
        if delay := self.head.delay:
            x = F.pad(x, (0, delay))
            lengths = None if lengths is None else lengths + delay
        mask = None if lengths is None else step_mask(lengths, x.shape[2])
        weighted = self.training and not (mask is None and weight is None)
        weights = step_weight(x, mask, weight) if weighted else None
        h = self.backbone.features(x, mask, weights)
        return h, None if lengths is None else self.backbone.feature_lengths(lengths)

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Compute the number of features over time of series of ``lengths``."""
        return self.backbone.feature_lengths(lengths + self.head.delay)

    def contributions(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Compute the contributions of time steps to the outputs (Zhou et al., 2016).

        The sum of the contributions, ``(n, n_outputs, t')``, over time and the head's bias are the
        outputs.
        """
        return self.head.contributions(*self.features(x, lengths, weight))

    def reset_head(self, n_outputs: int, generator: torch.Generator | None = None) -> None:
        """Replace the head's last layer by an untrained one of ``n_outputs``."""
        self.head.reset(n_outputs, generator)


def _zero_padding(x: Tensor, lengths: Tensor) -> Tensor:
    return x.masked_fill(~step_mask(lengths, x.shape[2]), 0.0)
