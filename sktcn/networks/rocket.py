"""Fixed convolutional kernels, those of MiniRocket, in a causal form."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from sktcn.networks.lags import (
    N_KERNELS,
    N_TAPS,
    TAPS,
    Block,
    stack_lags,
    sum_channels,
    sum_lags,
    sum_taps,
    view_lags,
)
from sktcn.networks.masks import count_valid, step_mask
from sktcn.networks.model import SequenceModel
from sktcn.networks.rocket_export import ScannedRocket
from sktcn.networks.stages import Stage
from sktcn.networks.state import Positions, RingBuffer, ShiftBuffer, StreamState
from sktcn.networks.threshold_head import ThresholdHead

MAX_DILATIONS = 32
MAX_SUMMED = 9  # channels whose responses are summed


def spread_dilations(longest: int, n_thresholds: int) -> dict[int, int]:
    """Compute the dilations for series of ``longest`` steps, and each one's thresholds a kernel.

    Dilations grow exponentially up to the largest whose nine taps fit into the series. Of
    ``n_thresholds`` for each of the 84 kernels, those that can't be shared out evenly go to the
    smallest dilations.

    Examples
    --------
    >>> spread_dilations(longest=100, n_thresholds=119)
    {1: 29, 2: 17, 3: 14, 4: 8, 5: 11, 6: 5, 7: 8, 8: 8, 9: 5, 10: 5, 11: 5, 12: 4}
    """
    n_exponents = min(n_thresholds, MAX_DILATIONS)
    largest = math.log2(max(longest - 1, 1) / (N_TAPS - 1))
    exponents = torch.linspace(0, max(largest, 0), n_exponents, dtype=torch.float64)
    dilations, counts = torch.unique((2**exponents).long(), return_counts=True)
    shares = counts * (n_thresholds // n_exponents)
    missing = n_thresholds - int(shares.sum())
    whole, rest = divmod(missing, len(shares))
    shares += whole
    shares[:rest] += 1
    return dict(zip(dilations.tolist(), shares.tolist(), strict=True))


class Rocket(nn.Module):
    """Causal dilated convolutions with the fixed kernels of MiniRocket (Dempster et al., 2021).

    A kernel has nine taps, of which three weigh 2 and six -1: 84 kernels, at each dilation. What
    lies before a series is zero. Kernels of one group of channels read no other; of several
    channels, each kernel sums a random few at each dilation.

    Parameters
    ----------
    in_channels : int
        Channels of the series.
    longest : int
        Time steps of the longest training series, which bounds the dilations.
    n_kernels : int, default=10_000
        Thresholds of the responses over all kernels, rounded down to a multiple of 84 and shared
        out among the groups.
    groups : sequence of list of int, default=None
        Channels of each group, as many in all; None is one group of all channels.
    generator : torch.Generator, default=None
        Source of the choice of channels.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt and G. I. Webb, "MiniRocket: a very fast (almost)
       deterministic transform for time series classification", KDD, 2021.
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: multiple pooling
       operators and transformations for fast and effective time series classification", Data
       Mining and Knowledge Discovery, 2022.

    Examples
    --------
    >>> import torch
    >>> rocket = Rocket(3, longest=50)
    >>> rocket.features(torch.randn(8, 3, 50)).shape
    torch.Size([8, 504, 50])
    """

    causal, lookahead_parameter, stride = True, "", 1
    reads: Tensor

    def __init__(
        self,
        in_channels: int,
        longest: int,
        n_kernels: int = 10_000,
        *,
        groups: Sequence[list[int]] | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        groups = groups or [list(range(in_channels))]
        n_thresholds = n_kernels // N_KERNELS
        shares = [len(range(first, n_thresholds, len(groups))) for first in range(len(groups))]
        self.in_channels = in_channels
        self.streaming_form = StreamingRocket
        self.blocks = [
            Block(channels, dilation, n)
            for channels, share in zip(groups, shares, strict=True)
            for dilation, n in spread_dilations(longest, share).items()
        ]
        self.out_channels = len(self.blocks) * N_KERNELS
        n_channels = len(groups[0])
        shape = (len(self.blocks), N_KERNELS, n_channels)
        draw = partial(torch.rand, generator=generator, dtype=torch.float32)
        order = draw(shape).argsort(-1).argsort(-1)
        most = math.log2(min(n_channels, MAX_SUMMED) + 1)
        n_read = (2 ** (most * draw(shape[:2]))).floor()
        reads = (order < n_read[..., None]).transpose(1, 2)
        self.register_buffer("reads", reads.float().contiguous())

    @property
    def complete(self) -> bool:
        """True if each block has all kernels."""
        return self.out_channels == len(self.blocks) * N_KERNELS

    @property
    def largest_dilation(self) -> int:
        """Largest number of time steps between two taps."""
        return max(block.dilation for block in self.blocks)

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one feature depends on."""
        return (N_TAPS - 1) * self.largest_dilation + 1

    @property
    def look_ahead(self) -> int:
        """Zero: the kernels are causal."""
        return 0

    def feature_lengths(self, lengths: Tensor) -> Tensor:
        """Return the lengths: there is a response at each time step."""
        return lengths

    def features(
        self, x: Tensor, mask: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, c, t)``, to responses, ``(n, f, t)``, one block after the other."""
        return torch.cat([each.transpose(0, 1) for each in self.iter_responses(x)], dim=1)

    def iter_responses(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the responses to series of each block, ``(kernels, n, t)``."""
        for block, reads in zip(self.blocks, self.reads, strict=True):
            lags = stack_lags(x, block).unbind(1)
            responses = sum_channels(map(sum_lags, lags), reads[..., None, None])
            complete = len(block.kernels) == N_KERNELS
            yield responses if complete else responses[block.kernels.to(x.device)]

    def select(self, kept: Sequence[Tensor]) -> Rocket:
        """Copy with the kernels at some places of each block alone."""
        rocket = copy.deepcopy(self)
        rocket.blocks = [
            block._replace(kernels=block.kernels[places])
            for block, places in zip(self.blocks, kept, strict=True)
            if len(places)
        ]
        rocket.out_channels = sum(map(len, kept))
        rocket.reads = self.reads[torch.tensor([len(places) > 0 for places in kept])]
        return rocket

    def own_responses(self, x: Tensor, number: int) -> Tensor:
        """Compute the response of each kernel of a block to a series of its own, ``(84, t)``."""
        lags = view_lags(x, self.blocks[number]).unbind(1)
        taps = [(tap, torch.arange(N_KERNELS)) for tap in TAPS]
        responses = (sum_taps(each, taps) for each in lags)
        return sum_channels(responses, self.reads[number, ..., None])

    def streaming(self, n_streams: int, *, exported: bool) -> StreamingRocket:
        """Build the streaming form."""
        form = StreamingRocket if exported else self.streaming_form
        return form(self, n_streams, exported=exported)

    def stages(self) -> list[Stage]:
        """Describe the kernels, none of which is trained."""
        details = f"84 kernels, dilations 1 to {self.largest_dilation}"
        return [Stage("kernels", details, self.out_channels, self.receptive_field, ())]


