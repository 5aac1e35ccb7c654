"""Counts of `RocketModel` in a form that torch traces and ONNX stores quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.lags import N_KERNELS, N_TAPS, TAPS, Block, sum_channels, sum_taps
from sktcn.networks.masks import count_valid, step_mask
from sktcn.networks.threshold_head import ThresholdHead

N_COMPARED = 4  # thresholds of a kernel that a pass compares, in memory that grows with them


class ScannedRocket(nn.Module):
    """Export form of `RocketModel`: a scan, each pass of which counts for a block.

    torch traces one pass instead of each block. A block with more than `N_COMPARED` thresholds of
    each kernel takes several passes. All passes have the same shapes: where a block lacks kernels
    or thresholds, a pass counts above infinity, and these counts are left out. Counts are floats,
    which ONNX sums in less memory than integers, and exact up to 2**24 time steps.
    """

    def __init__(self, blocks: Sequence[Block], reads: Tensor, head: ThresholdHead):
        super().__init__()
        self.head = head
        n_passes = [-(-block.n_thresholds // N_COMPARED) for block in blocks]
        shape = (sum(n_passes), N_KERNELS, N_COMPARED)
        by_block = torch.split(torch.arange(math.prod(shape)).view(shape), n_passes)
        self.places = torch.cat(
            [
                places.transpose(0, 1).flatten(1)[block.kernels, : block.n_thresholds].flatten()
                for places, block in zip(by_block, blocks, strict=True)
            ]
        )
        thresholds = head.thresholds.new_full((math.prod(shape),), torch.inf)
        thresholds[self.places] = head.thresholds
        before = torch.tensor([block.dilation for block in blocks])[:, None] * torch.arange(N_TAPS)
        self.past = int(before.max())
        channels = torch.tensor([block.channels for block in blocks])
        of_block = (self.past - before.flip(1), channels, reads)
        self.passes = (
            *(each.repeat_interleave(torch.tensor(n_passes), dim=0) for each in of_block),
            TAPS.repeat(shape[0], 1, 1),  # not expanded, since torch.export stores no views
            thresholds.view(shape),
        )

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map series, ``(n, c, t)``, to logits or regression targets, ``(n, n_outputs)``."""
        from torch._higher_order_ops import scan

        padding, steps = ~step_mask(lengths, x.shape[2]), torch.arange(x.shape[2])
        padded = F.pad(x.masked_fill(padding, 0.0), (self.past, 0)).transpose(0, 1)

        def count(carry: Tensor, block: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
            """Count the steps above a block's thresholds, ``(84, N_COMPARED, n)``."""
            starts, channels, reads, taps, thresholds = block
            lags = padded[channels][..., starts[:, None] + steps].permute(0, 2, 1, 3)
            responses = (sum_taps(each, taps) for each in lags)
            summed = sum_channels(responses, reads[..., None, None])
            summed = summed.masked_fill(padding[:, 0], -torch.inf)
            above = summed[:, None] > thresholds[..., None, None]
            return carry.clone(), above.sum(3, dtype=torch.float32)

        counts = scan(count, x.new_zeros(1), self.passes)[1].flatten(0, 2)
        counts = counts.index_select(0, self.places).t()
        return self.head.outputs(counts, count_valid(x, lengths))
