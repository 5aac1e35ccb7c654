"""Profile of an update: by the modules, and as `fit` computes it.

`fit` replaces the modules' passes by a fused one, here that of torch without numba, and keeps all
weights as views of one tensor.

Run as ``python -m benchmarks.speed_profile [--small]``, with nothing else running; a minute. The
command prints a table in Markdown: milliseconds an update in each of torch's operations, and
outside of all of them, in Python and autograd. The network has 5 blocks of 64 filters, the batch 64
series of 512 steps; with ``--small`` 2 blocks of 32 filters, and 13 series of 24 steps.
"""

from __future__ import annotations

import argparse
import time
from contextlib import contextmanager, nullcontext

import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.profiler import ProfilerActivity, profile

from sktcn.networks import TCN, SequenceModel, flattened, fused_passes, split_flat

LARGE = {"n": 64, "t": 512, "width": 64, "n_blocks": 5, "updates": 10}
SMALL = {"n": 13, "t": 24, "width": 32, "n_blocks": 2, "updates": 200}
SHOWN = 12


def build(width, n_blocks):
    """Build the network of `TCNClassifier`."""
    generator = torch.Generator().manual_seed(0)
    tcn = TCN(1, [width] * n_blocks, multiscale=False, dropout=0.1, generator=generator)
    return SequenceModel(tcn, n_outputs=10, generator=generator).train()


@contextmanager
def as_in_fit(model):
    """Fuse the passes and flatten the weights; yield the parameters of the optimiser."""
    weights = list(model.parameters())
    with flattened(weights) as values, fused_passes(model):
        whole = nn.Parameter(values)
        whole.grad = torch.zeros_like(values)
        for weight, grad in zip(weights, split_flat(whole.grad, weights), strict=True):
            weight.grad = grad
        yield [whole]


def profiled(fuse, *, n, t, width, n_blocks, updates):
    """Measure milliseconds an update, by operation and in all, and the number of operations."""
    model = build(width, n_blocks)
    x, y = torch.randn(n, t, 1).transpose(1, 2), torch.arange(n) % 10

    def update():
        optimizer.zero_grad(set_to_none=not fuse)
        F.cross_entropy(model(x), y).backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    with as_in_fit(model) if fuse else nullcontext(list(model.parameters())) as weights:
        optimizer = torch.optim.AdamW(weights, fused=True)
        for _ in range(3):
            update()
        start = time.perf_counter()
        for _ in range(updates):
            update()
        whole = (time.perf_counter() - start) / updates * 1e3
        with profile(activities=[ProfilerActivity.CPU]) as record:
            for _ in range(updates):
                update()
    rows = [row for row in record.key_averages() if row.key.startswith("aten::")]
    spent = pd.Series({row.key: row.self_cpu_time_total / updates / 1e3 for row in rows})
    return spent, whole, sum(row.count for row in rows) / updates


def make_table(found):
    """Make a table of the costliest operations, the rest, and the totals."""
    table = pd.DataFrame({name: spent for name, (spent, *_) in found.items()}).fillna(0.0)
    table = table.sort_values("modules", ascending=False)
    table.loc["other operations"] = table.iloc[SHOWN:].sum()
    table = table.iloc[[*range(SHOWN), -1]]
    table.loc["Python, autograd and what is left"] = [
        whole - table[name].sum() for name, (_, whole, _) in found.items()
    ]
    table.loc["whole step"] = [whole for _, whole, _ in found.values()]
    table.loc["operations, their number"] = [calls for *_, calls in found.values()]
    return table


def main():
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_profile", description=__doc__)
    parser.add_argument("--small", action="store_true")
    sizes = SMALL if parser.parse_args().small else LARGE
    found = {name: profiled(fuse, **sizes) for name, fuse in (("modules", False), ("fit", True))}
    print("| ms a step | modules | fit |\n| --- | --- | --- |")
    for name, row in make_table(found).iterrows():
        print(f"| {name} | {row.modules:.3g} | {row.fit:.3g} |")