class StreamingRocket:
    """Streaming form of `Rocket`: one ring buffer with the lags of all dilations."""

    def __init__(self, rocket: Rocket, n_streams: int, *, exported: bool):
        reads, n_channels = rocket.reads, rocket.in_channels
        kind = ShiftBuffer if exported else RingBuffer
        self.buffer = kind(n_streams, n_channels, rocket.receptive_field, 1, reads)
        self.shape = (N_TAPS, len(rocket.blocks), reads.shape[1])
        latest = rocket.receptive_field - 1
        self.places = torch.tensor(
            [
                (latest - before * block.dilation) * n_channels + channel
                for before in reversed(range(N_TAPS))
                for block in rocket.blocks
                for channel in block.channels
            ],
            device=reads.device,
        )
        self.reads = reads.permute(1, 2, 0)[:, :, None].contiguous()  # (c, 84, 1, blocks)
        numbers = [block.kernels + N_KERNELS * i for i, block in enumerate(rocket.blocks)]
        self.kept = torch.cat(numbers).to(reads.device)
        self.states: list[StreamState] = [self.buffer]

    def features(self, x: Tensor, positions: int | Positions) -> tuple[Tensor, None]:
        """Compute the responses at a time step, ``(n_streams, f)``."""
        return self.respond(self.buffer.push(x, positions)), None

    def respond(self, window: Tensor) -> Tensor:
        """Compute the responses to the latest time steps, ``(n_streams, steps and channels)``."""
        lags = window.index_select(1, self.places).view(-1, *self.shape)
        channels = lags.permute(3, 1, 0, 2)
        responses = sum_channels(map(sum_lags, channels), self.reads)
        responses = responses.permute(1, 2, 0).flatten(1)
        complete = len(self.kept) == responses.shape[1]
        return responses if complete else responses.index_select(1, self.kept)


