"""One fit by several processes: each works on its part of every batch."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from skorch.callbacks import Callback
from torch import Tensor

from sktcn._data.dataset import Batch
from sktcn._training.net import SequenceNet


class DistributedDataParallel(Callback):
    """Share the work of a fit among the processes of ``torch.distributed``.

    To be given to an estimator as ``callbacks=[DistributedDataParallel()]``, in each of the processes that
    ``torchrun`` starts. Each of them calls `fit` with the same arguments, all series included,
    and computes the gradients of its part of every batch; their mean, weighted as the series are,
    is what all of them step along. So each ends with the same fitted estimator, an ordinary one,
    and up to rounding that of a single process: ``batch_size`` is that of all processes together.

    Three things are not as in a single process. With ``norm="batch"`` each process normalises its
    part of a batch by that part's statistics (the running ones are the mean of all processes').
    With ``dropout``, each process draws noise of its own. And the loss of the validation
    part is computed by each process in full.

    With ``checkpoint``, the first process writes, and all go on from what it has written; the
    folder need not be one that the others see.

    Processes that fail to agree on the series, the parameters or the seed say so; what one of
    them alone is stopped by, the others learn from ``torch.distributed``, when its patience ends.

    Examples
    --------
    >>> import numpy as np
    >>> import torch.distributed as dist
    >>> from sktcn import TCNClassifier
    >>> from sktcn.distributed import DistributedDataParallel
    >>> alone = {"store": dist.HashStore(), "rank": 0, "world_size": 1}  # torchrun tells these
    >>> dist.init_process_group("gloo", **alone)
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), ["a", "b"] * 10
    >>> callbacks = [DistributedDataParallel()]
    >>> TCNClassifier(max_epochs=2, norm="layer", callbacks=callbacks).fit(X, y).n_iter_
    2
    >>> dist.destroy_process_group()
    """

    def on_train_begin(self, net: SequenceNet, X: Any = None, **kwargs: Any) -> None:
        """Check that all processes are about to do the same, and join in."""
        if not dist.is_available() or not dist.is_initialized():
            raise ValueError(
                "DistributedDataParallel() needs the processes of torch.distributed: start the script with "
                "torchrun, and call torch.distributed.init_process_group() before fit"
            )
        _check_agreement(net, X)
        _check_batches(net, X)
        net.peers = self

    def on_batch_end(
        self, net: SequenceNet, loss: Any = None, training: bool = False, **kwargs: Any
    ) -> None:
        """Agree on the validation loss to the last bit, or some would stop before the others."""
        if not training:
            dist.broadcast(loss, src=0)

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return dist.get_rank() == 0

    def agreed(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """Take the state that the first process goes on from; None if it begins."""
        states = [state]
        dist.broadcast_object_list(states, src=0)
        return states[0]

    def part(self, net: SequenceNet, batch: Batch) -> Batch:
        """Take this process's series of a batch, and noise that depends on the step alone."""
        rank, n_processes = dist.get_rank(), dist.get_world_size()
        if n_processes > 1:
            step = (len(net.history), net.progress.n_batches)
            seed = np.random.SeedSequence([net.generators.seed, *step, rank])
            net.generators.noise.manual_seed(int(seed.generate_state(1)[0]))
        inputs, target = batch
        own = {name: _every(rows, rank, n_processes) for name, rows in inputs.items()}
        return own, _every(target, rank, n_processes)

    def average(self, net: SequenceNet, loss: Tensor, n_series: int) -> Tensor:
        """Replace gradients and running statistics by their means over all series of the batch.

        The loss is averaged likewise, and returned. It all travels together, once a step.
        """
        shared = [p.grad for p in net.module_.parameters() if p.grad is not None]
        shared += [b for b in net.module_.buffers() if b.is_floating_point()]
        own = [loss.detach(), *shared]
        sums = torch.cat([tensor.flatten() for tensor in [*own, torch.ones_like(loss)]]) * n_series
        dist.all_reduce(sums)
        means = torch.split(sums[:-1] / sums[-1], [tensor.numel() for tensor in own])
        for tensor, mean in zip(shared, means[1:], strict=True):
            tensor.copy_(mean.view_as(tensor))
        return means[0].squeeze(0)


def _every(rows: Tensor | None, rank: int, n_processes: int) -> Tensor | None:
    return None if rows is None else rows[rank::n_processes]


def _check_batches(net: SequenceNet, dataset: Any) -> None:
    smallest = min(chain.from_iterable(net.get_iterator(dataset, training=True).sizes))
    if smallest < dist.get_world_size():
        raise ValueError(
            f"each batch must have a series for each process, got one of {smallest} series for "
            f"{dist.get_world_size()} processes; try a larger batch_size "
            f"(batch_size={net.batch_size}) or fewer processes"
        )


def _check_agreement(net: SequenceNet, dataset: Any) -> None:
    """Raise in all processes unless they have the same series, weights, seed and options."""
    device = next(net.module_.parameters()).device
    inputs, target = next(iter(net.get_iterator(dataset, training=False)))
    order = net.generators.order.bit_generator.state["state"]["state"]
    compared = {
        "the number of series": len(dataset),
        "the series": _size(inputs["x"]),
        "the targets": _size(target),
        "the network": sum(_size(p) for p in net.module_.parameters()),
        "random_state": order % 2**53,
        "batch_size": net.batch_size,
        "lr": net.lr,
    }
    own = torch.tensor([float(value) for value in compared.values()], dtype=torch.float64)
    extremes = torch.cat([own, -own]).to(device)
    dist.all_reduce(extremes, op=dist.ReduceOp.MAX)
    most, least = extremes.cpu().chunk(2)
    unlike = ~torch.isclose(most, -least, rtol=1e-6, atol=0)
    if unlike.any():
        names = [name for name, differs in zip(compared, unlike, strict=True) if differs]
        raise ValueError(
            "all processes must be given the same series, parameters and random_state, an "
            f"integer; they differ in {', '.join(names)}"
        )


def _size(values: Tensor) -> float:
    return float(values.detach().double().abs().sum())
