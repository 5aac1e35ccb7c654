"""Head that counts how often features exceed thresholds."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from sktcn.networks.linear import Linear
from sktcn.networks.masks import count_valid, step_mask
from sktcn.networks.memory import MemoryBuilder, Running
from sktcn.networks.pooling import RememberedSummary
from sktcn.networks.stages import Stage
from sktcn.networks.state import StreamState
from sktcn.networks.summaries import MeanSummary


class ThresholdHead(nn.Module):
    """Shares of the time steps at which features exceed thresholds, and a linear layer.

    Features come in blocks; those of one block have as many thresholds each, in increasing order.
    Sums are in float64, so that an answer is that of the stream.

    Parameters
    ----------
    thresholds : sequence of Tensor
        Thresholds of each block, ``(n_features, n_thresholds)``.
    n_outputs : int
        Logits or regression targets.

    Attributes
    ----------
    center : Tensor
        Shares of which the linear layer reads the differences, ``(n_shares,)``.
    """

    delay = 0
    thresholds: Tensor
    center: Tensor

    def __init__(self, thresholds: Sequence[Tensor], n_outputs: int):
        super().__init__()
        self.shapes = [tuple(block.shape) for block in thresholds]
        self.register_buffer("thresholds", torch.cat([block.flatten() for block in thresholds]))
        self.register_buffer("center", torch.zeros_like(self.thresholds))
        self.reset(n_outputs)
        self.streaming_form = StreamingThresholdHead

    @property
    def n_outputs(self) -> int:
        """Number of logits or regression targets."""
        return self.linear.out_features

    @property
    def bias(self) -> Tensor:
        """Constant of each output, ``(n_outputs,)``, which is no step's contribution."""
        return self.linear.bias.double() - self.weight @ self.center.double()

    @property
    def weight(self) -> Tensor:
        """Weights of the shares in float64, ``(n_outputs, n_shares)``."""
        return self.linear.weight.double()

    @property
    def responses(self) -> Tensor:
        """Number of the feature that each share is of, ``(n_shares,)``."""
        counts = torch.cat([torch.full((features,), n) for features, n in self.shapes])
        return torch.arange(len(counts)).repeat_interleave(counts)

    def select(self, kept: Sequence[Tensor]) -> ThresholdHead:
        """Build a head of the features at some places of each block alone."""
        head = ThresholdHead(_select(self.split(self.thresholds), kept), self.n_outputs)
        head.to(self.thresholds)
        head.streaming_form = self.streaming_form
        head.center.copy_(
            torch.cat([each.flatten() for each in _select(self.split(self.center), kept)])
        )
        weights = self.split(self.linear.weight.detach())
        by_feature = _select([each.movedim(0, 2) for each in weights], kept)
        head.linear.weight.copy_(torch.cat([each.flatten(0, 1) for each in by_feature]).t())
        head.linear.bias.copy_(self.linear.bias)
        return head

    def split(self, values: Tensor) -> list[Tensor]:
        """Split values of all shares, ``(..., n_shares)``, by block: ``(..., features, n)``."""
        sizes = [features * n for features, n in self.shapes]
        parts = torch.split(values, sizes, dim=-1)
        return [
            part.view(*part.shape[:-1], *shape)
            for part, shape in zip(parts, self.shapes, strict=True)
        ]

    def set_thresholds(
        self, block: int, ordered: Tensor, lengths: Tensor, quantiles: Tensor
    ) -> None:
        """Set the thresholds of a block to quantiles of ordered values, ``(n_features, t)``.

        Values after the lengths, ``(n_features,)``, are ignored. Quantiles are ``(n_features, n)``.
        """
        last = lengths[:, None] - 1
        position = quantiles * last
        below = position.long()
        low, high = (
            ordered.gather(1, places).double() for places in (below, (below + 1).minimum(last))
        )
        thresholds = (low + (position - below) * (high - low)).sort(1).values
        self.split(self.thresholds)[block].copy_(thresholds)

    def iter_blocks(self, h: Tensor) -> Iterator[Tensor]:
        """Yield the features of each block, ``(n_features, n, t)``."""
        yield from torch.split(h.transpose(0, 1), [features for features, _ in self.shapes])

    def count(self, blocks: Iterator[Tensor], lengths: Tensor | None = None) -> Tensor:
        """Count the steps above the thresholds, ``(n, n_shares)``."""
        counts = []
        for h, thresholds in zip(blocks, self.split(self.thresholds), strict=True):
            if lengths is not None:
                h = h.masked_fill(~step_mask(lengths, h.shape[2])[:, 0], -torch.inf)
            counts.append(count_steps(h, thresholds).flatten(0, 1))
        return torch.cat(counts).t()

    def outputs(self, counts: Tensor, n_steps: int | Tensor) -> Tensor:
        """Map counts, and the steps of each series, to outputs, ``(n, n_outputs)``."""
        shares = counts.double() / n_steps - self.center.double()
        return shares @ self.weight.t() + self.linear.bias.double()

    def forward(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map features, ``(n, f, t)``, to outputs, ``(n, n_outputs)``."""
        return self.outputs(self.count(self.iter_blocks(h), lengths), count_valid(h, lengths))

    def contributions(self, h: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Split the outputs into contributions of time steps, ``(n, n_outputs, t)``."""
        total: Tensor = h.new_zeros(len(h), self.n_outputs, h.shape[2], dtype=torch.float64)
        parts = self.iter_blocks(h), self.split(self.thresholds), self.split(self.weight)
        for features, thresholds, weight in zip(*parts, strict=True):
            for threshold, each in zip(thresholds.unbind(1), weight.unbind(2), strict=True):
                above = (features > threshold[:, None, None]).double()
                total += torch.einsum("of,fnt->not", each, above)
        if lengths is None:
            return total / h.shape[2]
        return total.masked_fill(~step_mask(lengths, h.shape[2]), 0.0) / lengths[:, None, None]

    def reset(self, n_outputs: int, generator: torch.Generator | None = None) -> None:
        """Replace the linear layer by one of zeros, of the same dtype and on its device."""
        own = torch.Generator()  # the global one stays as it is
        linear = Linear(len(self.thresholds), n_outputs, generator=own).to(self.thresholds)
        self.linear = linear.requires_grad_(False)
        self.linear.weight.zero_()

    def streaming(self, n_streams: int, memory: MemoryBuilder = Running) -> StreamingThresholdHead:
        """Build the streaming form."""
        return self.streaming_form(self, n_streams, memory)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX, which has no search among thresholds."""
        form = copy.copy(self)
        form.streaming_form = ExportedThresholdHead
        return form

    def stages(self) -> list[Stage]:
        """Describe thresholds and linear layer."""
        n_shares = self.linear.in_features
        return [
            Stage("thresholds", "share of steps above", n_shares, "all", ()),
            Stage("head", "ridge", self.n_outputs, "all", (self.linear,)),
        ]


def _select(blocks: Sequence[Tensor], kept: Sequence[Tensor]) -> list[Tensor]:
    return [block[places] for block, places in zip(blocks, kept, strict=True) if len(places)]


def count_steps(h: Tensor, thresholds: Tensor) -> Tensor:
    """Count the steps of ``h``, ``(f, n, t)``, above ``thresholds``, ``(f, k)``: ``(f, k, n)``."""
    above = torch.empty_like(h)
    counts = [
        torch.gt(h, threshold[:, None, None], out=above).sum(2)
        for threshold in thresholds.unbind(1)
    ]
    return torch.stack(counts, dim=1)


class StreamingThresholdHead:
    """Streaming form of `ThresholdHead`: a mean of each step's part of the outputs, in float64.

    A feature that exceeds ``k`` of its thresholds adds the sum of their ``k`` weights, which a
    table has: a step costs one entry of the table a feature, however many thresholds there are.
    """

    def __init__(self, head: ThresholdHead, n_streams: int, memory: MemoryBuilder = Running):
        most = max(n for _, n in head.shapes)
        rows, sums = [], []
        parts = head.split(head.thresholds), head.split(head.weight)
        for thresholds, weight in zip(*parts, strict=True):
            missing = most - thresholds.shape[1]
            rows.append(nn.functional.pad(thresholds, (0, missing), value=torch.inf))
            cumulative = nn.functional.pad(weight, (1, missing)).cumsum(2)
            sums.append(cumulative.permute(1, 2, 0))
        self.thresholds = torch.cat(rows).contiguous()
        self.table = torch.cat(sums).flatten(0, 1).contiguous()
        self.offsets = torch.arange(len(self.thresholds), device=self.table.device) * (most + 1)
        self.bias = head.bias.clone()
        self.mean = RememberedSummary(MeanSummary(self.bias), n_streams, memory)
        self.states: list[StreamState] = self.mean.states

    def __call__(self, h: Tensor, keep: Tensor | None = None) -> Tensor:
        """Map the features of a time step, ``(n_streams, f)``, to ``(n_streams, n_outputs)``."""
        return self.mean(self.weigh(h), keep) + self.bias

    def weigh(self, h: Tensor) -> Tensor:
        """Sum the weights of the thresholds that features exceed, ``(n_streams, n_outputs)``."""
        return self.sum_entries(self.count_exceeded(h) + self.offsets)

    def count_exceeded(self, h: Tensor) -> Tensor:
        """Count the thresholds that each feature exceeds, ``(n_streams, f)``."""
        return torch.searchsorted(self.thresholds, h.t().contiguous()).t()

    def sum_entries(self, places: Tensor) -> Tensor:
        """Sum the entries of the table at places, ``(n_streams, f)``, over the features."""
        return nn.functional.embedding_bag(places, self.table, mode="sum")


class ExportedThresholdHead(StreamingThresholdHead):
    """Streaming form of `ThresholdHead` for ONNX."""

    def count_exceeded(self, h: Tensor) -> Tensor:
        """Compare each feature with all of its thresholds."""
        return (h[:, :, None] > self.thresholds).sum(2)

    def sum_entries(self, places: Tensor) -> Tensor:
        """Gather the entries, and sum."""
        return self.table[places].sum(1)
