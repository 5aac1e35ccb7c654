"""The temporal convolution: the one place where padding and causality are decided."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TemporalConv(nn.Module):
    """Dilated convolution over time that keeps the number of time steps.

    A *causal* convolution is padded on the left alone: the output at step ``s`` sees the inputs
    ``s - (kernel_size - 1) * dilation, ..., s - dilation, s`` and nothing later. A *centred* one
    looks as far ahead as back. Where ``(kernel_size - 1) * dilation`` is odd one side must see a
    step more: the past, or the future with ``mirrored=True``, so that a pair of convolutions
    sees both sides equally.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels read and filters computed.
    kernel_size : int or sequence of int
        Number of taps. With several, the filters have these sizes in turn, side by side (Szegedy
        et al., 2015); what the others lack of the longest are taps of zero, so that it is one
        convolution all the same. Fewer filters have the longest. In a centred one all are odd or
        all even, or their middles would not meet.
    dilation : int, default=1
        Time steps between two taps.
    causal : bool, default=True
        Whether the future is hidden.
    mirrored : bool, default=False
        Give the odd step of a centred convolution to the future instead of the past.
    bias : bool, default=True
        Whether to add a constant to each filter.
    weight_norm : bool, default=False
        Learn each filter's direction and its length (``gain``) apart (Salimans & Kingma, 2016).
        The weights are initialised before they are taken apart, so the initialisation holds.
    gain : float, default=1.0
        The weights are drawn with variance ``gain**2 / (in_channels * taps)``
        (He et al., 2015); see `sktcn.networks.activations.init_gain`.
    generator : torch.Generator, default=None
        Source of the initial weights.

    Notes
    -----
    ``Conv1d`` reaches about half of what a processor can do, the same product as ``Conv2d`` in
    channels-last memory nearly all of it. So tensors here have the shape ``(n, c, t)`` while
    their memory is laid out as ``(n, t, c)``; any other layout gives the same numbers, slower.

    Examples
    --------
    >>> import torch
    >>> conv = TemporalConv(3, 8, kernel_size=5, dilation=2)
    >>> conv(torch.zeros(16, 3, 100)).shape
    torch.Size([16, 8, 100])
    >>> conv.receptive_field
    9
    >>> TemporalConv(3, 8, kernel_size=[3, 9])  # four filters of three taps, four of nine
    TemporalConv(3, 8, kernel_size=(3, 9), dilation=1, padding=(8, 0))
    """

    taps: Tensor | None

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
        reach = (longest - 1) * dilation
        ahead = 0 if causal else (reach + mirrored) // 2
        self.padding = (reach - ahead, ahead)
        kernel = torch.empty(out_channels, longest, in_channels, dtype=torch.float32)
        kernel.normal_(0.0, gain * (in_channels * longest) ** -0.5, generator=generator)
        self.register_buffer("taps", self._choose_taps(out_channels, causal), persistent=False)
        if self.taps is not None:
            share = self.taps.mean(2, keepdim=True)
            kernel *= (self.taps / share.sqrt()).transpose(1, 2)
        self.kernel = nn.Parameter(kernel.transpose(1, 2))
        self.gain = nn.Parameter(_filter_norms(self.kernel.detach())) if weight_norm else None
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

    def _choose_taps(self, out_channels: int, causal: bool) -> Tensor | None:
        """Tell which taps each filter has, ``(out_channels, 1, taps)``; None if all have all."""
        shortest, longest = self.kernel_sizes[0], self.kernel_sizes[-1]
        if shortest == longest:
            return None
        in_turn = torch.arange(out_channels) % len(self.kernel_sizes)
        n_taps = torch.tensor(self.kernel_sizes)[in_turn]
        first = longest - n_taps if causal else (longest - n_taps) // 2
        place = torch.arange(longest) - first[:, None, None]
        return ((place >= 0) & (place < n_taps[:, None, None])).to(torch.float32)

    @property
    def weight(self) -> Tensor:
        """The filters, ``(out_channels, in_channels, kernel_size)``."""
        kernel = self.kernel if self.taps is None else self.kernel * self.taps
        return kernel if self.gain is None else kernel * (self.gain / _filter_norms(kernel))

    @property
    def receptive_field(self) -> int:
        """Number of time steps that one output sees."""
        return sum(self.padding) + 1

    @torch.no_grad()
    def zero_(self) -> None:
        """Make the convolution's output nothing, in a way that can still learn.

        With weight norm the gain is zeroed: a direction of length zero is none.
        """
        (self.kernel if self.gain is None else self.gain).zero_()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Convolve ``x``, ``(n, in_channels, t)``, to ``(n, out_channels, t)``.

        ``mask``, ``(n, 1, t)``, is false on padding. What lies to the right of a series is no
        concern of a causal convolution; before one that looks ahead it is set to zero.
        """
        if mask is not None and self.padding[1]:
            x = x * mask
        taps, padding = self.effective_taps(x.shape[2])
        x = x.unsqueeze(2)  # four dimensions, or padding would undo the layout
        if any(padding):
            x = F.pad(x, padding)
        weight = self.weight[:, :, taps].unsqueeze(2)
        if weight.shape[3] == 1:
            steps = x.squeeze(2).transpose(1, 2)
            return F.linear(steps, weight[:, :, 0, 0], self.bias).transpose(1, 2)
        return F.conv2d(x, weight, self.bias, dilation=(1, self.dilation)).squeeze(2)

    def effective_taps(self, n_steps: int) -> tuple[slice, tuple[int, int]]:
        """Choose the taps that see more than padding in series of ``n_steps``, and their padding.

        A network as deep as its longest series is long would pad the short ones to many times
        their length.
        """
        behind, last = self.padding[0], self.kernel.shape[2] - 1
        first = min(last, max(0, -((n_steps - 1 - behind) // self.dilation)))
        last = max(first, min(last, (n_steps - 1 + behind) // self.dilation))
        before, after = behind - first * self.dilation, last * self.dilation - behind
        if first == last:  # at most all steps are out of its sight
            after = max(-n_steps, min(after, n_steps))
            before = -after
        return slice(first, last + 1), (before, after)

    def extra_repr(self) -> str:
        """Shapes as torch prints its own convolutions."""
        out_channels, in_channels, _ = self.kernel.shape
        sizes = self.kernel_sizes
        return (
            f"{in_channels}, {out_channels}, kernel_size={sizes if sizes[1:] else sizes[0]}, "
            f"dilation={self.dilation}, padding={self.padding}"
        )


def _filter_norms(kernel: Tensor) -> Tensor:
    return kernel.square().sum((1, 2), keepdim=True).sqrt()


def count_parameters(*modules: nn.Module) -> int:
    """Count the numbers that networks learn: taps that a filter lacks are none.

    Parameters
    ----------
    *modules : nn.Module
        Networks, or parts of one.

    Returns
    -------
    int
        Of all of them.

    Examples
    --------
    >>> count_parameters(TemporalConv(2, 3, [1, 3, 9], bias=False))
    26
    """
    n_parameters = sum(each.numel() for module in modules for each in module.parameters())
    for layer in chain.from_iterable(module.modules() for module in modules):
        if isinstance(layer, TemporalConv) and layer.taps is not None:
            n_parameters -= int((layer.taps == 0).sum()) * layer.kernel.shape[1]
    return n_parameters