class RocketModel(SequenceModel):
    """Network of fixed kernels and a `ThresholdHead`.

    Steps are counted one block after the other, so that the responses of all blocks are never in
    memory at once; `SequenceModel` computes the same from all responses.

    Parameters
    ----------
    backbone, head : Rocket and ThresholdHead
        Parts of the network.
    counter : callable, default=count_with_torch
        Function of the network, the series and their lengths that counts as `count_with_torch`.

    Attributes
    ----------
    backbone : Rocket
        Fixed kernels.
    head : ThresholdHead
        Thresholds of their responses.
    """

    backbone: Rocket
    head: ThresholdHead

    def __init__(self, backbone: Rocket, head: ThresholdHead, counter: Counter | None = None):
        super().__init__(backbone, head)
        self.counter = counter or count_with_torch
        self.largest_product = len(head.thresholds)  # comparisons

    @property
    def one_by_one(self) -> bool:
        """True if compiled code reads one series of a batch after the other."""
        return self.counter is not count_with_torch

    def compact(self) -> RocketModel:
        """Build the network without the responses whose weights are zero, if there are any."""
        used = self.head.split((self.head.linear.weight != 0).any(0))
        kept = [each.any(1).nonzero()[:, 0] for each in used]
        if sum(map(len, kept)) in (0, self.backbone.out_channels):
            return self
        parts = self.backbone.select(kept), self.head.select(kept)
        return RocketModel(*parts, self.counter).train(self.training)

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Map series, ``(n, c, t)``, to logits or regression targets, ``(n, n_outputs)``."""
        return self.counter(self, x, lengths, weigh=True)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX."""
        return ScannedRocket(self.backbone.blocks, self.backbone.reads, self.head)

    def shares(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute the shares of time steps at which responses exceed thresholds, in float64."""
        return self.counter(self, x, lengths) / count_valid(x, lengths)


class Counter(Protocol):
    """Function that counts as `count_with_torch`."""

    def __call__(
        self, network: RocketModel, x: Tensor, lengths: Tensor | None = None, *, weigh: bool = False
    ) -> Tensor:
        """Count, or compute the outputs."""


def count_with_torch(
    network: RocketModel, x: Tensor, lengths: Tensor | None = None, *, weigh: bool = False
) -> Tensor:
    """Count the steps of series, ``(n, c, t)``, at which responses exceed thresholds, in float64.

    With ``weigh``, the result is that of `ThresholdHead.outputs`, ``(n, n_outputs)``.
    """
    n_steps = count_valid(x, lengths)
    if lengths is not None:
        x = x.masked_fill(~step_mask(lengths, x.shape[2]), 0.0)
    counts = network.head.count(network.backbone.iter_responses(x), lengths)
    return network.head.outputs(counts, n_steps) if weigh else counts.double()
