"""Arithmetic of a TCN's convolutions."""

from __future__ import annotations

from benchmarks.common.task import Task


def update_flops(task: Task) -> float:
    """Count the operations of the convolutions in an update: two for each multiply-add.

    The backward pass computes a gradient of the weights and one of the input, each as costly as
    the forward pass. The two layers that read the series need no gradient of their input.
    """
    first = _first_layers(task)
    n_steps = min(task.batch_size, task.n_series) * task.length
    return 2.0 * n_steps * (3 * (tcn_products(task) - first) + 2 * first)


def tcn_products(task: Task) -> int:
    """Count the multiply-adds of a TCN's convolutions for a time step, forward pass alone."""
    return _first_layers(task) + (2 * task.n_blocks - 1) * task.kernel_size * task.n_filters**2


def _first_layers(task: Task) -> int:
    """Count the multiply-adds of the first convolution and of the shortcut beside it."""
    return task.n_channels * task.n_filters * (task.kernel_size + 1)
