"""A process that is forked computes with one thread: torch's others are not there any more.

A fork copies the memory of a process and the thread that forks alone. Where torch has computed with
several threads, it goes on to wait for those that it had, for ever. With one thread it waits for
none. What is spawned starts anew, and is left alone.
"""

from __future__ import annotations

import os

import torch


def use_one_thread() -> None:
    """Leave torch the one thread that a forked process has."""
    if torch.get_num_threads() > 1:
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=use_one_thread)
