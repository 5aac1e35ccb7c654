"""Network of a backbone and a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sktcn.networks.head import PooledHead
from sktcn.networks.masks import step_mask, step_weight
from sktcn.networks.protocols import Backbone, Head


class SequenceModel(nn.Module):
    """Network from series, padded on the right, to outputs.

    Parameters
    ----------
    backbone : Backbone
        Network from series to features over time: `TCN` or `LSTM`.
    head : Head, default=None
        Network from features to outputs; None builds a `PooledHead` from the following parameters.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean"
        Pooling of the features.
    n_outputs : int, default=1
        Logits or regression targets.
    generator : torch.Generator, default=None
        Source of the head's initial weights.

    Examples
    --------
    >>> import torch
    >>> from sktcn.networks.tcn import TCN
    >>> model = SequenceModel(TCN(3, n_filters=[16, 16]), pooling="mean", n_outputs=2)
    >>> model(torch.randn(8, 3, 50)).shape
    torch.Size([8, 2])

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
        pooling: str = "mean",
        n_outputs: int = 1,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.backbone = backbone
        if head is None:
            head = PooledHead.build(pooling, backbone.out_channels, n_outputs, generator)
        self.head: Head = head

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, c, t)``, to logits or regression targets, ``(n, n_outputs)``.

        ``lengths``, ``(n,)``, is None where there is no padding. ``weight``, ``(n,)``, weighs
        series in batch statistics; None if all weigh the same.
        """
        return self.head(*self.features(x, lengths, weight))

    def features(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Compute the features that the head reads, ``(n, f, t')``, and their lengths.

        The lengths count the ``t'`` that are not padding, ``(n,)``, or are None as ``lengths`` is.
        """
        mask = None if lengths is None else step_mask(lengths, x.shape[2])
        if mask is not None:
            x = x.masked_fill(~mask, 0.0)
        weighted = self.training and not (mask is None and weight is None)
        weights = step_weight(x, mask, weight) if weighted else None
        h = self.backbone.features(x, mask, weights)
        return h, None if lengths is None else self.backbone.feature_lengths(lengths)

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
