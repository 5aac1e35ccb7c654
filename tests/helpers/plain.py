"""Plain reference of the networks' computations: one series after the other.

A series is a tensor ``(c, t)`` of its own length, and no series is ever padded to the length of
another, so there is nothing to mask. The one place where series meet is batch norm in training.
The parameters are those of a `SequenceModel`; of its own code only activations are run, and
``nn.LSTM``. Dropout is left out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from sktcn.networks import TCN, pooling
from sktcn.networks.norms import BatchNorm, GroupNorm, LayerNorm


def answers(model, series, weights=None):
    """Answers of ``model`` for a list of series, ``(n, n_outputs)``.

    In training mode, batch norm's running statistics are moved on in ``model``.
    """
    weights = [1.0] * len(series) if weights is None else weights
    features = tcn if isinstance(model.backbone, TCN) else lstm
    pooled = [pool(model.head.pooling, h) for h in features(model.backbone, series, weights)]
    return torch.stack([model.head.linear.weight @ f + model.head.bias for f in pooled])


def tcn(backbone, series, weights):
    """Residual blocks of two convolutions, then the norm and activation left over.

    Multiscale features are what the first convolution of each block but the first reads, and those
    after the last block.
    """
    scales = []
    for block in backbone.blocks:
        branches = series
        for part, mirrored in ((block.conv1, False), (block.conv2, True)):
            branches = [part.activation(x) for x in normalised(part.norm, branches, weights)]
            if part is block.conv1 and block is not backbone.blocks[0]:
                scales.append(branches)
            branches = [convolved(part.conv, x, backbone.causal, mirrored) for x in branches]
        series = flattened(block.shortcut, series, branches)
    scales.append([backbone.activation(x) for x in normalised(backbone.norm, series, weights)])
    if not backbone.multiscale:
        return scales[-1]
    return [torch.cat(features) for features in zip(*scales, strict=True)]


def lstm(backbone, series, weights):
    """Patches, LSTM layers with norms and shortcuts, then a dense layer at each step."""
    if backbone.patches is not None:
        series = [embedded(backbone.patches, x) for x in series]
    for layer, norm, shortcut in zip(
        backbone.layers, backbone.norms, backbone.shortcuts, strict=True
    ):
        branches = normalised(norm, [read(layer, x) for x in series], weights)
        series = flattened(shortcut, series, branches)
    return [backbone.activation(convolved(backbone.dense, x)) for x in series]


def convolved(conv, x, causal=True, mirrored=False):
    """Convolve a series that is continued by zeros at its own ends.

    A causal convolution looks back alone. A centred one looks as far ahead as back; an odd step
    goes to the past, or to the future if it is mirrored. Each filter has its own number of taps.
    """
    filtered = []
    for i, weight in enumerate(conv.kernel):
        n_taps = conv.kernel_sizes[i % len(conv.kernel_sizes)]
        surplus = weight.shape[1] - n_taps
        first = surplus if causal else surplus // 2
        weight = weight[None, :, first : first + n_taps]
        if conv.gain is not None:  # weight norm: a direction and a length for each filter
            weight = conv.gain[i] * weight / weight.norm()
        reach = (n_taps - 1) * conv.dilation
        shorter, longer = reach // 2, reach - reach // 2
        past, future = (shorter, longer) if mirrored else (longer, shorter)
        if causal:
            past, future = reach, 0
        filtered.append(F.conv1d(F.pad(x, (past, future)), weight, dilation=conv.dilation))
    y = torch.cat(filtered)
    return y if conv.bias is None else y + conv.bias[:, None]


def embedded(patches, x):
    """Fold the steps, the last patch filled up with zeros, and embed each patch."""
    x = F.pad(x, (0, -x.shape[1] % patches.patch_size))
    folded = torch.stack([patch.T.flatten() for patch in x.split(patches.patch_size, dim=1)], 1)
    return patches.activation(convolved(patches.embed, folded))


def read(layer, x):
    """Read a series from its start, and from its end if the layer has two directions."""
    features = layer.ahead(x.T)[0]
    if layer.back is not None:
        features = torch.cat([features, layer.back(x.T.flip(0))[0].flip(0)], 1)
    return features.T


def flattened(shortcut, series, branches):
    """Join each series and its branch."""
    pairs = list(zip(series, branches, strict=True))
    if shortcut.residual == "concat":
        return [torch.cat(pair) for pair in pairs]
    if shortcut.residual is None:
        return branches
    if isinstance(shortcut.projection, torch.nn.Identity):
        return [x + branch for x, branch in pairs]
    return [convolved(shortcut.projection, x) + branch for x, branch in pairs]


def normalised(norm, series, weights):
    """Apply a norm: over the channels of each step, or batch norm over all steps there are."""
    if isinstance(norm, BatchNorm):
        mean, var = batch_statistics(norm, series, weights)
        series = [(x - mean[:, None]) / (var[:, None] + norm.eps).sqrt() for x in series]
    elif isinstance(norm, LayerNorm | GroupNorm):
        n_groups = getattr(norm, "num_groups", 1)
        series = [standardised(x, n_groups, norm.eps) for x in series]
    else:
        return series
    return [x * norm.weight[:, None] + norm.bias[:, None] for x in series]


def standardised(x, n_groups, eps):
    """Standardise each group of a step's channels to mean zero and variance one."""
    groups = x.reshape(n_groups, -1, x.shape[1])
    centred = groups - groups.mean(1, keepdim=True)
    return (centred / (centred.square().mean(1, keepdim=True) + eps).sqrt()).view_as(x)


def batch_statistics(norm, series, weights):
    """Mean and variance by which to normalise: in training those of the steps of all series.

    Each step counts as its series does. The running statistics then move on: plain averages of
    the batches until there are enough for exponential ones.
    """
    if not norm.training:
        return norm.running_mean, norm.running_var
    pairs = list(zip(series, weights, strict=True))
    total = sum(w * x.shape[1] for x, w in pairs)
    mean = sum(w * x.sum(1) for x, w in pairs) / total
    var = sum(w * (x - mean[:, None]).square().sum(1) for x, w in pairs) / total
    norm.n_batches += 1
    newest = max(1 / int(norm.n_batches), norm.momentum)
    norm.running_mean = (1 - newest) * norm.running_mean + newest * mean.detach()
    norm.running_var = (1 - newest) * norm.running_var + newest * var.detach()
    return mean, var


def pool(module, h):
    """Pool the features of one series, ``(f, t)``."""
    if isinstance(module, pooling.MeanPooling):
        return h.mean(1)
    if isinstance(module, pooling.MaxPooling):
        return h.amax(1)
    if isinstance(module, pooling.LastPooling):
        return h[:, -1]
    if isinstance(module, pooling.AttentionPooling):
        return h @ (module.score @ h).softmax(0)
    return torch.cat([h.mean(1), h.amax(1)])


def step_answers(model, series):
    """Answers of ``model`` for each time step of a list of series, ``(n_outputs, t)`` each.

    A series goes on for as many zeros as the answers come later.
    """
    delay = model.head.delay
    longer = [F.pad(x, (0, delay)) for x in series]
    features = tcn if isinstance(model.backbone, TCN) else lstm
    weight, bias = model.head.linear.weight, model.head.bias[:, None]
    return [(weight @ h + bias)[:, delay:] for h in features(model.backbone, longer, [1.0] * 99)]
