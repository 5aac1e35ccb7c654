"""Temporal convolution, which alone implements padding and causality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sktcn.networks.conv_export import GatheredConv
from sktcn.networks.linear import contiguous_copy, frozen
from sktcn.networks.norms import BatchNorm
from sktcn.networks.state import Positions, RingBuffer, ShiftBuffer, StepFunction


class TemporalConv(nn.Module):
    """Dilated convolution over time that keeps the number of time steps.

    A *causal* convolution is padded on the left alone: the output at step ``s`` depends on the
    inputs ``s - (kernel_size - 1) * dilation, ..., s - dilation, s``. A *centred* one is padded on
    both sides. If ``(kernel_size - 1) * dilation`` is odd, one side has a step more: the past, or
    the future with ``mirrored=True``, so that a pair of convolutions is symmetric.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input, and number of filters.
    kernel_size : int or sequence of int
        Number of taps. A sequence assigns its sizes to the filters in turn (Szegedy et al., 2015);
        the weights of the taps that a filter lacks of the longest are zero. If there are fewer
        filters than sizes, they have the longest. Sizes of a centred convolution are all odd or
        all even, for a common centre.
    dilation : int, default=1
        Time steps between two taps.
    causal : bool, default=True
        Mask the future.
    mirrored : bool, default=False
        Pad the odd step of a centred convolution on the right.
    bias : bool, default=True
        Add a constant to each filter.
    weight_norm : bool, default=False
        Learn direction and length (``gain``) of each filter separately (Salimans & Kingma, 2016).
        The initial weights are those without weight norm.
    gain : float, default=1.0
        The weights are drawn with variance ``gain**2 / (in_channels * taps)``
        (He et al., 2015); see `sktcn.networks.activations.init_gain`.
    generator : torch.Generator, default=None
        Source of the initial weights.

    Notes
    -----
    On a CPU ``Conv1d`` reaches about half of the peak performance, ``Conv2d`` in channels-last
    memory nearly all of it. Tensors therefore have the shape ``(n, c, t)`` and the memory layout
    ``(n, t, c)``; any other layout gives the same numbers, slower.

    Examples
    --------
    >>> import torch
    >>> conv = TemporalConv(3, 8, kernel_size=5, dilation=2)
    >>> conv(torch.zeros(16, 3, 100)).shape
    torch.Size([16, 8, 100])
    >>> conv.receptive_field
    9
    >>> TemporalConv(3, 8, kernel_size=[3, 9])  # four filters of each size
    TemporalConv(3, 8, kernel_size=(3, 9), dilation=1, padding=(8, 0))
    """

    tap_mask: Tensor | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        *,
        dilation: int = 1,
        causal: bool = True,
        mirrored: bool = False,
        bias: bool = True,
        weight_norm: bool = False,
        gain: float = 1.0,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.dilation = dilation
        sizes = [kernel_size] if isinstance(kernel_size, int) else sorted(kernel_size)
        self.kernel_sizes = tuple(sizes[-out_channels:])
        longest = sizes[-1]
        total = (longest - 1) * dilation
        right = 0 if causal else (total + mirrored) // 2
        self.padding = (total - right, right)
        kernel = torch.empty(out_channels, longest, in_channels, dtype=torch.float32)
        kernel.normal_(0.0, gain * (in_channels * longest) ** -0.5, generator=generator)
        self.register_buffer(
            "tap_mask", self._build_tap_mask(out_channels, causal), persistent=False
        )
        if self.tap_mask is not None:
            share = self.tap_mask.mean(2, keepdim=True)
            kernel *= (self.tap_mask / share.sqrt()).transpose(1, 2)
        self.kernel = nn.Parameter(kernel.transpose(1, 2))
        self.gain = nn.Parameter(_filter_norms(self.kernel.detach())) if weight_norm else None
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

    def _build_tap_mask(self, out_channels: int, causal: bool) -> Tensor | None:
        """Mask the taps of each filter, ``(out_channels, 1, taps)``; None if all have all."""
        shortest, longest = self.kernel_sizes[0], self.kernel_sizes[-1]
        if shortest == longest:
            return None
        in_turn = torch.arange(out_channels) % len(self.kernel_sizes)
        n_taps = torch.tensor(self.kernel_sizes)[in_turn]
        first = longest - n_taps if causal else (longest - n_taps) // 2
        index = torch.arange(longest) - first[:, None, None]
        return ((index >= 0) & (index < n_taps[:, None, None])).to(torch.float32)

    @property
    def weight(self) -> Tensor:
        """Effective filters, ``(out_channels, in_channels, kernel_size)``."""
        kernel = self.kernel if self.tap_mask is None else self.kernel * self.tap_mask
        return kernel if self.gain is None else kernel * (self.gain / _filter_norms(kernel))

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one output depends on."""
        return sum(self.padding) + 1

    @torch.no_grad()
    def zero_(self) -> None:
        """Zero-initialise the output without killing its gradient.

        With weight norm the gain is zeroed, since a zero filter has no direction.
        """
        (self.kernel if self.gain is None else self.gain).zero_()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Convolve ``x``, ``(n, in_channels, t)``, to ``(n, out_channels, t)``.

        ``mask``, ``(n, 1, t)``, is false on padding, which a centred convolution sets to zero. A
        causal one does not depend on what is right of a series.
        """
        if mask is not None and self.padding[1]:
            x = x * mask
        taps, padding = self.effective_taps(x.shape[2])
        return convolve(x, self.weight[:, :, taps], self.bias, padding, self.dilation)

    def effective_taps(self, n_steps: int) -> tuple[slice, tuple[int, int]]:
        """Select the taps that read more than padding in series of ``n_steps``, and their padding.

        Otherwise a network with the depth for its longest series would pad short ones to many
        times their length.
        """
        left, last = self.padding[0], self.kernel.shape[2] - 1
        first = min(last, max(0, -((n_steps - 1 - left) // self.dilation)))
        last = max(first, min(last, (n_steps - 1 + left) // self.dilation))
        before, after = left - first * self.dilation, last * self.dilation - left
        if first == last:  # a single tap may read padding alone
            after = max(-n_steps, min(after, n_steps))
            before = -after
        return slice(first, last + 1), (before, after)

    def step_function(self) -> StepFunction:
        """Build the streaming form of a convolution of one tap."""
        matrix = contiguous_copy(self.weight[:, :, 0].t())
        bias = _bias_or_zeros(self)
        return lambda x: torch.addmm(bias, x, matrix)

    def export_form(self, *, float64: bool) -> nn.Module:
        """Build the form for ONNX; onnxruntime lacks a float64 kernel for convolutions."""
        if not float64:
            return PaddedConv(self.weight, self.bias, self.padding, self.dilation)
        weight, size = self.weight.transpose(1, 2).flatten(1), self.kernel.shape[2]
        return GatheredConv(weight, self.bias, size, padding=self.padding, dilation=self.dilation)

    def extra_repr(self) -> str:
        """Return the shapes as torch's convolutions print them."""
        out_channels, in_channels, _ = self.kernel.shape
        sizes = self.kernel_sizes
        return (
            f"{in_channels}, {out_channels}, kernel_size={sizes if sizes[1:] else sizes[0]}, "
            f"dilation={self.dilation}, padding={self.padding}"
        )


