"""Data parallelism: each of several processes computes on its shard of every batch."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from skorch.callbacks import Callback
from torch import Tensor

from sktcn._data.dataset import Batch
from sktcn._data.step_targets import StepBatch
from sktcn._training.net import SequenceNet


class DistributedDataParallel(Callback):
    """Train one network on several processes of ``torch.distributed``, by data parallelism.

    Pass ``callbacks=[DistributedDataParallel()]`` to an estimator in each of the processes that
    ``torchrun`` starts, and call `fit` with the same arguments in all of them. Each process
    computes the gradients of its part of every batch; all processes apply the mean gradient,
    weighted as the series are. So each process ends with the same fitted estimator, which up to
    rounding is that of a single process: ``batch_size`` counts the series of all processes.

    Four things differ from a single process. With ``norm="batch"`` each process normalises its
    part of a batch by that part's statistics; running statistics are averaged over the processes.
    With ``dropout`` each process draws its own noise. Each process computes the loss on the
    whole validation part. A callback that scores the training part scores the process's part of
    it, whereas the metric in ``history_`` is of all parts.

    With ``checkpoint`` the first process writes, and all processes resume from its file; the
    other processes need not see the folder. The metric of the epoch within which a fit resumes
    is that of the remaining batches.

    Processes that disagree on the series, the parameters or the seed raise an error. A process
    that stops alone is noticed by the others when ``torch.distributed`` times out.

    Examples
    --------
    >>> import numpy as np
    >>> import torch.distributed as dist
    >>> from sktcn import TCNClassifier
    >>> from sktcn.distributed import DistributedDataParallel
    >>> alone = {"store": dist.HashStore(), "rank": 0, "world_size": 1}  # torchrun sets these
    >>> dist.init_process_group("gloo", **alone)
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), ["a", "b"] * 10
    >>> callbacks = [DistributedDataParallel()]
    >>> TCNClassifier(max_epochs=2, norm="layer", callbacks=callbacks).fit(X, y).n_iter_
    2
    >>> dist.destroy_process_group()
    """

    reads_batches = False

    def on_train_begin(self, net: SequenceNet, X: Any = None, **kwargs: Any) -> None:
        """Validate that all processes agree, and join the process group."""
        if not dist.is_available() or not dist.is_initialized():
            raise ValueError(
                "DistributedDataParallel() needs the processes of torch.distributed: start the "
                "script with torchrun, and call torch.distributed.init_process_group() before fit"
            )
        _check_agreement(net, X)
        _check_batches(net, X)
        net.process_group = self

    def on_batch_end(
        self, net: SequenceNet, loss: Any = None, training: bool = False, **kwargs: Any
    ) -> None:
        """Share the first process's validation loss, so that all stop at the same epoch."""
        if not training:
            dist.broadcast(loss, src=0)

    @property
    def is_first(self) -> bool:
        """True in the process that writes checkpoints."""
        return dist.get_rank() == 0

    def broadcast_state(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return the state from which the first process resumes; None if it begins."""
        states = [state]
        dist.broadcast_object_list(states, src=0)
        return states[0]

    def add_up(self, tally: Any) -> Any:
        """Add up the sums of a metric over the parts of all processes."""
        tallies: list[Any] = [None] * dist.get_world_size()
        dist.all_gather_object(tallies, tally)
        return sum(tallies)

    def shard(self, net: SequenceNet, batch: Batch) -> Batch:
        """Select this process's series of a batch, and seed the noise by update and process."""
        rank, n_processes = dist.get_rank(), dist.get_world_size()
        if n_processes > 1:
            update = (net.history[-1, "epoch"], net.progress.n_batches)
            seed = np.random.SeedSequence([net.generators.seed, *update, rank])
            net.generators.noise.manual_seed(int(seed.generate_state(1)[0]))
        inputs, target = batch
        local = {name: _shard_rows(rows, rank, n_processes) for name, rows in inputs.items()}
        if isinstance(target, StepBatch):
            return local, target.shard(rank, n_processes)
        return local, _shard_rows(target, rank, n_processes)

    def average(self, net: SequenceNet, loss: Tensor, n_rows: int) -> dict[str, Any]:
        """Replace gradients and running statistics by their means over all rows of the batch.

        Returns the mean loss, and the number of rows. One communication per update carries all
        tensors.
        """
        shared = [p.grad for p in net.module_.parameters() if p.grad is not None]
        shared += [b for b in net.module_.buffers() if b.is_floating_point()]
        local = [loss.detach(), *shared]
        sums = torch.cat([tensor.flatten() for tensor in [*local, torch.ones_like(loss)]]) * n_rows
        dist.all_reduce(sums)
        if not sums[-1]:
            return {"loss": loss, "n_rows": 0}
        means = torch.split(sums[:-1] / sums[-1], [tensor.numel() for tensor in local])
        for tensor, mean in zip(shared, means[1:], strict=True):
            tensor.copy_(mean.view_as(tensor))
        return {"loss": means[0].squeeze(0), "n_rows": round(float(sums[-1]))}


def _shard_rows(rows: Tensor | None, rank: int, n_processes: int) -> Tensor | None:
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
    """Raise in all processes unless their series, weights, seeds and options agree."""
    device = next(net.module_.parameters()).device
    inputs, target = next(iter(net.get_iterator(dataset, training=False)))
    order = net.generators.order.bit_generator.state["state"]["state"]
    compared = {
        "the number of series": len(dataset),
        "the series": _abs_sum(inputs["x"]),
        "the targets": _abs_sum(target.rows if isinstance(target, StepBatch) else target),
        "the network": sum(_abs_sum(p) for p in net.module_.parameters()),
        "random_state": order % 2**53,
        "batch_size": net.batch_size,
        "lr": net.lr,
    }
    local = torch.tensor([float(value) for value in compared.values()], dtype=torch.float64)
    extremes = torch.cat([local, -local]).to(device)
    dist.all_reduce(extremes, op=dist.ReduceOp.MAX)
    largest, smallest = extremes.cpu().chunk(2)
    differ = ~torch.isclose(largest, -smallest, rtol=1e-6, atol=0)
    if differ.any():
        names = [name for name, differs in zip(compared, differ, strict=True) if differs]
        raise ValueError(
            "all processes must be given the same series, parameters and random_state, an "
            f"integer; they differ in {', '.join(names)}"
        )


def _abs_sum(values: Tensor) -> float:
    return float(values.detach().double().abs().sum())