def convolve(
    x: Tensor, weight: Tensor, bias: Tensor | None, padding: tuple[int, int], dilation: int
) -> Tensor:
    """Pad and convolve series, ``(n, in_channels, t)``, to ``(n, out_channels, n_outputs)``.

    ``padding`` counts the zeros before and after each series; negative numbers cut steps off.
    """
    x = x.unsqueeze(2)  # four dimensions: padding of three would undo the memory layout
    if any(padding):
        x = F.pad(x, padding)
    weight = weight.unsqueeze(2)
    if weight.shape[3] == 1:
        steps = x.squeeze(2).transpose(1, 2)
        return F.linear(steps, weight[:, :, 0, 0], bias).transpose(1, 2)
    return F.conv2d(x, weight, bias, dilation=(1, dilation)).squeeze(2)


def _filter_norms(kernel: Tensor) -> Tensor:
    return kernel.square().sum((1, 2), keepdim=True).sqrt()


def _bias_or_zeros(conv: TemporalConv) -> Tensor:
    if conv.bias is None:
        return conv.kernel.detach().new_zeros(len(conv.kernel))
    return conv.bias.detach().clone()


class PaddedConv(nn.Module):
    """Export form of `TemporalConv`: all taps, including those that read padding alone."""

    def __init__(
        self, weight: Tensor, bias: Tensor | None, padding: tuple[int, int], dilation: int
    ):
        super().__init__()
        self.weight = frozen(weight)
        self.bias = None if bias is None else frozen(bias)
        self.padding = padding
        self.dilation = dilation

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map ``(n, in_channels, t)`` to ``(n, out_channels, t)``."""
        if mask is not None and self.padding[1]:
            x = x * mask
        return convolve(x, self.weight, self.bias, self.padding, self.dilation)


class StreamingConv:
    """Streaming form of a causal `TemporalConv`: the product of a window and a matrix.

    An exported one buffers the inputs by functional updates. The ``norm`` of the output is folded
    into the weights.
    """

    def __init__(
        self, conv: TemporalConv, n_streams: int, *, exported: bool, norm: BatchNorm | None = None
    ):
        weight = conv.weight.detach()
        _, n_channels, kernel_size = weight.shape
        self.matrix = contiguous_copy(weight.permute(2, 1, 0).flatten(0, 1))
        self.bias = _bias_or_zeros(conv)
        if norm is not None:
            scale, shift = norm.affine()
            self.matrix, self.bias = self.matrix * scale, self.bias * scale + shift
        buffer: Any = ShiftBuffer if exported else RingBuffer
        self.buffer = buffer(n_streams, n_channels, kernel_size, conv.dilation, weight)
        self.addmm: Any = torch.addmm

    def __call__(self, x: Tensor, base: Tensor, positions: int | Positions) -> Tensor:
        """Convolve the streams up to the time step ``x``, and add ``base``."""
        return self.addmm(base, self.buffer.push(x, positions), self.matrix)
